"""Eligibility and documents again, from the evidence of the recorded assessments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.document import DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from services.document.rules.assessment import missing
from services.document.rules.evidence import read_evidence
from services.document.rules.requirements import Channel, Requirements
from services.eligibility.rules import (
    Criteria,
    assess,
    assessment_to_json,
    criteria_from_pack,
    evidence_from_json,
)
from services.ops.whatif.changes import Changes

Why = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict before and after, and in words what made the difference."""

    before: str
    after: str
    why: tuple[dict[str, str], ...] = ()


def eligibility_again(changes: Changes) -> Callable[[EligibilityAssessed], Verdict]:
    """How another rule pack or deadline judges one application; reads the pack once."""
    pack = criteria_from_pack(changes.rule_pack) if changes.rule_pack is not None else None

    def again(event: EligibilityAssessed) -> Verdict:
        if pack is None and changes.deadline is None:
            return Verdict(event.verdict, event.verdict)
        return _eligibility(event, pack, changes.instant)

    return again


def _eligibility(
    event: EligibilityAssessed, pack: Criteria | None, deadline: datetime | None
) -> Verdict:
    evidence = evidence_from_json(event.evidence)
    context = evidence.context
    if deadline is not None:
        context = replace(context, dates=replace(context.dates, closes_before=deadline))
    told = assess(evidence.facts, pack or evidence.criteria, context, evidence.answers)
    after = told.verdict.value
    if deadline is not None and context.submitted_at and context.submitted_at >= deadline:
        late = "提交时间不早于新的截止时间。", "It was submitted at or after the new deadline."
        return Verdict(event.verdict, "late", ({"code": "late", "zh": late[0], "en": late[1]},))
    if after == event.verdict:
        return Verdict(event.verdict, after)
    return Verdict(event.verdict, after, tuple(_rules(event.assessment, assessment_to_json(told))))


def _rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> Why:
    """The rules whose outcome changed, with the sentence each now says."""
    was = {f["rule"]: f for f in before["findings"]}
    now: dict[str, Any] = {f["rule"]: f for f in after["findings"]}
    found: Why = []
    for rule in [*now, *(r for r in was if r not in now)]:
        old, new = was.get(rule), now.get(rule)
        if old is None or new is None or old["outcome"] != new["outcome"]:
            sentence = (new or old)["sentence"]  # type: ignore[index]
            outcomes = f"{old['outcome'] if old else '-'} → {new['outcome'] if new else '-'}"
            found.append({"code": rule, "outcome": outcomes, **sentence})
    return found


def documents_again(changes: Changes) -> Callable[[DocumentsAssessed], Verdict]:
    """How other closing times or rules of the ways in judge one application's papers."""

    def again(event: DocumentsAssessed) -> Verdict:
        if changes.deadline is None and not changes.channels:
            return Verdict(event.verdict, event.verdict)
        evidence = read_evidence(event.evidence)
        told = missing(_other_channels(evidence.requirements, changes), evidence.received)
        if told.verdict == event.verdict:
            return Verdict(event.verdict, told.verdict)
        was = {r.code for r in event.reasons}
        now = {r.code for r in told.reasons}
        gone = [{"code": r.code, "outcome": "gone", "zh": r.zh, "en": r.en}
                for r in event.reasons if r.code not in now]  # fmt: skip
        came = [{"code": r.code, "outcome": "new", "zh": r.zh, "en": r.en}
                for r in told.reasons if r.code not in was]  # fmt: skip
        return Verdict(event.verdict, told.verdict, (*gone, *came))

    return again


def _other_channels(held: Requirements, changes: Changes) -> Requirements:
    if unknown := sorted(set(changes.channels) - {name for name, _ in held.channels}):
        raise KeyError(f"no channel {', '.join(unknown)} in the call")
    channels = tuple((name, _other(name, channel, changes)) for name, channel in held.channels)
    return replace(held, channels=channels)


def _other(name: str, held: Channel, changes: Changes) -> Channel:
    said = changes.channels.get(name)
    closes_before = changes.instant or held.closes_before
    if said and said.closes_before:
        closes_before = datetime.fromisoformat(said.closes_before)
    return Channel(said.basis if said and said.basis else held.basis, closes_before)
