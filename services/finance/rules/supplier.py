"""The supplier register as finance reads it: whose account may be paid on which day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.finance.rules.text import compact

VERIFIED, STALE, UNVERIFIED, UNKNOWN = "verified", "stale", "unverified", "unknown"


@dataclass(frozen=True, slots=True)
class SupplierAccount:
    """One verified version of a bank account; valid from a day up to, not including, another."""

    number: str
    holder: str
    bank: str = ""
    verified_on: date | None = None
    valid_from: date | None = None
    valid_before: date | None = None


@dataclass(frozen=True, slots=True)
class Supplier:
    """One award holder's registration on the funder's finance platform (clause R47)."""

    registered_on: date | None
    accounts: tuple[SupplierAccount, ...] = ()


def same_number(left: str, right: str) -> bool:
    """Whether two writings name one account; spacing, width and punctuation do not count."""
    return bool(compact(left)) and compact(left) == compact(right)


def account_state(accounts: Sequence[SupplierAccount], number: str, on: date) -> str:
    """Whether an account may be paid on a day: verified, stale, unverified or unknown.

    Source: clause R47, finance model I14. Unit: calendar days. Boundary: the day it was verified
    and the first valid day count; the day validity ends no longer counts.
    """
    versions = [version for version in accounts if same_number(version.number, number)]
    if not versions:
        return UNKNOWN
    known = [v for v in versions if v.verified_on is not None and v.verified_on <= on]
    if any(_valid(version, on) for version in known):
        return VERIFIED
    return STALE if known else UNVERIFIED


def _valid(version: SupplierAccount, on: date) -> bool:
    started = version.valid_from is None or version.valid_from <= on
    return started and (version.valid_before is None or on < version.valid_before)
