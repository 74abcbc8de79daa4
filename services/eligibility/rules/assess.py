"""The assessment: every rule on every fact, answers taken in, one verdict out."""

from collections.abc import Iterable

from services.eligibility.rules.circulars import circularised_and_rectifying
from services.eligibility.rules.criteria import (
    CircularRule,
    Criteria,
    InspectionRule,
    MembershipRule,
    PenaltyRule,
    Rule,
)
from services.eligibility.rules.exclusions import (
    department_project_failed,
    penalised_within_lookback,
)
from services.eligibility.rules.facts import Fact, facts_as_of
from services.eligibility.rules.findings import (
    Answer,
    Assessment,
    Context,
    Evidence,
    Finding,
    Question,
    Step,
    Verdict,
)
from services.eligibility.rules.inspections import basically_qualified_years_running
from services.eligibility.rules.membership import member_class_not_admitted
from services.eligibility.rules.values import Text, Truth, any_of, joined


def assess(
    facts: Iterable[Fact],
    criteria: Criteria,
    context: Context,
    answers: Iterable[Answer] = (),
) -> Assessment:
    """Run every rule of the pack on what was on record, so an applicant learns all of it at once.

    Source: R26, R31-R35. Boundary: facts are those held just before `context.recorded_before`;
    facts about another subject are left out. The order facts and answers come in means nothing.
    """
    held = tuple(
        fact
        for fact in facts_as_of(facts, context.recorded_before)
        if fact.subject == context.applicant
    )
    given = tuple(sorted(set(answers), key=lambda a: (a.answered_at, repr(a))))
    findings = tuple(_finding(rule, held, context, given) for rule in criteria.rules)
    evidence = Evidence(criteria, context, held, given)
    return Assessment(any_exclusion_bars(findings), findings, evidence)


def any_exclusion_bars(findings: Iterable[Finding]) -> Verdict:
    """Any one exclusion bars; an open one leaves the verdict open; else the applicant is eligible.

    Source: R35 有下列情形之一的单位，不得申报. Boundary: one yes bars whatever is still open.
    """
    bars = any_of(finding.outcome for finding in findings)
    return {
        Truth.YES: Verdict.BARRED,
        Truth.UNDETERMINED: Verdict.UNDETERMINED,
        Truth.NO: Verdict.ELIGIBLE,
    }[bars]


def _finding(
    rule: Rule, facts: tuple[Fact, ...], context: Context, answers: tuple[Answer, ...]
) -> Finding:
    steps = _steps(rule, facts, context)
    by_facts = any_of(step.weighed.holds for step in steps)
    open_steps = [step for step in steps if step.weighed.holds is Truth.UNDETERMINED]
    is_open = by_facts is Truth.UNDETERMINED
    answer = _answer_for(rule.head.id, answers) if is_open else None
    return Finding(
        rule=rule.head.id,
        clause=rule.head.clause,
        outcome=answer.value if answer else by_facts,
        by_facts=by_facts,
        steps=steps,
        question=_question(rule, open_steps) if is_open else None,
        answer=answer,
    )


def _steps(rule: Rule, facts: tuple[Fact, ...], context: Context) -> tuple[Step, ...]:
    if isinstance(rule, MembershipRule):
        return member_class_not_admitted(rule, facts, context)
    if isinstance(rule, PenaltyRule):
        return penalised_within_lookback(rule, facts, context)
    if isinstance(rule, InspectionRule):
        return basically_qualified_years_running(rule, facts, context)
    if isinstance(rule, CircularRule):
        return circularised_and_rectifying(rule, facts, context)
    return department_project_failed(rule, facts, context)


def _answer_for(rule_id: str, answers: tuple[Answer, ...]) -> Answer | None:
    """The latest answer to a rule's question; an answer never overrides what facts decide."""
    given = [a for a in answers if a.rule == rule_id and a.value is not Truth.UNDETERMINED]
    return given[-1] if given else None


def _question(rule: Rule, open_steps: list[Step]) -> Question:
    asks = joined(step.weighed.ask for step in open_steps if step.weighed.ask)
    clause = rule.head.clause
    return Question(
        Text(
            f"{clause}：{asks.zh} 本条是否适用于该申报单位？",
            f"{clause}: {asks.en} Does this exclusion apply to the applicant?",
        ),
        rule.head.may_answer,
    )
