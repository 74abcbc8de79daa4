"""Where a service stands, for the observer: what it read, what it wrote, what waits, and why."""

from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.letters import parked_count, totals

if TYPE_CHECKING:
    from services.chassis.runtime import Runtime


async def standing(runtime: "Runtime", session: AsyncSession) -> dict[str, Any]:
    """Positions per `topic/partition`, next sequences, outbox, dead letters, circuit breaker."""
    head = runtime.writer.head
    refused = runtime.writer.refused
    return {
        "service": runtime.service.name,
        "version": head.version,
        "consumes": list(runtime.service.consumes),
        "positions": {place: at[0] for place, at in head.marks.items()},
        "sequences": {str(part): n for part, n in head.sequences.items()},
        "outbox": _outbox(runtime),
        "parked_keys": await parked_count(session),
        "dead_letters": await totals(session),
        "circuit_breaker": {
            "tripped": bool(runtime.intake and runtime.intake.tripped),
            "refused": sum(refused),
            "recent": len(refused),
            "refused_share_max": str(runtime.settings.refused_share_max),
        },
        "faults": runtime.faults(),
    }


def _outbox(runtime: "Runtime") -> dict[str, Any]:
    """Events committed and not acknowledged: how many, and since when there have been some."""
    relay = runtime.relay
    if relay is None or not relay.active:
        return {"waiting": None, "age_seconds": None, "relays_here": False}
    sequences = runtime.writer.head.sequences
    waiting = sum(max(0, n - 1 - relay.acked.get(part, -1)) for part, n in sequences.items())
    return {"waiting": waiting, "age_seconds": relay.waiting_seconds(), "relays_here": True}
