"""The ranking: sealed once, on whole panels, with evidence that gives it again byte for byte."""

import pytest

from contracts.review import AwardRecommended, RankingSealed
from services.review.commands import SealRanking
from services.review.store import SealedRanking
from tests.review.chair import Chair, ids, ranked, rederives, seated
from tests.review.events import CALL, call_document, checked, judged, submitted, withdrawn

SEAL = SealRanking(CALL, accept_vacant_seats=False, by="officer-1")


def test_a_ranking_is_sealed_once_and_answered_the_same_again() -> None:
    """One event; whoever stands first is recommended, with what was asked for."""
    chair = ranked({"a01": 70, "a02": 90, "a03": 80})
    answer = chair.again(SEAL)
    (event,) = chair.events(RankingSealed)
    order = [entry["application_id"] for entry in answer.body["entries"]]
    assert order == ["a02", "a03", "a01"]
    assert answer.body["ranking_sha256"] == event.ranking_sha256
    assert [(e.application_id, e.rank, e.amount_fen) for e in chair.events(AwardRecommended)] == [
        ("a02", 1, 30_000_000),
        ("a03", 2, 30_000_000),
        ("a01", 3, 30_000_000),
    ]


def test_the_evidence_gives_the_ranking_again_byte_for_byte() -> None:
    """Also after a JSON round trip, with a voided sheet and an application left out."""
    chair = seated(4, 5)
    chair.score_all({"a01": 70, "a02": 90, "a03": 80})
    chair.declare("a02", min(chair.panels()["a02"]))
    chair.score_all()
    chair.hear(judged("a04", "barred"))
    chair.seal()
    (event,) = chair.events(RankingSealed)
    assert rederives(event)
    assert event.evidence["left_out"] == [{"application_id": "a04", "reasons": ["not_eligible"]}]
    assert len(event.evidence["inputs"]["conflicts"]) == 1
    assert len(event.evidence["inputs"]["sheets"]) == 3 * 3 + 1


@pytest.mark.parametrize("part", ["sheets", "requested", "conflicts"])
def test_evidence_that_was_changed_no_longer_gives_the_ranking(part: str) -> None:
    """A sheet fewer, an application fewer, a conflict more: it is seen."""
    (event,) = ranked({"a01": 70, "a02": 90}).events(RankingSealed)
    inputs = dict(event.evidence["inputs"])
    tie = {
        "application_id": "a01", "reviewer_id": inputs["sheets"][0]["reviewer_id"],
        "kind": "family", "by": "officer", "evidence": "declaration:x",
    }  # fmt: skip
    inputs[part] = [tie] if part == "conflicts" else inputs[part][1:]
    assert not rederives(
        event.model_copy(update={"evidence": {**event.evidence, "inputs": inputs}})
    )


def test_nothing_is_sealed_before_there_are_panels() -> None:
    """Unknown call, open call, closed call without panels: an empty ranking would be for ever."""
    chair = Chair()
    unknown = SealRanking("unknown", accept_vacant_seats=True, by="officer-1")
    assert chair.refusal(unknown).code == "call_unknown"
    assert chair.refusal(SEAL).code == "call_still_open"
    chair.ready("a01")
    chair.close()
    assert chair.refusal(SEAL).code == "no_panels"


def test_missing_sheets_are_named() -> None:
    """All of them, by application and reviewer; withdrawn applications need none."""
    chair = seated(3, 3)
    chair.score("a01", "r01")
    chair.hear(withdrawn("a03"))
    refused = chair.refusal(SEAL)
    assert refused.code == "sheets_missing"
    assert [(m["application_id"], m["reviewer_id"]) for m in refused.extra["missing"]] == [
        ("a01", "r02"),
        ("a01", "r03"),
        ("a02", "r01"),
        ("a02", "r02"),
        ("a02", "r03"),
    ]


@pytest.mark.parametrize("why", ["withdrawn", "barred", "incomplete"])
def test_what_is_out_by_now_is_not_ranked(why: str) -> None:
    """Though every sheet on it is in."""
    chair = seated(2, 4)
    chair.score_all({"a01": 100})
    out = {
        "withdrawn": withdrawn("a01"),
        "barred": judged("a01", "barred"),
        "incomplete": checked("a01", "incomplete"),
    }
    chair.hear(out[why])
    answer = chair.seal()
    assert [e["application_id"] for e in answer.body["entries"]] == ["a02"]
    assert set(chair.row(SealedRanking).left_out) == {"a01"}


def test_a_question_that_opens_late_takes_nobody_off_the_ranking() -> None:
    """Undetermined rejects nobody by itself; whoever decides awards must settle it first."""
    chair = seated(2, 4)
    chair.score_all()
    chair.hear(judged("a01", "undetermined"))
    assert len(chair.seal().body["entries"]) == 2


def test_empty_seats_are_filled_or_accepted_by_an_officer() -> None:
    """With too few sheets the application is not ranked, and that is said."""
    chair = seated(2, 3)
    chair.score_all()
    chair.declare("a01", "r01")
    refused = chair.refusal(SEAL)
    assert (refused.code, refused.extra["application_ids"]) == ("seats_vacant", ["a01"])
    answer = chair.seal(accept=True)
    assert answer.body["unranked"] == ["a01"]
    (outcome,) = (o for o in answer.body["outcomes"] if o["application_id"] == "a01")
    assert outcome["reasons"] == ["too_few_reviews"]
    assert rederives(chair.events(RankingSealed)[0])


def test_what_is_ready_and_has_no_panel_must_get_one_first() -> None:
    """Left out because it waited, settled since: nobody is refused for our slowness."""
    chair = Chair()
    chair.ready("a01")
    chair.hear(submitted("a02"), checked("a02"), judged("a02", "undetermined"))
    chair.enrol(*ids("r", 3))
    chair.close()
    chair.assign(leave_out=True)
    chair.score_all()
    chair.hear(judged("a02"))
    assert chair.refusal(SEAL).extra["application_ids"] == ["a02"]
    chair.fill()
    chair.score_all()
    assert len(chair.seal().body["entries"]) == 2


def test_the_caps_of_the_call_hold() -> None:
    """One award fewer than applications, then money for one only."""
    for cut in ({"quota": {"awards_max": 2}}, {"budget": {"total_fen": 60_000_000}}):
        document = call_document()
        for part, change in cut.items():
            document[part].update(change)
        chair = ranked({"a01": 70, "a02": 90, "a03": 80}, document=document)
        assert [e.application_id for e in chair.events(AwardRecommended)] == ["a02", "a03"]


def test_a_lot_is_drawn_with_the_seed_the_panels_were_sealed_with() -> None:
    """Fixed before any score was known, so nobody can pick it; two equals get two ranks."""
    chain = [{"kind": "lot", "criteria": []}]
    chair = ranked({"a01": 80, "a02": 80}, document=call_document(tie_breaks=chain))
    (event,) = chair.events(RankingSealed)
    assert event.evidence["inputs"]["seed"] == "7"
    assert [entry["rank"] for entry in event.ranking["entries"]] == [1, 2]
    assert rederives(event)
