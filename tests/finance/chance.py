"""What a season of chance is played with: an office with three places, money for fewer, a bank."""

from datetime import date
from typing import Any

from contracts.finance import PaymentInstructed
from services.chassis.errors import ServiceError
from services.finance.store import Break, Grant
from tests.finance.bank import OTHER_LINES, lines_of
from tests.finance.office import Office

AWARDS_MAX, BUDGET = 3, 80_000_000


class Chance:
    """A small call, and how to do to it whatever comes to mind."""

    def __init__(self) -> None:
        super().__init__()
        quota = {"awards_max": AWARDS_MAX, "may_award_fewer": True}
        self.office = Office(budget=False, quota=quota)
        self.today = date(2021, 8, 30)
        self.files: list[bytes] = []
        self.prepared: dict[str, str] = {}
        self._at()

    def _at(self) -> None:
        self.office.at(self.today.isoformat())

    def _try(self, command: Any) -> None:
        """Whatever the answer is: a refusal speaks, and changes nothing."""
        office = self.office
        before = (office.whole(), len(office.service.emitted))
        try:
            answer = office.ask(command)
        except ServiceError as refused:
            self._unchanged(before, refused)
        else:
            self.prepared.update({k: v for k, v in answer.body.items() if k == "report_sha256"})

    def _unchanged(self, before: Any, refused: ServiceError) -> None:
        assert refused.code != "bug", refused.__cause__
        now = (self.office.whole(), len(self.office.service.emitted))
        assert now == before, f"{refused.code} changed something"

    def _signed(self) -> list[str]:
        return [g.application_id for g in self.office.rows(Grant) if g.signed_on]

    def _payments(self) -> list[PaymentInstructed]:
        return self.office.events(PaymentInstructed)

    def _books(self, act: str, pick: int) -> None:
        """Pays right or wrong, once or twice; gives back; or books what has no instruction."""
        bank, on, payments = self.office.bank, self.today.isoformat(), self._payments()
        if act in OTHER_LINES:
            bank.other(*OTHER_LINES[act], on=on)
        elif payments:
            payment = payments[-1 - pick % min(len(payments), 4)]
            for amount_fen, changes in lines_of(act, payment.amount_fen):
                book = bank.pays if amount_fen < 0 else bank.returns
                book(payment, on, amount_fen=amount_fen, **changes)

    def _clearing(self, found: Any, clears: str, pick: int) -> tuple[tuple[str, ...], str]:
        """Lines of a break, with what they could be cleared by if anything fits."""
        own = tuple(found.detail["lines"])
        if clears == "words" or not own:
            return (), ""
        amounts = {x.id: x.amount_fen for s in self.office.books().statements for x in s.lines}
        total = sum(amounts[x] for x in own)
        others = [x for b in self.office.rows(Break) for x in b.detail["lines"]]
        opposite = [x for x in others if amounts[x] == -total] or others
        fitting = [p for p in self._payments() if p.amount_fen == abs(total)] or self._payments()
        if clears == "payment" and fitting:
            return own, fitting[pick % len(fitting)].payment_id
        return (*own, opposite[pick % len(opposite)]), ""
