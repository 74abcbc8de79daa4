"""The command that notes a verified supplier account, and the register as the rules read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contracts.finance import SupplierRegistered
from services.chassis.errors import Conflict
from services.chassis.model import Answer, Outcome, decision
from services.chassis.views import NamedRows
from services.finance.rules.supplier import VERIFIED, SupplierAccount, account_state
from services.finance.rules.text import compact
from services.finance.rules.working_days import civil_day
from services.finance.store import Supplier


@dataclass(frozen=True, slots=True)
class RegisterSupplier:
    """Note a verified registration on the funder's finance platform (clause R47)."""

    applicant_id: str
    supplier_name: str
    bank_account: str
    bank_name: str
    valid_from: str
    by: str

    @property
    def number(self) -> str:
        """The account in the form that bank lines are compared in."""
        return compact(self.bank_account)


@decision(
    RegisterSupplier, needs=lambda c: [Supplier.key(c.applicant_id, c.valid_from, c.number)]
)  # fmt: skip
def register_supplier(command: RegisterSupplier, rows: NamedRows, now: str) -> Outcome:
    """The same account from the same day is answered the same; an earlier account may come back.

    Raises:
        Conflict: that account from that day is registered with another name or bank.
    """
    known = rows.get(Supplier, command.applicant_id, command.valid_from, command.number)
    said = (command.supplier_name, command.bank_name)
    if known is not None and (known.supplier_name, known.bank_name) != said:
        raise Conflict(
            "account_known",
            f"The account is registered from that day for {known.supplier_name} at "
            f"{known.bank_name}; register a correction from another day.",
            f"该账户当日已登记为 {known.supplier_name}（{known.bank_name}），"
            "更正请以其他生效日重新登记。",
        )
    if known is None:
        yield SupplierRegistered(
            applicant_id=command.applicant_id, supplier_name=command.supplier_name,
            bank_account=command.number, bank_name=command.bank_name,
            valid_from=command.valid_from, verified_by=command.by, registered_at=now,
        )  # fmt: skip
    return Answer(
        201,
        {
            "applicant_id": command.applicant_id,
            "bank_account": command.number,
            "valid_from": command.valid_from,
        },
    )


def register_of(accounts: Sequence[Supplier]) -> tuple[SupplierAccount, ...]:
    """The register as the rules see it: each account is valid until the next one begins.

    Of two that begin on one day the later registered stands: it corrects the other.
    """
    ordered = sorted(accounts, key=lambda s: (s.valid_from, s.registered_at, s.bank_account))
    begins = [date.fromisoformat(s.valid_from) for s in ordered]
    return tuple(
        SupplierAccount(
            number=s.bank_account, holder=s.supplier_name, bank=s.bank_name,
            verified_on=civil_day(s.registered_at), valid_from=begin, valid_before=end,
        )
        for s, begin, end in zip(ordered, begins, [*begins, None][1:], strict=True)
    )  # fmt: skip


def payee_on(accounts: Sequence[Supplier], day: date) -> Supplier | None:
    """Who is paid on a day: the account valid then, else the newest, which the checks will refuse."""
    register = register_of(accounts)
    ordered = sorted(accounts, key=lambda s: (s.valid_from, s.registered_at, s.bank_account))
    valid = [
        row
        for row, version in zip(ordered, register, strict=True)
        if account_state((version,), row.bank_account, day) == VERIFIED
    ]
    return (valid or ordered)[-1] if ordered else None
