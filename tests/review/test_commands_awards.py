"""Award decisions: after the notice, unopposed, with the money held, one for every application."""

from typing import Any

import pytest

from contracts.finance import ReservationRefused, ReservationReleased
from contracts.review import AwardDecided, AwardRecommended
from services.review.store import CallTally
from tests.review.chair import Chair, deciding, ids, ranked, seated
from tests.review.events import (
    AFTER_NOTICE,
    CALL,
    answered,
    call_document,
    checked,
    judged,
    noticed,
    objected,
    reserved,
    submitted,
    withdrawn,
)

POINTS = {"a01": 90, "a02": 80, "a03": 70}


def capped(awards_max: int = 2, **points: int) -> Chair:
    """A sealed ranking of which some are recommended."""
    document = call_document()
    document["quota"]["awards_max"] = awards_max
    return ranked(points or POINTS, document=document)


def test_every_application_is_decided_once_with_reasons() -> None:
    """Awarded, reserve, and out for each cause, in both languages; again changes nothing."""
    document = call_document()
    document["quota"]["awards_max"] = 1
    chair = Chair(document=document)
    chair.ready(*ids("a", 8))
    chair.hear(judged("a03", "barred"), checked("a04", "incomplete"), withdrawn("a05"))
    chair.hear(judged("a06", "undetermined"), checked("a07", "undetermined"))
    chair.enrol(*ids("r", 3))
    chair.close()
    chair.assign(leave_out=True)
    chair.hear(judged("a08", "barred"), checked("a08", "incomplete"))
    chair.score_all({"a01": 90, "a02": 80})
    chair.seal()
    chair.post()
    answer = chair.decide(1)
    told = {a: (d.decision, [r.code for r in d.reasons]) for a, d in chair.decisions().items()}
    assert told == {
        "a01": ("awarded", ["within_caps"]),
        "a02": ("reserve", ["awards_max_reached"]),
        "a03": ("not_awarded", ["not_eligible"]),
        "a04": ("not_awarded", ["documents_incomplete", "copies_short"]),
        "a06": ("not_awarded", ["eligibility_open"]),
        "a07": ("not_awarded", ["documents_open"]),
        "a08": ("not_awarded", ["not_eligible", "documents_incomplete", "copies_short"]),
    }
    assert all(r.zh and r.en for d in chair.decisions().values() for r in d.reasons)
    assert chair.again(deciding(1)) == answer
    assert (answer.body["awarded"], answer.body["awarded_fen"]) == (1, 30_000_000)
    assert chair.row(CallTally).decided == 7


def test_an_award_is_worth_what_was_recommended_and_anything_else_nothing() -> None:
    """Rank and amount travel with the decision."""
    chair = capped()
    chair.post()
    chair.decide(2)
    assert {a: (d.rank, d.amount_fen) for a, d in chair.decisions().items()} == {
        "a01": (1, 30_000_000),
        "a02": (2, 30_000_000),
        "a03": (3, 0),
    }


# -- the notice --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "over"),
    [
        ("2021-08-27T23:59:59.999999+08:00", False),
        ("2021-08-28T00:00:00+08:00", True),
        ("2021-08-27T15:59:59Z", False),
        ("2021-08-27T16:00:00Z", True),
        ("2021-08-28T01:00:00+14:00", False),
    ],
)
def test_the_notice_is_over_when_its_last_day_is_over_where_the_call_is_at_home(
    now: str, over: bool
) -> None:
    """One tick each side of midnight in Beijing, whatever clock says so."""
    chair = capped()
    chair.post()
    chair.at(now)
    if over:
        assert chair.decide(2).status == 201
    else:
        assert chair.refusal(deciding(2)).code == "notice_not_over"


def test_nothing_is_decided_before_the_ranking_and_the_notice() -> None:
    """Each step names the one before."""
    chair = Chair()
    assert chair.refusal(deciding(0)).code == "nothing_sealed"
    assert capped().refusal(deciding(2)).code == "notice_not_posted"
    unknown = type(deciding(0))("unknown", 0, (), "officer-1")
    assert chair.refusal(unknown).code == "call_unknown"


def test_what_the_notice_does_not_list_is_not_awarded() -> None:
    """Posted means posted by name."""
    chair = capped()
    recommended = chair.events(AwardRecommended)
    chair.hear(*(reserved(one) for one in recommended), noticed(recommended[:1]))
    chair.at(AFTER_NOTICE)
    refused = chair.refusal(deciding(2))
    assert (refused.code, refused.extra["application_ids"]) == ("not_noticed", ["a02"])
    assert chair.decide(1, [("a02", "未公示")]).status == 201


# -- objections, money, verdicts ---------------------------------------------------------------------


def test_an_objection_stands_until_it_is_dismissed() -> None:
    """Open blocks, upheld blocks, dismissed does not; against others it blocks nothing."""
    chair = capped()
    chair.post()
    chair.hear(objected("a01"), objected("a03", "o3"))
    assert chair.refusal(deciding(2)).extra["application_ids"] == ["a01"]
    chair.hear(answered("a01", upheld=True))
    assert chair.refusal(deciding(2)).code == "objection_stands"
    chair.hear(objected("a01", "o2"), answered("a01", upheld=False, objection_id="o2"))
    assert chair.refusal(deciding(2)).code == "objection_stands"
    chair.decide(1, [("a01", "异议成立")])
    decision = chair.decisions()["a01"]
    assert (decision.decision, decision.amount_fen) == ("not_awarded", 0)
    assert [(r.code, r.zh) for r in decision.reasons] == [("withheld", "异议成立")]


