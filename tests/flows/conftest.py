"""One real stack for all flows: broker, database, mail catcher, six services and ops."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.stack import Stack
from tests.flows.memory import RECEIPT_KEY


def started(folder: Path) -> Stack:
    """A stack in a folder, up and taking instants from its callers."""
    stack = Stack(folder)
    # Receipts are signed: with another key they would be other receipts.
    (folder / "secrets.json").write_text(json.dumps({"receipt": RECEIPT_KEY}))
    try:
        stack.up(clock="header")
    except BaseException:
        ended(stack)
        raise
    return stack


def ended(stack: Stack) -> None:
    """Stop it and remove what lies outside its folder."""
    stack.down()
    stack.postgres.remove()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack that several tests share, each with a call of its own."""
    stack = started(tmp_path_factory.mktemp("live"))
    yield stack
    ended(stack)
