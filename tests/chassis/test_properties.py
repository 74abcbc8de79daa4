"""Laws that hold for every order, every split and every seed."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.event import Event
from services.chassis.batch import Batch, Head, Replay
from services.chassis.causes import Ask, Record
from services.chassis.engine import Engine
from services.chassis.errors import Refused
from services.chassis.ids import NAMESPACE, derived
from services.chassis.rows import Cache
from services.chassis.simulation import World
from services.chassis.tables import RowSet
from tests.chassis.commands import Append, Submit, Withdraw
from tests.chassis.harness import application, call, command, wire, withdrawal
from tests.chassis.probes import MIDDLE_SERVICE, PROBES, SINK_SERVICE, SOURCE_SERVICE

Log = dict[str, list[list[tuple[Any, ...]]]]


def live_through(seed: int, commands: int = 60) -> World:
    """A history drawn from a seed: commands, refusals, and steps of all services in between."""
    random = Random(seed)  # noqa: S311 (no secret)
    world = World(PROBES, seed)
    for number in range(commands):
        ask(world, random, number)
        while random.random() < 0.5:
            world.step()
    world.settle()
    return world


def ask(world: World, random: Random, number: int) -> None:
    """One command; some are refused."""
    body = random.choice(
        [
            Submit(f"a{number}", f"o{random.randrange(20)}", call_id=random.choice("pq")),
            Withdraw(f"a{random.randrange(number + 1)}"),
            Append(f"n{number % 3}", f"{number},"),
        ]
    )
    with suppress(Refused):
        world.ask("source", body, key=random.choice(["", f"k{random.randrange(60)}"]))


def bytes_of(world: World) -> Log:
    """The whole log, byte for byte."""
    return {
        topic: [[(r.key, tuple(r.headers), r.value) for r in log] for log in partitions]
        for topic, partitions in world.log.topics.items()
    }


def stores_of(world: World) -> dict[str, Any]:
    """Every folded and counted row of every service."""
    return {name: service.dump() for name, service in world.services.items()}


@pytest.mark.parametrize("seed", range(10))
def test_a_seed_gives_the_same_bytes_again(seed: int) -> None:
    """Everything the services ever said, ids and order included, follows from the seed."""
    first, second = live_through(seed), live_through(seed)

    assert bytes_of(first) == bytes_of(second)
    assert stores_of(first) == stores_of(second)
    assert sum(len(log) for logs in bytes_of(first).values() for log in logs) > 20


def test_another_seed_gives_another_history() -> None:
    """The counterpart: the comparison would notice."""
    assert bytes_of(live_through(1)) != bytes_of(live_through(2))


def replayed(history: World, seed: int) -> World:
    """Fresh stores fed with the log of a history, in an order drawn from another seed."""
    world = World(PROBES, seed)
    world.log = history.log
    for service in world.services.values():
        service.listen(history.log)
        service._publish = lambda batch: None  # type: ignore[method-assign] # all was said already
    return world


@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_store_does_not_depend_on_how_topics_and_partitions_interleave(
    history: int, order: int
) -> None:
    """Only the order within a partition is given; the rows are the same, whatever the rest."""
    lived = live_through(history, commands=25)
    again = replayed(lived, order)
    again.settle()

    for name in ("middle", "sink"):
        assert again.services[name].dump() == lived.services[name].dump()


EVENTS: list[Event] = [
    event
    for number in range(12)
    for event in (application(number, "refuse me" if number % 5 == 4 else "A title"), call())
] + [withdrawal(f"a{number}") for number in range(0, 12, 2)]


def records(events: Iterable[Event]) -> list[Record]:
    """The events as one partition's records."""
    return [
        Record(w.topic, 0, offset, w.key, w.headers, w.value)
        for offset, w in enumerate(wire(event, sequence=n) for n, event in enumerate(events))
    ]


def keys_in_order(random: Random) -> list[Event]:
    """The events, keys interleaved at random, each key in its own order."""
    queues: dict[str, list[Event]] = {}
    for event in EVENTS:
        queues.setdefault(event.key, []).append(event)
    out: list[Event] = []
    while queues:
        key = random.choice(sorted(queues))
        out.append(queues[key].pop(0))
        if not queues[key]:
            del queues[key]
    return out


def run(service: Any, causes: list[Any], split: Callable[[int], int]) -> tuple[Any, list[Any]]:
    """Run causes in batches of a drawn size over a complete cache: the rows and what was said."""
    engine, cache, head = Engine(service), Cache(service.tables, complete=True), Head()
    said: list[Any] = []
    replays: dict[str, Replay | None] = {c.replay_key: None for c in causes if isinstance(c, Ask)}
    while causes:
        size = split(len(causes))
        batch = engine.run(cache, head, causes[:size], replays)
        causes = causes[size:]
        cache.settle()
        head.marks.update(batch.marks)
        head.sequences, head.parked = batch.sequences, batch.parked
        replays.update(batch.replays)
        said += [(e.envelope, e.value, e.partition, e.sequence) for e in batch.emitted]
        said += [(x.key, x.state, x.code, x.offset) for x in batch.letters]
        said += [str(answer) for _, answer in batch.answers]
    return rows_of(cache), sorted(said, key=repr)


def rows_of(cache: Cache) -> dict[str, dict[Any, Any]]:
    """What a cache holds, without what it only knows to be absent."""
    return {name: {k: v for k, v in held.items() if v} for name, held in cache.rows.items()}


