"""The command that hands in a score sheet; the last sheet of a panel completes the review."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.review import ReviewCompleted, ScoresSubmitted
from services.chassis.errors import Conflict, Forbidden, Invalid
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.guards import (
    aggregation_of,
    criteria_of,
    declared,
    known_call,
    known_case,
    sheet_of,
)
from services.review.rules.exact import fraction_text
from services.review.rules.scores import score
from services.review.rules.sheets import Mark, Sheet, sheet_problems
from services.review.store import (
    CallTerms,
    Case,
    Completed,
    DeclaredConflict,
    ScoreSheet,
    SealedRanking,
    Seat,
)


@dataclass(frozen=True, slots=True)
class SubmitScores:
    """One reviewer's points, per criterion, for one application."""

    application_id: str
    reviewer_id: str
    points: Mapping[str, int]
    comment: str


def _needs(command: SubmitScores) -> list[Need]:
    application = command.application_id
    return [
        Case.key(application),
        Completed.key(application),
        Seat.of(application_id=application),
        ScoreSheet.of(application_id=application),
        DeclaredConflict.of(application_id=application),
    ]


def _then(command: SubmitScores, rows: NamedRows) -> list[Need]:
    case = rows.get(Case, command.application_id)
    return [CallTerms.key(case.call_id), SealedRanking.key(case.call_id)] if case else []


@decision(SubmitScores, needs=_needs, then=_then)
def submit_scores(command: SubmitScores, rows: NamedRows, now: str) -> Outcome:
    """A sheet is handed in once; the same again is answered the same.

    Raises:
        Forbidden: no seat, or a conflict. Invalid: every wrong mark. Conflict: handed in otherwise.
    """
    case = known_case(rows.get(Case, command.application_id), command.application_id)
    terms = known_call(rows.get(CallTerms, case.call_id), case.call_id)
    _has_seat(command, rows)
    answer = Answer(201, {"application_id": case.application_id, "reviewer_id": command.reviewer_id})
    sheets = rows.of(ScoreSheet, application_id=command.application_id)
    before = next((s for s in sheets if s.reviewer_id == command.reviewer_id), None)
    if before is not None:
        _same(before, command)
        return answer
    _not_sealed(rows, case)
    _fits(command, terms)
    points = dict(sorted(command.points.items()))
    yield ScoresSubmitted(
        application_id=case.application_id, call_id=case.call_id,
        reviewer_id=command.reviewer_id, points=points, comment=command.comment, submitted_at=now,
    )  # fmt: skip
    handed_in = ScoreSheet(
        application_id=case.application_id, reviewer_id=command.reviewer_id, call_id=case.call_id,
        points=points, comment=command.comment, submitted_at=now,
    )  # fmt: skip
    done = _completed(case, terms, rows, [*sheets, handed_in], now)
    if done is not None:
        yield done
    return answer


def _completed(
    case: Case, terms: CallTerms, rows: NamedRows, sheets: Iterable[ScoreSheet], now: str
) -> ReviewCompleted | None:
    """The review is complete once every seated reviewer's sheet is in and enough of them count."""
    seated = {s.reviewer_id for s in rows.of(Seat, application_id=case.application_id) if s.status == "seated"}
    held = [s for s in sheets if s.reviewer_id in seated]
    if {s.reviewer_id for s in held} != seated:
        return None
    conflicts = declared(rows.of(DeclaredConflict, application_id=case.application_id))
    result = score(
        case.application_id, [sheet_of(s) for s in held], criteria_of(terms), aggregation_of(terms), conflicts
    )
    if result.total is None:
        return None
    return ReviewCompleted(
        application_id=case.application_id, call_id=case.call_id, sheets=len(held),
        score=fraction_text(result.total), completed_at=now,
    )  # fmt: skip


def _has_seat(command: SubmitScores, rows: NamedRows) -> None:
    seats = rows.of(Seat, application_id=command.application_id)
    seated = any(s.reviewer_id == command.reviewer_id and s.status == "seated" for s in seats)
    conflicts = rows.of(DeclaredConflict, application_id=command.application_id)
    tied = any(c.reviewer_id == command.reviewer_id for c in conflicts)
    if not seated or tied:
        raise Forbidden(
            "no_seat",
            f"{command.reviewer_id} does not review {command.application_id}.",
            f"{command.reviewer_id} 不在申报 {command.application_id} 的评审组中。",
        )


def _same(before: ScoreSheet, command: SubmitScores) -> None:
    if before.points != dict(command.points):
        raise Conflict(
            "already_scored",
            f"A sheet was handed in on {before.submitted_at}; it cannot be changed.",
            f"评分表已于 {before.submitted_at} 提交，不能更改。",
        )


def _not_sealed(rows: NamedRows, case: Case) -> None:
    if rows.get(SealedRanking, case.call_id) is not None:
        raise Conflict(
            "ranking_sealed",
            f"The ranking of call {case.call_id} is sealed; no sheet can be added.",
            f"申报通知 {case.call_id} 的排名已封存，不能再提交评分。",
        )


def _fits(command: SubmitScores, terms: CallTerms) -> None:
    marks = tuple(Mark(criterion, points) for criterion, points in sorted(command.points.items()))
    sheet = Sheet(command.application_id, command.reviewer_id, marks)
    if problems := sheet_problems(sheet, criteria_of(terms)):
        raise Invalid(
            "sheet_invalid",
            "; ".join(f"{p.where}: {p.text.en}" for p in problems),
            "；".join(f"{p.where}：{p.text.zh}" for p in problems),
            problems=[{"code": p.code, "where": p.where, "what": p.text.en, "what_zh": p.text.zh} for p in problems],
        )
