"""Broken relays: a checkpoint that runs ahead, an order that is not kept."""

from typing import Any

from services.chassis.relay import Relay
from tests.faults.broken.build import Build, swap


def noted_before_acknowledged() -> None:
    """What was handed to the producer counts as sent; the broker has not said so."""

    def make(_: Any) -> Any:
        async def hasty(self: Relay, turn: list[tuple[int, int, Any]]) -> None:
            assert self._producer is not None
            for part, last, builder in turn:
                self.acked[part] = last
                await self._checkpoint()
                await self._producer.send_batch(builder, self.contract.topic, partition=part)

        return hasty

    swap(Relay, "_send_turn", make)


def past_what_waits() -> None:
    """On a start everything that is in the outbox counts as sent."""

    def make(own: Any) -> Any:
        async def skipping(self: Relay) -> None:
            await own(self)
            assert self._connection is not None
            rows = await self._connection.fetch(
                "select part, max(seq) as last from outbox group by part"
            )
            self.acked.update({row["part"]: row["last"] for row in rows})

        return skipping

    swap(Relay, "_own", make)


def gaps_not_seen() -> None:
    """What is handed over is taken to continue what was sent, whatever its number."""

    def make(_: Any) -> Any:
        def blind(self: Relay) -> Any:
            from services.chassis.relay import Outgoing  # noqa: PLC0415

            out = [
                Outgoing(
                    e.partition,
                    e.sequence,
                    e.envelope.key.encode(),
                    e.value,
                    e.envelope.headers(e.sequence),
                )
                for e in list(self._handed)[1:]
            ]
            self._handed.clear()
            return out

        return blind

    swap(Relay, "_continued", make)


def backwards() -> None:
    """What waits for a partition is sent last one first."""

    def make(built: Any) -> Any:
        def turned(self: Relay, events: list[Any]) -> Any:
            return built(self, events[::-1])

        return turned

    swap(Relay, "_built", make)


def renumbered() -> None:
    """A re-send gets new numbers, as if it were news."""

    def make(read: Any) -> Any:
        async def again(self: Relay) -> Any:
            batch = await read(self)
            for one in batch:
                one.headers = [(n, b"-1" if n == "ce_sequence" else v) for n, v in one.headers]
            return batch

        return again

    swap(Relay, "_read", make)


RELAYING = (
    Build(
        "checkpoint before acknowledgement",
        ("submission",),
        "outage and kill",
        noted_before_acknowledged,
    ),
    Build("cursor past what waits", ("submission",), "outage and kill", past_what_waits),
    Build("relay blind to gaps", ("submission",), "calm", gaps_not_seen),
    Build("relay sends backwards", ("submission",), "outage and kill", backwards),
    Build("re-sent without its sequence", ("submission",), "outage and kill", renumbered),
)
