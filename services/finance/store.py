"""What finance keeps: the journal and its balances, budgets, grants, payments, statements, breaks."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col, select

from services.chassis.tables import Row, Tables, json_field

TABLES = Tables("finance")
OWN = "finance.events"
AWARDS = "awards"
"""The one scope of award numbers: payment references count over all calls."""


@TABLES.folded(topic="submission.events", key="call_id")
class CallTerms(Row):
    """What a call says about money, in its latest version."""

    call_id: str = Field(primary_key=True)
    quota: dict[str, Any] = json_field(default_factory=dict)
    amount: dict[str, Any] = json_field(default_factory=dict)
    tranches: list[dict[str, Any]] = json_field(default_factory=list)
    calendar: dict[str, Any] = json_field(default_factory=dict)


@TABLES.folded(topic="review.events", key="application_id", sets=(("call_id",),))
class AwardWord(Row):
    """What review last said of an award. `state`: recommended, awarded, reserve or not_awarded."""

    application_id: str = Field(primary_key=True)
    call_id: str
    applicant_id: str
    state: str
    amount_fen: int
    rank: int

    @property
    def waits(self) -> bool:
        """Whether money is to be held for it."""
        return self.state in ("recommended", "awarded")


@TABLES.workspace()
class BudgetDraft(Row):
    """A budget entered by one person, waiting for another's approval."""

    call_id: str = Field(primary_key=True)
    amount_fen: int
    entered_by: str
    entered_at: str


@TABLES.folded(topic=OWN, key="call_id")
class Budget(Row):
    """The approved authority of a call."""

    call_id: str = Field(primary_key=True)
    amount_fen: int
    awards_max: int
    tranches: list[dict[str, Any]] = json_field(default_factory=list)
    approved_by: str
    approved_at: str


@TABLES.folded(topic=OWN, key="application_id", sets=(("call_id",),))
class Grant(Row):
    """The money of one award. `status`: refused, held, released, committed, contracted, closed."""

    application_id: str = Field(primary_key=True)
    call_id: str
    applicant_id: str
    award_no: int
    status: str
    held_fen: int
    committed_fen: int = 0
    signed_on: str | None = None


@TABLES.folded(topic=OWN, key="application_id", sets=(("application_id",), ("call_id",)))
class Tranche(Row):
    """One instalment. `status`: agreed, released, or lapsed when it came back in a later year."""

    application_id: str = Field(primary_key=True)
    tranche_no: int = Field(primary_key=True)
    call_id: str
    condition: str
    amount_fen: int
    status: str


@TABLES.workspace()
class PaymentDraft(Row):
    """A payment one person prepared, waiting for another to check it."""

    application_id: str = Field(primary_key=True)
    tranche_no: int = Field(primary_key=True)
    made_by: str
    made_at: str
    open: bool


@TABLES.folded(topic=OWN, key="application_id", sets=(("application_id",), ("call_id",)))
class Payment(Row):
    """One instruction to the bank. `status`: instructed, confirmed or returned."""

    payment_id: str = Field(primary_key=True)
    application_id: str
    call_id: str
    tranche_no: int
    attempt: int
    amount_fen: int
    payee_id: str
    payee_name: str
    payee_account: str
    reference: str
    bank_account: str
    instructed_on: str
    status: str
    paid_on: str | None = None
    lapsed_year: int | None = None
    matches: list[dict[str, Any]] = json_field(default_factory=list)


@TABLES.folded(topic=OWN, key="applicant_id", sets=(("applicant_id",),))
class Supplier(Row):
    """One verified account of a registered supplier, valid until a later one begins."""

    applicant_id: str = Field(primary_key=True)
    valid_from: str = Field(primary_key=True)
    bank_account: str = Field(primary_key=True)
    supplier_name: str
    bank_name: str
    verified_by: str
    registered_at: str


@TABLES.folded(topic=OWN, key="account", sets=(("call_id",),))
class BankAccount(Row):
    """One of our own bank accounts; it belongs to one call."""

    account: str = Field(primary_key=True)
    call_id: str
    opening_fen: int
    opened_on: str


