"""The laws of the programming model, refused where they are broken: when declared, or when run."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Field

from contracts.document import DocumentsAssessed
from contracts.eligibility import ELIGIBILITY, EligibilityAssessed
from contracts.submission import ApplicationSubmitted, ApplicationSubmittedV1
from services.chassis.errors import ServiceError
from services.chassis.model import (
    Answer,
    LawBroken,
    Save,
    Service,
    decision,
    fold,
    reaction,
)
from services.chassis.simulation import World
from services.chassis.tables import Row, Tables
from tests.chassis.commands import Write
from tests.chassis.harness import application

TABLES = Tables("laws")


@TABLES.folded(topic="submission.events", key="id", sets=(("title",), ("id",)))
class Paper(Row):
    """A folded table of another service's topic."""

    id: str = Field(primary_key=True)
    title: str = ""


@TABLES.folded(topic="eligibility.events", key="id")
class Own(Row):
    """A folded table of the service's own topic."""

    id: str = Field(primary_key=True)


@TABLES.counted(topic="submission.events")
class Count(Row):
    """A counted table."""

    id: str = Field(primary_key=True)
    times: int = 0


@TABLES.workspace()
class Draft(Row):
    """A workspace table."""

    id: str = Field(primary_key=True)


def nothing(event: Any, rows: Any) -> None:
    """A fold that does nothing."""


# ---------------------------------------------------------------- when declared


@pytest.mark.parametrize(
    ("into", "counts", "why"),
    [
        ([Own], [], "is fed by eligibility.events"),
        ([], [Paper], "adds to counted tables only"),
        ([Count], [], "puts rows into folded tables only"),
        ([Draft], [], "is fed by no topic"),
        ([], [Draft], "is fed by no topic"),
    ],
)
def test_a_fold_declares_tables_of_its_topic_only(into: Any, counts: Any, why: str) -> None:
    """Law 1: every table is fed by one topic, and workspace by none."""
    with pytest.raises(LawBroken, match=why):
        fold(ApplicationSubmitted, into=into, counts=counts)


def test_an_event_is_folded_once_and_in_its_newest_version() -> None:
    """Law 1: two folds of one event could disagree; an old version is stepped up before."""
    one = fold(ApplicationSubmitted, into=[Paper])(nothing)
    with pytest.raises(LawBroken, match="two folds"):
        Service("laws", None, TABLES, folds=[one, one])
    with pytest.raises(LawBroken, match="newest version"):
        Service("laws", None, TABLES, folds=[fold(ApplicationSubmittedV1)(nothing)])


def test_a_service_does_not_react_to_itself() -> None:
    """Who emits both events from the cause needs no reaction, and cannot run in circles."""
    own = reaction(EligibilityAssessed)(lambda event, rows, now: ())
    with pytest.raises(LawBroken, match="reaction to its own"):
        Service("eligibility", ELIGIBILITY, TABLES, reactions=[own])
    Service("sink", None, TABLES, reactions=[own])


# ---------------------------------------------------------------- when run


def letters_of(fold_function: Any, **declared: Any) -> list[str]:
    """What becomes of an event whose fold does this: the reasons of the letters."""
    one = fold(ApplicationSubmitted, **declared)(fold_function)
    world = World([Service("laws", None, TABLES, folds=[one])])
    world.receive(application(1))
    return [letter.reason for letter in world.services["laws"].letters]


