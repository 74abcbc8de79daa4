"""Commands that sign the books off: a reconciliation prepared by one person, signed by another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.finance import BreakOpened, ReconciliationSigned
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Need, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.finance.commands.books import books_needs, books_of, supplier_needs
from services.finance.commands.clearing import clear, lines_of
from services.finance.commands.evidence import evidence_of, report_to_json
from services.finance.commands.guards import known_call, not_after, two_people
from services.finance.commands.settling import Ledger, break_id_of, break_opened, ledger_of
from services.finance.rules.canonical import content_hash
from services.finance.rules.comparisons import Books
from services.finance.rules.reconcile import Reconciliation, report
from services.finance.store import CallTerms, Certificate, CertificateDraft, Payment


@dataclass(frozen=True, slots=True)
class PrepareReconciliation:
    """Compare decisions, ledger, bank and register as of a day."""

    call_id: str
    as_of: str
    by: str


@dataclass(frozen=True, slots=True)
class SignReconciliation:
    """Sign the very report that was prepared, named by its hash."""

    call_id: str
    report_sha256: str
    by: str


def _needs(command: PrepareReconciliation | SignReconciliation) -> list[Need]:
    return [
        *books_needs(command.call_id),
        CertificateDraft.key(command.call_id),
        Certificate.key(command.call_id),
    ]


def _more(command: PrepareReconciliation | SignReconciliation, rows: NamedRows) -> list[Need]:
    return supplier_needs(command.call_id, rows)


@decision(PrepareReconciliation, needs=_needs, then=_more)
def prepare(command: PrepareReconciliation, rows: NamedRows, now: str) -> Outcome:
    """The report and its hash; nothing is signed yet. Each difference gets its owner here.

    Raises:
        NotFound: finance does not know the call. Invalid: the day has not come.
        Conflict: the books go on after that day, or lines can be matched first.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    on = not_after(command.as_of, now, "The books are compared", "对账截止")
    books = books_of(rows, command.call_id, on)
    _whole(books, on)
    if clear(books, rows.of(Payment, call_id=command.call_id)).matches:
        raise Conflict(
            "matching_open",
            "Lines in suspense can be matched by now; match again, then prepare.",
            "暂记流水中已有可核销的，请先重新匹配，再编制对账报告。",
        )
    result = report(books)
    digest = content_hash(result)
    yield from _owned(ledger_of(rows, command.call_id, books, command.by, now), result)
    yield Save(
        CertificateDraft(
            call_id=command.call_id, report_sha256=digest, as_of=command.as_of,
            prepared_by=command.by,
        )
    )  # fmt: skip
    return Answer(
        201,
        {"call_id": command.call_id, "report_sha256": digest, "report": report_to_json(result)},
    )


def _whole(books: Books, on: date) -> None:
    """A balance cannot be taken back to a day before the last line in it."""
    last = max((line.booked_on for line in lines_of(books).values()), default=on)
    if last > on:
        raise Conflict(
            "as_of_too_early",
            f"The bank's lines go on until {last}; compare as of that day or later.",
            f"银行流水已到 {last}，对账截止日不能更早。",
        )


def _owned(ledger: Ledger, result: Reconciliation) -> Iterator[BreakOpened]:
    """Differences nobody owns yet; what is only in time is none, a contradiction stands again."""
    known = {b.break_id: b for b in ledger.breaks}
    carried = {x for b in ledger.breaks if b.status == "open" for x in b.detail["lines"]}
    for one in result.breaks:
        before = known.get(break_id_of(ledger, one))
        again = before is not None and before.status != "open" and one.code == "INTERNAL_DRIFT"
        owned = carried.issuperset(one.carried.lines) if one.carried.lines else False
        if again or (before is None and one.code != "TIMING" and not owned):
            yield break_opened(ledger, one)


@decision(SignReconciliation, needs=_needs, then=_more)
def sign(command: SignReconciliation, rows: NamedRows, now: str) -> Outcome:
    """A second person signs what the books say now, if that is still what was prepared.

    Raises:
        NotFound: nothing was prepared. Conflict: the same person, or the books moved meanwhile.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    signed = rows.get(Certificate, command.call_id)
    if signed is not None and signed.report_sha256 == command.report_sha256:
        return _answer(command, signed.reconciled)
    draft = rows.get(CertificateDraft, command.call_id)
    if draft is None:
        raise NotFound("not_prepared", "Prepare the reconciliation first.", "请先编制对账报告。")
    two_people(draft.prepared_by, command.by, "Signing a reconciliation", "签署对账报告")
    books = books_of(rows, command.call_id, date.fromisoformat(draft.as_of))
    result = report(books)
    digest = content_hash(result)
    if not command.report_sha256 == draft.report_sha256 == digest:
        raise Conflict(
            "books_moved",
            "This is not what the books say now; prepare and read the report again.",
            "账目与所签报告不一致，请重新编制并核对对账报告。",
        )
    yield ReconciliationSigned(
        call_id=command.call_id, reconciled=result.reconciled, report=report_to_json(result),
        report_sha256=digest, prepared_by=draft.prepared_by, signed_by=command.by, signed_at=now,
        evidence=evidence_of(books),
    )  # fmt: skip
    return _answer(command, result.reconciled)


def _answer(command: SignReconciliation, reconciled: bool) -> Answer:
    body: dict[str, Any] = {
        "call_id": command.call_id,
        "report_sha256": command.report_sha256,
        "reconciled": reconciled,
        "status": "signed",
    }
    return Answer(201, body)
