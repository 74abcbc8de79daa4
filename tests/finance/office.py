"""A finance office in memory: people with roles who ask, and what they find in the books."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from contracts.event import Envelope, Event
from contracts.finance import PaymentInstructed
from services.chassis.errors import ServiceError
from services.chassis.model import Answer
from services.chassis.replay.folding import Folder
from services.chassis.rows import Cache
from services.chassis.simulation import World
from services.chassis.views import Changes, FoldRows
from services.finance.commands import (
    AcceptExpenditure,
    ApproveBudget,
    CloseGrant,
    EnterBudget,
    ImportStatement,
    InstructPayment,
    MatchAgain,
    OpenBankAccount,
    PreparePayment,
    PrepareReconciliation,
    ProposeResolution,
    RegisterSupplier,
    ReleaseTranche,
    ResolveBreak,
    SignAgreement,
    SignReconciliation,
)
from services.finance.commands.books import books_of
from services.finance.main import SERVICE
from services.finance.rules.bank import parse_statement
from services.finance.rules.comparisons import Books
from services.finance.rules.conservation import Imbalance, conservation_problems
from services.finance.store import Balance, Break, Grant, Payment
from tests.finance.bank import Bank
from tests.finance.heard import (
    AWARD,
    BANK,
    BUDGET,
    CALL,
    DAY,
    OPENING,
    decided,
    published,
    recommended,
)


class Office:
    """One finance service and the people who use it."""

    def __init__(self, *, budget: bool = True, seed: int = 0, **call: Any) -> None:
        self.world = World([SERVICE], seed=seed, now="2021-07-01T09:00:00+08:00")
        self.service = self.world.services["finance"]
        self.bank = Bank()
        self.world.receive(published(**call))
        if budget:
            self.budget()
            self.ask(OpenBankAccount(CALL, BANK, OPENING, "2021-07-01", "treasurer-1"))

    # -- asking ----------------------------------------------------------------------------------

    def at(self, when: str) -> "Office":
        """Set the clock to an instant, or to ten o'clock of a day."""
        self.world.clock.instant = when if "T" in when else f"{when}T10:00:00+08:00"
        return self

    def ask(self, command: Any) -> Answer:
        """The answer to a command; raises what it was refused with."""
        return self.world.ask("finance", command)

    def refusal(self, command: Any) -> ServiceError:
        """What a command is refused with; fails when it is not, or when anything changed."""
        before = (self.whole(), len(self.service.emitted))
        with pytest.raises(ServiceError) as raised:
            self.ask(command)
        assert before == (self.whole(), len(self.service.emitted)), "a refusal changes nothing"
        assert raised.value.code != "bug", raised.value.__cause__
        assert raised.value.zh != raised.value.en, "a refusal speaks both languages"
        return raised.value

    def repeated(self, command: Any) -> Answer:
        """Ask twice: the same answer, and the second time nothing changes."""
        first = self.ask(command)
        before = (self.whole(), len(self.service.emitted))
        assert self.ask(command) == first
        assert before == (self.whole(), len(self.service.emitted)), "the repeat changes nothing"
        return first

    def whole(self) -> dict[str, Any]:
        """Every table, workspace and all."""
        held = self.service.cache.rows
        return {name: {k: v for k, v in rows.items() if v} for name, rows in held.items()}

    # -- the steps of a grant --------------------------------------------------------------------

    def budget(self, amount_fen: int = BUDGET, call_id: str = CALL) -> None:
        """One enters, another approves."""
        self.ask(EnterBudget(call_id, amount_fen, "finance-1"))
        self.ask(ApproveBudget(call_id, amount_fen, "finance-2"))

    def hears(self, *events: Event) -> None:
        """Events of other services arrive."""
        for event in events:
            self.world.receive(event)

    def award(self, name: str = "a1", amount_fen: int = AWARD, rank: int = 1) -> None:
        """Recommended and awarded."""
        self.hears(recommended(name, rank, amount_fen), decided(name, "awarded", amount_fen))

    def register(self, name: str = "a1", account: str = "", since: str = "2021-08-31") -> Answer:
        """The award holder's account is verified on the day it begins."""
        self.at(since)
        return self.ask(self.registering(name, account, since))

    def registering(
        self, name: str = "a1", account: str = "", since: str = "2021-08-31", **changes: str
    ) -> RegisterSupplier:
        """The command that notes a supplier account."""
        said = {"supplier_name": f"虚构学会{name}", "bank_name": "虚构银行", **changes}
        number = account or f"6222{name.upper()}"
        return RegisterSupplier(
            f"society-{name}", said["supplier_name"], number, said["bank_name"], since, "finance-1"
        )

    def contract(self, name: str = "a1") -> None:
        """Registered, signed, and the first tranche released."""
        self.register(name)
        self.at("2021-09-06").ask(SignAgreement(name, "2021-09-06", "officer-1"))
        self.release(name, 1)

    def release(self, name: str = "a1", number: int = 1, on: str = "2021-09-07") -> Answer:
        """The condition of a tranche is met."""
        condition = {1: "agreement_signed", 2: "acceptance_passed"}[number]
        return self.at(on).ask(ReleaseTranche(name, number, condition, "officer-1"))

    def prepare(self, name: str = "a1", number: int = 1, on: str = DAY) -> Answer:
        """The maker's half."""
        return self.at(on).ask(PreparePayment(name, number, "finance-1"))

    def instruct(self, name: str = "a1", number: int = 1, on: str = DAY) -> Answer:
        """The checker's half."""
        return self.at(on).ask(InstructPayment(name, number, on, "finance-2"))

    def instructing(
        self, on: str = DAY, by: str = "finance-2", name: str = "a1", number: int = 1
    ) -> InstructPayment:
        """The command of the checker's half, today."""
        self.at(on)
        return InstructPayment(name, number, on, by)

    def pay(self, name: str = "a1", number: int = 1, on: str = DAY) -> PaymentInstructed:
        """Prepared and instructed; the instruction as the bank gets it."""
        self.prepare(name, number, on)
        self.instruct(name, number, on)
        instructed: PaymentInstructed = self.events(PaymentInstructed)[-1]
        return instructed

    def ready(self, *names: str) -> "Office":
        """Awarded, contracted, the first tranche released."""
        for rank, name in enumerate(names or ("a1",), 1):
            self.award(name, rank=rank)
            self.contract(name)
        return self

    def read(self, data: bytes | None = None, on: str = "2021-09-30") -> Answer:
        """Import a file, or what the bank prints now."""
        return self.at(on).ask(self.reading(data))

    def reading(self, data: bytes | None = None) -> ImportStatement:
        """The command that imports a file."""
        whole = self.bank.statement() if data is None else data
        return ImportStatement(CALL, parse_statement(whole), "treasurer-1")

    def account_for(self, name: str, amount_fen: int, line: str = "meeting") -> Answer:
        """Cost is accepted."""
        return self.ask(AcceptExpenditure(name, "final", line, amount_fen, "finance-1"))

    def close(self, name: str = "a1") -> Answer:
        """Nothing is owed."""
        return self.ask(CloseGrant(name, "finance-1"))

    def resolve(self, break_id: str, words: str = "已查明", **clears: Any) -> Answer:
        """One proposes, another approves."""
        self.ask(ProposeResolution(CALL, break_id, words, "finance-1", **clears))
        return self.ask(ResolveBreak(CALL, break_id, words, "treasurer-1"))

    def match_again(self) -> Answer:
        """Match without a new file."""
        return self.ask(MatchAgain(CALL, "treasurer-1"))

    def reconcile(self, on: str) -> dict[str, Any]:
        """Prepared by one, signed by another; the report."""
        prepared = self.at(on).ask(PrepareReconciliation(CALL, on, "treasurer-1")).body
        self.ask(SignReconciliation(CALL, prepared["report_sha256"], "finance-2"))
        report: dict[str, Any] = prepared["report"]
        return report

    # -- looking ---------------------------------------------------------------------------------

    def events(self, kind: type[Event]) -> list[Any]:
        """Every event of a kind this service sent."""
        return [event for event in self.service.emitted if isinstance(event, kind)]

    def rows(self, table: Any) -> list[Any]:
        """Every row of a table."""
        return self.service.rows(table)

    def grant(self, name: str = "a1") -> Any:
        """The grant of an award."""
        return next(g for g in self.rows(Grant) if g.application_id == name)

    def balances(self, call_id: str = CALL) -> dict[str, int]:
        """Account → debits minus credits, the empty ones left out."""
        rows = [b for b in self.rows(Balance) if b.call_id == call_id]
        return {b.account: b.signed_fen for b in rows if b.signed_fen}

    def fen(self, name: str) -> int:
        """One balance, debits minus credits; zero when nothing was ever posted."""
        return self.balances().get(name, 0)

    def breaks(self, status: str = "open") -> list[str]:
        """The codes of the breaks in a state."""
        return sorted(b.code for b in self.rows(Break) if b.status == status)

    def the_break(self, code: str) -> Any:
        """The one break of a kind."""
        (found,) = (b for b in self.rows(Break) if b.code == code)
        return found

    def statuses(self) -> list[str]:
        """What became of each payment, by reference."""
        ordered = sorted(self.rows(Payment), key=lambda p: p.reference)
        return [p.status for p in ordered]

    def books(self) -> Books:
        """The books as matching and a reconciliation see them."""
        day = date.fromisoformat(self.world.clock.now()[:10])
        return books_of(_AllRows(self.service.cache), CALL, day)  # type: ignore[arg-type]

    def problems(self) -> tuple[Imbalance, ...]:
        """Every conservation law that does not hold."""
        books = self.books()
        return conservation_problems(books.balances, books.grants)

    def refolded(self) -> Folder:
        """The store made again from the log alone."""
        folder = Folder(SERVICE)
        for partitions in self.world.log.topics.values():
            for record in (record for partition in partitions for record in partition):
                folder.fold(record)
        return folder

    def prefixes(self) -> Iterator[tuple[Event, tuple[Imbalance, ...]]]:
        """Every event this service sent, as it was committed, and the laws broken after it."""
        cache = Cache(SERVICE.tables, complete=True)
        rows = _AllRows(cache)
        for number, event in enumerate(self.service.emitted):
            envelope = Envelope(
                id=str(number), type=event.TYPE, version=event.VERSION, source="test",
                time="2021-07-01T09:00:00+08:00", key=event.key, correlation_id="",
                causation_id="",
            )  # fmt: skip
            fold = SERVICE.fold_of[event.TYPE]
            fold.apply(event, FoldRows(cache, fold, envelope, Changes()))
            books = books_of(rows, CALL, date(2021, 7, 1))  # type: ignore[arg-type]
            yield event, conservation_problems(books.balances, books.grants)

    def check(self) -> None:
        """What must hold after anything: the laws, and the store is a fold of the log."""
        assert self.problems() == ()
        assert not self.service.letters
        dump = {
            spec.name: sorted(
                spec.encode(r) for r in self.refolded().cache.rows[spec.name].values() if r
            )
            for spec in SERVICE.tables
            if spec.kind != "workspace"
        }
        assert dump == self.service.dump()


class _AllRows:
    """Every row, for whoever asks."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    def get(self, table: Any, *pk: Any) -> Any:
        return self.cache.get(table.spec.name, pk)

    def of(self, table: Any, **values: Any) -> list[Any]:
        return self.cache.every(table.of(**values))
