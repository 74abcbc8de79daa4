"""The shapes finance takes: strict amounts in fen, days, bounded words."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.finance.commands.guards import AMOUNT_FEN_MAX


def _real(day: str) -> str:
    """The day, when it is in the calendar."""
    return date.fromisoformat(day).isoformat()


Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_real)]
Fen = Annotated[int, Field(strict=True, gt=0, le=AMOUNT_FEN_MAX)]
FenOrZero = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_FEN_MAX)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Account = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{4,40}$")]
"""A bank account number: digits and letters, no spaces."""
LineId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}-[1-9][0-9]{0,8}$")]
"""A bank line, as a break or a statement names it."""
PathId = Annotated[str, Path(max_length=128)]
"""Whatever a path names by its id."""
TrancheNo = Annotated[int, Path(ge=1, le=99)]


@dataclass(frozen=True, slots=True)
class _Page:
    """Which part of a list is asked for."""

    after: Annotated[str, Query(max_length=200, description="go on after this id")] = ""
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 200


Page = Annotated[_Page, Depends()]


class Body(BaseModel):
    """Bodies say nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class BudgetBody(Body):
    """The authority of a call, in fen."""

    amount_fen: Fen


class SupplierBody(Body):
    """A verified registration on the funder's platform."""

    supplier_name: Word
    bank_account: Account
    bank_name: Word
    valid_from: Day


class AgreementBody(Body):
    """When the task book was signed."""

    signed_on: Day


class ReleaseBody(Body):
    """Which condition is met, e.g. agreement_signed or acceptance_passed."""

    condition: Word


class InstructionBody(Body):
    """The day the bank is told, and which of our accounts pays where there are several."""

    instructed_on: Day
    bank_account: Account | None = None


class ExpenditureBody(Body):
    """One line of an expenditure report."""

    report_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
    line: Annotated[str, StringConstraints(pattern=r"^[0-9a-z_]{1,64}$")]
    amount_fen: Fen


class AccountBody(Body):
    """One of our own accounts and its balance on a day."""

    account: Account
    opening_fen: FenOrZero
    opened_on: Day


class ReconciliationBody(Body):
    """The day the books are compared for."""

    as_of: Day


class SignatureBody(Body):
    """The hash of the report that is signed."""

    report_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ProposalBody(Body):
    """What explains a break; with `lines`, which suspended bank lines it clears.

    Lines clear each other when they add up to zero, or are the payment named, or its return.
    """

    resolution: Words
    lines: list[LineId] = Field(default_factory=list, max_length=50)
    payment_id: Annotated[str, StringConstraints(max_length=128)] = ""


class ResolutionBody(Body):
    """The very words that are approved, and whose they are."""

    resolution: Words
    proposed_by: Annotated[str, StringConstraints(max_length=128)] = ""
