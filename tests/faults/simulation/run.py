"""One simulated season under a seed, and what the checker says of it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from contracts.catalog import CATALOG
from contracts.event import Envelope, Event, partition_of
from services.chassis.causes import Ask
from services.chassis.errors import ServiceError
from services.chassis.ids import derived
from services.chassis.model import Answer
from services.cli.definitions import definitions
from tests.faults.checker import Evidence
from tests.faults.checker.evidence import Answered, Command, Letter
from tests.faults.simulation.chaos import ChaosWorld, Crashed
from tests.faults.simulation.stories import Step, Story, call, call_id, season

TRIES_MAX = 200
TOO_EARLY = (
    "call_unknown",
    "grant_unknown",
    "not_committed",
    "tranche_unknown",
    "tranche_not_released",
)
"""Refusals of what another service has not told yet."""
APPLICANTS = 115
"""So many make about a thousand events."""


@dataclass
class Simulated:
    """A season that was simulated to its end."""

    world: ChaosWorld
    commands: dict[str, Command]
    scripted: set[str]

    @property
    def events(self) -> int:
        """How many different events there are in the log."""
        return sum(len(s.emitted) for s in self.world.services.values()) + len(self.scripted)

    @property
    def log_sha256(self) -> str:
        """One hash over every record in its place, headers and all."""
        total = sha256()
        for topic in sorted(self.world.log.topics):
            for partition in self.world.log.topics[topic]:
                for r in partition:
                    total.update(repr((r.topic, r.partition, r.offset, r.key, r.headers)).encode())
                    total.update(r.value)
        return total.hexdigest()

    def evidence(self) -> Evidence:
        """What the checker reads."""
        services = self.world.services
        return Evidence(
            records=[r for parts in self.world.log.topics.values() for part in parts for r in part],
            stores={name: s.dump() for name, s in services.items()},
            letters={
                name: [
                    Letter(x.topic, x.partition, x.offset, x.key, x.state, x.code)
                    for x in s.letters
                ]
                for name, s in services.items()
            },
            marks={name: s.head.marks for name, s in services.items()},
            written={name: s.head.sequences for name, s in services.items()},
            commands=list(self.commands.values()),
            closes_before={call_id(): str(call()["window"]["closes_before"])},
            other_causes=self.scripted,
        )


def simulate(seed: int, applicants: int = APPLICANTS, troubles: int = 5) -> Simulated:
    """Play the stories in an order the seed draws, with troubles in so many of a hundred steps."""
    return played(ChaosWorld(definitions().values(), seed, troubles), applicants)


def played(world: ChaosWorld, applicants: int) -> Simulated:
    """Play the stories in a world, to the end."""
    run = Simulated(world, {}, set())
    for act in season(world, applicants):
        _tell(run, act())
        world.settle()
        deliver(run)
        world.settle()
    return run


def _tell(run: Simulated, stories: list[Story]) -> None:
    """Whoever is drawn says its next sentence; what comes too early is said again later."""
    world, waiting = run.world, [(story, next(story), 1) for story in stories]
    while waiting:
        place = world.random.randrange(len(waiting))
        story, step, tried = waiting[place]
        if _done(run, step, tried):
            following = next(story, None)
            if following is None:
                waiting.pop(place)
            else:
                waiting[place] = (story, following, 1)
        else:
            waiting[place] = (story, step, tried + 1)
        for _ in range(world.random.randrange(3)):
            world.step()
        if world.random.randrange(200) < world.troubles:
            world.copy()


def _done(run: Simulated, step: Step, tried: int) -> bool:
    """Say it; whether it need not be said again."""
    if isinstance(step.command, Event):
        _say(run, step.command, step.at)
        return True
    command = _noted(run, step)
    try:
        answer = run.world.give(step.service, _ask(step, command))
    except Crashed:
        command.answers.append(Answered(None))
        return False
    body = answer.problem() if isinstance(answer, ServiceError) else answer.body
    command.answers.append(Answered(answer.status, body))
    return not (command.refused and body["code"] in TOO_EARLY and tried < TRIES_MAX)


def _noted(run: Simulated, step: Step) -> Command:
    """The command in the journal: the same key while nobody knows, a new one after a refusal."""
    said = f"{step.service}/{step.at}/{step.command!r}"
    number = 0
    while True:
        key = sha256(f"{number}/{said}".encode()).hexdigest()
        command = run.commands.setdefault(
            key, Command(key, derived(key, "ask"), step.service, step.path, _said(step), step.at)
        )
        if not command.refused:
            return command
        number += 1


def _said(step: Step) -> Any:
    """What tells one command from another: the call for a draft, else all of it."""
    return {"call_id": call_id()} if step.path == "/v1/applications" else repr(step.command)


def _ask(step: Step, command: Command) -> Ask:
    return Ask(
        id=command.cause, command=step.command, now=step.at, correlation_id=command.cause,
        replay_key=command.key, fingerprint=command.key,
    )  # fmt: skip


def _say(run: Simulated, event: Event, at: str) -> None:
    """An event said by the script in a service's place, without a sequence."""
    event_id = derived(event.key, f"script {event.TYPE}")
    envelope = Envelope(
        id=event_id, type=event.TYPE, version=event.VERSION, source="script", time=at, key=event.key,
        correlation_id=event.key, causation_id="",
    )  # fmt: skip
    run.scripted.add(event_id)
    topic = CATALOG.topic_of(type(event))
    run.world.log.append(topic, partition_of(event.key), envelope, -1, event.to_json())


def deliver(run: Simulated) -> None:
    """The postman: every queued letter is taken by a server that never refuses."""
    from services.notification.commands import BeginAttempt, RecordSent  # noqa: PLC0415
    from services.notification.store import Message  # noqa: PLC0415

    it = run.world.services["notification"]
    for message in it.rows(Message):
        if message.state != "queued":
            continue
        for step, command in (
            ("begin", BeginAttempt(message.message_id)),
            ("result 1", RecordSent(message.message_id, "0" * 64, "250 OK", 1)),
        ):
            ask = Ask(
                derived(message.message_id, step),
                command,
                "2022-04-01T00:00:00+00:00",
                message.about,
            )
            answer: Answer | None = None
            while answer is None:
                try:
                    answer = run.world.give("notification", ask)
                except Crashed:
                    continue
