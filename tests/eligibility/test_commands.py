"""Facts and answers: recorded once, judged at once, and never held against anybody by mistake."""

from typing import Any

import pytest

from contracts.eligibility import (
    EligibilityAssessed,
    FactRecorded,
    FactRetracted,
    QuestionAnswered,
    QuestionOpened,
)
from services.chassis.errors import Forbidden, Invalid, NotFound, Stale
from services.eligibility.store import CallTally, FactRecord, Question
from tests.eligibility.office import (
    CIRCULAR,
    LATER,
    PENALTY,
    YEARS,
    Office,
    a_fact,
    answering,
    penalty,
    recording,
    rederives,
    retracting,
    submitted,
    two_years,
    withdrawn,
)


def applied() -> Office:
    """One application, nothing on record."""
    office = Office()
    office.hear(submitted())
    return office


# -- facts -------------------------------------------------------------------------------------------


def test_a_fact_is_recorded_once_and_every_case_is_judged_again() -> None:
    """One event, one row; the applicant's other applications too, nobody else's."""
    office = Office()
    office.hear(submitted(), submitted("b1", "society-a1"), submitted("c1"))
    answer = office.ask(recording(penalty()))
    assert office.again(recording(penalty())) == answer
    assert [office.verdicts(one) for one in ("a1", "b1", "c1")] == [
        ["eligible", "barred"],
        ["eligible", "barred"],
        ["eligible"],
    ]
    assert len(office.events(FactRecorded)) == len(office.rows(FactRecord)) == 1


def test_the_same_fact_in_another_spelling_is_the_same_fact() -> None:
    """Keys in another order, a null that says nothing."""
    office = applied()
    office.record(penalty())
    fact = penalty()
    other = {
        "source": {**fact["source"], "note": None},
        "dates": {"announced_on": None, **fact["dates"]},
        "detail": dict(reversed(fact["detail"].items())),
        "kind": fact["kind"],
    }
    office.again(recording(other))


def test_a_reference_names_one_fact() -> None:
    """The same under another reference is another record; another fact under it is refused."""
    office = applied()
    first = office.record(penalty(), reference="file-1")
    assert office.again(recording(penalty(), reference="file-1")).body["fact_id"] == first
    refused = office.refusal(recording(penalty("2020-03-13"), reference="file-1"))
    assert (refused.code, refused.extra["fact_id"]) == ("reference_reused", first)
    assert office.record(penalty(), reference="file-2") != first


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "rumour"}, "/kind"),
        ({"kind": ""}, "/kind"),
        ({"detail": {}}, "/detail/authority_kind"),
        ({"dates": {"decision_on": "2020-02-30"}}, "/dates/decision_on"),
        ({"dates": {"decided": "2020-03-12"}}, "/dates/decided"),
        ({"detail": {**penalty()["detail"], "revoked": "2020-05"}}, "/detail/revoked"),
        ({"detail": {**penalty()["detail"], "penalised": 1}}, "/detail/penalised"),
        ({"source": {"url": "x"}}, "/source/date_basis"),
        ({"source": {"url": "x", "date_basis": "y", "author": "z"}}, "/source/author"),
    ],
)
def test_a_fact_that_cannot_be_read_whole_is_refused(change: dict[str, Any], where: str) -> None:
    """Also where a misspelt field would be lost: it could be the one that clears the applicant."""
    office = applied()
    refused = office.refusal(recording({**penalty(), **change}))
    assert isinstance(refused, Invalid)
    assert where in [problem["where"] for problem in refused.extra["problems"]]
    assert all(p["what"] and p["what_zh"] and p["mend"] for p in refused.extra["problems"])


def test_a_full_width_space_is_a_character_like_others() -> None:
    """Only control characters are refused."""
    office = applied()
    assert office.record(penalty(authority_kind="民政　部门"))
    refused = office.refusal(recording(penalty(authority_kind="民政\x1f部门")))
    assert refused.extra["problems"][0]["code"] == "control_character"


def test_a_retracted_fact_stays_on_record_and_counts_for_nothing() -> None:
    """Judged again at once; retracting twice is answered the same."""
    office = applied()
    fact_id = office.record(penalty())
    answer = office.at(LATER).ask(retracting(fact_id))
    assert office.again(retracting(fact_id)) == answer
    assert office.verdicts() == ["eligible", "barred", "eligible"]
    (row,) = office.rows(FactRecord)
    assert (row.retracted_at, row.retraction_reason) == (LATER, "张冠李戴")
    assert len(office.events(FactRetracted)) == 1


def test_a_retracted_fact_is_not_recorded_again_in_silence() -> None:
    """The second screener is told; with a reference of its own it can be recorded after all."""
    office = applied()
    office.ask(retracting(office.record(penalty())))
    refused = office.refusal(recording(penalty()))
    assert (refused.status, refused.code) == (409, "fact_retracted")
    office.record(penalty(), reference="second look")
    assert office.verdicts()[-1] == "barred"


def test_an_unknown_fact_cannot_be_retracted() -> None:
    """Nor that of another society."""
    office = applied()
    fact_id = office.record(penalty())
    assert isinstance(office.refusal(retracting("unknown")), NotFound)
    assert isinstance(office.refusal(retracting(fact_id, "society-b1")), NotFound)


def test_a_withdrawn_application_is_not_judged_again() -> None:
    """The fact is kept; no verdict, no letter follows."""
    office = applied()
    office.hear(withdrawn())
    office.record(penalty())
    assert office.verdicts() == ["eligible"]


# -- questions ---------------------------------------------------------------------------------------


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


# -- evidence ----------------------------------------------------------------------------------------


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
