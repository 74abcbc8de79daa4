"""Redrive: let a parked key go on, its records in order, after a dry run and a second person's word."""

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import orjson

from contracts.event import ContractError
from services.chassis.causes import DeadLetter, Record, dead_letter
from services.chassis.engine import Batch, Engine, Head, under_its_key
from services.chassis.errors import Invalid, NotFound, Refused
from services.chassis.ids import derived
from services.chassis.rows import Cache
from services.chassis.store import Audit

if TYPE_CHECKING:
    from services.chassis.runtime import Runtime
    from services.chassis.writer import Writer


async def redrive(
    runtime: "Runtime", *, topic: str, key: str, actor: str, approver: str, dry_run: bool
) -> dict[str, Any]:
    """Apply the waiting records of one key in order, stopping at the first that is refused again.

    Returns what happened (or, in a dry run, would happen): per record its state, and the events and
    rows that follow.

    Raises:
        NotFound: nothing waits under this key.
        Invalid: a real run without a second person's approval.
    """
    if not dry_run and (not approver or approver == actor):
        raise Invalid(
            "approver_missing",
            "A redrive changes the store: name a second person in `approver`.",
            "重放会改变数据，请在 approver 中填写第二位批准人。",
        )
    writer = runtime.writer
    signed = Audit(
        id="", act="redrive", actor=actor, approver=approver, done_at=runtime.clock.now()
    )  # fmt: skip
    return dict(await writer.exclusively(lambda: _run(writer, topic, key, signed, dry_run)))


async def _run(
    writer: "Writer", topic: str, key: str, signed: Audit, dry_run: bool
) -> dict[str, Any]:
    while True:
        waiting = await _waiting(writer, topic, key)
        batch = await _apply(writer, waiting, topic, key)
        report = _report(batch, dry_run)
        if dry_run:
            writer.cache.undo(0)
            return report
        detail = {"topic": topic, "key": key, "records": str(len(batch.letters))}
        audit_id = derived(f"{topic}/{key}/{writer.head.version}", "redrive")
        batch.audits.append(signed.but(id=audit_id, detail=detail))
        if await writer.commit(batch):
            return report


async def _waiting(writer: "Writer", topic: str, key: str) -> list[tuple[Record, int]]:
    rows = await writer.database.open.fetch(
        "select partition, position, headers, body, attempts from dead_letter "
        "where topic = $1 and event_key = $2 and state in ('parked', 'queued') order by position",
        topic, key,
    )  # fmt: skip
    if not rows:
        raise NotFound(
            "nothing_parked",
            f"No record of key {key!r} on {topic} is parked.",
            f"{topic} 上的键 {key!r} 没有待重放的记录。",
        )
    return [
        (
            Record(
                topic, r["partition"], r["position"], key.encode(),
                [(n, b64decode(v)) for n, v in orjson.loads(r["headers"])], b64decode(r["body"]),
            ),
            r["attempts"] + 1,
        )
        for r in rows
    ]  # fmt: skip


async def _apply(
    writer: "Writer", waiting: list[tuple[Record, int]], topic: str, key: str
) -> Batch:
    while True:
        batch = apply_again(writer.engine, writer.cache, writer.head, waiting, (topic, key))
        if not batch.missing:
            return batch
        writer.cache.undo(0)
        await writer.database.load(writer.cache, batch.missing)


def apply_again(
    engine: Engine,
    cache: Cache,
    head: Head,
    waiting: list[tuple[Record, int]],
    parked: tuple[str, str],
) -> Batch:
    """Apply the records that waited, in order; from the first that is refused again the rest waits on.

    Shapes: `waiting` holds each record with the number of the attempt, `parked` its topic and key.
    """
    batch = Batch(sequences=dict(head.sequences), parked=set(head.parked) - {parked})
    done: set[tuple[str, int]] = set()
    for record, attempts in _in_sequence(waiting):
        letter = _again(engine, cache, head, record, batch, done, stopped=parked in batch.parked)
        letter.attempts = attempts
        batch.letters.append(letter)
        if letter.state == "parked":
            batch.parked.add(parked)
    return batch


def _in_sequence(waiting: list[tuple[Record, int]]) -> list[tuple[Record, int]]:
    """As the producer numbered them: what came too early waits at an earlier offset, and came twice."""
    try:
        sequences = [record.read_envelope().sequence for record, _ in waiting]
    except ContractError:
        return waiting
    if min(sequences, default=-1) < 0:
        return waiting
    return sorted(waiting, key=lambda one: (one[0].place, one[0].read_envelope().sequence))


def _again(  # noqa: PLR0913 (what applying a record stands on)
    engine: Engine, cache: Cache, head: Head, record: Record, batch: Batch,
    done: set[tuple[str, int]], *, stopped: bool,
) -> DeadLetter:  # fmt: skip
    if stopped:
        return dead_letter(record, "queued", "key_parked", "an earlier event of this key is parked")
    try:
        envelope = record.read_envelope()
        numbered = (record.place, envelope.sequence)
        if numbered in done:
            return dead_letter(record, "redriven", "duplicate", "the same record waited twice")
        engine.apply(cache, envelope, under_its_key(record, envelope), batch)
        if envelope.sequence >= 0:
            done.add(numbered)
    except (ContractError, Refused) as refused:
        return dead_letter(record, "parked", refused.code, str(refused))
    except Exception as bug:  # noqa: BLE001 (the same net as the intake's)
        return dead_letter(record, "parked", "bug", f"{type(bug).__name__}: {bug}")
    _, last = head.marks.get(record.place, (0, -1))
    _, marked = batch.marks.get(record.place, (0, last))
    if envelope.sequence > marked:
        offset = head.marks.get(record.place, (record.offset + 1, -1))[0]
        batch.marks[record.place] = (offset, envelope.sequence)
    return dead_letter(record, "redriven", "", "")


def _report(batch: Batch, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "records": [
            {"partition": one.partition, "offset": one.offset, "type": one.event_type, "state": one.state,
             "code": one.code, "reason": one.reason}
            for one in batch.letters
        ],
        "events": [one.envelope.type for one in batch.emitted],
        "rows": sorted({f"{table}:{'/'.join(map(str, pk))}" for table, pk in batch.changes.rows}),
    }  # fmt: skip