@given(st.randoms(use_true_random=False))
def test_keys_may_interleave_in_any_way(random: Random) -> None:
    """One key's rows and counters do not depend on what another key's events did in between.

    Without refusals: whether the call is there when an application comes is a matter of order.
    """
    plain = [e for e in keys_in_order(random) if getattr(e, "title", "") != "refuse me"]
    expected = [e for e in EVENTS if getattr(e, "title", "") != "refuse me"]
    assert (
        run(MIDDLE_SERVICE, list(records(plain)), len_)[0]
        == (run(MIDDLE_SERVICE, list(records(expected)), len_)[0])
    )


def len_(left: int) -> int:
    """All in one batch."""
    return left


def commands(random: Random, count: int) -> list[Ask]:
    """Commands with and without keys, some of which are refused."""
    asks = []
    for number in range(count):
        body: Any = random.choice(
            [Submit(f"a{number}", f"o{number % 7}"), Withdraw(f"a{number // 2}"), Append("n", "x")]
        )
        key = random.choice(["", f"k{number % 9}"])
        asks.append(command(body, key=key, number=number))
    return asks


@given(st.randoms(use_true_random=False))
def test_batches_may_be_split_in_any_way(random: Random) -> None:
    """One by one, all at once, or anything in between: rows, events, letters and answers agree."""
    draw = random.randrange(2**32)
    for service, causes in (
        (MIDDLE_SERVICE, list[Any](records(keys_in_order(random)))),
        (SOURCE_SERVICE, list[Any](commands(random, 30))),
    ):
        pieces = Random(draw)  # noqa: S311 (no secret)
        by_piece = run(service, causes, lambda left: pieces.randint(1, left))  # noqa: B023
        assert by_piece == run(service, causes, lambda _: 1) == run(service, causes, len_)


@given(st.randoms(use_true_random=False))
def test_a_cold_cache_gives_the_same_batch(random: Random) -> None:
    """Run, told what is missing, loaded and run again: nothing tells it from a complete cache."""
    for service, causes in (
        (MIDDLE_SERVICE, list[Any](records(keys_in_order(random)))),
        (SOURCE_SERVICE, list[Any](commands(random, 30))),
    ):
        stored = Cache(service.tables, complete=True)
        middle = len(causes) // 2
        keys: dict[str, Replay | None] = {c.replay_key: None for c in causes if isinstance(c, Ask)}
        before = Engine(service).run(stored, Head(), causes[:middle], keys)
        stored.settle()
        head = Head(1, before.marks, before.sequences, before.parked)
        keys.update(before.replays)

        cold = run_cold(service, stored, head, causes[middle:], keys)
        warm = Engine(service).run(stored, head, causes[middle:], keys)
        assert written(cold) == written(warm)


def run_cold(
    service: Any, stored: Cache, head: Head, causes: list[Any], keys: dict[str, Replay | None]
) -> Batch:
    """Run with an empty cache that is given only what it asks for."""
    engine, cache = Engine(service), Cache(service.tables)
    for _ in range(100):
        batch = engine.run(cache, head, causes, keys)
        if not batch.missing:
            return batch
        cache.undo(0)
        for need in batch.missing:
            spec = service.spec(need.table)
            found = [stored.get(*need)] if hasattr(need, "pk") else stored.every(need)
            cache.load(spec, [row for row in found if row is not None])
        cache.loaded(batch.missing)
    raise AssertionError("it never knew enough")


def written(batch: Batch) -> Any:
    """Everything a batch would write and answer."""
    return (
        batch.changes.rows, batch.changes.counts, batch.marks, batch.sequences, batch.parked,
        [(e.envelope, e.value, e.sequence) for e in batch.emitted],
        [(x.key, x.state, x.code) for x in batch.letters],
        [str(answer) for _, answer in batch.answers], batch.replays,
    )  # fmt: skip


@given(st.randoms(use_true_random=False))
def test_what_is_undone_leaves_no_trace(random: Random) -> None:
    """A batch that is run and undone: the cache is as it was, sets included."""
    causes = commands(random, 20)
    keys: dict[str, Replay | None] = {c.replay_key: None for c in causes}
    cache, engine = Cache(SOURCE_SERVICE.tables, complete=True), Engine(SOURCE_SERVICE)
    engine.run(cache, Head(), causes[:10], keys)
    cache.settle()
    before = rows_of(cache), {k: dict(v) for k, v in sets_of(cache).items()}
    engine.run(cache, Head(), causes[10:], keys)
    cache.undo(0)

    assert (rows_of(cache), sets_of(cache)) == before


def sets_of(cache: Cache) -> dict[Any, dict[Any, Any]]:
    """Every declared set that has rows, as the cache tells it; and what its indexes hold beside."""
    found: dict[Any, dict[Any, Any]] = {
        name: {values: [rows[pk] for pk in sorted(rows)] for values, rows in index.items() if rows}
        for name, index in cache.indexes.items()
    }
    for spec in cache.tables:
        for columns in spec.sets:
            told = found.setdefault((spec.name, columns), {})
            for row in filter(None, cache.rows[spec.name].values()):
                values = tuple(getattr(row, c) for c in columns)
                told[values] = cache.every(RowSet(spec.name, columns, values))
    return found


@given(st.text(), st.text())
def test_ids_are_those_of_uuid5(cause: str, name: str) -> None:
    """Whoever has a UUID library can check that an event follows from its cause."""
    assert derived(cause, name) == str(uuid5(NAMESPACE, f"{cause}/{name}"))


def test_the_sink_is_fed_by_one_topic() -> None:
    """The probes exercise what the laws speak of: several topics, own folds, reactions, counters."""
    assert MIDDLE_SERVICE.consumes == ("submission.events",)
    assert SINK_SERVICE.consumes == ("eligibility.events",)
    assert {spec.kind for service in PROBES for spec in service.tables} == {
        "folded", "counted", "workspace",
    }  # fmt: skip
