"""The topics of deploy/topics.yaml, made on a broker once and checked on every later start."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from deploy.apart import run_apart
from deploy.kafka.settings import in_sync_min
from deploy.missing import Missing

TOPICS = Path(__file__).parents[1] / "topics.yaml"
LEADERS_SECONDS_MAX = 20


class Topic(TypedDict):
    """One entry of topics.yaml."""

    name: str
    partitions: int
    config: dict[str, str]


class WrongPartitions(Exception):
    """A topic is there with another number of partitions than the contract says."""


def read_topics(path: Path = TOPICS) -> list[Topic]:
    """The topics the contracts ask for."""
    topics: list[Topic] = yaml.safe_load(path.read_text())["topics"]
    return topics


def create_topics(bootstrap: str, topics: Sequence[Topic], copies: int = 1) -> None:
    """Make the topics that are not there yet, and wait until each partition can be written.

    `copies` is the replication factor: 1 on one broker, 3 on a cluster, where what was
    acknowledged is on two at least.

    Raises:
        WrongPartitions: one is there with another number of partitions. Adding partitions would
            send a key elsewhere than its past, so nothing is changed.
        Missing: no broker answers at this address.
    """
    run_apart(_create_topics(bootstrap, topics, copies))


async def _create_topics(bootstrap: str, topics: Sequence[Topic], copies: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
    except KafkaError as error:
        await admin.close()
        raise Missing(
            f"No Kafka answers at {bootstrap}: {error}. Start it with `mingjing up`.",
            f"{bootstrap} 没有 Kafka 应答: {error}。请运行 `mingjing up`。",
        ) from error
    try:
        there = await _partitions(admin)
        _refuse_other_counts(topics, there)
        await _create(admin, [topic for topic in topics if topic["name"] not in there], copies)
        await _wait_for_leaders(admin, topics)
    finally:
        await admin.close()


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, list[int]]:
    """Every topic's partitions' leaders (-1: none yet)."""
    return {
        topic["topic"]: [partition["leader"] for partition in topic["partitions"]]
        for topic in await admin.describe_topics()
    }


def _refuse_other_counts(topics: Sequence[Topic], there: dict[str, list[int]]) -> None:
    wrong = [
        f"{topic['name']} has {len(there[topic['name']])} partitions, not {topic['partitions']}"
        for topic in topics
        if topic["name"] in there and len(there[topic["name"]]) != topic["partitions"]
    ]
    if wrong:
        raise WrongPartitions(
            "; ".join(wrong) + ". A key's partition is part of the contract: restore the number in "
            "deploy/topics.yaml, or start a new log in an empty folder.\n"
            "主题分区数与契约不符: 请恢复 deploy/topics.yaml 中的数目, 或在空目录中新建日志。"
        )


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], copies: int) -> None:
    if not topics:
        return
    durable = {"min.insync.replicas": str(in_sync_min(copies))}
    answer = await admin.create_topics(
        [
            NewTopic(t["name"], t["partitions"], copies, topic_configs=t["config"] | durable)
            for t in topics
        ]
    )
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # two starters may meet
            raise error(f"topic {name}: {message}")


async def _wait_for_leaders(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """A fresh topic answers NotLeaderForPartition for a moment, which looks like a failure."""
    names = {topic["name"] for topic in topics}
    async with asyncio.timeout(LEADERS_SECONDS_MAX):
        while True:
            there = await _partitions(admin)
            leaders = [leader for name in names for leader in there.get(name, [-1])]
            if all(leader >= 0 for leader in leaders):
                return
            await asyncio.sleep(0.05)
