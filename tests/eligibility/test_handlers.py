"""What eligibility says when others speak: effect, repeat, any order, and what cannot be read."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.eligibility import EligibilityAssessed
from contracts.event import Event
from services.eligibility.main import SERVICE
from services.eligibility.store import CallCriteria, Case, CaseAssessment
from tests.eligibility.office import (
    SUBMITTED,
    YEARS,
    Office,
    amended,
    answering,
    call_document,
    penalty,
    published,
    rederives,
    retracting,
    submitted,
    time_of,
    two_years,
    withdrawn,
)
from tests.review.replaying import rebuilt

AFTER_AMENDMENT = "2021-07-07T10:00:00+08:00"


def later(application_id: str) -> Event:
    """An application under the call's second version."""
    return submitted(application_id, call_version=2, submitted_at=AFTER_AMENDMENT)


def test_an_application_is_assessed_as_soon_as_it_is_known() -> None:
    """One verdict, with everything it rests on."""
    office = Office()
    office.hear(submitted())
    (event,) = office.events(EligibilityAssessed)
    assert (event.verdict, event.assessment_no, event.assessed_at) == ("eligible", 1, SUBMITTED)
    assert rederives(event)


def test_a_redelivered_event_is_assessed_once() -> None:
    """Application, call and withdrawal again change nothing."""
    office = Office()
    office.hear(submitted())
    before = office.service.dump()
    office.hear(submitted(), published())
    assert office.verdicts() == ["eligible"]
    assert office.service.dump() == before


def test_what_is_on_record_when_an_application_comes_counts() -> None:
    """Facts are about societies, not about applications."""
    office = Office()
    office.record(penalty())
    office.hear(submitted())
    assert office.verdicts() == ["barred"]


def test_an_application_that_overtakes_its_call_is_judged_when_the_call_comes() -> None:
    """The same event as in the usual order, to the byte: judged as of its submission."""
    usual, overtaken = Office(), Office(call=False)
    usual.hear(submitted())
    overtaken.hear(submitted())
    assert overtaken.service.emitted == []
    overtaken.hear(published())
    assert overtaken.service.emitted == usual.service.emitted
    assert overtaken.service.dump() == usual.service.dump()


def test_what_was_recorded_while_the_call_was_unknown_counts_too() -> None:
    """Nothing can be judged before the call; then all of it is."""
    office = Office(call=False)
    office.hear(submitted())
    office.record(penalty())
    assert office.verdicts() == []
    office.hear(published())
    assert office.verdicts() == ["barred"]


def test_a_withdrawal_that_comes_first_changes_nothing_that_is_said() -> None:
    """Judged as of its submission, as in the usual order; and not again afterwards."""
    usual, overtaken = Office(), Office(call=False)
    usual.hear(submitted(), withdrawn())
    overtaken.hear(submitted(), withdrawn(), published())
    assert overtaken.service.dump() == usual.service.dump()
    assert overtaken.rows(Case)[0].status == "withdrawn"
    overtaken.record(penalty())
    assert overtaken.verdicts() == ["eligible"]


def test_an_application_keeps_the_version_it_was_submitted_under() -> None:
    """An amendment that admits other classes judges those who send under it, and nobody before."""
    pack = call_document()["rule_pack"]
    pack["rules"][0]["parameters"]["admitted"] = ["foundation"]
    office = Office()
    office.hear(submitted("a1"), amended(rule_pack=pack), later("b1"))
    assert (office.verdicts("a1"), office.verdicts("b1")) == (["eligible"], ["barred"])
    office.record(penalty("2010-01-01"))
    assert office.verdicts("a1") == ["eligible", "eligible"]
    assert [row.call_version for row in office.rows(CallCriteria)] == [1, 2]


def test_a_version_that_comes_late_judges_only_its_own() -> None:
    """Those submitted under the first version were judged; those under the second waited."""
    office = Office()
    office.hear(submitted("a1"), later("b1"))
    assert (office.verdicts("a1"), office.verdicts("b1")) == (["eligible"], [])
    office.hear(amended())
    assert (office.verdicts("a1"), office.verdicts("b1")) == (["eligible"], ["eligible"])


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_call_versions_and_applications_may_come_in_any_order(order: tuple[int, ...]) -> None:
    """Each application is judged once, by its own version, as of its submission."""
    events = [published(), amended(), submitted("a1"), later("b1")]
    office = Office(call=False)
    office.hear(*(events[n] for n in order))
    assert sorted(
        (row.application_id, row.verdict, row.assessed_at) for row in office.rows(CaseAssessment)
    ) == [("a1", "eligible", SUBMITTED), ("b1", "eligible", AFTER_AMENDMENT)]


