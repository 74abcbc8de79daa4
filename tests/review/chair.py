"""A review in memory: reviewers, an officer, and what others tell the service."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
import pytest

from contracts.event import Event
from contracts.review import AwardDecided, AwardRecommended
from services.chassis.errors import ServiceError
from services.chassis.model import Answer
from services.chassis.simulation import World
from services.review.commands import (
    AssignPanels,
    DecideAwards,
    DeclareConflict,
    DeclineAssignment,
    EnrolReviewer,
    FillSeats,
    SealRanking,
    SettleTie,
    SubmitScores,
)
from services.review.main import SERVICE
from services.review.rules.conflicts import Party
from services.review.store import Award, ScoreSheet, Seat
from tests.review.events import (
    AFTER_NOTICE,
    CALL,
    CRITERIA,
    ITEMS,
    REVIEWING,
    SUBMITTED,
    checked,
    closed,
    judged,
    noticed,
    published,
    reserved,
    submitted,
)

E = TypeVar("E", bound=Event)


def enrolment(reviewer_id: str = "r1", **changes: Any) -> EnrolReviewer:
    """A reviewer who knows every item and works nowhere that applies."""
    said: dict[str, Any] = {
        "reviewer_id": reviewer_id,
        "call_id": CALL,
        "name": f"专家{reviewer_id}",
        "organisation_id": f"university-{reviewer_id}",
        "organisation_name": f"虚构大学{reviewer_id}",
        "email": f"{reviewer_id}@example.invalid",
        "items": ITEMS,
        "load_min": 0,
        "load_max": 20,
        "by": "officer-1",
    }
    return EnrolReviewer(**{**said, **changes})


def ids(prefix: str, count: int) -> list[str]:
    """`a01`, `a02` and so on."""
    return [f"{prefix}{number:02}" for number in range(1, count + 1)]


class Chair:
    """One review service, spoken to as the other services, its reviewers and its officer would."""

    def __init__(self, seed: int = 0, document: dict[str, Any] | None = None) -> None:
        self.world = World([SERVICE], seed=seed, now=SUBMITTED)
        self.service = self.world.services["review"]
        self.hear(published(document))

    def at(self, instant: str) -> "Chair":
        """Set the clock."""
        self.world.clock.instant = instant
        return self

    def hear(self, *events: Event) -> None:
        """Take events of others in, one by one."""
        for event in events:
            self.world.receive(event)
        assert self.service.letters == []

    def ask(self, command: Any) -> Answer:
        """The answer to a command; raises what it was refused with."""
        return self.world.ask("review", command)

    def again(self, command: Any) -> Answer:
        """The answer to a command that changes nothing; fails when it does."""
        before, rows = len(self.service.emitted), self.service.dump()
        answer = self.ask(command)
        assert self.service.emitted[before:] == []
        assert self.service.dump() == rows
        return answer

    def refusal(self, command: Any) -> ServiceError:
        """What a command is refused with; fails when it is not, or when it leaves a trace."""
        before, rows = len(self.service.emitted), self.service.dump()
        with pytest.raises(ServiceError) as caught:
            self.ask(command)
        assert (self.service.emitted[before:], self.service.dump()) == ([], rows)
        assert caught.value.code != "bug", caught.value.__cause__
        assert caught.value.zh != caught.value.en
        return caught.value

    def events(self, kind: type[E]) -> list[E]:
        """Every event of a kind this service sent."""
        return [event for event in self.service.emitted if isinstance(event, kind)]

    def rows(self, table: Any) -> list[Any]:
        """Every row of a table."""
        return self.service.rows(table)

    def row(self, table: Any, *pk: str) -> Any:
        """One row of a table."""
        return next(r for r in self.rows(table) if table.spec.pk_of(r) == pk or pk == ())

    # -- the way of a call -----------------------------------------------------------------------

    def ready(self, *application_ids: str, **changes: Any) -> None:
        """Applications that may go to the panel."""
        for one in application_ids:
            self.hear(submitted(one, **changes), judged(one), checked(one))

    def enrol(self, *reviewer_ids: str, **changes: Any) -> None:
        """Reviewers who may be asked."""
        for one in reviewer_ids:
            self.ask(enrolment(one, **changes))

    def close(self) -> None:
        """The window is over."""
        self.hear(closed())
        self.at(REVIEWING)

    def assign(self, seed: str = "7", *, leave_out: bool = False, dry_run: bool = False) -> Answer:
        """Make the panels."""
        return self.ask(AssignPanels(CALL, seed, leave_out, dry_run, "officer-1"))

    def panels(self) -> dict[str, set[str]]:
        """Who is seated where."""
        found: dict[str, set[str]] = {}
        for seat in self.rows(Seat):
            if seat.status == "seated":
                found.setdefault(seat.application_id, set()).add(seat.reviewer_id)
        return found

    def loads(self) -> Counter[str]:
        """How many seats each reviewer holds."""
        return Counter(reviewer for panel in self.panels().values() for reviewer in panel)

    def declare(self, application_id: str, reviewer_id: str, **changes: Any) -> Answer:
        """A reviewer declares a tie."""
        return self.ask(conflict(application_id, reviewer_id, **changes))

    def decline(self, application_id: str, reviewer_id: str) -> Answer:
        """A reviewer gives a seat back."""
        return self.ask(DeclineAssignment(application_id, reviewer_id, "没有时间", reviewer_id))

    def fill(self) -> Answer:
        """Fill what is empty."""
        return self.ask(FillSeats(CALL, "officer-1"))

    def score(self, application_id: str, reviewer_id: str, points: int = 80) -> Answer:
        """One sheet with the same points throughout."""
        return self.ask(sheet(application_id, reviewer_id, points))

    def score_all(self, points: dict[str, int] | None = None) -> None:
        """Every sheet that is still missing, the points by application."""
        done = {(e.application_id, e.reviewer_id) for e in self.rows(ScoreSheet)}
        for application_id, reviewers in sorted(self.panels().items()):
            for reviewer_id in sorted(reviewers):
                if (application_id, reviewer_id) not in done:
                    self.score(application_id, reviewer_id, (points or {}).get(application_id, 80))

    def seal(self, *, accept: bool = False) -> Answer:
        """Seal the ranking."""
        return self.ask(SealRanking(CALL, accept, "officer-1"))

    def settle(self, *application_ids: str, reason: str = "更契合本年度重点") -> Answer:
        """A person chooses among the tied."""
        return self.ask(SettleTie(CALL, application_ids, reason, "officer-1"))

    def post(self) -> None:
        """Finance holds the money, the notice runs and is over."""
        recommended = self.events(AwardRecommended)
        self.hear(*(reserved(one) for one in recommended), noticed(recommended))
        self.at(AFTER_NOTICE)

    def decide(self, awards: int, withheld: Sequence[tuple[str, str]] = ()) -> Answer:
        """The owner's last word."""
        return self.ask(deciding(awards, withheld))

    def decisions(self) -> dict[str, AwardDecided]:
        """The decision on each application; fails where there are two."""
        found = {event.application_id: event for event in self.events(AwardDecided)}
        assert len(found) == len(self.events(AwardDecided))
        return found

    def states(self) -> dict[str, str]:
        """What became of each application."""
        return {row.application_id: row.state for row in self.rows(Award)}


