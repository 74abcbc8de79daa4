"""Law 3: the evidence in a decision gives the same decision again, byte for byte."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eligibility.rules import (
    Answer,
    Context,
    Fact,
    Truth,
    Unreadable,
    assess,
    assessment_to_json,
    evidence_from_json,
    evidence_to_json,
    fact_from_json,
    fact_to_json,
    rederive,
)
from services.eligibility.rules.values import any_of
from tests.eligibility.making import CONTEXT, CRITERIA, judged, penalty
from tests.eligibility.strategies import ANSWERS, CONTEXTS, FACT_LISTS, FACTS


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode()


@given(FACT_LISTS, CONTEXTS, ANSWERS)
def test_a_decision_is_derived_again_from_its_own_evidence(
    facts: list[Fact], context: Context, answers: list[Answer]
) -> None:
    """Through JSON text and back: the same evidence, the same verdict, the same bytes."""
    assessment = assess(facts, CRITERIA, context, answers)
    evidence = evidence_to_json(assessment.evidence)
    travelled = json.loads(json.dumps(evidence))
    assert canonical(rederive(travelled)) == canonical(assessment_to_json(assessment))
    assert canonical(evidence_to_json(evidence_from_json(travelled))) == canonical(evidence)


@given(FACT_LISTS, CONTEXTS, ANSWERS, st.randoms(use_true_random=False))
def test_the_order_facts_and_answers_arrive_in_means_nothing(
    facts: list[Fact], context: Context, answers: list[Answer], shuffler: random.Random
) -> None:
    """Any interleaving of the log gives the same bytes, evidence included."""
    before = assess(facts, CRITERIA, context, answers)
    shuffler.shuffle(facts)
    shuffler.shuffle(answers)
    after = assess(facts, CRITERIA, context, answers)
    assert canonical(assessment_to_json(after)) == canonical(assessment_to_json(before))
    assert canonical(evidence_to_json(after.evidence)) == canonical(
        evidence_to_json(before.evidence)
    )


@given(FACT_LISTS, CONTEXTS)
def test_a_fact_recorded_twice_counts_once(facts: list[Fact], context: Context) -> None:
    """A relay that repeats itself changes no decision."""
    once = assess(facts, CRITERIA, context)
    twice = assess([*facts, *facts], CRITERIA, context)
    assert assessment_to_json(twice) == assessment_to_json(once)


@given(FACT_LISTS, CONTEXTS)
def test_another_penalty_never_clears_anyone(facts: list[Fact], context: Context) -> None:
    """Adding adverse evidence can only bar or ask more, as far as R31 goes."""
    more = [*facts, penalty("2020-01-01", id="added")]
    before = [f.outcome for f in assess(facts, CRITERIA, context).findings if f.clause == "R31"]
    after = [f.outcome for f in assess(more, CRITERIA, context).findings if f.clause == "R31"]
    assert any_of([*before, *after]) is any_of(after)


@given(FACT_LISTS, CONTEXTS)
def test_only_evidence_bars(facts: list[Fact], context: Context) -> None:
    """A rule that bars names the facts it bars by; R26 may rest on the declaration instead."""
    for finding in assess(facts, CRITERIA, context).findings:
        if finding.outcome is Truth.YES and finding.clause != "R26":
            assert any(step.facts and step.sources for step in finding.steps)


@given(FACT_LISTS, CONTEXTS)
def test_a_question_is_asked_exactly_where_a_rule_is_open(
    facts: list[Fact], context: Context
) -> None:
    """Undetermined without a question would leave an applicant waiting for nothing."""
    for finding in assess(facts, CRITERIA, context).findings:
        assert (finding.question is not None) == (finding.by_facts is Truth.UNDETERMINED)
        if finding.question:
            assert finding.question.roles


@given(FACTS)
def test_a_fact_survives_its_json(fact: Fact) -> None:
    """Dates keep their precision, instants their offset."""
    assert fact_from_json(json.loads(json.dumps(fact_to_json(fact)))) == fact


def test_an_assessment_is_plain_json_with_the_arithmetic_in_it() -> None:
    """The shape other services store: verdict, rules, steps, numbers, both languages."""
    document: Any = assessment_to_json(judged(penalty("2019-07-01")))
    assert document["verdict"] == "barred"
    assert document["failed_rules"] == ["penalised_within_lookback"]
    assert document["pack"] == {"id": "cast-2021-open-cooperation/eligibility", "version": 1}
    found = next(f for f in document["findings"] if f["clause"] == "R31")
    assert found["steps"][0]["arithmetic"]["first_day_inside"] == "2019-07-01"
    assert found["steps"][0]["sources"] == ["https://example.invalid/made-up"]
    assert set(found["sentence"]) == {"zh", "en"}


FACT: Any = fact_to_json(penalty("2020-01-01"))


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        ({"kind": "gossip"}, "/kind", "kind_unknown"),
        ({"kind": 7}, "/kind", "not_a_text"),
        ({"source": None}, "/source", "missing"),
        ({"source": {"url": " ", "date_basis": "stated"}}, "/source/url", "not_a_text"),
        ({"dates": {"decision_on": "2021-02-30"}}, "/dates/decision_on", "bad_date"),
        ({"recorded_at": "2021-07-01T00:00:00"}, "/recorded_at", "bad_date"),
        ({"recorded_at": "yesterday"}, "/recorded_at", "bad_date"),
        ({"detail": []}, "/detail", "not_an_object"),
        ({"detail": {"authority_kind": "a", "penalty_kind": "b"}}, "/detail/penalised", "missing"),
    ],
)
def test_a_fact_that_cannot_be_read_says_where_and_how_to_mend_it(
    change: dict[str, Any], where: str, code: str
) -> None:
    """Bad input is a problem with a pointer in both languages, never a traceback."""
    with pytest.raises(Unreadable) as refused:
        fact_from_json({**FACT, **change})
    problem = next(p for p in refused.value.problems if p.where == where)
    assert problem.code == code
    assert problem.mend.zh
    assert problem.mend.en


@pytest.mark.parametrize("document", [None, [], "x", 7, {}, {"context": []}])
def test_evidence_that_is_none_is_refused_with_problems(document: object) -> None:
    """Any JSON value at all is answered with problems."""
    with pytest.raises(Unreadable) as refused:
        evidence_from_json(document)
    assert refused.value.problems


def test_every_problem_is_told_at_once() -> None:
    """Three mistakes, three problems."""
    wrong = {**FACT, "kind": "gossip", "id": "", "recorded_at": "soon"}
    with pytest.raises(Unreadable) as refused:
        fact_from_json(wrong)
    assert {p.where for p in refused.value.problems} == {"/kind", "/id", "/recorded_at"}


def test_the_context_is_part_of_the_evidence() -> None:
    """Another closing day is another decision: nothing is read from outside."""
    evidence: Any = evidence_to_json(judged(penalty("2021-07-12")).evidence)
    evidence["context"]["closes_before"] = "2021-07-12T00:00:00+08:00"
    assert rederive(evidence)["verdict"] == "eligible"
    assert CONTEXT.dates.closes_on.isoformat() == "2021-07-12"
