"""Broken edges: clocks, receipts, files, letters, money, idempotency keys."""

from datetime import datetime, timedelta
from typing import Any

from services.chassis.gate import _Gate
from tests.faults.broken.build import Build, swap


def own_clock() -> None:
    """The deadline is judged by a clock that is an hour slow."""

    def make(now: property) -> property:
        def slow(self: _Gate) -> str:
            assert now.fget is not None
            return (datetime.fromisoformat(now.fget(self)) - timedelta(hours=1)).isoformat()

        return property(slow)

    swap(_Gate, "now", make)


def receipt_of_another_key() -> None:
    """Receipts are signed with a key that is not ours."""
    from services.submission.api import receipts  # noqa: PLC0415

    swap(receipts, "sign", lambda sign: lambda receipt, secret: sign(receipt, secret[::-1]))


def keys_ignored() -> None:
    """The idempotency key is taken for another each time."""

    def make(envelope: Any) -> Any:
        async def careless(self: _Gate, *args: Any, **named: Any) -> Any:
            ask = await envelope(self, *args, **named)
            ask.replay_key = ""
            return ask

        return careless

    swap(_Gate, "_envelope", make)


def refused_but_done() -> None:
    """A late submission is refused, and its event goes out all the same."""
    from services.chassis import engine  # noqa: PLC0415
    from services.chassis.errors import Conflict  # noqa: PLC0415

    def make(decide: Any) -> Any:
        def both(self: Any, cache: Any, ask: Any, batch: Any) -> Any:
            answer = decide(self, cache, ask, batch)
            if type(ask.command).__name__ == "WithdrawApplication" and batch.emitted:
                return Conflict("no", "No.", "不行。")
            return answer

        return both

    swap(engine.Engine, "_decide", make)


def short_files() -> None:
    """The last byte of a file is not stored."""
    from services.document.clients import Blobs  # noqa: PLC0415

    swap(Blobs, "_write_aside", lambda write: lambda self, data: write(self, data[:-1]))


def letters_drawn_anew() -> None:
    """Each attempt writes another Message-ID."""
    from services.chassis.ids import fresh  # noqa: PLC0415
    from services.notification import jobs  # noqa: PLC0415

    swap(jobs, "Stamp", lambda stamp: lambda message_id, *rest: stamp(fresh(), *rest))


def recorded_and_not_sent() -> None:
    """A letter is recorded as sent; nobody sends it."""
    from services.notification.clients import Courier  # noqa: PLC0415

    def make(_: Any) -> Any:
        async def nothing(self: Any, recipient: str, mail: bytes) -> str:
            return "250 OK"

        return nothing

    swap(Courier, "send", make)


def one_sided_entries() -> None:
    """The second half of an entry is a fen short."""
    from services.finance.folds import FOLDS  # noqa: PLC0415
    from services.finance.store import Balance  # noqa: PLC0415

    def short(rows: Any) -> Any:
        add = rows.add

        def added(table: Any, *pk: Any, **amounts: int) -> None:
            if table is Balance and amounts["signed_fen"] < 0:
                amounts["signed_fen"] += 1
            add(table, *pk, **amounts)

        return added

    for fold in FOLDS:
        object.__setattr__(fold, "apply", _with_short(fold.apply, short))


def _with_short(apply: Any, short: Any) -> Any:
    def applied(event: Any, rows: Any) -> None:
        apply(event, _Rows(rows, short(rows)))

    return applied


class _Rows:
    """The rows, but for what is added."""

    def __init__(self, rows: Any, add: Any) -> None:
        self._rows, self.add = rows, add

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)


def queued_twice() -> None:
    """Every letter is queued twice, under the next number."""
    from services.chassis.engine import Engine  # noqa: PLC0415

    def make(emit: Any) -> Any:
        def doubled(
            self: Any, cache: Any, cause: Any, yielded: Any, step: Any, ordinal: int
        ) -> Any:
            return emit(
                self, cache, cause, [thing for thing in yielded for _ in range(2)], step, ordinal
            )

        return doubled

    swap(Engine, "_emit", make)


EDGES = (
    Build("a clock of its own", ("submission",), "calm", own_clock),
    Build("receipt signed with another key", ("submission",), "calm", receipt_of_another_key),
    Build("idempotency key ignored", ("submission",), "reply lost", keys_ignored),
    Build("refused and done", ("submission",), "calm", refused_but_done),
    Build("files a byte short", ("document",), "calm", short_files),
    Build("a letter's id drawn anew", ("notification",), "calm", letters_drawn_anew),
    Build("letters recorded and not sent", ("notification",), "calm", recorded_and_not_sent),
    Build("entries a fen short", ("finance",), "calm", one_sided_entries),
    Build("every letter queued twice", ("notification",), "calm", queued_twice),
)
