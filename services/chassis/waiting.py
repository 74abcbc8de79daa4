"""Records that waited for something to be mended: applied again, in order."""

from contracts.event import ContractError
from services.chassis.batch import Batch, Head
from services.chassis.causes import DeadLetter, Record, dead_letter
from services.chassis.engine import Engine, under_its_key
from services.chassis.errors import Refused
from services.chassis.rows import Cache


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
    except ContractError as bad:
        return dead_letter(record, "parked", bad.code, bad.reason)
    except Refused as refused:  # told as the intake tells it, so that both share a fingerprint
        return dead_letter(record, "parked", refused.code, refused.en)
    except Exception as bug:  # noqa: BLE001 (the same net as the intake's)
        return dead_letter(record, "parked", "bug", f"{type(bug).__name__}: {bug}")
    mark(head, batch, record, envelope.sequence)
    return dead_letter(record, "redriven", "", "")


def mark(head: Head, batch: Batch, record: Record, sequence: int) -> None:
    """Take the record's sequence into the watermark; where reading stands does not change."""
    _, last = head.marks.get(record.place, (0, -1))
    _, marked = batch.marks.get(record.place, (0, last))
    if sequence > marked:
        offset = head.marks.get(record.place, (record.offset + 1, -1))[0]
        batch.marks[record.place] = (offset, sequence)
