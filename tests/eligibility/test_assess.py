"""The whole assessment: any one exclusion bars, answers settle questions, record time counts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.eligibility.rules import Answer, Truth, Verdict, assess, facts_as_of
from tests.eligibility.making import (
    CONTEXT,
    CRITERIA,
    RECORDED_AT,
    circular,
    finding,
    inspected,
    judged,
    member,
    outcome,
    penalty,
    project,
    with_rule,
)

ASKED_AT = datetime.fromisoformat("2021-07-20T10:00:00+08:00")
PENALTY = "penalised_within_lookback"


def answer(value: str, minutes: int = 0, rule: str = PENALTY) -> Answer:
    at = ASKED_AT + timedelta(minutes=minutes)
    return Answer(rule, Truth(value), "officer-1", "Read in the register.", at)


def test_nothing_on_record_leaves_an_applicant_eligible() -> None:
    """Missing evidence never rejects anyone, and every rule says that it found nothing."""
    assessment = judged()
    assert assessment.verdict is Verdict.ELIGIBLE
    assert [f.clause for f in assessment.findings] == ["R26", "R31", "R32", "R33", "R34"]
    assert "missing evidence rejects nobody" in finding(assessment, "R31").sentence.en


@pytest.mark.parametrize(
    ("clause", "fact"),
    [
        ("R31", penalty("2020-01-01")),
        ("R32", inspected("basically_qualified", 2018, 2019)),
        ("R33", circular("2021-02-01", "2021-02-01", "2021-12-31")),
        ("R34", project("2020-01-01")),
    ],
)
def test_any_one_exclusion_bars(clause: str, fact: object) -> None:
    """R35: each of the four is enough on its own, and names itself."""
    assessment = judged(fact)  # type: ignore[arg-type]
    assert assessment.verdict is Verdict.BARRED
    assert assessment.failed_rules == (finding(assessment, clause).rule,)


def test_one_certain_exclusion_bars_whatever_is_still_open() -> None:
    """An open question about R32 does not hold up a certain R31; it stays listed as open."""
    assessment = judged(penalty("2020-01-01"), inspected("basically_qualified", 2019))
    assert assessment.verdict is Verdict.BARRED
    assert assessment.open_rules == ("basically_qualified_years_running",)


def test_an_open_rule_leaves_the_verdict_open() -> None:
    """Undetermined is a verdict of its own, never a rejection."""
    assert judged(penalty()).verdict is Verdict.UNDETERMINED


@pytest.mark.parametrize(("value", "verdict"), [("yes", "barred"), ("no", "eligible")])
def test_an_answer_settles_a_question(value: str, verdict: str) -> None:
    """Both the outcome by facts and the answer stay on the finding."""
    assessment = assess((penalty(),), CRITERIA, CONTEXT, (answer(value),))
    found = finding(assessment, "R31")
    assert assessment.verdict == verdict
    assert (found.by_facts, found.outcome, found.answer) == (
        Truth.UNDETERMINED,
        Truth(value),
        answer(value),
    )


def test_the_latest_answer_counts() -> None:
    """A person may correct an answer; the order they arrive in means nothing."""
    for answers in ((answer("yes"), answer("no", 1)), (answer("no", 1), answer("yes"))):
        assert assess((penalty(),), CRITERIA, CONTEXT, answers).verdict is Verdict.ELIGIBLE


def test_an_answer_never_overrides_what_facts_decide() -> None:
    """Once the date is known, yesterday's answer is history."""
    barred = assess((penalty("2020-01-01"),), CRITERIA, CONTEXT, (answer("no"),))
    assert barred.verdict is Verdict.BARRED
    assert finding(barred, "R31").answer is None


def test_an_answer_of_undetermined_or_to_another_rule_settles_nothing() -> None:
    """Only yes or no to the rule that asks."""
    answers = (answer("undetermined"), answer("no", rule="department_project_failed"))
    assert assess((penalty(),), CRITERIA, CONTEXT, answers).verdict is Verdict.UNDETERMINED


def test_facts_of_another_subject_are_left_out() -> None:
    """A penalty on somebody else is nobody's evidence here."""
    other = replace(penalty("2020-01-01"), subject="somebody-else")
    assessment = judged(other)
    assert assessment.verdict is Verdict.ELIGIBLE
    assert assessment.evidence.facts == ()


def test_a_fact_counts_from_just_after_it_was_recorded() -> None:
    """Recorded at that instant: not yet held; a microsecond earlier: held."""
    fact = penalty("2020-01-01")
    tick = timedelta(microseconds=1)
    at, after = (replace(CONTEXT, recorded_before=t) for t in (RECORDED_AT, RECORDED_AT + tick))
    assert judged(fact, context=at).verdict is Verdict.ELIGIBLE
    assert judged(fact, context=after).verdict is Verdict.BARRED


def test_a_retracted_fact_counts_only_when_looking_back() -> None:
    """Retracted at that instant it was still held; now it is not."""
    retracted_at = RECORDED_AT + timedelta(days=1)
    fact = replace(penalty("2020-01-01"), retracted_at=retracted_at)
    assert facts_as_of((fact,), retracted_at) == (fact,)
    assert facts_as_of((fact,), retracted_at + timedelta(microseconds=1)) == ()
    assert facts_as_of((fact,), None) == ()


@pytest.mark.parametrize(
    ("declared", "verdict"),
    [("regular", "eligible"), ("company", "barred"), (None, "undetermined")],
)
def test_a_declared_class_counts_where_the_pack_lets_it(declared: str | None, verdict: str) -> None:
    """Without list and declaration nobody knows, so a person is asked (R26)."""
    context = replace(CONTEXT, declared_member_class=declared)
    assert judged(context=context).verdict == verdict


def test_the_list_goes_before_the_declaration() -> None:
    """What the funder's list says is not undone by what an applicant says."""
    context = replace(CONTEXT, declared_member_class="company")
    assert outcome("R26", member("entrusted"), context=context) == "no"
    assert outcome("R26", member("regular"), member("company"), context=context) == "undetermined"


def test_a_class_may_be_refused_or_asked_about() -> None:
    """Admissible classes are a set in the pack (A14)."""
    asked = with_rule("member_class_not_admitted", admitted=("regular",), asked=("foundation",))
    assert outcome("R26", member("foundation"), criteria=asked) == "undetermined"
    assert outcome("R26", member("entrusted"), criteria=asked) == "yes"
    strict = with_rule("member_class_not_admitted", declaration_suffices=False)
    assert outcome("R26", criteria=strict) == "undetermined"
