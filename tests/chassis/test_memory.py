"""Rows in memory that are not all there: what is loaded late, what fills memory, what may be kept."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Field

from contracts.submission import SUBMISSION, ApplicationSubmitted
from services.chassis.batch import Batch, Head
from services.chassis.causes import Ask
from services.chassis.engine import Engine
from services.chassis.errors import ServiceError
from services.chassis.model import Answer, Need, Save, Service, decision, fold
from services.chassis.rows import Cache
from services.chassis.tables import Row, Tables
from tests.chassis.commands import Break, Submit, Withdraw, Write
from tests.chassis.harness import command
from tests.chassis.probes import SOURCE, SOURCE_SERVICE, Case, submitted

BOOKS = Tables("books")


@BOOKS.counted(topic="submission.events", sets=(("call_id",),))
class Account(Row):
    """Money asked for, per call and applicant."""

    call_id: str = Field(primary_key=True)
    applicant_id: str = Field(primary_key=True)
    requested_fen: int = 0


@BOOKS.folded(topic="submission.events", key="id")
class Entry(Row):
    """Every application."""

    id: str = Field(primary_key=True)


@fold(ApplicationSubmitted, into=[Entry], counts=[Account])
def post(event: ApplicationSubmitted, rows: Any) -> None:
    rows.put(Entry(id=event.application_id))
    rows.add(Account, event.call_id, event.applicant.id, requested_fen=event.requested_fen)


@decision(Submit)
def submit(command: Submit, rows: Any, now: str) -> Any:
    """Take every application."""
    yield submitted(command, now)


@decision(Withdraw, needs=lambda c: [Account.of(call_id=c.id)])
def total(command: Withdraw, rows: Any, now: str) -> Any:
    """Say what a call was asked for."""
    yield from ()
    return {"fen": sum(a.requested_fen for a in rows.of(Account, call_id=command.id))}


@decision(Write)
def forge(command: Write, rows: Any, now: str) -> Any:
    """Write a row that only a fold may write."""
    yield Save(Entry(id=command.id))


BOOKS_SERVICE = Service("books", SUBMISSION, BOOKS, folds=[post], decisions=[submit, total, forge])


def run(service: Service, cache: Cache, *asks: Ask) -> Batch:
    """A batch as the writer runs it, over a store that holds nothing yet."""
    while True:
        batch = Engine(service).run(cache, Head(), asks, {})
        if not batch.missing:
            cache.settle()
            return batch
        cache.undo(0)
        cache.loaded(batch.missing)


def answered(batch: Batch) -> list[Answer | ServiceError]:
    """The answers alone."""
    return [answer for _, answer in batch.answers]


def test_a_set_in_memory_has_the_counters_that_are_new_to_it() -> None:
    """Known before a counter of it existed, the set still adds up: nobody decides on a stale sum."""
    cache = Cache(BOOKS)
    first = run(BOOKS_SERVICE, cache, command(Withdraw("call")))
    run(BOOKS_SERVICE, cache, command(Submit("a1", "o1", requested_fen=7)))
    then = run(BOOKS_SERVICE, cache, command(Withdraw("call")))

    assert answered(first) == [Answer(200, {"fen": 0})]
    assert answered(then) == [Answer(200, {"fen": 7})]


def test_everything_known_counts_towards_a_full_memory() -> None:
    """Rows that were looked for before they existed, absences and sets: none is free."""
    cache = Cache(SOURCE)
    needs: Iterable[Need] = [Case.key("a1"), Case.key("a2"), Case.of(applicant_id="o1")]
    cache.loaded(needs)
    cache.loaded(needs)
    assert cache.size == 3
    run(SOURCE_SERVICE, cache, command(Submit("a1", "o1")))
    assert cache.size == 3


def test_only_a_fold_writes_a_folded_row() -> None:
    """A decision that saves one breaks law 1 and is told apart from its neighbours."""
    cache = Cache(BOOKS, complete=True)
    batch = run(BOOKS_SERVICE, cache, command(Write("a1", "")), command(Submit("a2", "o2")))

    forged, fine = answered(batch)
    assert isinstance(forged, ServiceError)
    assert fine == Answer(200, {})
    assert set(cache.rows["entry"]) == {("a2",)}


def test_a_command_nobody_decides_fails_alone() -> None:
    """A route without its decision is a bug of that route, not the end of the writer."""
    cache = Cache(BOOKS, complete=True)
    unknown, fine = answered(
        run(BOOKS_SERVICE, cache, command(Break("x")), command(Submit("a", "o")))
    )

    assert isinstance(unknown, ServiceError)
    assert unknown.code == "bug"
    assert fine == Answer(200, {})
