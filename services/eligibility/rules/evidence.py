"""Facts, evidence and assessments to and from JSON, so that any decision can be re-derived."""

from collections.abc import Callable, Mapping
from datetime import datetime

from services.eligibility.rules.assess import assess
from services.eligibility.rules.dates import PartialDate
from services.eligibility.rules.facts import (
    Circular,
    Conclusion,
    Detail,
    Fact,
    FactDates,
    Inspection,
    Membership,
    Penalty,
    ProjectOutcome,
    Record,
    Source,
)
from services.eligibility.rules.findings import (
    Answer,
    Assessment,
    CallDates,
    Context,
    Evidence,
    Finding,
    Step,
)
from services.eligibility.rules.packs import Json, criteria_from_pack, criteria_to_json
from services.eligibility.rules.reading import Reader
from services.eligibility.rules.values import Text, Truth, Unreadable

_YEARS_COUNT_MAX = 50


def fact_to_json(fact: Fact) -> Json:
    """One fact as plain JSON; dates keep the precision they are known with."""
    names = tuple(type(fact.detail).__dataclass_fields__)
    return {
        "id": fact.id,
        "subject": fact.subject,
        "kind": fact.kind,
        "detail": {name: _plain(getattr(fact.detail, name)) for name in names},
        "dates": {
            name: _plain(getattr(fact.dates, name)) for name in FactDates.__dataclass_fields__
        },
        "source": {
            "url": fact.source.url,
            "date_basis": fact.source.date_basis,
            "note": fact.source.note or None,
        },
        "recorded_at": fact.recorded_at.isoformat(),
        "retracted_at": _plain(fact.retracted_at),
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, PartialDate):
        return str(value)
    if isinstance(value, Truth | Conclusion):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def fact_from_json(document: object) -> Fact:
    """Read one fact.

    Raises:
        Unreadable: with every problem: unknown kind, bad date, missing source …
    """
    reader = Reader(document)
    fact = _fact(reader)
    reader.finish()
    return fact


def _fact(reader: Reader) -> Fact:
    dates, source = reader.child("dates"), reader.child("source")
    return Fact(
        id=reader.text("id"),
        subject=reader.text("subject"),
        detail=_detail(reader),
        source=Source(
            source.text("url"), source.text("date_basis"), source.optional_text("note") or ""
        ),
        recorded_at=reader.instant("recorded_at"),
        dates=FactDates(
            dates.partial_date("decision_on"),
            dates.partial_date("effective_on"),
            dates.partial_date("announced_on"),
        ),
        retracted_at=reader.optional_instant("retracted_at"),
    )


def _detail(reader: Reader) -> Detail:
    kind = reader.text("kind")
    read = _DETAILS.get(kind)
    if read is not None:
        return read(reader.child("detail"))
    if kind:
        known = ", ".join(_DETAILS)
        reader.refuse(
            "kind",
            "kind_unknown",
            Text(f"没有事实类型 {kind!r}", f"there is no kind of fact {kind!r}"),
            Text(f"可用：{known}", f"Use one of: {known}"),
        )
    return Record("unknown")


def _inspection(reader: Reader) -> Detail:
    years = reader.integers("years")
    count = reader.integer("years_count", 1, _YEARS_COUNT_MAX)
    if years and count != len(years):
        what = Text("年度数与所列年度不符", "the count differs from the years listed")
        reader.refuse("years_count", "years_miscounted", what)
    return Inspection(reader.choice("conclusion", Conclusion), years, count)


_DETAILS: Mapping[str, Callable[[Reader], Detail]] = {
    "membership": lambda r: Membership(r.text("member_class")),
    "administrative_penalty": lambda r: Penalty(
        r.text("authority_kind"),
        r.text("penalty_kind"),
        r.text("penalised"),
        r.partial_date("revoked_on"),
    ),
    "annual_inspection": _inspection,
    "circular": lambda r: Circular(
        r.partial_date("rectification_from"),
        r.partial_date("rectification_until"),
        r.partial_date("cleared_on"),
    ),
    "project_outcome": lambda r: ProjectOutcome(
        r.text("department"),
        r.text("project"),
        r.text("result"),
        r.choice("force_majeure", Truth),
        r.optional_text("signed_off_by"),
    ),
    "record": lambda r: Record(r.text("record_kind")),
}


