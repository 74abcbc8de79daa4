"""The assessment that commands and reactions share: an event whenever the answer changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.document import DocumentsAssessed
from contracts.values import Reason
from services.chassis.model import Need
from services.document.rules.assessment import Assessment, missing
from services.document.rules.evidence import (
    Evidence,
    as_document,
    assess_again,
    read_requirements,
)
from services.document.rules.facts import Correction as CorrectionFact
from services.document.rules.facts import FileIn, Received
from services.document.rules.facts import Parcel as ParcelFact
from services.document.rules.reasons import Reason as Finding
from services.document.store import CallTerms, Case, Check, Correction, File, Parcel


def papers_of(application_id: str) -> list[Need]:
    """The needs of an assessment that are known from the application's id alone."""
    return [
        Case.key(application_id),
        Check.key(application_id),
        File.of(application_id=application_id),
        Parcel.of(application_id=application_id),
        Correction.of(application_id=application_id),
    ]


def terms_for(command: Any, rows: Any) -> list[Need]:
    """The second round: what the call asks for, once the application says which version."""
    case = rows.get(Case, command.application_id)
    return [CallTerms.key(case.call_id, case.call_version)] if case else []


@dataclass(frozen=True, slots=True)
class Papers:
    """What the store holds about one application's papers."""

    case: Case | None
    terms: CallTerms | None
    check: Check | None
    files: Sequence[File]
    parcels: Sequence[Parcel]
    corrections: Sequence[Correction]

    @property
    def live(self) -> bool:
        """Whether there is something to assess: known, not withdrawn, the call's terms known."""
        return self.case is not None and self.case.status == "submitted" and self.terms is not None


def read_papers(rows: Any, application_id: str) -> Papers:
    """The papers of an application, from rows that `papers_of` and `terms_for` named."""
    case = rows.get(Case, application_id)
    return Papers(
        case=case,
        terms=rows.get(CallTerms, case.call_id, case.call_version) if case else None,
        check=rows.get(Check, application_id),
        files=rows.of(File, application_id=application_id),
        parcels=rows.of(Parcel, application_id=application_id),
        corrections=rows.of(Correction, application_id=application_id),
    )


def assess(papers: Papers, now: str) -> Iterable[DocumentsAssessed]:
    """The new assessment, or nothing while it cannot be made or says what the last one said."""
    if not papers.live:
        return
    assert papers.case is not None
    assert papers.terms is not None
    evidence = Evidence(
        call_version=papers.case.call_version,
        requirements=read_requirements(papers.terms.requirements),
        received=_received(papers, papers.case.applicant_id),
    )
    fields = _fields(missing(evidence.requirements, evidence.received))
    if papers.check is not None and _says(papers.check) == _plain(fields):
        return
    yield DocumentsAssessed(
        application_id=papers.case.application_id,
        call_id=papers.case.call_id,
        assessment_no=papers.check.assessment_no + 1 if papers.check else 1,
        evidence=as_document(evidence),
        assessed_at=now,
        **fields,
    )


def rederive(event: DocumentsAssessed) -> Mapping[str, Any]:
    """The fields of an assessment, from nothing but its own evidence."""
    return _fields(assess_again(event.evidence))


def _fields(assessment: Assessment) -> dict[str, Any]:
    return {
        "verdict": assessment.verdict,
        "timely": assessment.timely,
        "reasons": _reasons(assessment.reasons),
        "findings": _reasons(assessment.findings),
        "electronic_file_id": assessment.electronic_file_id,
    }


def _reasons(found: Iterable[Finding]) -> tuple[Reason, ...]:
    return tuple(Reason(code=r.code, zh=r.zh, en=r.en) for r in found)


def _says(check: Check) -> dict[str, Any]:
    return {
        "verdict": check.verdict,
        "timely": check.timely,
        "reasons": check.reasons,
        "findings": check.findings,
        "electronic_file_id": check.electronic_file_id,
    }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    listed = {name: [r.model_dump() for r in fields[name]] for name in ("reasons", "findings")}
    return {**fields, **listed}


def _received(papers: Papers, applicant_id: str) -> Received:
    """What counts: a file that another applicant slipped in before this one was known does not."""
    return Received(
        files=tuple(
            FileIn(f.file_id, f.sha256, f.kind, f.channel, datetime.fromisoformat(f.received_at))
            for f in papers.files
            if f.received_from in ("", applicant_id)
        ),
        parcels=tuple(parcel_fact(p) for p in papers.parcels),
        corrections=tuple(
            CorrectionFact(datetime.fromisoformat(c.requested_at), date.fromisoformat(c.due_on))
            for c in papers.corrections
        ),
    )


def parcel_fact(parcel: Any) -> ParcelFact:
    """A counted delivery as the rules see it, from a row, an event or a command."""
    day = parcel.dispatched_on
    return ParcelFact(
        parcel_id=parcel.parcel_id,
        channel=parcel.channel,
        dispatched_on=date.fromisoformat(day) if day else None,
        arrived_at=datetime.fromisoformat(parcel.arrived_at),
        copies=parcel.copies,
        originals=parcel.originals,
        sealed=parcel.sealed,
        opinion_signed=parcel.opinion_signed,
        vetted=parcel.vetted,
        opinion_written=parcel.opinion_written,
        opinion_dated=parcel.opinion_dated,
        signatory=parcel.signatory,
        matches_electronic=parcel.matches_electronic,
    )
