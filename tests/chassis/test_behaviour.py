"""What becomes of records, held in memory and on the real thing alike."""

from services.chassis.ids import derived
from tests.chassis.commands import Submit
from tests.chassis.harness import (
    ELIGIBILITY,
    SUBMISSIONS,
    Letter,
    Runner,
    Wire,
    application,
    call,
    neighbour,
    wire,
    with_header,
    withdrawal,
)
from tests.chassis.probes import Heard, HeardTally, Seen, Verdict, Verdicts

SUBMITTED = "submission.application_submitted"
WITHDRAWN = "submission.application_withdrawn"


async def heard(runner: Runner) -> dict[str, int]:
    """How often the sink heard of each application."""
    return {h.application_id: h.times for h in await runner.rows(Heard)}


async def test_a_command_has_its_effect_in_every_service(runner: Runner) -> None:
    """From the command through two reactions: the sink hears the verdict once."""
    answer = await runner.ask("source", Submit(id="a1", applicant_id="o1"))
    await runner.settle()

    assert answer.status == 201
    assert [s.id for s in await runner.rows(Seen)] == ["a1"]
    assert await heard(runner) == {"a1": 1}


async def test_a_record_that_comes_again_changes_nothing(runner: Runner) -> None:
    """The same sequence again is dropped, though it has another place in the log."""
    record = wire(application(1), sequence=0)
    await runner.send(record)
    await runner.settle()
    await runner.send(record, record)
    await runner.settle()

    assert await heard(runner) == {"a1": 1}
    assert len(await runner.log(ELIGIBILITY)) == 1
    assert await runner.letters("middle") == []


async def test_ids_of_events_follow_from_their_causes(runner: Runner) -> None:
    """Whoever knows the cause can name the event: law 7."""
    await runner.receive(application(1))

    (event,) = await runner.log(ELIGIBILITY)
    cause = derived("a1", SUBMITTED)
    assert event.event_id == derived(cause, "eligibility.eligibility_assessed:0")


async def test_a_refused_event_parks_its_key_and_no_other(runner: Runner) -> None:
    """Later events of the key queue in order behind it; a neighbour in the partition flows on."""
    (other,) = neighbour("x")
    await runner.send(
        wire(application("x", title="refuse me")), wire(withdrawal("ax")),
        wire(application(other)),
    )  # fmt: skip
    await runner.settle()

    assert await runner.letters("middle") == [
        Letter("ax", "parked", "call_unknown", SUBMITTED),
        Letter("ax", "queued", "key_parked", WITHDRAWN),
    ]
    assert await heard(runner) == {f"a{other}": 1}
    assert [s.id for s in await runner.rows(Seen)] == [f"a{other}"]


async def test_a_redrive_lets_the_key_go_on_in_order(runner: Runner) -> None:
    """Once the cause is mended, what was refused and what queued behind it have their effect."""
    await runner.receive(application("x", title="refuse me"), withdrawal("ax"))
    await runner.receive(call())
    await runner.redrive("middle", SUBMISSIONS, "ax")
    await runner.settle()

    assert {letter.state for letter in await runner.letters("middle")} == {"redriven"}
    assert [(s.id, s.status) for s in await runner.rows(Seen)] == [("ax", "withdrawn")]
    assert await heard(runner) == {"ax": 1}


async def test_after_a_redrive_the_key_flows_again(runner: Runner) -> None:
    """A key that was let go does not wait any more."""
    await runner.receive(application("x", title="refuse me"))
    await runner.receive(call())
    await runner.redrive("middle", SUBMISSIONS, "ax")
    await runner.receive(withdrawal("ax"))

    assert [s.status for s in await runner.rows(Seen)] == ["withdrawn"]
    assert [letter.state for letter in await runner.letters("middle")] == ["redriven"]


async def test_a_redrive_stops_at_what_is_refused_again(runner: Runner) -> None:
    """Nothing overtakes an event that still cannot be applied."""
    await runner.receive(application("x", title="refuse me"), withdrawal("ax"))
    await runner.redrive("middle", SUBMISSIONS, "ax")
    await runner.receive(withdrawal("ax"))

    states = [letter.state for letter in await runner.letters("middle")]
    assert states == ["parked", "queued", "queued"]
    assert await runner.rows(Seen) == []


async def test_a_reaction_with_a_bug_parks_its_key_only(runner: Runner) -> None:
    """Its fold is undone with it, and neighbours before and after it in the partition flow on."""
    before, after = neighbour("x", 2)
    await runner.send(
        *(wire(e) for e in (application(before), application("x", title="bug"), application(after)))
    )
    await runner.settle()

    assert await runner.letters("middle") == [Letter("ax", "parked", "bug", SUBMITTED)]
    assert await heard(runner) == {f"a{before}": 1, f"a{after}": 1}
    assert "ax" not in {s.id for s in await runner.rows(Seen)}


