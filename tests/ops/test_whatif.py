"""What if: another rule, cap, weight, deadline or score, over what the season recorded."""

from copy import deepcopy
from typing import Any

import orjson
import pytest
import pytest_asyncio
from pydantic import ValidationError

from services.chassis.causes import Record
from services.ops.whatif.changes import Changes
from services.ops.whatif.history import History, gathered
from services.ops.whatif.report import what_if
from services.review.rules.problems import InvalidInput
from tests.ops.batches import batches, of_type

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found(records: list[Record]) -> History:
    return await gathered(batches(records))


def asked(found: History, **changes: Any) -> dict[str, Any]:
    return what_if(found, Changes(**changes))


def statuses(found: History) -> dict[str, str]:
    """The recorded outcome of every ranked application."""
    (sealed,) = found.rankings.values()
    return {o["application_id"]: o["status"] for o in sealed.evidence["selection"]["outcomes"]}


def ranked(found: History, status: str) -> list[str]:
    """Applications of one outcome, best first."""
    return [name for name, held in statuses(found).items() if held == status]


async def test_nothing_changed_changes_nothing(found: History) -> None:
    """The rules run again say what was recorded, down to the ranking's hash."""
    report = asked(found)

    assert (report["changed"], report["crossing"], report["others"]) == (0, [], [])
    assert report["baseline_equals_recorded"]
    assert report["summary"]["before"] == report["summary"]["after"]


async def test_one_award_less_and_the_last_of_the_line_is_out(found: History) -> None:
    """Who crosses is named with the reason in both languages."""
    awarded = ranked(found, "awarded")
    report = asked(found, selection={"awards_max": len(awarded) - 1})

    (row,) = report["crossing"]
    assert (row["application_id"], row["crosses"]) == (awarded[-1], "out")
    assert row["after"]["status"] == "reserve"
    (reason,) = [r for r in row["why"] if r["code"] == "awards_max_reached"]
    assert reason["zh"] != reason["en"]


async def test_the_budget_to_the_fen(found: History) -> None:
    """Exactly what the awards took still pays for all; one fen less does not."""
    (sealed,) = found.rankings.values()
    taken = sealed.evidence["selection"]["awarded_fen"]

    assert asked(found, selection={"budget_fen": taken})["crossing"] == []
    crossing = asked(found, selection={"budget_fen": taken - 1})["crossing"]
    assert "out" in {r["crosses"] for r in crossing}


async def test_one_changed_score_lets_two_change_places(found: History) -> None:
    """The last awarded loses a point too many; the first reserve takes the place."""
    last, first = ranked(found, "awarded")[-1], ranked(found, "reserve")[0]
    (sealed,) = found.rankings.values()
    inputs = sealed.evidence["inputs"]
    marks = [
        {"application_id": last, "reviewer_id": s["reviewer_id"],
         "criterion_id": c["criterion_id"], "points": 0}
        for s in inputs["sheets"] if s["application_id"] == last for c in s["marks"]
    ]  # fmt: skip
    report = asked(found, scores=marks)

    crossing = {r["application_id"]: r["crosses"] for r in report["crossing"]}
    assert crossing[last] == "out"
    assert crossing.get(first, "in") == "in"
    moved = next(r for r in report["crossing"] if r["application_id"] == last)
    assert {"score", "rank"} <= {reason["code"] for reason in moved["why"]}


async def test_a_stricter_rule_pack_bars_and_frees_places(found: History) -> None:
    """No member class is admitted any more: nobody is eligible, nobody ranked, and why is said."""
    pack = deepcopy(next(iter(found.eligibility.values())).evidence["criteria"])
    for rule in pack["rules"]:
        if rule["id"] == "member_class_not_admitted":
            rule["parameters"]["admitted"] = []
            rule["parameters"]["asked"] = []
    report = asked(found, rule_pack=pack)

    out = [r for r in report["crossing"] if r["crosses"] == "out"]
    assert {r["application_id"] for r in out} == set(ranked(found, "awarded"))
    assert {r["after"]["eligibility"] for r in out} == {"barred"}
    assert "member_class_not_admitted" in {reason["code"] for reason in out[0]["why"]}


async def test_a_lenient_rule_pack_names_who_would_come_to_review(found: History) -> None:
    """Those have no sheets, so they are not ranked; they are named."""
    pack = deepcopy(next(iter(found.eligibility.values())).evidence["criteria"])
    pack["rules"] = [r for r in pack["rules"] if r["id"] == "member_class_not_admitted"]
    report = asked(found, rule_pack=pack)

    not_eligible = {n for n, e in found.eligibility.items() if e.verdict != "eligible"}
    into = {r["application_id"] for r in report["crossing"] if r["crosses"] == "into_review"}
    complete = {name for name, d in found.documents.items() if d.verdict == "complete"}
    assert into
    assert into <= not_eligible & complete


async def test_a_receipt_rule_for_couriers_makes_parcels_late(found: History) -> None:
    """The day on the waybill decided; were it the arrival, these would be late, and it says so."""
    report = asked(found, channels={"courier": {"basis": "receipt"}})

    late = [r for r in report["crossing"] if r["before"]["documents"] == "complete"]
    assert late
    assert {r["after"]["documents"] for r in late} == {"incomplete"}
    assert "received_late" in {reason["code"] for r in late for reason in r["why"]}


async def test_an_earlier_deadline_shuts_out_what_was_sent_after_it(
    found: History, records: list[Record]
) -> None:
    """At the very instant of a submission that one is late; a microsecond later it is not."""
    sent = sorted(
        (body["submitted_at"], body["application_id"])
        for body in (
            orjson.loads(r.value) for r in of_type(records, "submission.application_submitted")
        )
        if body["application_id"] not in found.withdrawn
    )
    at, name = sent[len(sent) // 2]
    for deadline, verdict in ((at, "late"), (at.replace("+08:00", ".000001+08:00"), "")):
        report = asked(found, deadline=deadline)
        row = [r for r in (*report["crossing"], *report["others"]) if r["application_id"] == name]
        assert ((row[0]["after"]["eligibility"] == "late") if row else False) == bool(verdict)


async def test_other_weights_move_the_ranking(found: History) -> None:
    """All the weight on one criterion ranks by that one; a weight of nothing is refused."""
    (sealed,) = found.rankings.values()
    names = [c["id"] for c in sealed.evidence["inputs"]["criteria"]]
    heavy = {name: 10_000 if name == names[0] else 1 for name in names}
    report = asked(found, weights=heavy)

    assert report["crossing"]
    assert all({"score", "rank"} & {w["code"] for w in r["why"]} for r in report["crossing"])
    with pytest.raises(InvalidInput):
        asked(found, weights={names[0]: 0})


@pytest.mark.parametrize(
    "changes",
    [
        {"selection": {"budget": 1}},
        {"weights": {"nope": 1}},
        {"channels": {"pigeon": {"basis": "receipt"}}},
        {"scores": [{"application_id": "a", "reviewer_id": "r", "criterion_id": "c", "points": 1}]},
    ],
)
async def test_what_is_not_there_cannot_be_changed(found: History, changes: dict[str, Any]) -> None:
    """A change that names nothing is refused, not passed over."""
    with pytest.raises(KeyError):
        asked(found, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"selection": {"budget_fen": 1.5}}, {"deadline": "tomorrow"}, {"quota": 3}, {"scores": [{}]}],
)
async def test_changes_that_cannot_be_read_are_refused(changes: dict[str, Any]) -> None:
    """No float near money, no day without a time, no unknown name."""
    with pytest.raises(ValidationError):
        Changes(**changes)
