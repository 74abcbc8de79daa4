"""What operators do to dead letters: exactly what was approved, and never out of turn."""

from collections.abc import Callable
from typing import Any

import pytest

from services.chassis.errors import Conflict, NotFound
from services.chassis.proposals import propose
from services.chassis.redrive import discard, redrive, reread
from tests.chassis.harness import (
    SUBMISSIONS,
    Wire,
    application,
    neighbour,
    wire,
    with_header,
    withdrawal,
)
from tests.chassis.harness_live import Live
from tests.chassis.probes import MIDDLE_SERVICE, Seen

pytestmark = pytest.mark.kafka

TWO: dict[str, Any] = {"actor": "one", "approver": "another", "dry_run": False}


def unknown(record: Wire) -> Wire:
    """The record as a type that nobody publishes."""
    return with_header(record, "ce_type", b"submission.never_heard_of")


async def states(middle: Live) -> list[tuple[str, str]]:
    """States and codes of the letters, in the order of the log."""
    return [(letter.state, letter.code) for letter in await middle.letters("middle")]


async def places(middle: Live) -> list[tuple[str, int, int]]:
    """Where the letters' records are, in the order of the log."""
    rows = await middle.fetch(
        "middle", "select topic, partition, position from dead_letter order by position"
    )
    return [tuple(row) for row in rows]


async def test_only_the_letter_that_was_approved_is_given_up(live: Callable[..., Any]) -> None:
    """Approved once and clicked twice: what its key waits for next is another's decision."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    await middle.send(*(wire(application("x", "refuse me")) for _ in range(2)))
    await middle.settle()
    given_up: dict[str, Any] = {"place": (await places(middle))[0], "key": "ax", "reason": "r"}

    await discard(runtime, **given_up, **TWO)
    with pytest.raises(NotFound):
        await discard(runtime, **given_up, **TWO)
    assert await states(middle) == [("discarded", "call_unknown"), ("parked", "call_unknown")]


async def test_a_dead_letter_that_is_still_unreadable_keeps_nobody_waiting(
    live: Callable[..., Any],
) -> None:
    """It stays dead, and its key flows on as before."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    await middle.send(unknown(wire(application("x"))))
    await middle.settle()
    await reread(runtime, place=(await places(middle))[0], **TWO)
    await middle.receive(application("x"))

    assert await states(middle) == [("dead", "type_unknown")]
    assert [seen.id for seen in await middle.rows(Seen)] == ["ax"]


async def test_a_dead_letter_does_not_overtake_what_waits(live: Callable[..., Any]) -> None:
    """Reading it again is refused while its key is parked, and the key stays parked."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    await middle.send(unknown(wire(application("x"))), wire(application("x", "refuse me")))
    await middle.settle()
    with pytest.raises(Conflict):
        await reread(runtime, place=(await places(middle))[0], **TWO)
    await middle.receive(withdrawal("ax"))

    assert [state for state, _ in await states(middle)] == ["dead", "parked", "queued"]
    assert SUBMISSIONS in {topic for topic, _ in runtime.writer.head.parked}


async def test_a_key_does_not_go_on_over_what_is_lost(live: Callable[..., Any]) -> None:
    """Its predecessor would count as a duplicate when it comes; once it came, the key goes on."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    first, lost, late, last = neighbour("x", 4)
    await middle.send(*numbered((first, 0), (late, 2), (last, 3)))
    await middle.settle()
    early: dict[str, Any] = {"topic": SUBMISSIONS, "key": f"a{last}"}
    with pytest.raises(Conflict, match=r"predecessor_missing: Sequence 1 of .* and 3 stands"):
        await redrive(runtime, **early, **TWO)
    given_up: dict[str, Any] = {"place": (await places(middle))[0], "reason": "r"}
    with pytest.raises(Conflict, match="predecessor_missing"):
        await discard(runtime, **given_up, key=f"a{late}", **TWO)
    assert await states(middle) == [("parked", "sequence_gap")] * 2

    await middle.send(*numbered((lost, 1)))
    await middle.settle()
    await redrive(runtime, **early, **TWO)  # 2 waits as a letter: it is not lost
    await redrive(runtime, topic=SUBMISSIONS, key=f"a{late}", **TWO)
    assert {row.id for row in await middle.rows(Seen)} == {
        f"a{n}" for n in (first, lost, late, last)
    }


async def test_any_replica_sees_how_far_the_store_is(live: Callable[..., Any]) -> None:
    """Whichever takes the request: one that reads other partitions has not heard of what came since."""
    middle: Live = await live(MIDDLE_SERVICE)
    await middle.add("middle")
    first, lost, late = neighbour("x", 3)
    await middle.send(*numbered((first, 0), (late, 2), (lost, 1)))
    await middle.settle()
    one, other = middle.runtimes["middle"]
    assert one.writer.head.version != other.writer.head.version, "both have written"

    for runtime in (one, other):
        said = await redrive(
            runtime, topic=SUBMISSIONS, key=f"a{late}", actor="one", approver="", dry_run=True
        )
        assert [record["state"] for record in said["records"]] == ["redriven"]


async def test_what_is_lost_for_ever_is_given_up_in_so_many_words(live: Callable[..., Any]) -> None:
    """By two people, and the audit says what they did."""
    middle: Live = await live(MIDDLE_SERVICE)
    (runtime,) = middle.runtimes["middle"]
    first, lost, late = neighbour("x", 3)
    await middle.send(*numbered((first, 0), (late, 2)))
    await middle.settle()
    made = await propose(runtime, "redrive", {"topic": SUBMISSIONS}, "reason", 1_000, "one")
    assert [record["state"] for record in made["preview"][0]["records"]] == ["predecessor_missing"]

    await redrive(runtime, topic=SUBMISSIONS, key=f"a{late}", **TWO, despite_gap=True)
    await middle.send(*numbered((lost, 1)))
    await middle.settle()

    assert {row.id for row in await middle.rows(Seen)} == {f"a{first}", f"a{late}"}
    (audit,) = await middle.fetch("middle", "select act, actor, approver from audit")
    assert tuple(audit) == ("redrive_despite_gap", "one", "another")


def numbered(*sent: tuple[int, int]) -> list[Wire]:
    """Applications by number, each with its producer's sequence."""
    return [wire(application(number), sequence=sequence) for number, sequence in sent]