def test_a_dismissed_objection_blocks_nothing() -> None:
    """The only one, dismissed."""
    chair = capped()
    chair.post()
    chair.hear(objected("a01"), answered("a01", upheld=False))
    assert chair.decide(2).status == 201


@pytest.mark.parametrize("money", ["none", "refused", "released", "short"])
def test_an_award_needs_its_money_held(money: str) -> None:
    """Not asked for yet, refused, let go, or a fen too little."""
    chair = capped()
    first, second = chair.events(AwardRecommended)
    held = reserved(second)
    base: dict[str, Any] = {
        "application_id": "a02", "call_id": CALL, "amount_fen": held.amount_fen,
    }  # fmt: skip
    no = ReservationRefused(
        **base, free_fen=0, awards_before=1, reasons=(), refused_at=AFTER_NOTICE
    )
    gone = ReservationReleased(**base, reason="-", released_at=AFTER_NOTICE)
    short = held.model_copy(update={"amount_fen": held.amount_fen - 1})
    told: dict[str, list[Any]] = {
        "none": [], "refused": [no], "released": [held, gone], "short": [short],
    }  # fmt: skip
    chair.hear(reserved(first), *told[money], noticed([first, second]))
    chair.at(AFTER_NOTICE)
    refused = chair.refusal(deciding(2))
    assert (refused.code, refused.extra["application_ids"]) == ("money_not_held", ["a02"])
    chair.hear(held)
    assert chair.decide(2).status == 201


@pytest.mark.parametrize("verdict", ["barred", "undetermined"])
def test_whoever_is_no_longer_admissible_is_not_awarded(verdict: str) -> None:
    """A fact that comes late is not overtaken by a ranking that is sealed."""
    chair = capped()
    chair.post()
    chair.hear(judged("a01", verdict))
    assert chair.refusal(deciding(2)).code == "not_admissible"
    chair.decide(1, [("a01", "资格审查未通过")])
    assert chair.states()["a01"] == "not_awarded"


def test_a_reserve_that_was_barred_since_is_told_so() -> None:
    """It is no reserve any more."""
    chair = capped()
    chair.post()
    chair.hear(judged("a03", "barred"))
    chair.decide(2)
    assert [r.code for r in chair.decisions()["a03"].reasons] == ["not_eligible"]


def test_a_recommended_application_that_withdrew_is_let_go_of() -> None:
    """It counts for no award, and its decision tells finance to release the money."""
    chair = capped()
    chair.post()
    chair.hear(withdrawn("a01"))
    assert chair.refusal(deciding(2)).code == "awards_miscounted"
    answer = chair.decide(1)
    decision = chair.decisions()["a01"]
    assert (decision.decision, [r.code for r in decision.reasons]) == (
        "not_awarded",
        ["withdrawn"],
    )
    assert chair.again(deciding(1)) == answer


def test_what_reached_review_after_the_seal_is_said_to_have() -> None:
    """It is decided, but not for a want of reviews that nobody asked for."""
    chair = capped()
    chair.ready("a09")
    chair.post()
    chair.decide(2)
    assert [r.code for r in chair.decisions()["a09"].reasons] == ["arrived_after_ranking"]


# -- the officer's word ------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", [1, 3])
def test_the_officer_must_expect_the_number_that_is_made(expected: int) -> None:
    """One fewer and one more are refused, naming what would be awarded."""
    chair = capped()
    chair.post()
    refused = chair.refusal(deciding(expected))
    assert (refused.code, refused.extra["application_ids"]) == ("awards_miscounted", ["a01", "a02"])


def test_only_what_was_recommended_can_be_withheld_and_once() -> None:
    """A reserve, a stranger, the same twice."""
    chair = capped()
    chair.post()
    for withheld, code in (
        ([("a03", "-")], "not_recommended"),
        ([("a99", "-")], "not_recommended"),
        ([("a01", "-"), ("a01", "+")], "withheld_twice"),
    ):
        assert chair.refusal(deciding(1, withheld)).code == code


def test_a_decided_call_is_not_decided_otherwise() -> None:
    """Another number, another name or another reason is refused; the first word stands."""
    chair = capped()
    chair.post()
    chair.decide(1, [("a02", "经费来源存疑")])
    for other in (deciding(2), deciding(1), deciding(1, [("a02", "其他")])):
        assert chair.refusal(other).code == "already_decided"
    assert len(chair.events(AwardDecided)) == 3


def test_a_call_without_a_winner_is_decided_too() -> None:
    """Everybody hears, nobody is awarded."""
    chair = seated(1, 3)
    chair.hear(submitted("a02"), judged("a02", "barred"), checked("a02"))
    chair.hear(judged("a01", "barred"))
    chair.seal()
    chair.hear(noticed([]))
    chair.at(AFTER_NOTICE)
    assert chair.decide(0).body["awarded"] == 0
    assert set(chair.decisions()) == {"a01", "a02"}
