"""Two processes on one store: whoever commits second sees what the first did, and decides again."""

import asyncio
from collections.abc import Callable

from contracts.event import partition_of
from services.finance.store import Grant, Payment
from tests.finance.desk import CALL_PATH, application, at_work
from tests.finance.heard import CALL, DAY, recommended


async def test_two_replicas_give_thirty_places_and_one_payment(
    database: Callable[..., str], migrated: str
) -> None:
    """Each has half of the partitions and half of the people; neither cap is ever passed."""
    url = database(migrated)
    async with at_work(application(url)) as one, at_work(application(url)) as other:
        await one.begin()
        events = [recommended(f"r{n:02d}", n) for n in range(80)]
        halves = [[e for e in events if partition_of(e.key) % 2 == side] for side in (0, 1)]
        await asyncio.gather(one.hears(*halves[0]), other.hears(*halves[1]))
        statuses = [row.status for row in await one.rows(Grant)]
        assert (statuses.count("held"), statuses.count("refused")) == (30, 50)
        numbers = sorted(row.award_no for row in await one.rows(Grant) if row.award_no)
        assert numbers == [*range(1, 31)]
        books = (await other("finance-1", "GET", f"{CALL_PATH}/books")).json()
        assert books["balances"][f"budget:available:{CALL}"] == 0


async def test_two_replicas_instruct_a_payment_once(
    database: Callable[..., str], migrated: str
) -> None:
    """Twenty checkers, ten at each: one instruction, one answer."""
    url = database(migrated)
    async with at_work(application(url)) as one, at_work(application(url)) as other:
        await one.begin()
        path = await one.award()
        await other.done("finance-1", f"{path}/tranches/1/payment")
        approval = f"{path}/tranches/1/payment/approval"
        answers = await asyncio.gather(
            *(
                (one, other)[n % 2](f"finance-{n}", "POST", approval, {"instructed_on": DAY})
                for n in range(2, 22)
            )
        )
        assert {a.status_code for a in answers} == {201}
        assert len({a.content for a in answers}) == 1
        assert len(await other.rows(Payment)) == 1