def seated(applications: int = 4, reviewers: int = 5, **changes: Any) -> Chair:
    """A review with its panels made; applications from `a01`, reviewers from `r01`."""
    chair = Chair(**changes)
    chair.ready(*ids("a", applications))
    chair.enrol(*ids("r", reviewers))
    chair.close()
    chair.assign()
    return chair


def ranked(points: dict[str, int], reviewers: int = 5, **changes: Any) -> Chair:
    """A review whose ranking is sealed, the points by application."""
    chair = Chair(**changes)
    chair.ready(*points)
    chair.enrol(*ids("r", reviewers))
    chair.close()
    chair.assign()
    chair.score_all(points)
    chair.seal()
    return chair


def conflict(application_id: str, reviewer_id: str, **changes: Any) -> DeclareConflict:
    """The command that declares a tie."""
    said = {"kind": "recent_cooperation", "statement": "近期合作", "by": reviewer_id}
    return DeclareConflict(
        application_id, reviewer_id, **{**said, "said_as": Party.REVIEWER, **changes}
    )


def sheet(
    application_id: str, reviewer_id: str, points: int = 80, comment: str = "", **marks: int
) -> SubmitScores:
    """The command that hands in a sheet."""
    whole = {**dict.fromkeys(CRITERIA, points), **marks}
    return SubmitScores(application_id, reviewer_id, whole, comment)


def deciding(awards: int, withheld: Sequence[tuple[str, str]] = ()) -> DecideAwards:
    """The command that decides."""
    return DecideAwards(CALL, awards, tuple(withheld), "officer-1")


def rederives(event: Event) -> bool:
    """Whether the rules give the event's own fields again, byte for byte, after a JSON round trip."""
    again = SERVICE.rederive[type(event)]
    read = type(event).model_validate_json(event.to_json())
    said = orjson.loads(event.to_json())
    return all(
        orjson.dumps(said[name]) == orjson.dumps(value) for name, value in again(read).items()
    )
