"""Broken readers: duplicates applied, refusals dropped, parked keys overtaken."""

from typing import Any

from services.chassis import intake
from services.chassis.engine import Engine
from services.chassis.writer import Writer
from tests.faults.broken.build import Build, swap


def no_watermark() -> None:
    """The producer's sequence is not looked at: a copy is news."""

    def make(apply: Any) -> Any:
        def forgetful(self: Engine, cache: Any, record: Any, batch: Any, last: int) -> Any:
            try:
                sequence = record.read_envelope().sequence
            except Exception:  # noqa: BLE001 (the real one says what is wrong with it)
                return apply(self, cache, record, batch, last)
            letter, _ = apply(self, cache, record, batch, min(last, sequence - 1))
            return letter, max(sequence, last)

        return forgetful

    swap(Engine, "_apply_record", make)


def parked_keys_overtaken() -> None:
    """Nobody queues behind a parked record."""

    def make(apply: Any) -> Any:
        def heedless(self: Engine, cache: Any, record: Any, envelope: Any, batch: Any) -> Any:
            parked, batch.parked = batch.parked, set()
            letter = apply(self, cache, record, envelope, batch)
            batch.parked = parked | batch.parked
            return letter

        return heedless

    swap(Engine, "_apply_known", make)


def refusals_dropped() -> None:
    """What cannot be read is passed over and not kept."""

    def make(apply: Any) -> Any:
        def careless(self: Engine, *args: Any) -> Any:
            _, last = apply(self, *args)
            return None, last

        return careless

    swap(Engine, "_apply_record", make)


def some_records_skipped() -> None:
    """Now and then a record is passed over in silence."""

    def make(take: Any) -> Any:
        async def picky(self: Writer, records: list[Any]) -> None:
            await take(self, [r for r in records if r.offset % 7 != 3])

        return picky

    swap(Writer, "take", make)


def place_forgotten() -> None:
    """Reading starts where Kafka says, one record further on."""

    def make(_: Any) -> Any:
        async def past(self: Any, assigned: Any) -> None:
            await self.intake.writer.ready.wait()
            for part in assigned:
                self.consumer.seek(part, self.intake.next_offset(part) + 2)
            self.intake.assigned = True

        return past

    swap(intake._Seek, "seek", make)


READING = (
    Build("no watermark", ("eligibility",), "resend", no_watermark),
    Build("parked keys overtaken", ("eligibility",), "poison", parked_keys_overtaken),
    Build("refusals dropped", ("eligibility",), "poison", refusals_dropped),
    Build("some records skipped", ("eligibility",), "calm", some_records_skipped),
    Build("reading starts too late", ("notification",), "kill", place_forgotten),
)
