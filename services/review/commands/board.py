"""A call's panels as they stand: which applications are in review, who sits where, what is vacant."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.chassis.model import Need
from services.chassis.views import NamedRows
from services.review.rules.parties import Pair
from services.review.rules.readiness import Readiness, Standing, readiness
from services.review.store import (
    AssignmentRun,
    CallTerms,
    Case,
    DeclaredConflict,
    Eligibility,
    Expert,
    Panel,
    Papers,
    ScoreSheet,
    SealedRanking,
    Seat,
)


def panel_needs(call_id: str) -> list[Need]:
    """Everything that panels depend on."""
    tables = (
        Case,
        Eligibility,
        Papers,
        Expert,
        DeclaredConflict,
        Seat,
        Panel,
        ScoreSheet,
        AssignmentRun,
    )
    return [
        CallTerms.key(call_id),
        SealedRanking.key(call_id),
        *(table.of(call_id=call_id) for table in tables),
    ]


def standings(rows: NamedRows, call_id: str) -> list[tuple[Case, Readiness]]:
    """Every application of a call with where it stands, from the latest verdicts."""
    verdicts = {e.application_id: e.verdict for e in rows.of(Eligibility, call_id=call_id)}
    papers = {p.application_id: p.verdict for p in rows.of(Papers, call_id=call_id)}
    return [
        (
            case,
            readiness(
                verdicts.get(case.application_id),
                papers.get(case.application_id),
                case.status == "withdrawn",
            ),
        )
        for case in rows.of(Case, call_id=call_id)
    ]


@dataclass(frozen=True, slots=True)
class Board:
    """The applications in review and their seats.

    In review is what is ready, and what has a panel and only waits again for a verdict: a question
    that opens late takes nobody off. Whatever was withdrawn or found out has left the panel.
    """

    cases: dict[str, Case]
    seated: dict[str, frozenset[str]]
    sizes: dict[str, int]
    declined: frozenset[Pair]
    sheets: frozenset[Pair]

    def vacant(self) -> list[str]:
        """Applications in review that lack reviewers, or have no panel yet."""
        return [a for a in self.cases if not self.sizes.get(a) or self.empty_seats(a)]

    def empty_seats(self, application_id: str) -> int:
        """How many seats of a panel nobody holds."""
        return self.sizes.get(application_id, 0) - len(self.seated[application_id])

    def pairs(self, application_ids: Iterable[str]) -> Iterator[Pair]:
        """The held seats of these applications."""
        for application_id in application_ids:
            for reviewer_id in sorted(self.seated.get(application_id, ())):
                yield Pair(application_id, reviewer_id)

    def without(self, gone: Pair) -> "Board":
        """The same with one seat empty."""
        left = self.seated.get(gone.application_id, frozenset()) - {gone.reviewer_id}
        return Board(
            self.cases,
            {**self.seated, gone.application_id: left},
            self.sizes,
            self.declined,
            self.sheets,
        )


def board(rows: NamedRows, call_id: str) -> Board:
    """The panels of a call as its rows have them."""
    seats = rows.of(Seat, call_id=call_id)
    sizes = {p.application_id: p.size for p in rows.of(Panel, call_id=call_id)}
    cases = {
        case.application_id: case
        for case, at in standings(rows, call_id)
        if at.standing is Standing.READY
        or (at.standing is Standing.WAITING and case.application_id in sizes)
    }
    members: dict[str, set[str]] = {application_id: set() for application_id in cases}
    for seat in seats:
        if seat.status == "seated" and seat.application_id in members:
            members[seat.application_id].add(seat.reviewer_id)
    return Board(
        cases,
        {application_id: frozenset(held) for application_id, held in members.items()},
        sizes,
        frozenset(Pair(s.application_id, s.reviewer_id) for s in seats if s.status == "declined"),
        frozenset(
            Pair(s.application_id, s.reviewer_id) for s in rows.of(ScoreSheet, call_id=call_id)
        ),
    )
