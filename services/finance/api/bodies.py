"""The shapes finance takes: strict amounts in fen, days, bounded words."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _real(day: str) -> str:
    """The day, when it is in the calendar."""
    return date.fromisoformat(day).isoformat()


Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_real)]
Fen = Annotated[int, Field(strict=True, gt=0, le=2**53 - 1)]
FenOrNone = Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Account = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{4,40}$")]
"""A bank account number: digits and letters, no spaces."""


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
    """The day the bank is told."""

    instructed_on: Day


class ExpenditureBody(Body):
    """One line of an expenditure report."""

    report_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
    line: Annotated[str, StringConstraints(pattern=r"^[0-9a-z_]{1,64}$")]
    amount_fen: Fen


class AccountBody(Body):
    """One of our own accounts and its balance on a day."""

    account: Account
    opening_fen: FenOrNone
    opened_on: Day


class ReconciliationBody(Body):
    """The day the books are compared for."""

    as_of: Day


class SignatureBody(Body):
    """The hash of the report that is signed."""

    report_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ResolutionBody(Body):
    """What explains a break, and who proposed it."""

    resolution: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    proposed_by: Word
