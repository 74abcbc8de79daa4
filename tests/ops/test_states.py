"""Any moment: a case or a whole service as of an instant, and what changed between two."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.chassis.causes import Record
from services.chassis.replay import Folder
from services.ops.definitions import definition, definitions
from services.ops.replays.moment import Moment, MomentUnreadable, moment_of
from services.ops.replays.operating import case_report
from services.ops.replays.states import (
    Once,
    differences,
    fold_leniently,
    rows_of,
    state_of_case,
)
from tests.flows.memory import Played
from tests.ops.batches import of_type, unread

pytestmark = pytest.mark.slow
CALL_CLOSED = moment_of("2021-07-13T00:00:00+08:00")


def winner(records: list[Record]) -> str:
    """An application that was awarded."""
    decided = (orjson.loads(r.value) for r in of_type(records, "review.award_decided"))
    return str(next(d["application_id"] for d in decided if d["decision"] == "awarded"))


def of_case(records: list[Record], case: str) -> list[Record]:
    """What the index would name: everything under the keys that the case concerns."""
    keys = {r.key for r in records if r.read_envelope().correlation_id == case} | {case.encode()}
    return [unread(r) for r in records if r.key in keys]


def test_the_state_of_a_case_is_what_every_store_holds_of_it(
    season: Played, records: list[Record]
) -> None:
    """Folding the records of one case alone gives the very rows of the live stores."""
    case = winner(records)
    state = state_of_case(definitions(), of_case(records, case), Moment())

    compared = 0
    for name, tables in state.items():
        live = season.world.services[name]
        for table, rows in tables.items():
            spec = live.service.spec(table)
            held = {"/".join(map(str, spec.pk_of(r))): r for r in live.rows(spec.row)}
            for key, row in rows.items():
                assert orjson.dumps(row) == orjson.dumps(held[key].model_dump()), (name, table)
                compared += 1
    assert compared > 20


def test_before_the_call_closed_nobody_had_reviewed_or_paid(records: list[Record]) -> None:
    """A moment in July: submitted and screened, not ranked; the difference to now names the rest."""
    case = winner(records)
    report = case_report(definitions(), case, of_case(records, case), [CALL_CLOSED, Moment()])

    assert "grant" not in report["services"].get("finance", {})
    assert "score_sheet" not in report["services"].get("review", {})
    changed = {(d["service"], d["table"]) for d in report["differences"]}
    assert {("finance", "grant"), ("review", "score_sheet")} <= changed
    fields = [d for d in report["differences"] if d["field"] == "verdict"]
    assert all(d["before"] != d["after"] for d in fields)


def test_an_instant_includes_itself_and_nothing_after_it(records: list[Record]) -> None:
    """The event at the very instant counts, whatever offset the instant is written with."""
    record = of_type(records, "submission.application_submitted")[0]
    case, at = record.read_envelope().key, record.read_envelope().time
    instant = datetime.fromisoformat(at)
    for said in (at, instant.astimezone(UTC).isoformat()):
        state = state_of_case(definitions(), of_case(records, case), moment_of(said))
        assert list(state["submission"]["application"]) == [case]
    before = moment_of((instant - timedelta(microseconds=1)).isoformat())
    assert state_of_case(definitions(), of_case(records, case), before)["submission"] == {}


def test_a_place_in_the_log_is_a_moment(records: list[Record]) -> None:
    """Up to and including that record; in other partitions by when the broker took theirs."""
    record = of_type(records, "submission.application_submitted")[0]
    case = record.read_envelope().key
    place = (record.topic, record.partition, record.offset)
    for through, expected in ((place, [case]), ((*place[:2], place[2] - 1), [])):
        moment = Moment(through=through, logged_at=record.logged_at)
        state = state_of_case(definitions(), of_case(records, case), moment)
        assert list(state["submission"].get("application", {})) == expected


def test_copies_on_the_log_are_folded_once(records: list[Record]) -> None:
    """A relay may send an event twice; as of now there is one row of it."""
    case = winner(records)
    once = of_case(records, case)
    twice = [copy for r in once for copy in (r, unread(r))]

    assert state_of_case(definitions(), twice, Moment()) == state_of_case(
        definitions(), once, Moment()
    )


def test_of_copies_only_the_first_is_folded_into_a_whole_service(records: list[Record]) -> None:
    """By the producer's sequence, place by place; what cannot be read is none at all."""
    one, *others = [unread(r) for r in records[:20]]
    known = Once()

    assert known.first(one) == one.read_envelope()
    assert known.first(unread(one)) is None
    assert all(known.first(other) for other in others)
    assert known.first(replace(others[0], headers=[], envelope=None)) is None


def test_an_odd_sequence_hides_nothing_that_comes_after_it(records: list[Record]) -> None:
    """A foreign record may claim any number; ours follow each other, some of them late."""
    one = unread(records[0])
    known = Once()
    said = [known.first(numbered(one, n)) for n in (0, 10**12, 2, 1, 2, 3, 10**12)]

    assert [bool(envelope) for envelope in said] == [True, True, True, True, False, True, False]


def numbered(record: Record, sequence: int) -> Record:
    """The record under another sequence."""
    headers = [(n, b"%d" % sequence if n == "ce_sequence" else v) for n, v in record.headers]
    return replace(record, headers=headers, envelope=None)


def test_differences_are_told_field_by_field() -> None:
    """A changed field, a new row, a row that is gone."""
    before: Any = {"s": {"t": {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}}}}
    after: Any = {"s": {"t": {"a": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}}}}

    assert differences(before, after) == [
        {"service": "s", "table": "t", "key": "a", "field": "y", "before": 2, "after": 3},
        {"service": "s", "table": "t", "key": "b", "field": None, "before": {"x": 1, "y": 2}, "after": None},
        {"service": "s", "table": "t", "key": "c", "field": None, "before": None, "after": {"x": 1, "y": 2}},
    ]  # fmt: skip


def test_a_whole_service_as_of_now_is_the_live_store(season: Played, records: list[Record]) -> None:
    """Counters included, whatever order the topics are read in."""
    for name in ("review", "finance"):
        folder = Folder(definition(name))
        for record in records:
            fold_leniently(folder, unread(record))
        live = season.world.services[name]
        assert {t: len(rows) for t, rows in rows_of(folder).items()} == {
            t: len(rows) for t, rows in live.dump().items() if rows
        }


@pytest.mark.parametrize("said", ["yesterday", "2021-07-12", "2021-07-12T00:00:00", "t/0", "t/x/0"])
def test_what_is_no_moment_is_refused(said: str) -> None:
    """A day has no instant, an instant needs its offset, a place three parts."""
    with pytest.raises(MomentUnreadable, match="is no moment"):
        moment_of(said)
