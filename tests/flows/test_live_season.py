"""A season on the real stack, undisturbed and then with everything killed once: the same in the end."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from services.cli.replaying import rebuild_all, verify_all
from services.cli.season.play import Season
from services.cli.stack import SERVICES, Stack
from services.submission.calls import CAST_2021, load
from tests.flows.conftest import ended, started
from tests.flows.memory import play
from tests.flows.outcome import Outcome, in_memory, on_the_stack
from tests.flows.troubles import TroubledSeason, plan

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]

SEED = 1
APPLICANTS = 70
LETTERS_SECONDS_MAX = 120
QUEUED = "select 1 from message where state = 'queued'"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this module's own: it will suffer."""
    stack = started(tmp_path_factory.mktemp("troubled"))
    yield stack
    ended(stack)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def undisturbed(live: Stack) -> Outcome:
    """What the season comes to when nothing happens to it."""
    return await played(Season(live, load(CAST_2021), SEED, applicants=APPLICANTS))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def troubled(stack: Stack) -> tuple[TroubledSeason, Outcome]:
    """The season with every service killed once and the broker stopped and started in the middle."""
    season = TroubledSeason(
        stack, load(CAST_2021), SEED, applicants=APPLICANTS, killings=plan(SEED)
    )
    return season, await played(season)


async def played(season: Season) -> Outcome:
    """Play it, wait for the last letter, and see what it came to."""
    await season.play()
    async with asyncio.timeout(LETTERS_SECONDS_MAX):
        while await ask(season.stack, "notification", QUEUED):  # noqa: ASYNC110 (others send)
            await asyncio.sleep(0.2)
    await season.settle()
    return await on_the_stack(season.stack)


async def ask(stack: Stack, service: str, query: str) -> list[Any]:
    """Rows of one service's database."""
    connection = await asyncpg.connect(stack.postgres.url(service))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def test_a_season_in_which_everything_is_killed_once_ends_like_one_left_in_peace(
    undisturbed: Outcome, troubled: tuple[TroubledSeason, Outcome]
) -> None:
    """The same award list, journal, balances and letters, hash by hash."""
    season, outcome = troubled

    assert sorted(season.killed) == sorted(SERVICES)
    assert season.retried > 0
    assert len(outcome.awards) > 30
    assert len(outcome.letters) > 200
    assert outcome.hashes() == undisturbed.hashes()


async def test_the_season_in_memory_is_the_season_on_the_real_thing(
    undisturbed: Outcome, tmp_path: Path
) -> None:
    """What the simulation shows holds for processes, a broker and a database, to the last mail."""
    simulated = await play(tmp_path, seed=SEED, applicants=APPLICANTS)

    assert in_memory(simulated.world, simulated.mails).hashes() == undisturbed.hashes()


async def test_submissions_are_accepted_and_receipted_while_the_broker_is_away(
    troubled: tuple[TroubledSeason, Outcome],
) -> None:
    """A deadline does not wait for a broker: intake needs only its own database."""
    season, _ = troubled

    assert season.accepted_without_broker >= 15


async def test_after_all_troubles_every_store_is_still_the_fold_of_the_log(
    stack: Stack, troubled: tuple[TroubledSeason, Outcome]
) -> None:
    """Each store rebuilt from the log equals the live one, every decision derives again."""
    rebuilt = await rebuild_all(stack, SERVICES, swap=False)
    derived = await verify_all(stack, SERVICES)

    assert [name for name, r in rebuilt.items() if not r["equal"]] == []
    assert all(r["equal"] for r in derived.values())
    assert sum(r["decisions"] for r in derived.values()) > 100


async def test_no_trouble_makes_a_service_set_a_record_aside(
    stack: Stack, troubled: tuple[TroubledSeason, Outcome]
) -> None:
    """A crash is not a refusal: nothing is parked, queued or dead anywhere."""
    aside = {s: await ask(stack, s, "select * from dead_letter") for s in SERVICES}

    assert {s: rows for s, rows in aside.items() if rows} == {}
