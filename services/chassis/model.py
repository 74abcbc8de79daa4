"""The programming model: folds, reactions and decisions, and the laws checked when they are declared."""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from contracts.catalog import CATALOG
from contracts.event import Contract, Envelope, Event
from services.chassis.tables import Key, Row, RowSet, Spec, Tables

E = TypeVar("E", bound=Event)
Need = Key | RowSet
Needs = Callable[[Any], Iterable[Need]]
Then = Callable[[Any, Any], Iterable[Need]]


class LawBroken(TypeError):
    """A declaration or a function that would make the store something else than a fold of the log."""


@dataclass(frozen=True, slots=True)
class Save:
    """Yielded by a decision: keep this workspace row in the same transaction. Not an event."""

    row: Row


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision returns to whoever asked: an HTTP status, a JSON body, perhaps an ETag."""

    status: int
    body: Mapping[str, Any]
    etag: str = ""


Outcome = Generator[Event | Save, None, "Answer | Mapping[str, Any] | None"]


@dataclass(frozen=True)
class Fold:
    """event → rows, the only writer. `into`: tables it puts rows into; `counts`: counters it adds to."""

    event: type[Event]
    apply: Callable[[Any, Any], None]
    into: frozenset[str]
    counts: frozenset[str]


@dataclass(frozen=True)
class Reaction:
    """event → events, from another service's fact."""

    event: type[Event]
    react: Callable[[Any, Any, str], Iterable[Event]]
    needs: Needs
    then: Then | None


@dataclass(frozen=True)
class Decision:
    """command → events and an answer."""

    command: type[Any]
    decide: Callable[[Any, Any, str], Any]
    needs: Needs
    then: Then | None


def _nothing(_: Any) -> Iterable[Need]:
    return ()


def fold(
    event: type[E], into: Iterable[type[Row]] = (), counts: Iterable[type[Row]] = ()
) -> Callable[[Callable[[E, Any], None]], Fold]:
    """Declare `def f(event, rows) -> None` as the fold of an event.

    Raises:
        LawBroken: a table of another topic, a counter among `into`, or a row table among `counts`.
    """
    topic = CATALOG.topic_of(event)
    put, added = [r.spec for r in into], [r.spec for r in counts]
    for spec in (*put, *added):
        if spec.topic != topic:
            raise LawBroken(
                f"{event.TYPE} is on {topic}, but table {spec.name} is fed by {spec.topic or 'no topic'}"
            )
    for spec in put:
        if spec.kind != "folded":
            raise LawBroken(f"{spec.name} is {spec.kind}: a fold puts rows into folded tables only")
    for spec in added:
        if spec.kind != "counted":
            raise LawBroken(f"{spec.name} is {spec.kind}: a fold adds to counted tables only")
    names = frozenset(s.name for s in put), frozenset(s.name for s in added)
    return lambda function: Fold(event, function, *names)


def reaction(
    event: type[E], needs: Callable[[E], Iterable[Need]] = _nothing, then: Then | None = None
) -> Callable[[Callable[[E, Any, str], Iterable[Event]]], Reaction]:
    """Declare `def f(event, rows, now) -> events` as a reaction to another service's event.

    `needs(event)` names the rows it reads; `then(event, rows)` may name more from those; there is no
    third round. `now` is the event's own time, so a replay decides the same.
    """
    return lambda function: Reaction(event, function, needs, then)


def decision(
    command: type[Any], needs: Callable[[Any], Iterable[Need]] = _nothing, then: Then | None = None
) -> Callable[[Callable[[Any, Any, str], Any]], Decision]:
    """Declare `def f(command, rows, now) -> Outcome` as the decision on a command.

    It sees the rows as they were when it began, yields events (and `Save`s), returns an answer, or
    raises Refused, in which case nothing it yielded happens.
    """
    return lambda function: Decision(command, function, needs, then)


Rederive = Callable[[Any], Mapping[str, Any]]
"""From an event alone: the fields the pure rule gives when run again on the event's own evidence."""


@dataclass
class Service:
    """One service: what it publishes, what it keeps, and its three tables of functions."""

    name: str
    publishes: Contract | None
    tables: Tables
    folds: Iterable[Fold] = ()
    reactions: Iterable[Reaction] = ()
    decisions: Iterable[Decision] = ()
    rederive: Mapping[type[Event], Rederive] = field(default_factory=dict)
    fold_of: dict[str, Fold] = field(init=False)
    reactions_to: dict[str, tuple[Reaction, ...]] = field(init=False)
    decision_on: dict[type[Any], Decision] = field(init=False)
    consumes: tuple[str, ...] = field(init=False)
    emits: frozenset[type[Event]] = field(init=False)

    def __post_init__(self) -> None:
        self.fold_of = self._unique(self.folds)
        self.reactions_to = {}
        for one in self.reactions:
            self._check_reaction(one)
            earlier = self.reactions_to.get(one.event.TYPE, ())
            self.reactions_to[one.event.TYPE] = (*earlier, one)
        self.decision_on = {d.command: d for d in self.decisions}
        topics = {CATALOG.topic_of(f.event) for f in self.folds}
        topics |= {CATALOG.topic_of(r.event) for r in self.reactions}
        own = {self.publishes.topic} if self.publishes else set()
        self.emits = frozenset(self.publishes.latest() if self.publishes else ())
        self.consumes = tuple(sorted(topics - own))

    def handles(self, event_type: str) -> bool:
        """Whether any fold or reaction of this service wants the event."""
        return event_type in self.fold_of or event_type in self.reactions_to

    def spec(self, name: str) -> Spec:
        """A table by name."""
        return self.tables.specs[name]

    def _unique(self, folds: Iterable[Fold]) -> dict[str, Fold]:
        found: dict[str, Fold] = {}
        for one in folds:
            if one.event.TYPE in found:
                raise LawBroken(f"{self.name}: two folds of {one.event.TYPE}")
            if CATALOG.latest(one.event.TYPE) is not one.event:
                raise LawBroken(
                    f"{self.name}: folds see only the newest version of {one.event.TYPE}"
                )
            found[one.event.TYPE] = one
        return found

    def _check_reaction(self, one: Reaction) -> None:
        own = self.publishes and one.event.TYPE.startswith(f"{self.publishes.publisher}.")
        if own:
            raise LawBroken(
                f"{self.name}: a reaction to its own {one.event.TYPE}; emit both from the cause"
            )

    def check_emit(self, event: Event) -> None:
        """Refuse to publish what belongs to another service, or an old version."""
        contract = self.publishes
        if contract is None or type(event) not in self.emits:
            raise LawBroken(f"{self.name} may not publish {event.TYPE} version {event.VERSION}")


class Cause(NamedTuple):
    """Why something happens: its id names every event that follows from it."""

    id: str
    time: str
    correlation_id: str
    traceparent: str = ""


def cause_of(envelope: Envelope) -> Cause:
    """The cause that an event is to those who react to it."""
    return Cause(envelope.id, envelope.time, envelope.correlation_id, envelope.traceparent)