def _edit(path: tuple[Any, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        if value is None:
            del document[path[-1]]
        else:
            document[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (_edit(("rule_pack",), None), "rule_pack"),
        (_edit(("published_on",), "July"), "July"),
        (_edit(("window", "closes_before"), "2021-07-13T00:00:00"), "offset"),
        (_edit(("window",), None), "window"),
        (_edit(("rule_pack", "rules", 0, "id"), "luck"), "luck"),
        (_edit(("rule_pack", "rules", 2, "parameters", "lookback", "months"), -1), "months"),
        (_edit(("rule_pack", "version"), None), "version"),
    ],
)
def test_a_call_nobody_can_be_judged_by_waits_and_says_why(
    edit: Callable[[dict[str, Any]], None], named: str
) -> None:
    """The call's key is parked once, not every application of it; other calls go on."""
    document = call_document()
    edit(document)
    office = Office()
    bad = published().model_copy(update={"call_id": "other", "call": document})
    office.world.receive(bad)
    (letter,) = office.service.letters
    assert (letter.state, letter.code) == ("parked", "call_unreadable")
    assert named in letter.reason
    office.world.receive(submitted("x1", call_id="other"))
    office.world.receive(submitted("a1"), time=SUBMITTED)
    assert (office.verdicts("x1"), office.verdicts("a1")) == ([], ["eligible"])
    assert len(office.service.letters) == 1


# -- any interleaving --------------------------------------------------------------------------------


def season(seed: int) -> Office:
    """Calls and applications read in an order of chance, then facts, answers, a withdrawal."""
    office = Office(seed, call=False)
    events: list[Event] = [published(), amended()]
    events += [submitted(f"a{n}") if n % 2 else later(f"a{n}") for n in range(8)]
    events += [submitted("b0", "society-a0"), withdrawn("a5")]
    for event in events:
        office.world.receive(event, time=time_of(event), to="nobody")
    office.world.settle()
    office.record(two_years(), "society-a0")
    office.record(penalty(), "society-a1")
    office.record(penalty(None), "society-a2")
    office.ask(answering(YEARS, "no", "a0"))
    office.ask(retracting(office.record(penalty("2021-01"), "society-a3"), "society-a3"))
    return office


@pytest.mark.parametrize("seed", range(1, 6))
def test_no_interleaving_changes_the_store(seed: int) -> None:
    """Topics and partitions in another order: the same rows."""
    assert season(seed).service.dump() == season(0).service.dump()


@pytest.mark.parametrize("seed", range(5))
def test_the_store_is_a_fold_of_the_log_in_any_interleaving(seed: int) -> None:
    """Own events and those of others, read in an order of chance: the same bytes."""
    office = season(0)
    assert rebuilt(SERVICE, office.world, seed) == office.service.dump()


@settings(max_examples=30)
@given(st.permutations(range(6)), st.integers(0, 2**16))
def test_every_standing_application_gets_a_verdict_whatever_comes_first(
    order: list[int], seed: int
) -> None:
    """Two calls' worth of events shuffled across keys: one first assessment each, the same times."""
    events = [
        published(),
        amended(),
        *(submitted(one) for one in ("a0", "a1")),
        *(later(one) for one in ("a2", "a3")),
    ]
    office = Office(seed, call=False)
    for number in order:
        office.world.receive(events[number], time=time_of(events[number]), to="nobody")
    office.world.settle()
    first = office.events(EligibilityAssessed)
    assert sorted(e.application_id for e in first) == ["a0", "a1", "a2", "a3"]
    assert {e.assessment_no for e in first} == {1}
    assert {(e.application_id, e.assessed_at) for e in first} == {
        ("a0", SUBMITTED),
        ("a1", SUBMITTED),
        ("a2", AFTER_AMENDMENT),
        ("a3", AFTER_AMENDMENT),
    }