def answer_to_json(answer: Answer) -> Json:
    return {
        "rule": answer.rule,
        "value": answer.value.value,
        "by": answer.by,
        "reason": answer.reason,
        "answered_at": answer.answered_at.isoformat(),
    }


def _answer(reader: Reader) -> Answer:
    return Answer(
        reader.text("rule"),
        reader.choice("value", Truth),
        reader.text("by"),
        reader.text("reason"),
        reader.instant("answered_at"),
    )


def evidence_to_json(evidence: Evidence) -> Json:
    """Every input of an assessment: the pack, the context, the facts held, the answers given."""
    context = evidence.context
    return {
        "criteria": criteria_to_json(evidence.criteria),
        "context": {
            "applicant": context.applicant,
            "published_on": context.dates.published_on.isoformat(),
            "closes_before": context.dates.closes_before.isoformat(),
            "submitted_at": _plain(context.submitted_at),
            "screened_at": _plain(context.screened_at),
            "recorded_before": _plain(context.recorded_before),
            "declared_member_class": context.declared_member_class,
        },
        "facts": [fact_to_json(fact) for fact in evidence.facts],
        "answers": [answer_to_json(answer) for answer in evidence.answers],
    }


def evidence_from_json(document: object) -> Evidence:
    """Read evidence back; `evidence_to_json` of it is the same JSON.

    Raises:
        Unreadable: with every problem.
    """
    reader = Reader(document)
    entry = reader.child("context")
    context = Context(
        applicant=entry.text("applicant"),
        dates=CallDates(entry.day("published_on"), entry.instant("closes_before")),
        submitted_at=entry.optional_instant("submitted_at"),
        screened_at=entry.optional_instant("screened_at"),
        recorded_before=entry.optional_instant("recorded_before"),
        declared_member_class=entry.optional_text("declared_member_class"),
    )
    facts = tuple(_fact(child) for child in reader.children("facts"))
    answers = tuple(_answer(child) for child in reader.children("answers"))
    try:
        criteria = criteria_from_pack(reader.fields.get("criteria"))
    except Unreadable as error:
        raise Unreadable((*reader.problems, *error.problems)) from error
    reader.finish()
    return Evidence(criteria, context, facts, answers)


def assessment_to_json(assessment: Assessment) -> Json:
    """The verdict with every rule's finding; the evidence travels beside it."""
    criteria = assessment.evidence.criteria
    return {
        "pack": {"id": criteria.pack_id, "version": criteria.pack_version},
        "verdict": assessment.verdict.value,
        "failed_rules": list(assessment.failed_rules),
        "open_rules": list(assessment.open_rules),
        "findings": [_finding_to_json(finding) for finding in assessment.findings],
    }


def _finding_to_json(finding: Finding) -> Json:
    question = finding.question
    return {
        "rule": finding.rule,
        "clause": finding.clause,
        "outcome": finding.outcome.value,
        "by_facts": finding.by_facts.value,
        "sentence": _text_to_json(finding.sentence),
        "steps": [_step_to_json(step) for step in finding.steps],
        "question": question
        and {"text": _text_to_json(question.text), "roles": list(question.roles)},
        "answer": finding.answer and answer_to_json(finding.answer),
    }


def _step_to_json(step: Step) -> Json:
    weighed = step.weighed
    return {
        "facts": list(step.facts),
        "sources": list(step.sources),
        "holds": weighed.holds.value,
        "arithmetic": dict(weighed.arithmetic),
        "sentence": _text_to_json(weighed.sentence),
        "ask": weighed.ask and _text_to_json(weighed.ask),
    }


def _text_to_json(text: Text) -> Json:
    return {"zh": text.zh, "en": text.en}


def rederive(evidence: object) -> Json:
    """Run the rules on the evidence of a recorded decision: law 3, byte for byte.

    Raises:
        Unreadable: the evidence cannot be read.
    """
    read = evidence_from_json(evidence)
    return assessment_to_json(assess(read.facts, read.criteria, read.context, read.answers))