FOLDS: dict[str, tuple[Any, Any]] = {
    "a row of another key": (
        {"into": [Paper]}, lambda event, rows: rows.put(Paper(id="another")),
    ),
    "a table it did not declare": (
        {"counts": [Count]}, lambda event, rows: rows.put(Paper(id=event.application_id)),
    ),
    "a look at a table it did not declare": (
        {}, lambda event, rows: rows.get(Paper, event.application_id),
    ),
    "a counter it did not declare": (
        {"into": [Paper]}, lambda event, rows: rows.add(Count, "x", times=1),
    ),
    "a set that is not under its key": (
        {"into": [Paper]}, lambda event, rows: rows.of(Paper, title="x"),
    ),
    "a set under another key": (
        {"into": [Paper]}, lambda event, rows: rows.of(Paper, id="another"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FOLDS)
def test_a_fold_that_reaches_out_is_stopped(what: str) -> None:
    """Law 1: an event's fold sees and writes what lies under its own key, and adds to counters."""
    declared, function = FOLDS[what]
    (reason,) = letters_of(function, **declared)
    assert reason.startswith("LawBroken: ")


def test_a_fold_that_stays_at_home_is_not() -> None:
    """The counterpart: rows and sets under its own key, counters under any."""

    def well_behaved(event: Any, rows: Any) -> None:
        assert rows.of(Paper, id=event.application_id) == []
        rows.put(Paper(id=event.application_id))
        assert rows.get(Paper, event.application_id).title == ""
        rows.add(Count, "any", times=1)

    assert letters_of(well_behaved, into=[Paper], counts=[Count]) == []


def test_a_fold_does_not_look_at_a_row_of_another_key() -> None:
    """Law 1, also when the row is there: one key's rows would depend on another key's events."""
    seen: list[Any] = []

    def curious(event: Any, rows: Any) -> None:
        rows.put(Paper(id=event.application_id))
        if event.application_id != "a1":
            seen.append(rows.get(Paper, "a1"))

    one = fold(ApplicationSubmitted, into=[Paper])(curious)
    world = World([Service("laws", None, TABLES, folds=[one])])
    world.receive(application(1))
    world.receive(application(2))

    assert seen == []
    assert [letter.code for letter in world.services["laws"].letters] == ["bug"]


def reasons_of_reaction(react: Any, needs: Any = lambda event: []) -> list[str]:
    """What becomes of an event whose reaction does this, in the service of eligibility."""
    one = reaction(ApplicationSubmitted, needs=needs)(react)
    world = World([Service("eligibility", ELIGIBILITY, TABLES, reactions=[one])])
    world.receive(application(1))
    return [letter.reason for letter in world.services["eligibility"].letters]


def test_a_reaction_reads_only_what_it_named() -> None:
    """The head guards what was read; what was not named was not loaded."""
    for read in (
        lambda rows: rows.get(Paper, "x"),
        lambda rows: rows.of(Paper, title="x"),
        lambda rows: rows.count(Count, "x"),
    ):

        def react(event: Any, rows: Any, now: str, read: Any = read) -> Iterator[Any]:
            read(rows)
            yield from ()

        (reason,) = reasons_of_reaction(react)
        assert "not named in needs" in reason

    def named(event: Any, rows: Any, now: str) -> Iterator[Any]:
        assert rows.get(Paper, "x") is None
        assert rows.of(Paper, title="x") == []
        assert rows.count(Count, "x").times == 0
        yield from ()

    needs = [Paper.key("x"), Paper.of(title="x"), Count.key("x")]
    assert reasons_of_reaction(named, lambda event: needs) == []


def test_nobody_publishes_what_belongs_to_another() -> None:
    """Law 5: a fact has one source. Nor does anyone publish an old version."""

    def documents(event: Any, rows: Any, now: str) -> Iterator[Any]:
        yield DocumentsAssessed(
            application_id=event.application_id, call_id="c", assessment_no=1, verdict="complete",
            timely="on_time", reasons=(), evidence={}, assessed_at=now,
        )  # fmt: skip

    (reason,) = reasons_of_reaction(documents)
    assert "may not publish document.documents_assessed" in reason


def test_a_decision_saves_workspace_only() -> None:
    """Law 1: what a decision says of folded rows, it says by an event."""

    @decision(Write)
    def overwrite(command: Write, rows: Any, now: str) -> Any:
        yield Save(Paper(id=command.id))
        return Answer(200, {})

    world = World([Service("laws", None, TABLES, decisions=[overwrite])])
    with pytest.raises(ServiceError, match="bug"):
        world.ask("laws", Write("x", ""))
    assert world.services["laws"].rows(Paper) == []
