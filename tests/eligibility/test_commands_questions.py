"""Questions: asked of the right people about the very facts, and every verdict repeats."""

from typing import Any

import pytest

from contracts.eligibility import EligibilityAssessed, QuestionAnswered, QuestionOpened
from services.chassis.errors import Forbidden, NotFound, Stale
from services.eligibility.store import CallTally, Question
from tests.eligibility.office import (
    CIRCULAR,
    LATER,
    PENALTY,
    YEARS,
    a_fact,
    answering,
    applied,
    penalty,
    rederives,
    retracting,
    two_years,
    withdrawn,
)


def test_what_no_rule_can_decide_is_asked_once() -> None:
    """Undetermined rejects nobody; another fact on another rule does not ask again."""
    office = applied()
    office.record(two_years())
    office.record(a_fact("record", {"record_kind": "award_other_call"}))
    assert office.verdicts() == ["eligible", "undetermined", "undetermined"]
    (asked,) = office.events(QuestionOpened)
    assert (asked.rule, asked.roles) == (YEARS, ("officer", "screener"))
    assert asked.question.zh != asked.question.en
    assert office.questions() == {YEARS: "open"}


@pytest.mark.parametrize(("answer", "verdict"), [("yes", "barred"), ("no", "eligible")])
def test_an_answer_decides_at_once_and_once(answer: Any, verdict: str) -> None:
    """The same again is answered the same; otherwise, or for another reason, it is refused."""
    office = applied()
    office.record(two_years())
    first = office.ask(answering(YEARS, answer))
    assert office.again(answering(YEARS, answer)) == first
    assert office.verdicts()[-1] == verdict
    other: Any = "no" if answer == "yes" else "yes"
    for command in (answering(YEARS, other), answering(YEARS, answer, reason="另一说法")):
        assert office.refusal(command).code == "already_answered"
    assert len(office.events(QuestionAnswered)) == 1
    (tally,) = office.rows(CallTally)
    assert (tally.questions_opened, tally.questions_answered, tally.assessments) == (1, 1, 3)


@pytest.mark.parametrize(
    ("rule", "role", "may"),
    [
        (YEARS, "screener", True),
        (YEARS, "officer", True),
        (YEARS, "clerk", False),
        (CIRCULAR, "officer", True),
        (CIRCULAR, "screener", False),
    ],
)
def test_only_the_roles_the_rule_names_may_answer(rule: str, role: str, may: bool) -> None:
    """A circular is for the officer alone; inspection years for screeners, too."""
    office = applied()
    office.record(two_years())
    office.record(
        a_fact("circular", {"rectification_from": "2021-01", "rectification_until": None})
    )
    assert office.questions() == {YEARS: "open", CIRCULAR: "open"}
    command = answering(rule, "no", roles=frozenset({role}))
    if may:
        assert office.ask(command).status == 201
    else:
        assert isinstance(office.refusal(command), Forbidden)


def test_a_question_is_answered_where_it_was_asked() -> None:
    """Unknown application, unknown rule, a rule that is not open."""
    office = applied()
    office.record(two_years())
    for command in (
        answering(YEARS, "no", "a9"),
        answering("no_such_rule", "no"),
        answering(PENALTY, "no"),
    ):
        assert isinstance(office.refusal(command), NotFound)


def test_an_answer_does_not_cover_facts_nobody_had_seen() -> None:
    """A second undated penalty after the answer on the first is asked about anew."""
    office = applied()
    office.record(penalty(None), reference="first")
    office.ask(answering(PENALTY, "no"))
    assert office.verdicts()[-1] == "eligible"
    second = office.record(penalty(None, penalty_kind="fine"), reference="second")
    assert office.verdicts()[-1] == "undetermined"
    asked = office.events(QuestionOpened)
    assert len(asked) == len({event.question_id for event in asked}) == 2
    (row,) = office.rows(Question)
    assert (row.status, row.answer, row.question_id) == ("open", None, asked[1].question_id)
    stale = office.refusal(answering(PENALTY, "no", question_id=asked[0].question_id))
    assert isinstance(stale, Stale)
    office.ask(answering(PENALTY, "yes", question_id=asked[1].question_id))
    assert office.verdicts()[-1] == "barred"
    office.ask(retracting(second))
    assert office.verdicts()[-1] == "undetermined"


def test_a_fact_on_another_rule_leaves_an_answer_standing() -> None:
    """Nobody is asked twice about the same facts."""
    office = applied()
    office.record(two_years())
    office.ask(answering(YEARS, "no"))
    office.record(penalty("2015-01-01"))
    assert office.verdicts()[-1] == "eligible"
    assert office.questions() == {YEARS: "answered"}


def test_a_question_that_facts_have_settled_waits_for_nobody() -> None:
    """An answer would not count, so it is refused; when the fact goes, the question is back."""
    office = applied()
    office.record(penalty(None))
    settled = office.record(penalty("2020-03-12"), reference="dated")
    assert office.questions() == {PENALTY: "settled"}
    assert office.refusal(answering(PENALTY, "no")).code == "question_settled"
    office.ask(retracting(settled))
    assert office.questions() == {PENALTY: "open"}
    assert len(office.events(QuestionOpened)) == 1
    assert office.ask(answering(PENALTY, "no")).status == 201


def test_a_withdrawn_application_has_nothing_to_answer() -> None:
    """The refusal says why."""
    office = applied()
    office.record(two_years())
    office.hear(withdrawn())
    assert office.refusal(answering(YEARS, "no")).code == "withdrawn"


def test_every_assessment_repeats_from_its_own_event() -> None:
    """Eligible, open, answered, barred, retracted: byte for byte after a JSON round trip."""
    office = applied()
    office.record(two_years())
    office.at(LATER).ask(answering(YEARS, "no"))
    office.ask(retracting(office.record(penalty())))
    events = office.events(EligibilityAssessed)
    assert [e.verdict for e in events] == [
        "eligible",
        "undetermined",
        "eligible",
        "barred",
        "eligible",
    ]
    assert [e.assessment_no for e in events] == [1, 2, 3, 4, 5]
    assert all(rederives(event) for event in events)


@pytest.mark.parametrize(
    "change", [{"verdict": "eligible"}, {"failed_rules": ()}, {"open_rules": (PENALTY,)}]
)
def test_a_changed_verdict_is_seen(change: dict[str, Any]) -> None:
    """The evidence does not give it."""
    office = applied()
    office.record(penalty())
    (_, event) = office.events(EligibilityAssessed)
    assert not rederives(event.model_copy(update=change))
    assert not rederives(event.model_copy(update={"evidence": {**event.evidence, "facts": []}}))