GOOD = wire(application("x"))
UNREADABLE = {
    "no headers": GOOD._replace(headers=[]),
    "header not UTF-8": with_header(GOOD, "ce_id", b"\xff\xfe"),
    "header null": with_header(GOOD, "ce_type", None),
    "version not a number": with_header(GOOD, "ce_dataversion", b"two"),
    "sequence not a number": with_header(GOOD, "ce_sequence", b"first"),
    "time not an instant": with_header(GOOD, "ce_time", b"yesterday"),
    "NUL in a header": with_header(GOOD, "ce_time", b"\x00"),
    "key not UTF-8": GOOD._replace(key=b"\xff\xfe"),
}
UNKNOWN = with_header(GOOD, "ce_type", b"submission.nothing_known")
PARKED = [
    (with_header(wire(application("v")), "ce_dataversion", b"99"), "version_unknown"),
    (wire(application("j"))._replace(value=b"\x00\xff{"), "body_unreadable"),
    (wire(application("e"))._replace(value=b""), "body_unreadable"),
    (wire(application("s"))._replace(value=b'{"application_id": 7}'), "body_unreadable"),
    (wire(application("m"))._replace(key=b"another"), "key_mismatch"),
]


async def test_what_cannot_be_read_is_kept_and_nothing_waits(runner: Runner) -> None:
    """Its bytes are kept as dead; the next record of the key has its effect."""
    await runner.send(*UNREADABLE.values(), UNKNOWN, GOOD)
    await runner.settle()

    kept = [(letter.state, letter.code) for letter in await runner.letters("middle")]
    assert kept == [("dead", "headers_unreadable")] * len(UNREADABLE) + [("dead", "type_unknown")]
    assert await heard(runner) == {"ax": 1}


async def test_what_cannot_be_taken_yet_parks_its_key(runner: Runner) -> None:
    """A newer release may read it, so its key waits; other keys of the partition flow on."""
    (other,) = neighbour("v")
    for record, _ in PARKED:
        await runner.send(record, record)
    await runner.send(wire(application(other)))
    await runner.settle()

    found: dict[str, list[tuple[str, str]]] = {}
    for letter in await runner.letters("middle"):
        found.setdefault(letter.key, []).append((letter.state, letter.code))
    assert found == {
        key_of(record): [("parked", code), ("queued", "key_parked")] for record, code in PARKED
    }
    assert await heard(runner) == {f"a{other}": 1}


def key_of(record: Wire) -> str:
    """The record's key as text."""
    assert record.key is not None
    return record.key.decode()


async def test_after_a_gap_nothing_of_the_partition_is_applied(runner: Runner) -> None:
    """A missing sequence is noticed; what comes in turn afterwards is applied again."""
    first, lost, late = neighbour("x", 3)
    in_the_log = [(first, 0), (late, 2), (lost, 1)]
    await runner.send(*(wire(application(n), sequence=s) for n, s in in_the_log))
    await runner.settle()

    assert [x.code for x in await runner.letters("middle")] == ["sequence_gap"]
    assert set(await heard(runner)) == {f"a{first}", f"a{lost}"}
    await runner.redrive("middle", SUBMISSIONS, f"a{late}")
    await runner.settle()
    assert set(await heard(runner)) == {f"a{first}", f"a{lost}", f"a{late}"}


async def test_what_came_too_early_and_again_is_applied_once_and_in_turn(runner: Runner) -> None:
    """A producer that went ahead of itself and then repeated all of it in order."""
    (first,) = neighbour("x")
    events = (application(first), application("x"), withdrawal("ax"))
    story = [wire(event, sequence=n) for n, event in enumerate(events)]
    await runner.send(story[2], story[1], *story)
    await runner.settle()

    codes = [x.code for x in await runner.letters("middle")]
    assert codes == ["sequence_gap"] * 2 + ["key_parked"] * 2
    await runner.redrive("middle", SUBMISSIONS, "ax")
    await runner.settle()
    assert {letter.state for letter in await runner.letters("middle")} == {"redriven"}
    assert {s.id: s.status for s in await runner.rows(Seen)} == {
        f"a{first}": "seen", "ax": "withdrawn"
    }  # fmt: skip
    assert await heard(runner) == {f"a{first}": 1, "ax": 1}
    assert [(v.verdict, v.given) for v in await runner.rows(Verdicts)] == [("eligible", 2)]


async def test_a_record_under_another_key_stays_parked(runner: Runner) -> None:
    """A redrive looks as closely as the intake did: its effect would be out of turn."""
    await runner.send(wire(application("x"))._replace(key=b"other"))
    await runner.settle()
    await runner.redrive("middle", SUBMISSIONS, "other")

    assert [(x.state, x.code) for x in await runner.letters("middle")] == [
        ("parked", "key_mismatch")
    ]
    assert await runner.rows(Seen) == []


async def test_what_a_service_does_not_want_leaves_no_trace(runner: Runner) -> None:
    """An event nobody here handles is passed over, and its sequence counts."""
    await runner.send(
        wire(application("x"), sequence=0), with_header(wire(withdrawal("ax"), sequence=1),
        "ce_type", b"submission.dispatch_declared"), wire(withdrawal("ax"), sequence=2),
    )  # fmt: skip
    await runner.settle()

    assert await runner.letters("middle") == []
    assert [s.status for s in await runner.rows(Seen)] == ["withdrawn"]


async def test_counters_add_up(runner: Runner) -> None:
    """A counter equals the number of events that were applied, refusals and repeats apart."""
    await runner.send(
        *(wire(application(n)) for n in range(20)), wire(application("x", title="refuse me"))
    )
    await runner.settle()

    assert [(v.verdict, v.given) for v in await runner.rows(Verdicts)] == [("eligible", 20)]
    assert [(t.call_id, t.heard) for t in await runner.rows(HeardTally)] == [("call", 20)]
    assert len(await runner.rows(Verdict)) == 20
