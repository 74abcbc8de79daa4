"""The broker: a real Kafka that keeps its data and address, and says plainly what it lacks."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.kafka import jars
from deploy.kafka.broker import Kafka
from deploy.kafka.java import find_java
from deploy.kafka.topics import Topic, WrongPartitions, create_topics, read_topics
from deploy.missing import Missing

EVENTS: list[Topic] = [{"name": "kept.events", "partitions": 2, "config": {"retention.ms": "-1"}}]


def silent(what: str, done: int, of: int) -> None:
    """No progress bar inside a test."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Kafka]:
    """A broker of the test's own, for stopping, pausing and killing."""
    with Kafka(tmp_path / "kafka", progress=silent) as own:
        yield own


async def write(bootstrap: str, value: bytes) -> None:
    """One acknowledged record."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait("kept.events", value, partition=0)


async def read(bootstrap: str, count: int) -> list[bytes]:
    """The first records of the topic."""
    consumer = AIOKafkaConsumer(
        "kept.events", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    async with consumer, asyncio.timeout(20):
        return [(await consumer.getone()).value for _ in range(count)]


@pytest.mark.kafka
async def test_records_and_address_outlive_a_stop_and_a_kill(broker: Kafka) -> None:
    """What was acknowledged is there after a clean stop and after a crash, at the same address."""
    create_topics(broker.bootstrap, EVENTS)
    address = broker.bootstrap
    await write(address, b"one")
    broker.stop()
    assert broker.pid is None
    broker.start()
    await write(address, b"two")
    broker.kill()
    assert broker.pid is None
    broker.start()

    assert broker.bootstrap == address
    assert await read(address, 2) == [b"one", b"two"]


@pytest.mark.kafka
async def test_a_paused_broker_answers_again_when_resumed(broker: Kafka) -> None:
    """A frozen broker loses nothing: the write that waited is acknowledged afterwards."""
    create_topics(broker.bootstrap, EVENTS)
    broker.pause()
    writing = asyncio.create_task(write(broker.bootstrap, b"late"))
    await asyncio.sleep(0.2)
    assert not writing.done()
    broker.resume()

    await writing
    assert await read(broker.bootstrap, 1) == [b"late"]


@pytest.mark.kafka
def test_another_process_finds_and_stops_the_broker(broker: Kafka) -> None:
    """`mingjing down` knows only the folder."""
    other = Kafka(broker.folder, progress=silent)
    assert other.start() == broker.bootstrap
    assert other.pid == broker.pid
    broker.pause()  # even frozen it hears the request
    other.stop()
    assert broker.pid is None
    assert "shut down completed" in broker.log.read_text()


@pytest.mark.kafka
def test_topics_are_made_once_and_never_resized(kafka: str) -> None:
    """Making them again changes nothing; another number of partitions is refused."""
    topics: list[Topic] = [
        {"name": "once.events", "partitions": 3, "config": {"retention.ms": "-1"}}
    ]
    create_topics(kafka, topics)
    create_topics(kafka, topics)
    topics[0]["partitions"] = 4
    with pytest.raises(WrongPartitions, match=r"once\.events has 3 partitions, not 4"):
        create_topics(kafka, topics)


@pytest.mark.kafka
async def test_a_topic_nobody_declared_is_not_made(kafka: str) -> None:
    """A misspelt topic fails; it does not appear with default settings."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, request_timeout_ms=1000)
    async with producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("misspelt.events", b"lost")
    async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
        assert "misspelt.events" not in await consumer.topics()


def test_no_broker_at_an_address_is_said_plainly() -> None:
    """The message names the address and the command that starts one."""
    with pytest.raises(Missing, match=r"127\.0\.0\.1:9.*mingjing up"):
        create_topics("127.0.0.1:9", EVENTS)


def test_every_event_topic_keeps_everything() -> None:
    """The log is the truth: no topic of ours expires or compacts."""
    topics = read_topics()
    assert topics
    for topic in topics:
        assert topic["config"]["retention.ms"] == "-1"
        assert topic["config"]["cleanup.policy"] == "delete"
        assert topic["partitions"] == 8


@pytest.fixture
def given_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's own folder with every pinned jar."""
    folder = tmp_path / "jars"
    folder.mkdir()
    for jar in jars.classpath(silent):
        shutil.copy(jar, folder)
    monkeypatch.setenv(jars.GIVEN_FOLDER, str(folder))
    return folder


def test_a_given_folder_of_jars_is_used(given_folder: Path) -> None:
    """Whoever has the jars needs no network."""
    assert {jar.parent for jar in jars.classpath(silent)} == {given_folder}


def test_a_missing_jar_is_named_with_its_coordinates(given_folder: Path, tmp_path: Path) -> None:
    """The broker is not started into a ClassNotFoundException."""
    (given_folder / "kafka-clients-4.4.0.jar").unlink()
    with pytest.raises(Missing, match=r"org\.apache\.kafka:kafka-clients:4\.4\.0"):
        Kafka(tmp_path / "kafka", progress=silent).start()


def test_a_jar_with_another_hash_is_refused(given_folder: Path) -> None:
    """One flipped bit in one jar, and nothing runs."""
    planted = given_folder / "kafka-clients-4.4.0.jar"
    planted.write_bytes(planted.read_bytes()[:-1] + b"?")
    with pytest.raises(Missing, match="not the jar that was pinned"):
        jars.classpath(silent)


def test_a_fetched_jar_with_another_hash_is_refused_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the network brings is checked before it lies under its name in the cache."""
    pinned = jars.read_lock()[0]
    lying = tmp_path / "jars.lock"
    lying.write_text(f"{pinned.coordinates} {'0' * 64}\n")
    downloads = tmp_path / "mingjing" / "kafka" / "downloads"
    place = downloads.joinpath(*pinned.group.split("."), pinned.artifact, pinned.version)
    place.mkdir(parents=True)
    cached = jars.cache_folder() / "jars" / pinned.file_name
    shutil.copy(cached, place)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(Missing, match="not the jar that was pinned"):
        jars.classpath(silent, lying)
    assert list((tmp_path / "mingjing" / "kafka" / "jars").iterdir()) == []


def test_a_java_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which Java was found, where, and what to set."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    (tmp_path / "release").write_text('JAVA_VERSION="11.0.22"\n')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Missing, match=r"Java 17 or later.*11\.0\.22.*JAVA_HOME"):
        find_java()


@pytest.mark.kafka
def test_a_broker_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    """The reason Kafka gave reaches the person, not only a file."""
    own = Kafka(tmp_path / "kafka", progress=silent)
    own.start()
    own.stop()
    (own.folder / "data" / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=x\n")
    with pytest.raises(Missing, match="7"):
        own.start()
    assert own.pid is None
