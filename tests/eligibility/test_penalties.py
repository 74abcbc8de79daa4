"""R31: an administrative penalty within the look-back, one tick each side."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.eligibility.rules.criteria import Anchor, EventDate
from tests.eligibility.making import CONTEXT, finding, judged, outcome, penalty, with_rule

RULE = "penalised_within_lookback"


def changed(**lookback: Any) -> dict[str, Any]:
    return {"criteria": with_rule(RULE, lookback=lookback)}


@pytest.mark.parametrize(
    ("decision", "bars"),
    [
        ("2019-06-30", "no"),
        ("2019-07-01", "yes"),
        ("2021-07-12", "yes"),
        ("2021-07-13", "no"),
    ],
)
def test_the_look_back_covers_two_years_before_publication_up_to_the_close(
    decision: str, bars: str
) -> None:
    """24 months before 2021-07-01 begin on 2019-07-01; the closing day is the last inside."""
    assert outcome("R31", penalty(decision)) == bars


def test_the_first_day_is_outside_when_the_pack_says_exclusive() -> None:
    """`inclusive` moves the edge by exactly one day."""
    assert outcome("R31", penalty("2019-07-01"), **changed(inclusive=False)) == "no"
    assert outcome("R31", penalty("2019-07-02"), **changed(inclusive=False)) == "yes"


def test_the_anchor_moves_the_window() -> None:
    """Counted from the close, 2019-07-11 is out and 2019-07-12 is in."""
    assert outcome("R31", penalty("2019-07-11"), **changed(anchor=Anchor.CALL_CLOSES)) == "no"
    assert outcome("R31", penalty("2019-07-12"), **changed(anchor=Anchor.CALL_CLOSES)) == "yes"


def test_the_day_of_submission_is_taken_in_the_calls_own_offset() -> None:
    """16:00 UTC on 4 July is 5 July in Beijing: the window begins a day later."""
    at = datetime.fromisoformat("2021-07-04T16:00:00+00:00")
    more = {**changed(anchor=Anchor.SUBMITTED_AT), "context": replace(CONTEXT, submitted_at=at)}
    assert outcome("R31", penalty("2019-07-05"), **more) == "yes"
    assert outcome("R31", penalty("2019-07-04"), **more) == "no"


def test_an_anchor_that_has_not_happened_opens_a_question() -> None:
    """Without a submission there is nothing to count from, so nobody is barred."""
    assert outcome("R31", penalty("2020-01-01"), **changed(anchor=Anchor.SUBMITTED_AT)) == (
        "undetermined"
    )


def test_a_date_known_only_as_announced_decides_where_it_makes_no_difference() -> None:
    """At most 180 days before 2020-03-12 is inside whatever the day was (A1)."""
    found = finding(judged(penalty("../2020-03-12", announced="2020-03-12")), "R31")
    assert found.outcome == "yes"
    assert "2019-07-01 (2021-07-01 minus 24 months)" in found.sentence.en
    assert "2019-07-01（2021-07-01 前推 24 个月）" in found.sentence.zh


def test_a_date_known_only_as_announced_asks_where_it_turns_on_it() -> None:
    """255 days of possible delay still reach the window only; 256 reach one day before it."""
    fact = penalty(announced="2020-03-12")
    assert outcome("R31", fact, **changed(announcement_lag_days_max=255)) == "yes"
    assert outcome("R31", fact, **changed(announcement_lag_days_max=256)) == "undetermined"
    assert outcome("R31", fact, **changed(announcement_lag_days_max=None)) == "undetermined"


def test_a_stated_year_is_not_narrowed_by_a_later_announcement() -> None:
    """A bare 2017 means all of 2017: the announcement may be about something that followed."""
    found = finding(judged(penalty("2017", announced="2018-04-28")), "R31")
    assert found.outcome == "no"
    assert ("event", "2017") in found.steps[0].weighed.arithmetic


def test_a_penalty_without_any_date_asks_for_it() -> None:
    """Undated is unknown: a question, with the window in it, for the roles the pack names."""
    found = finding(judged(penalty()), "R31")
    assert found.outcome == "undetermined"
    assert found.question is not None
    assert found.question.roles == ("officer", "screener")
    assert "2019-07-01" in found.question.text.zh
    assert "2019-07-01" in found.question.text.en


@pytest.mark.parametrize("which", list(EventDate))
def test_each_date_can_be_the_one_that_counts(which: EventDate) -> None:
    """With all three dates stated, only the one the pack names decides."""
    dates = {"decision": "2019-06-28", "effective": "2019-06-29", "announced": "2019-06-30"}
    inside = {**dates, which.value: "2019-07-01"}
    assert outcome("R31", penalty(**dates), **changed(event_date=which)) == "no"
    assert outcome("R31", penalty(**inside), **changed(event_date=which)) == "yes"


def test_a_decision_cannot_lie_after_its_announcement() -> None:
    """Bounds that contradict each other leave the stated date alone."""
    assert outcome("R31", penalty("2019-07-01", announced="2019-06-30")) == "yes"


def test_a_revoked_penalty_is_kept_and_not_counted() -> None:
    """Revoked on any day: on record, without effect."""
    found = finding(judged(penalty("2020-01-01", revoked="2020-06-01")), "R31")
    assert found.outcome == "no"
    assert found.steps[0].facts == ("f1",)


@pytest.mark.parametrize(
    ("penalised", "bars"), [("legal_person", "yes"), ("branch", "no"), ("unknown", "undetermined")]
)
def test_only_those_the_pack_lists_are_penalised(penalised: str, bars: str) -> None:
    """A branch's penalty does not count here; not knowing who was penalised asks (A2)."""
    assert outcome("R31", penalty("2020-01-01", penalised=penalised)) == bars


def test_an_empty_list_counts_every_kind_and_a_list_only_its_own() -> None:
    """The pack may restrict the kinds of penalty; an unknown kind then asks."""
    only_fines = {"criteria": with_rule(RULE, penalty_kinds=("fine",))}
    assert outcome("R31", penalty("2020-01-01", penalty_kind="unknown")) == "yes"
    assert outcome("R31", penalty("2020-01-01"), **only_fines) == "no"
    assert outcome("R31", penalty("2020-01-01", penalty_kind="fine"), **only_fines) == "yes"
    assert outcome("R31", penalty("2020-01-01", penalty_kind="unknown"), **only_fines) == (
        "undetermined"
    )


def test_one_penalty_inside_bars_whatever_the_others_are() -> None:
    """Old and undated penalties beside it change nothing."""
    facts = (penalty("2015", id="old"), penalty(id="undated"), penalty("2020-01-01", id="in"))
    assert outcome("R31", *facts) == "yes"
