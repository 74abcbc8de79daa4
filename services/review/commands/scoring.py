"""The command that hands in a score sheet; the last sheet of a panel completes the review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.review import ReviewCompleted, ScoresSubmitted
from services.chassis.errors import Conflict, Forbidden, Invalid
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.guards import known_call, known_case, not_sealed
from services.review.commands.reading import aggregation_of, criteria_of, declared, sheet_of
from services.review.rules.exact import fraction_text
from services.review.rules.scores import score
from services.review.rules.sheets import Mark, Sheet, sheet_problems
from services.review.store import (
    CallTerms,
    Case,
    DeclaredConflict,
    Panel,
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
        Panel.key(application),
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
        NotFound: no such application. Forbidden: no seat, or a conflict.
        Invalid: every wrong mark. Conflict: handed in otherwise, withdrawn, or sealed.
    """
    case = known_case(rows.get(Case, command.application_id), command.application_id)
    terms = known_call(rows.get(CallTerms, case.call_id), case.call_id)
    seated = _seated(command, rows)
    answer = Answer(
        201, {"application_id": case.application_id, "reviewer_id": command.reviewer_id}
    )
    sheets = rows.of(ScoreSheet, application_id=command.application_id)
    before = next((s for s in sheets if s.reviewer_id == command.reviewer_id), None)
    if before is not None:
        _same(before, command)
        return answer
    _still_wanted(rows, case)
    _fits(command, terms)
    points = dict(sorted(command.points.items()))
    event = ScoresSubmitted(
        application_id=case.application_id,
        call_id=case.call_id,
        reviewer_id=command.reviewer_id,
        points=points,
        comment=command.comment,
        submitted_at=now,
    )
    yield event
    held = [*sheets, ScoreSheet(**event.model_dump())]
    if (done := _completed(event, terms, rows, seated, held)) is not None:
        yield done
    return answer


def _seated(command: SubmitScores, rows: NamedRows) -> frozenset[str]:
    """The panel, when whoever asks is on it; to others it is not even said who is."""
    seats = rows.of(Seat, application_id=command.application_id)
    seated = frozenset(s.reviewer_id for s in seats if s.status == "seated")
    tied = {c.reviewer_id for c in rows.of(DeclaredConflict, application_id=command.application_id)}
    if command.reviewer_id not in seated - tied:
        raise Forbidden(
            "no_seat",
            f"{command.reviewer_id} does not review {command.application_id}.",
            f"{command.reviewer_id} 不在申报 {command.application_id} 的评审组中。",
        )
    return seated


def _completed(
    event: ScoresSubmitted,
    terms: CallTerms,
    rows: NamedRows,
    seated: frozenset[str],
    sheets: Sequence[ScoreSheet],
) -> ReviewCompleted | None:
    """Complete once no seat is empty, every seated reviewer's sheet is in and enough of them count."""
    panel = rows.get(Panel, event.application_id)
    held = [s for s in sheets if s.reviewer_id in seated]
    if panel is None or len(held) < panel.size:
        return None
    result = score(
        event.application_id,
        [sheet_of(s) for s in held],
        criteria_of(terms),
        aggregation_of(terms),
        declared(rows.of(DeclaredConflict, application_id=event.application_id)),
    )
    if result.total is None:
        return None
    return ReviewCompleted(
        application_id=event.application_id,
        call_id=event.call_id,
        sheets=len(held),
        score=fraction_text(result.total),
        completed_at=event.submitted_at,
    )


def _same(before: ScoreSheet, command: SubmitScores) -> None:
    if (before.points, before.comment) != (dict(command.points), command.comment):
        raise Conflict(
            "already_scored",
            f"A sheet was handed in on {before.submitted_at}; it cannot be changed.",
            f"评分表已于 {before.submitted_at} 提交，不能更改。",
        )


def _still_wanted(rows: NamedRows, case: Case) -> None:
    not_sealed(rows.get(SealedRanking, case.call_id), case.call_id)
    if case.status == "withdrawn":
        raise Conflict(
            "withdrawn",
            f"Application {case.application_id} was withdrawn; no sheet is needed.",
            f"申报 {case.application_id} 已撤回，无需评分。",
        )


def _fits(command: SubmitScores, terms: CallTerms) -> None:
    marks = tuple(Mark(criterion, points) for criterion, points in sorted(command.points.items()))
    sheet = Sheet(command.application_id, command.reviewer_id, marks)
    if problems := sheet_problems(sheet, criteria_of(terms)):
        raise Invalid(
            "sheet_invalid",
            "; ".join(f"{p.where}: {p.text.en}" for p in problems),
            "；".join(f"{p.where}：{p.text.zh}" for p in problems),
            problems=[
                {"code": p.code, "where": p.where, "what": p.text.en, "what_zh": p.text.zh}
                for p in problems
            ],
        )
