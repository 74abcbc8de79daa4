"""What an assessment is made of: context in, findings and a verdict out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.eligibility.rules.criteria import Anchor, Criteria
from services.eligibility.rules.facts import Fact
from services.eligibility.rules.values import Text, Truth, joined

Arithmetic = tuple[tuple[str, str | int], ...]
"""The numbers behind a sentence, name by name, for machines."""


class Verdict(StrEnum):
    ELIGIBLE = "eligible"
    BARRED = "barred"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class CallDates:
    """The day a call was published and the exclusive instant it closes at, in its own offset."""

    published_on: date
    closes_before: datetime

    @property
    def closes_on(self) -> date:
        """The last day of the window: `2021-07-13T00:00+08:00` closes on 2021-07-12."""
        return (self.closes_before - timedelta(microseconds=1)).date()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything an assessment depends on besides facts and rules. No clock is read elsewhere."""

    applicant: str
    dates: CallDates
    submitted_at: datetime | None = None
    screened_at: datetime | None = None
    recorded_before: datetime | None = None
    declared_member_class: str | None = None

    def day_of(self, anchor: Anchor) -> date | None:
        """The calendar day of an anchor in the call's own offset; None when it has not happened."""
        if anchor is Anchor.CALL_PUBLISHED:
            return self.dates.published_on
        if anchor is Anchor.CALL_CLOSES:
            return self.dates.closes_on
        instant = self.submitted_at if anchor is Anchor.SUBMITTED_AT else self.screened_at
        return instant and instant.astimezone(self.dates.closes_before.tzinfo).date()


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to "does this rule bar the applicant?". `value` is yes or no."""

    rule: str
    value: Truth
    by: str
    reason: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Weighed:
    """One consideration: whether it bars, the arithmetic, the sentence, what is still to ask."""

    holds: Truth
    arithmetic: Arithmetic
    sentence: Text
    ask: Text | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A consideration with the facts and sources it rests on."""

    facts: tuple[str, ...]
    sources: tuple[str, ...]
    weighed: Weighed


@dataclass(frozen=True, slots=True)
class Question:
    """What a person has to settle, and which roles may."""

    text: Text
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule came to. `outcome` yes bars; `by_facts` is the outcome before any answer."""

    rule: str
    clause: str
    outcome: Truth
    by_facts: Truth
    steps: tuple[Step, ...]
    question: Question | None
    answer: Answer | None

    @property
    def sentence(self) -> Text:
        """What the rule came to, in words; nothing on record is said, never held against anyone."""
        if not self.steps:
            return Text(
                "在案事实中没有与本条有关的记录；缺少证据不构成拒绝理由。",
                "Nothing on record touches this rule; missing evidence rejects nobody.",
            )
        return joined(step.weighed.sentence for step in self.steps)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Every input of an assessment, in canonical order."""

    criteria: Criteria
    context: Context
    facts: tuple[Fact, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on one applicant, with every rule's finding and all the evidence."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    evidence: Evidence

    @property
    def failed_rules(self) -> tuple[str, ...]:
        return tuple(f.rule for f in self.findings if f.outcome is Truth.YES)

    @property
    def open_rules(self) -> tuple[str, ...]:
        return tuple(f.rule for f in self.findings if f.outcome is Truth.UNDETERMINED)


def step_on(fact: Fact, weighed: Weighed) -> Step:
    """A consideration that rests on one fact."""
    return Step((fact.id,), (fact.source.url,), weighed)
