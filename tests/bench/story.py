"""The story of one application, from its draft to its payment, to be told many times over.

Its first events are what the services really say of it; the later ones are the contracts' examples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from contracts.catalog import CATALOG
from contracts.event import Envelope, Headers, partition_of
from services.chassis.causes import Record
from services.chassis.simulation import World
from services.ops.definitions import definition
from tests.bench.cases import applicant_id, begin, publish, submit
from tests.bench.line import ROOT

EXAMPLES = ROOT / "contracts/examples"
CALL = "cast-2021-open-cooperation"
APPLICATION = "be66bd6c-1ccb-583d-b9e8-677505078d71"
APPLICANT = "91FICTIVE000000A01"
LATER: tuple[tuple[str, int], ...] = (
    ("document.paper_received", 1), ("review.panel_assigned", 1), ("review.scores_submitted", 3),
    ("review.review_completed", 1), ("review.award_recommended", 1), ("finance.budget_reserved", 1),
    ("review.award_decided", 1), ("finance.award_committed", 1), ("finance.agreement_signed", 1),
    ("finance.tranche_released", 1), ("finance.payment_instructed", 1),
    ("finance.payment_confirmed", 1), ("notification.message_queued", 3),
    ("notification.message_sent", 3),
)  # fmt: skip
"""Which examples follow, and how many of each: about as many as in a season."""


@dataclass(frozen=True)
class Told:
    """One event of a story, ready for the log but for its sequence."""

    topic: str
    partition: int
    key: bytes
    envelope: Envelope
    value: bytes

    def headers(self, sequence: int) -> Headers:
        """The headers under a sequence."""
        return self.envelope.headers(sequence)


@dataclass(frozen=True)
class Step:
    """One event as it is told of the first application; `own`: ids that are its own."""

    type: str
    version: int
    time: str
    keyed_by_application: bool
    value: bytes
    own: tuple[bytes, ...] = ()
    nth: int = 0


def reviewer_id(nth: int) -> str:
    """The reviewer who sends the first, second or third sheet."""
    return f"reviewer-{nth + 1:02}"


class Story:
    """Events about one application after another, each under its own ids, in calls of some size."""

    def __init__(self, call_cases: int) -> None:
        self.call_cases = call_cases
        told = _told_by_services()
        self._opening = next(r for r in told if r.read_envelope().type.endswith("call_published"))
        self.steps = [
            *(_step(r) for r in told if r is not self._opening),
            *(_example(kind, nth) for kind, times in LATER for nth in range(times)),
        ]

    def call(self, number: int) -> str:
        """The call that an application belongs to."""
        return f"bench-{number // self.call_cases}"

    def application(self, number: int) -> str:
        """The id of an application."""
        return f"{number:08x}{APPLICATION[8:]}"

    def tell(self, number: int) -> Iterator[Told]:
        """The events of one application; before the first of a call comes the call itself."""
        if number % self.call_cases == 0:
            yield self._call(number)
        for index in range(len(self.steps)):
            yield self._told(number, index)

    def _call(self, number: int) -> Told:
        call, held = self.call(number), self._opening.read_envelope()
        value = self._opening.value.replace(CALL.encode(), call.encode())
        envelope = held._replace(id=f"call-{call}", key=call, correlation_id=call)
        return placed(envelope, value)

    def _told(self, number: int, index: int) -> Told:
        step, application = self.steps[index], self.application(number)
        own = f"{number:08x}-{step.nth:04x}".encode()
        value = step.value.replace(APPLICATION.encode(), application.encode())
        value = value.replace(APPLICANT.encode(), applicant_id(number).encode())
        value = value.replace(_field(CALL), _field(self.call(number)))
        for token in step.own:
            value = value.replace(token, own + token[13:])
        key = application if step.keyed_by_application else (own + step.own[0][13:]).decode()
        cause = _event_id(number, index - 1) if index else f"submit-{number}"
        envelope = Envelope(
            id=_event_id(number, index), type=step.type, version=step.version, source="mingjing/bench",
            time=step.time, key=key, correlation_id=application, causation_id=cause,
        )  # fmt: skip
        return placed(envelope, value)


def placed(envelope: Envelope, value: bytes) -> Told:
    """An event where its publisher puts it."""
    topic = f"{envelope.type.partition('.')[0]}.events"
    assert topic in CATALOG.topics
    return Told(topic, partition_of(envelope.key), envelope.key.encode(), envelope, value)


def _event_id(number: int, index: int) -> str:
    return f"{number:08x}-{index:04x}-5000-8000-000000000000"


def _field(call: str) -> bytes:
    return f'"call_id":"{call}"'.encode()


def _told_by_services() -> list[Record]:
    """What submission, eligibility and document say when one application is submitted."""
    world = World(definition(name) for name in ("submission", "eligibility", "document"))
    for make in (publish, begin, submit):
        ask = make(0, "", "story")
        world.clock.instant = ask.now
        world.ask("submission", ask.command, correlation=ask.correlation_id)
        world.settle()
    return [r for parts in world.log.topics.values() for part in parts for r in part]


def _step(record: Record) -> Step:
    envelope = record.read_envelope()
    value = record.value.replace(envelope.key.encode(), APPLICATION.encode())
    value = value.replace(applicant_id(0).encode(), APPLICANT.encode())
    return Step(
        envelope.type, envelope.version, envelope.time, keyed_by_application=True, value=value
    )


def _example(kind: str, nth: int) -> Step:
    latest = CATALOG.latest(kind)
    assert latest is not None
    held = orjson.loads((EXAMPLES / kind / f"v{latest.VERSION}.json").read_bytes())
    value, key = held["value"], held["key"]
    if "reviewer_id" in value:
        value["reviewer_id"] = reviewer_id(nth)
    if kind == "finance.budget_reserved":
        value["evidence"]["award_no"] = 1
    own = [value[name].encode() for name in ("message_id", "payment_id") if name in value]
    return Step(
        kind, latest.VERSION, held["headers"]["ce_time"], keyed_by_application=key == APPLICATION,
        value=orjson.dumps(value), own=tuple(own), nth=nth,
    )  # fmt: skip
