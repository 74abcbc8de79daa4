"""One machine for the fault tests: servers started once, stores emptied for each test."""

from collections.abc import Iterator

import pytest

from tests.faults.machine import Machine


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Broker, database and mail, every line a wire; no service runs yet."""
    it = Machine(tmp_path_factory.mktemp("machine"))
    try:
        it.start_servers(clock="header")
        yield it
    finally:
        it.down()
        it.postgres.remove()
