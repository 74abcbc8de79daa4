"""Gaps: a record that came before its predecessor may go on only when nothing before it is lost."""

from itertools import count
from typing import TYPE_CHECKING

from contracts.event import ContractError
from services.chassis.causes import Record, letter_record, sequence_of
from services.chassis.errors import Conflict

if TYPE_CHECKING:
    from services.chassis.writer import Writer

WAITING = """
select topic, partition, position, event_key, headers, '' as body from dead_letter
where topic = $1 and partition = $2 and state in ('parked', 'queued')
"""


async def refuse_gap(writer: "Writer", records: list[Record]) -> None:
    """Let nothing pass that something is missing before.

    The watermark would move past what is missing; coming late, it would count as a duplicate.

    Raises:
        Conflict: `predecessor_missing`, with the sequence that never came.
    """
    for place, sequence, record in _numbered(records):
        _, last = writer.head.marks.get(place, (0, -1))
        if sequence <= last + 1:
            continue
        waiting = await _waiting(writer, record)
        missing = next(n for n in count(last + 1) if n not in waiting)
        if missing < sequence:
            raise Conflict(
                "predecessor_missing",
                f"Sequence {missing} of {place} never came, and {sequence} stands behind it. Find it in the "
                "sender's outbox, or propose redrive_despite_gap: then it is dropped should it come.",
                f"{place} 的第 {missing} 号记录尚未到达，第 {sequence} 号在其后。请从发送方发件箱查找；"
                "若确认不再到达，请提案 redrive_despite_gap，此后到达者将被丢弃。",
            )


def _numbered(records: list[Record]) -> list[tuple[str, int, Record]]:
    found = []
    for record in records:
        try:
            found.append((record.place, record.read_envelope().sequence, record))
        except ContractError:  # it has no number; whoever applies it says what is wrong
            continue
    return found


async def _waiting(writer: "Writer", record: Record) -> set[int]:
    """The sequences that wait as letters in this partition: they are not missing."""
    rows = await writer.database.open.fetch(WAITING, record.topic, record.partition)
    return {sequence_of(letter_record(row)) for row in rows}