@TABLES.folded(topic=OWN, key="statement_id", sets=(("call_id",),))
class StatementFile(Row):
    """A bank statement as imported: every line, also those an earlier file had."""

    statement_id: str = Field(primary_key=True)
    call_id: str
    account: str
    file_sha256: str
    opening_fen: int
    closing_fen: int
    lines: list[dict[str, Any]] = json_field(default_factory=list)
    postings: list[dict[str, Any]] = json_field(default_factory=list)
    matches: list[dict[str, Any]] = json_field(default_factory=list)
    break_ids: list[str] = json_field(default_factory=list)
    imported_at: str


@TABLES.folded(topic=OWN, key="application_id")
class Expenditure(Row):
    """Accepted cost: one line of one report, once."""

    application_id: str = Field(primary_key=True)
    report_id: str = Field(primary_key=True)
    line: str = Field(primary_key=True)
    amount_fen: int


@TABLES.folded(topic=OWN, key="event_key", sets=(("call_id",),))
class JournalEntry(Row):
    """One balanced entry of one sub-ledger; never changed, never removed."""

    entry_id: str = Field(primary_key=True)
    event_key: str
    call_id: str
    event: str
    cause: str
    effective_on: str
    ledger: str
    amount_fen: int
    postings: list[dict[str, Any]] = json_field(default_factory=list)


@TABLES.counted(topic=OWN, sets=(("call_id",),))
class Balance(Row):
    """Debits minus credits of one account, in fen."""

    call_id: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    signed_fen: int = 0


@TABLES.counted(topic=OWN)
class CallTally(Row):
    """How many awards of a call hold money, and how many entries were written."""

    call_id: str = Field(primary_key=True)
    holds: int = 0
    entries: int = 0


@TABLES.counted(topic=OWN)
class AwardNumbers(Row):
    """How many award numbers were given, over all calls: a payment reference is never used twice."""

    scope: str = Field(primary_key=True)
    given: int = 0


@TABLES.folded(topic=OWN, key="break_id", sets=(("call_id",), ("grantee_id",)))
class Break(Row):
    """A difference somebody owns. `status`: open or resolved; `matches`: what explained its lines."""

    break_id: str = Field(primary_key=True)
    call_id: str
    code: str
    amount_fen: int
    owner: str
    due_on: str
    application_id: str
    grantee_id: str
    detail: dict[str, Any] = json_field(default_factory=dict)
    status: str
    resolution: str | None = None
    matches: list[dict[str, Any]] = json_field(default_factory=list)


@TABLES.workspace()
class ResolutionDraft(Row):
    """What one person proposes about a break, waiting for another's word."""

    break_id: str = Field(primary_key=True)
    resolution: str
    lines: list[str] = json_field(default_factory=list)
    payment_id: str
    proposed_by: str
    proposed_at: str


@TABLES.folded(topic=OWN, key="call_id")
class Certificate(Row):
    """The latest signed reconciliation of a call."""

    call_id: str = Field(primary_key=True)
    reconciled: bool
    report: dict[str, Any] = json_field(default_factory=dict)
    report_sha256: str
    prepared_by: str
    signed_by: str
    signed_at: str


@TABLES.workspace()
class CertificateDraft(Row):
    """A reconciliation one person prepared, waiting for another's signature."""

    call_id: str = Field(primary_key=True)
    report_sha256: str
    as_of: str
    prepared_by: str


async def one(session: AsyncSession, table: type[Row], *pk: Any) -> Any:
    """A row by its primary key, or None."""
    return await session.get(table.Table, pk)


async def under_call(
    session: AsyncSession, table: type[Row], call_id: str, after: str = "", limit: int | None = None
) -> list[Any]:
    """Rows of a call in primary key order, of which the first part is greater than `after`."""
    order = [col(getattr(table.Table, c)) for c in table.spec.primary if c != "call_id"]
    wanted = select(table.Table).where(col(table.Table.call_id) == call_id)
    if after:
        wanted = wanted.where(order[0] > after)
    return list(await session.scalars(wanted.order_by(*order).limit(limit)))


async def tranches_of(session: AsyncSession, application_ids: Iterable[str]) -> list[Any]:
    """The instalments of these awards."""
    table = Tranche.Table
    wanted = select(table).where(col(table.application_id).in_(list(application_ids)))
    return list(
        await session.scalars(wanted.order_by(col(table.application_id), col(table.tranche_no)))
    )
