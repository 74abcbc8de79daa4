"""Redrive: let a parked key go on, its records in order, after a dry run and a second person's word."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contracts.event import ContractError
from services.chassis.batch import Batch, Head
from services.chassis.causes import DeadLetter, Record, letter_record
from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.gaps import refuse_gap
from services.chassis.ids import derived
from services.chassis.rows import Cache
from services.chassis.store import Audit
from services.chassis.tables import Row
from services.chassis.waiting import apply_again, mark

if TYPE_CHECKING:
    from services.chassis.runtime import Runtime
    from services.chassis.writer import Writer

COLUMNS = "topic, partition, position, event_key, event_id, event_type, code, reason, headers, body, attempts"
PARKED = (
    f"select {COLUMNS} from dead_letter "  # noqa: S608 (our own columns)
    "where topic = $1 and event_key = $2 and state in ('parked', 'queued') order by position"
)
DEAD = (
    f"select {COLUMNS} from dead_letter "  # noqa: S608 (as above)
    "where topic = $1 and partition = $2 and position = $3 and state = 'dead'"
)


@dataclass
class Chosen:
    """What one act is about: records to apply again, in order, and letters to give up."""

    topic: str
    key: str
    waiting: list[tuple[Record, int]] = field(default_factory=list)
    """Each record with the number of the attempt."""
    given_up: list[DeadLetter] = field(default_factory=list)
    parks: bool = True
    """Whether the key waits when a record is refused again."""


Choose = Callable[["Writer"], Awaitable[Chosen]]


async def redrive(  # noqa: PLR0913 (the key, and who answers for it)
    runtime: "Runtime", *, topic: str, key: str, actor: str, approver: str, dry_run: bool,
    despite_gap: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Apply the waiting records of one key in order, stopping at the first that is refused again.

    `despite_gap`: also when something before them never came; should it come yet, it is dropped.
    Returns what happened (or, in a dry run, would happen): per record its state, and the events and
    rows that follow.

    Raises:
        NotFound: nothing waits under this key.
        Conflict: something before them is missing.
        Invalid: a real run without a second person's approval.
    """
    act = "redrive_despite_gap" if despite_gap else "redrive"
    signed = _signed(runtime, act, actor, approver, dry_run)

    async def choose(writer: "Writer") -> Chosen:
        waiting = [_again_from(row) for row in await _parked(writer, topic, key)]
        if not despite_gap:
            await refuse_gap(writer, [record for record, _ in waiting])
        return Chosen(topic, key, waiting)

    return await _exclusively(runtime, choose, signed, dry_run)


async def discard(  # noqa: PLR0913 (the record, and who answers for it)
    runtime: "Runtime", *, place: tuple[str, int, int], key: str, actor: str, approver: str,
    reason: str, dry_run: bool,
) -> dict[str, Any]:  # fmt: skip
    """Give up the very record at this place that its key waits for, and apply what waited behind it.

    Raises:
        NotFound: its key does not wait for it, or no more.
        Conflict: something before it is missing.
        Invalid: a real run without a second person's approval.
    """
    signed = _signed(runtime, "discard", actor, approver, dry_run, reason=reason)

    async def choose(writer: "Writer") -> Chosen:
        first, *behind = rows = await _parked(writer, place[0], key)
        if (first["topic"], first["partition"], first["position"]) != place:
            raise NotFound(
                "not_waited_for", f"Key {key!r} does not wait for {place}.", f"{place} 不是等待中的死信。"
            )  # fmt: skip
        await refuse_gap(writer, [letter_record(row) for row in rows])
        return Chosen(place[0], key, [_again_from(row) for row in behind], [_given_up(first)])

    return await _exclusively(runtime, choose, signed, dry_run)


async def reread(
    runtime: "Runtime", *, place: tuple[str, int, int], actor: str, approver: str, dry_run: bool
) -> dict[str, Any]:
    """Read a dead letter again, e.g. after an upgrade that knows its type.

    Nothing waited for it, so it comes later than where it stands in the log: when its key has gone
    on since, a rebuild puts it in its place. Refused again it stays dead: still nothing waits for it.

    Raises:
        NotFound: there is no dead letter at this place.
        Conflict: its key is parked, and it would overtake what waits.
        Invalid: a real run without a second person's approval.
    """
    signed = _signed(runtime, "reread", actor, approver, dry_run)
    topic = place[0]

    async def choose(writer: "Writer") -> Chosen:
        rows = await writer.database.open.fetch(DEAD, *place)
        if not rows:
            raise NotFound(
                "not_dead", f"No dead letter at {place}.", f"{place} 处没有死信。"
            )  # fmt: skip
        key = rows[0]["event_key"]
        if (topic, key) in writer.head.parked:
            raise Conflict(
                "key_parked", f"Key {key!r} is parked; redrive it first.", f"键 {key!r} 尚在等待，请先重放。"
            )  # fmt: skip
        return Chosen(topic, key, [_again_from(rows[0])], parks=False)

    return await _exclusively(runtime, choose, signed, dry_run)


