"""The cluster: it keeps what it was told, and no service can read another's database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.missing import Missing
from deploy.postgres.cluster import GIVEN_URL, Postgres
from deploy.postgres.passwords import password_of


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Postgres]:
    """A cluster of the test's own, for stopping and killing."""
    own = Postgres(tmp_path / "postgres", {"shared_buffers": "16MB"})
    try:
        own.start()
        own.ensure("review")
        yield own
    finally:
        own.remove()


async def fetch(url: str, statement: str) -> object:
    """One value, over a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_data_and_address_outlive_a_stop_and_a_kill(cluster: Postgres) -> None:
    """What was committed is there after a clean stop and after a crash, at the same address."""
    address = cluster.url("review")
    await fetch(address, "CREATE TABLE kept (number int)")
    await fetch(address, "INSERT INTO kept VALUES (1)")
    cluster.stop()
    assert cluster.pid is None
    cluster.start()
    await fetch(address, "INSERT INTO kept VALUES (2)")
    cluster.kill()
    assert cluster.pid is None
    cluster.start()

    assert cluster.url("review") == address
    assert await fetch(address, "SELECT sum(number) FROM kept") == 3
    assert await fetch(address, "SHOW fsync") == "on"


async def test_starting_twice_is_starting_once(cluster: Postgres) -> None:
    """A second process that opens the same folder finds the running server."""
    other = Postgres(cluster.folder)
    other.start()

    assert other.pid == cluster.pid
    other.stop()
    assert cluster.pid is None


async def test_a_role_enters_its_own_database_only(postgres: Postgres) -> None:
    """A service that connects to another's database, or a shared one, is refused."""
    for service in ("finance", "document"):
        postgres.ensure(service)
    address = postgres.url("finance")
    elsewhere = [address.rpartition("/")[0] + "/" + name for name in ("document", "postgres")]

    assert await fetch(address, "SELECT current_user || current_database()") == "financefinance"
    for other in [*elsewhere, address.rpartition("/")[0] + "/template1"]:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(other, "SELECT 1")


async def test_a_role_can_neither_make_roles_nor_databases(postgres: Postgres) -> None:
    """A service owns its tables and no more of the cluster."""
    postgres.ensure("finance")
    for statement in ("CREATE ROLE thief SUPERUSER", "CREATE DATABASE loot"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(postgres.url("finance"), statement)


async def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    """The server asks for the password over TCP and believes no other."""
    postgres.ensure("finance")
    password = password_of(postgres.folder, "finance")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await fetch(postgres.url("finance").replace(password, "guess"), "SELECT 1")


def test_passwords_lie_in_a_file_only_we_can_read(postgres: Postgres) -> None:
    """Mode 600: another account of the machine learns nothing."""
    password_of(postgres.folder, "finance")
    assert (postgres.folder / "passwords.json").stat().st_mode & 0o777 == 0o600


async def test_ensuring_again_changes_nothing(postgres: Postgres) -> None:
    """`mingjing up` may run twice: tables stay and the password still opens the door."""
    postgres.ensure("eligibility")
    address = postgres.url("eligibility")
    await fetch(address, "CREATE TABLE IF NOT EXISTS kept (number int)")
    postgres.ensure("eligibility")

    assert await fetch(address, "SELECT count(*) FROM kept") == 0
    assert postgres.url("eligibility") == address


def test_a_name_that_is_no_name_is_refused(postgres: Postgres) -> None:
    """Names go into statements unescaped, so only plain ones may."""
    with pytest.raises(ValueError, match="no name for a database"):
        postgres.ensure('review"; DROP DATABASE postgres; --')


async def test_a_given_server_is_used_and_not_started(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an address given, only databases and roles are made over there."""
    monkeypatch.setenv(GIVEN_URL, postgres.admin_url)
    given = Postgres(tmp_path / "given")
    given.start()
    given.ensure("notification")

    assert given.pid is None
    assert await fetch(given.url("notification"), "SELECT current_user") == "notification"


def test_a_given_server_that_does_not_answer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the variable that holds the wrong address."""
    monkeypatch.setenv(GIVEN_URL, "postgresql://nobody:x@127.0.0.1:1/postgres")
    given = Postgres(tmp_path / "given")
    given.start()
    with pytest.raises(Missing, match=GIVEN_URL):
        given.ensure("review")


def test_a_server_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    """The reason PostgreSQL gave reaches the person, not only a file."""
    broken = Postgres(tmp_path / "broken", {"shared_buffers": "none"})
    with pytest.raises(Missing, match="shared_buffers"):
        broken.start()
    broken.remove()


async def test_each_test_gets_an_empty_database(database: Callable[..., str]) -> None:
    """Two databases of one test share nothing."""
    one, other = database(), database()
    await fetch(one, "CREATE TABLE here (number int)")
    assert await fetch(other, "SELECT to_regclass('here')::text") is None
