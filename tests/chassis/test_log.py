"""Reading the log to an end that was named beforehand."""

import gc
import warnings

import pytest
from aiokafka.errors import KafkaError

from services.chassis import log
from tests.chassis.harness import SUBMISSIONS, application, wire
from tests.chassis.harness_live import Live

pytestmark = pytest.mark.kafka


async def test_a_log_that_ends_too_early_is_said_to(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for records that were lost hears of it instead of waiting for ever."""
    monkeypatch.setattr(log, "QUIET_SECONDS_MAX", 2)
    async with Live(broker, str, services=()) as world:
        record = wire(application("log"))
        await world.send(record)
    place = f"{SUBMISSIONS}/{record.partition}"
    ends = await log.end_of(broker, [SUBMISSIONS])
    since = {place: ends[place] - 1}

    read = [r async for batch in log.read(broker, {place: ends[place]}, since) for r in batch]
    assert [r.key for r in read] == [record.key]
    with pytest.raises(TimeoutError):
        async for _ in log.read(broker, {place: ends[place] + 1}, since):
            pass


async def test_a_reader_that_finds_no_broker_leaves_nothing_behind() -> None:
    """An operator asks again and again while the broker is away: no socket is kept for each time."""
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        with pytest.raises(KafkaError):
            await log.end_of("127.0.0.1:1", [SUBMISSIONS])
        gc.collect()

    assert [str(one.message) for one in complaints if one.category is ResourceWarning] == []