def _signed(
    runtime: "Runtime", act: str, actor: str, approver: str, dry_run: bool, reason: str = ""
) -> Audit:
    if not dry_run and (not approver or approver == actor):
        raise Invalid(
            "approver_missing",
            f"A {act} changes the store: a second person has to approve it.",
            "此操作会改变数据，须由第二人批准。",
        )
    return Audit(
        id="", act=act, actor=actor, approver=approver, done_at=runtime.clock.now(),
        detail={"reason": reason} if reason else {},
    )  # fmt: skip


async def _exclusively(
    runtime: "Runtime", choose: Choose, signed: Audit, dry_run: bool
) -> dict[str, Any]:
    writer = runtime.writer
    return dict(await writer.exclusively(lambda: _run(writer, choose, signed, dry_run)))


async def _run(writer: "Writer", choose: Choose, signed: Audit, dry_run: bool) -> dict[str, Any]:
    while True:
        if await writer.database.version() != writer.head.version:  # another replica wrote last
            await writer.reload()
        chosen = await choose(writer)
        batch = await _apply(writer, chosen.waiting, chosen.topic, chosen.key)
        _give_up(writer.head, batch, chosen.given_up)
        if not chosen.parks:
            _let_go(batch)
        if dry_run:
            report = _report(batch, dry_run, effects(writer.cache, batch))
            writer.cache.undo(0)
            return report
        report = _report(batch, dry_run, [])
        detail = {"topic": chosen.topic, "key": chosen.key, "records": str(len(batch.letters))}
        audit_id = derived(f"{chosen.topic}/{chosen.key}/{writer.head.version}", signed.act)
        batch.audits.append(signed.but(id=audit_id, detail=signed.detail | detail))
        if await writer.commit(batch):
            return report


async def _parked(writer: "Writer", topic: str, key: str) -> list[Any]:
    rows = list(await writer.database.open.fetch(PARKED, topic, key))
    if not rows:
        raise NotFound(
            "nothing_parked",
            f"No record of key {key!r} on {topic} is parked.",
            f"{topic} 上的键 {key!r} 没有待重放的记录。",
        )
    return rows


def _again_from(row: Any) -> tuple[Record, int]:
    return letter_record(row), row["attempts"] + 1


def _given_up(row: Any) -> DeadLetter:
    record, attempts = _again_from(row)
    return DeadLetter(
        topic=record.topic, partition=record.partition, offset=record.offset, key=row["event_key"],
        event_id=row["event_id"], event_type=row["event_type"], state="discarded",
        code=row["code"], reason=row["reason"], headers=record.headers, value=record.value,
        attempts=attempts - 1,
    )  # fmt: skip


def _give_up(head: Head, batch: Batch, letters: list[DeadLetter]) -> None:
    """What is given up must not keep its partition waiting for its sequence."""
    for letter in letters:
        record = Record(
            letter.topic, letter.partition, letter.offset, letter.key.encode(), letter.headers,
            letter.value,
        )  # fmt: skip
        with contextlib.suppress(ContractError):
            mark(head, batch, record, record.read_envelope().sequence)
    batch.letters[:0] = letters


def _let_go(batch: Batch) -> None:
    """What is refused again keeps nobody waiting."""
    for letter in batch.letters:
        if letter.state == "parked":
            letter.state = "dead"
            batch.parked.discard((letter.topic, letter.key))


async def _apply(
    writer: "Writer", waiting: list[tuple[Record, int]], topic: str, key: str
) -> Batch:
    while True:
        batch = apply_again(writer.engine, writer.cache, writer.head, waiting, (topic, key))
        if not batch.missing:
            return batch
        writer.cache.undo(0)
        await writer.database.load(writer.cache, batch.missing)


def effects(cache: Cache, batch: Batch) -> list[dict[str, Any]]:
    """Every field a batch that is not settled yet would change: before and after."""
    before: dict[tuple[str, Any], Any] = {}
    for spec, pk, replaced in cache.journal:
        before.setdefault((spec.name, pk), replaced)
    found = []
    for (table, pk), row in sorted(batch.changes.rows.items(), key=lambda one: repr(one[0])):
        held = before.get((table, pk))
        old = held.model_dump() if isinstance(held, Row) else {}
        new = row.model_dump()
        fields = {n: [old.get(n), v] for n, v in new.items() if n not in old or old[n] != v}
        if fields:
            found.append({"table": table, "key": list(pk), "new": not old, "fields": fields})
    return found


def _report(batch: Batch, dry_run: bool, changed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "records": [
            {"partition": one.partition, "offset": one.offset, "type": one.event_type, "state": one.state,
             "code": one.code, "reason": one.reason}
            for one in batch.letters
        ],
        "events": [one.envelope.type for one in batch.emitted],
        "rows": sorted({f"{table}:{'/'.join(map(str, pk))}" for table, pk in batch.changes.rows}),
        "effects": changed,
    }  # fmt: skip
