"""Any sequence of what people, review and the bank may do, against everything that must hold."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from services.finance.commands import (
    AcceptExpenditure,
    ApproveBudget,
    CloseGrant,
    EnterBudget,
    InstructPayment,
    MatchAgain,
    OpenBankAccount,
    PreparePayment,
    PrepareReconciliation,
    ProposeResolution,
    ReleaseTranche,
    ResolveBreak,
    SignAgreement,
    SignReconciliation,
)
from services.finance.rules.comparisons import Books
from services.finance.rules.journal import trial_balance
from services.finance.rules.matching import match
from services.finance.rules.reconcile import report
from services.finance.store import (
    AwardWord,
    Balance,
    Break,
    CallTally,
    Grant,
    Payment,
    StatementFile,
)
from tests.finance.bank import ACTS
from tests.finance.chance import AWARDS_MAX, BUDGET, Chance
from tests.finance.heard import AWARD, BANK, CALL, OPENING, decided, recommended

NAMES = ("a1", "a2", "a3", "a4", "a5")
PEOPLE = ("finance-1", "finance-2")
CONDITIONS = {1: "agreement_signed", 2: "acceptance_passed"}

names, numbers, people = st.sampled_from(NAMES), st.sampled_from((1, 2)), st.sampled_from(PEOPLE)
picks = st.integers(0, 10**6)


class Season(Chance, RuleBasedStateMachine):
    """A small call with three places, money for fewer, five applicants and a careless bank."""

    @initialize(under_way=st.sampled_from((0, 2, 3, 3)))
    def begin(self, under_way: int) -> None:
        """Some seasons are played from the budget on, most begin with signed agreements."""
        if not under_way:
            return
        for by, command in zip(PEOPLE, (EnterBudget, ApproveBudget), strict=True):
            self.office.ask(command(CALL, BUDGET, by))
        self.office.ask(OpenBankAccount(CALL, BANK, OPENING, "2021-08-30", "treasurer-1"))
        for rank, name in enumerate(NAMES[:under_way], 1):
            self.office.hears(recommended(name, rank, 26_000_000))
            self.office.hears(decided(name, "awarded", 26_000_000))
            self.register(name=name, account="6222")
            self.office.ask(SignAgreement(name, self.today.isoformat(), "officer-1"))

    # -- review and budget ----------------------------------------------------------------------

    @rule(name=names, amount=st.sampled_from((AWARD, 26_000_000)))
    def recommend(self, name: str, amount: int) -> None:
        self.office.hears(recommended(name, NAMES.index(name) + 1, amount))

    @rule(act=st.sampled_from(("enter", "approve", "open")), by=people)
    def budget(self, act: str, by: str) -> None:
        commands = {
            "enter": EnterBudget(CALL, BUDGET, by),
            "approve": ApproveBudget(CALL, BUDGET, by),
            "open": OpenBankAccount(CALL, BANK, OPENING, "2021-08-30", "treasurer-1"),
        }
        self._try(commands[act])

    @rule(name=names, decision=st.sampled_from(("awarded", "awarded", "not_awarded", "reserve")))
    def decide(self, name: str, decision: str) -> None:
        """As review does: only what is held is awarded, and the word is not taken back."""
        held = {g.application_id: g for g in self.office.rows(Grant)}
        said = {w.application_id: w.state for w in self.office.rows(AwardWord)}
        if said.get(name) == "recommended" and (name in held or decision != "awarded"):
            fen = held[name].held_fen if name in held else 0
            if held.get(name) is None or held[name].status == "held" or decision != "awarded":
                self.office.hears(decided(name, decision, fen))

    # -- the way of a grant ---------------------------------------------------------------------

    @rule(name=names, account=st.sampled_from(("6222", "6228")))
    def register(self, name: str, account: str) -> None:
        since = self.today.isoformat()
        self._try(self.office.registering(name, f"{account}{name.upper()}", since))

    @rule(
        act=st.sampled_from(("sign", "release", "prepare", "instruct", "close")),
        name=names, number=numbers, by=people,
    )  # fmt: skip
    def step(self, act: str, name: str, number: int, by: str) -> None:
        """One step of a grant by whoever, in its order or not."""
        today = self.today.isoformat()
        commands = {
            "sign": SignAgreement(name, today, "officer-1"),
            "release": ReleaseTranche(name, number, CONDITIONS[number], "officer-1"),
            "prepare": PreparePayment(name, number, by),
            "instruct": InstructPayment(name, number, today, by),
            "close": CloseGrant(name, "finance-1"),
        }
        self._try(commands[act])
        if act == "instruct":  # a line that came before its instruction may be matched now
            self.match_again()

    @precondition(lambda self: self._signed())
    @rule(pick=picks, number=numbers)
    def pay(self, pick: int, number: int) -> None:
        """All of the way at once, so that payments are common."""
        name = self._signed()[pick % len(self._signed())]
        self.step(act="release", name=name, number=number, by="")
        self.step(act="prepare", name=name, number=number, by=PEOPLE[0])
        self.step(act="instruct", name=name, number=number, by=PEOPLE[1])

    @precondition(lambda self: self._signed())
    @rule(pick=picks)
    def finish(self, pick: int) -> None:
        """Both instalments paid as they should be, all of it accounted for, and closed."""
        name = self._signed()[pick % len(self._signed())]
        for number in (1, 2):
            before = len(self._payments())
            self.pay(pick=pick, number=number)
            acts = [("clean", 0)] if len(self._payments()) > before else []
            self.bank_day(after=1, acts=acts, days_before=0)
        advance = self.office.fen(f"cash:advance:{name}")
        if advance:
            self._try(AcceptExpenditure(name, str(pick), "travel", advance, "finance-1"))
        self.step(act="close", name=name, number=1, by="")

    # -- the bank -------------------------------------------------------------------------------

    @rule(
        after=st.sampled_from((0, 1, 2, 30, 120)),
        acts=st.lists(st.tuples(st.sampled_from(ACTS), picks), max_size=5),
        days_before=st.sampled_from((0, 0, 1, 40)),
    )
    def bank_day(self, after: int, acts: list[tuple[str, int]], days_before: int) -> None:
        """Some days later the bank books this and that, and its statement is imported."""
        self.wait(days=after)
        for act, pick in acts:
            self._books(act, pick)
        bank = self.office.bank
        kept = (bank.balance_fen, list(bank.printed), list(bank.lines))
        data = bank.statement(days_before)
        self._try(self.office.reading(data))
        if any(row.closing_fen == bank.balance_fen for row in self.office.rows(StatementFile)):
            self.files.append(data)
        else:  # before the account is open the bank prints the same again
            bank.balance_fen, bank.printed, bank.lines = kept

    @precondition(lambda self: self.files)
    @rule(pick=picks)
    def read_again(self, pick: int) -> None:
        before = self.office.service.dump()
        self._try(self.office.reading(self.files[pick % len(self.files)]))
        assert self.office.service.dump() == before, "a file enters once"

    # -- breaks and books -----------------------------------------------------------------------

    @rule()
    def match_again(self) -> None:
        self._try(MatchAgain(CALL, "treasurer-1"))

    @precondition(lambda self: self.office.rows(Break))
    @rule(pick=picks, clears=st.sampled_from(("words", "offset", "payment")), by=people)
    def resolve(self, pick: int, clears: str, by: str) -> None:
        breaks = self.office.rows(Break)
        found = breaks[pick % len(breaks)]
        lines, payment_id = self._clearing(found, clears, pick)
        words = f"{clears} {pick}"
        self._try(ProposeResolution(CALL, found.break_id, words, PEOPLE[0], lines, payment_id))
        self._try(ResolveBreak(CALL, found.break_id, words, by))

    @rule(act=st.sampled_from(("prepare", "sign")), by=people)
    def certify(self, act: str, by: str) -> None:
        if act == "prepare":
            self._try(PrepareReconciliation(CALL, self.today.isoformat(), by))
        elif "report_sha256" in self.prepared:
            self._try(SignReconciliation(CALL, self.prepared["report_sha256"], by))

    @rule(days=st.sampled_from((1, 5, 30, 120)))
    def wait(self, days: int) -> None:
        if self.today < date(2023, 1, 1):
            self.today += timedelta(days=days)
            self._at()

    # -- what must hold -------------------------------------------------------------------------

    @invariant()
    def money_is_conserved(self) -> None:
        assert self.office.problems() == ()
        held = {b.account: b.signed_fen for b in self.office.rows(Balance)}
        assert set(trial_balance(held).values()) == {0}

    @invariant()
    def the_caps_hold(self) -> None:
        held = self.office.rows(CallTally)
        assert all(0 <= row.holds <= AWARDS_MAX for row in held)

    @invariant()
    def one_payment_of_a_tranche_stands(self) -> None:
        standing = Counter(
            (p.application_id, p.tranche_no)
            for p in self.office.rows(Payment)
            if p.status in ("instructed", "confirmed")
        )
        assert set(standing.values()) <= {1}

    @invariant()
    def every_fen_at_the_bank_is_explained(self) -> None:
        """What the rules would match is matched, and what is not is carried by a named break."""
        books = self.office.books()
        assert set(_matches(books)) == set(books.settled)
        assert report(books).unexplained_fen == 0

    @invariant()
    def nothing_is_parked(self) -> None:
        assert self.office.service.letters == []

    def teardown(self) -> None:
        """The store is a fold of the log, and no prefix of it breaks a law."""
        self.office.check()
        assert [problems for _, problems in self.office.prefixes() if problems] == []


def _matches(books: Books) -> Any:
    lines = [line for statement in books.statements for line in statement.lines]
    return match(books.instructions, lines, books.at, settled=books.settled).matches


Season.TestCase.settings = settings(
    max_examples=40, stateful_step_count=60, suppress_health_check=[HealthCheck.too_slow]
)
TestSeason = Season.TestCase
