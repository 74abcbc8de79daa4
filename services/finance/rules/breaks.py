"""Breaks: the taxonomy of differences, each with an amount, an owner and a due day."""

from dataclasses import dataclass
from datetime import date

from services.finance.rules.working_days import CutOff


@dataclass(frozen=True, slots=True)
class BreakKind:
    """What a code means, who looks first, within how many working days, whether payments stop."""

    owner: str
    due_days: int
    stop: bool
    zh: str
    en: str


def _kind(owner: str, days: int, zh: str, en: str, *, stop: bool = False) -> BreakKind:
    return BreakKind(owner, days, stop, zh, en)


# Finance model 3.3. Owners are roles, not people.
TAXONOMY: dict[str, BreakKind] = {
    "UNMATCHED_BANK_DEBIT": _kind(
        "treasurer", 1, "银行付出无对应指令", "Money left, no instruction"
    ),
    "UNMATCHED_BANK_CREDIT": _kind("treasurer", 3, "银行收入来源不明", "Money arrived, unknown"),
    "UNMATCHED_PAYMENT": _kind(
        "treasurer", 2, "已发指令未见付出", "Instructed, not on the statement"
    ),
    "TIMING": _kind("system", 0, "在正常在途时限内", "Inside the normal window at cut-off"),
    "MISSING_AWARD": _kind(
        "programme_officer", 1, "立项决定未入账", "Decision without a ledger entry"
    ),
    "ORPHAN_COMMITMENT": _kind(
        "programme_officer", 1, "承诺无立项决定", "Commitment without a decision"
    ),
    "AMOUNT_MISMATCH": _kind("treasurer", 2, "编号相符金额不符", "Reference right, amount wrong"),
    "WRONG_PAYEE": _kind(
        "finance_lead", 0, "收款账户非核验账户", "Account not verified for this grantee", stop=True
    ),
    "PAYEE_STALE": _kind(
        "supplier_officer", 2, "收款账户当日已失效", "Account not valid on the day"
    ),
    "DUPLICATE": _kind("finance_lead", 0, "重复付款", "Paid twice", stop=True),
    "RETURN_PASSIVE": _kind("supplier_officer", 3, "银行退票", "Bank returned the payment"),
    "RETURN_ACTIVE": _kind("programme_officer", 3, "收款单位退回", "Payee sent the money back"),
    "RETURN_CROSS_YEAR": _kind("finance_lead", 5, "跨年退款", "Return in a later fiscal year"),
    "WRONG_AUTHORITY": _kind(
        "finance_lead", 3, "付款账户或科目有误", "Paid from the wrong account or line"
    ),
    "SPLIT_AMBIGUOUS": _kind("treasurer", 2, "拆分付款多解", "Several exact splits fit"),
    "BULK_AMBIGUOUS": _kind("treasurer", 2, "批量付款多解", "Several exact bulks fit"),
    "STATEMENT_GAP": _kind("treasurer", 1, "对账单不连续", "The statement does not add up"),
    "STATEMENT_DUP": _kind("system", 0, "对账单重复", "Same statement lines again"),
    "INTERNAL_DRIFT": _kind(
        "engineering", 0, "账内不平", "The books contradict themselves", stop=True
    ),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a break is about (an award, else a bank account or a law) and what it accounts for.

    `bank_fen` is the signed money of its bank lines and `transit_fen` the instructed money of its
    payments: these explain the two differences on a reconciliation, and are zero for a break
    about money already in the books.
    """

    lines: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    award: str = ""
    bank_fen: int = 0
    transit_fen: int = 0
    about: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """One difference that a person must resolve; `amount_fen` is what it is about."""

    code: str
    amount_fen: int
    carried: Carried
    owner: str
    due_on: date
    stop: bool
    zh: str
    en: str

    @property
    def id(self) -> str:
        """The same difference has the same id on every run."""
        own = self.carried
        return "|".join((self.code, own.award or own.about, *own.lines, *own.payments))


def open_break(code: str, amount_fen: int, at: CutOff, carried: Carried) -> Break:
    """A break with the owner, due day and words its code prescribes; an unknown code is a bug."""
    kind = TAXONOMY[code]
    due_on = at.calendar.after(at.on, kind.due_days)
    facts = (kind.owner, due_on, kind.stop, kind.zh, kind.en)
    return Break(code, abs(amount_fen), carried, *facts)
