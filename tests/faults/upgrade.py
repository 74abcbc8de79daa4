"""The next release, as far as other releases can tell: its events say more, its transactions are another function."""

from collections.abc import Callable
from typing import Any

import orjson

from contracts.event import Event
from services.chassis import engine, sql
from tests.faults.broken.build import swap

MORE = {"said_by": "the next release"}


def become_the_next_release() -> None:
    """Add a field to every event, which keeps its version; and change the text of the commit function."""
    swap(engine, "written", _saying_more)
    swap(sql, "_function", lambda function: lambda specs: function(specs) + "\n-- the next release")


def _saying_more(written: Callable[[Event], bytes]) -> Callable[[Event], bytes]:
    def more(event: Event) -> bytes:
        body: dict[str, Any] = orjson.loads(written(event))
        return orjson.dumps(body | MORE)

    return more
