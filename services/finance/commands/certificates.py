"""Commands that close the books: a reconciliation prepared by one person and signed by another."""

from dataclasses import dataclass
from typing import Any

from contracts.finance import BreakResolved, ReconciliationSigned
from services.chassis.errors import Conflict, NotFound
from services.chassis.model import Answer, Need, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.finance.commands.books import books_needs, books_of, supplier_needs
from services.finance.commands.guards import known_call, two_people
from services.finance.rules.canonical import content_hash, to_json
from services.finance.rules.reconcile import Reconciliation, report
from services.finance.store import Break, CallTerms, Certificate, CertificateDraft


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


@dataclass(frozen=True, slots=True)
class ResolveBreak:
    """Explain a break: proposed by one person, approved by another."""

    call_id: str
    break_id: str
    resolution: str
    proposed_by: str
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
    """The report and its hash; nothing is signed yet."""
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    result = report(books_of(rows, command.call_id, command.as_of))
    digest = content_hash(result)
    yield Save(
        CertificateDraft(
            call_id=command.call_id, report_sha256=digest, as_of=command.as_of, prepared_by=command.by
        )
    )
    return Answer(201, {"call_id": command.call_id, "report_sha256": digest, "report": plain(result)})


@decision(SignReconciliation, needs=_needs, then=_more)
def sign(command: SignReconciliation, rows: NamedRows, now: str) -> Outcome:
    """A second person signs what the books say now, if that is still what was prepared.

    Raises:
        NotFound: nothing was prepared. Conflict: the same person, or the books moved meanwhile.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    signed = rows.get(Certificate, command.call_id)
    if signed is not None and signed.report_sha256 == command.report_sha256:
        return Answer(201, _certificate(command.call_id, signed.report_sha256, signed.reconciled))
    draft = rows.get(CertificateDraft, command.call_id)
    if draft is None:
        raise NotFound("not_prepared", "Prepare the reconciliation first.", "请先编制对账报告。")
    two_people(draft.prepared_by, command.by, "Signing a reconciliation", "签署对账报告")
    result = report(books_of(rows, command.call_id, draft.as_of))
    digest = content_hash(result)
    if digest != command.report_sha256:
        raise Conflict(
            "books_moved",
            "The books are no longer what was prepared; prepare and read the report again.",
            "账目已发生变化，请重新编制并核对对账报告。",
            report_sha256=digest,
        )
    yield ReconciliationSigned(
        call_id=command.call_id, reconciled=result.reconciled, report=plain(result),
        report_sha256=digest, prepared_by=draft.prepared_by, signed_by=command.by, signed_at=now,
    )  # fmt: skip
    return Answer(201, _certificate(command.call_id, digest, result.reconciled))


def _certificate(call_id: str, digest: str, reconciled: bool) -> dict[str, Any]:
    return {"call_id": call_id, "report_sha256": digest, "reconciled": reconciled, "status": "signed"}


def plain(result: Reconciliation) -> dict[str, Any]:
    """The report as JSON."""
    document = to_json(result)
    assert isinstance(document, dict)
    return document


@decision(ResolveBreak, needs=lambda c: [Break.key(c.break_id)])
def resolve_break(command: ResolveBreak, rows: NamedRows, now: str) -> Outcome:
    """Explaining a break twice is answered the same; nobody approves their own explanation."""
    found = rows.get(Break, command.break_id)
    if found is None or found.call_id != command.call_id:
        raise NotFound("break_unknown", f"There is no break {command.break_id}.", f"没有差异 {command.break_id}。")
    two_people(command.proposed_by, command.by, "Resolving a break", "处理差异")
    if found.status == "open":
        yield BreakResolved(
            break_id=command.break_id, call_id=command.call_id, resolution=command.resolution,
            proposed_by=command.proposed_by, approved_by=command.by, resolved_at=now,
        )  # fmt: skip
    return Answer(201, {"break_id": command.break_id, "status": "resolved"})
