"""The command that seals a ranking: scores, order and selection, with everything they rest on."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts.review import AwardRecommended, RankingSealed
from services.chassis.errors import Conflict
from services.chassis.model import Answer, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.board import Board, board, panel_needs, standings
from services.review.commands.guards import closed_call, refused
from services.review.commands.panels import first_run, no_panels
from services.review.commands.reading import (
    aggregation_of,
    criteria_of,
    declared,
    ranking_policy_of,
    selection_policy_of,
    sheet_of,
)
from services.review.commands.runs import document
from services.review.rules.awards import Selection, SelectionPolicy, Status
from services.review.rules.conflicts import Conflict as ConflictOfInterest
from services.review.rules.evidence import from_json, sha256_of, to_json
from services.review.rules.problems import InvalidInput
from services.review.rules.ranking import Ranking, candidate, rank
from services.review.rules.scores import AggregationPolicy, score
from services.review.rules.selection import select
from services.review.rules.sheets import Criterion, Sheet
from services.review.rules.tie_breaks import RankingPolicy, TieBreakKind
from services.review.store import (
    AssignmentRun,
    CallTerms,
    Case,
    DeclaredConflict,
    ScoreSheet,
    SealedRanking,
)


@dataclass(frozen=True, slots=True)
class SealRanking:
    """Rank a call's applications, select under its caps, and let nobody change it afterwards.

    `accept_vacant_seats`: rank though some seats are empty, on the sheets that are there.
    """

    call_id: str
    accept_vacant_seats: bool
    by: str


@dataclass(frozen=True, slots=True)
class Requested:
    """What an application in review asked for."""

    application_id: str
    requested_fen: int
    strand: str | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An application that is not ranked, and what stood in its way when the ranking was sealed."""

    application_id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """All a ranking and a selection depend on: what the event carries as evidence.

    seed: for the lot, where the chain ends in one: that of the panels, sealed before any score.
    """

    criteria: tuple[Criterion, ...]
    aggregation: AggregationPolicy
    ranking_policy: RankingPolicy
    selection_policy: SelectionPolicy
    seed: str | None
    requested: tuple[Requested, ...]
    sheets: tuple[Sheet, ...]
    conflicts: tuple[ConflictOfInterest, ...]


@decision(SealRanking, needs=lambda c: panel_needs(c.call_id))
def seal_ranking(command: SealRanking, rows: NamedRows, now: str) -> Outcome:
    """Seal once; asking again is answered the same.

    Raises:
        Conflict: the call is open, there are no panels, seats are empty or sheets are missing;
            every application that lacks something is named.
    """
    call_id = command.call_id
    if (before := rows.get(SealedRanking, call_id)) is not None:
        return Answer(201, _summary(before, before.selection))
    terms = closed_call(rows.get(CallTerms, call_id), call_id)
    run = first_run(rows, call_id)
    if run is None:
        raise no_panels(call_id)
    panels = board(rows, call_id)
    if not command.accept_vacant_seats:
        _whole(panels)
    _complete(panels)
    inputs = _inputs(terms, run, panels, rows)
    try:
        ranking, selection = ranked(inputs)
    except InvalidInput as invalid:
        raise refused(invalid) from None
    event = RankingSealed(
        call_id=call_id,
        ranking=document(ranking),
        evidence={
            "inputs": document(inputs),
            "left_out": [document(one) for one in _left_out(rows, panels, call_id)],
            "selection": document(selection),
        },
        ranking_sha256=sha256_of(ranking),
        sealed_by=command.by,
        sealed_at=now,
    )
    yield event
    yield from _recommended(event, selection, panels)
    return Answer(201, _summary(event, event.evidence["selection"]))


def ranked(inputs: Inputs) -> tuple[Ranking, Selection]:
    """The ranking and the selection that these inputs give, on any day."""
    sheets: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in inputs.sheets:
        sheets[sheet.application_id].append(sheet)
    candidates = []
    for r in inputs.requested:
        scored = score(
            r.application_id,
            sheets[r.application_id],
            inputs.criteria,
            inputs.aggregation,
            inputs.conflicts,
        )
        candidates.append(candidate(scored, r.requested_fen, r.strand))
    ranking = rank(candidates, inputs.ranking_policy, inputs.seed)
    amounts = {r.application_id: r.requested_fen for r in inputs.requested}
    return ranking, select(ranking, amounts, inputs.selection_policy)


def rederived(event: RankingSealed) -> dict[str, Any]:
    """Ranking and selection again, from the event's own evidence alone (law 3)."""
    inputs = from_json(Inputs, event.evidence["inputs"])
    left_out = from_json(tuple[LeftOut, ...], event.evidence["left_out"])
    ranking, selection = ranked(inputs)
    return {
        "ranking": to_json(ranking),
        "ranking_sha256": sha256_of(ranking),
        "evidence": {
            "inputs": to_json(inputs),
            "left_out": to_json(left_out),
            "selection": to_json(selection),
        },
    }


def _inputs(terms: CallTerms, run: AssignmentRun, panels: Board, rows: NamedRows) -> Inputs:
    """Of the applications in review; a sheet that a conflict voids is there, to be seen voided."""
    call_id, policy = terms.call_id, ranking_policy_of(terms)
    drawn = any(step.kind is TieBreakKind.LOT for step in policy.tie_breaks)
    return Inputs(
        criteria=criteria_of(terms),
        aggregation=aggregation_of(terms),
        ranking_policy=policy,
        selection_policy=selection_policy_of(terms),
        seed=run.assignment["seed"] if drawn else None,
        requested=tuple(
            Requested(c.application_id, c.requested_fen, _strand(c))
            for c in panels.cases.values()
            if c.application_id in panels.sizes
        ),
        sheets=tuple(
            sheet_of(s)
            for s in rows.of(ScoreSheet, call_id=call_id)
            if s.application_id in panels.cases
        ),
        conflicts=tuple(
            sorted(
                c
                for c in declared(rows.of(DeclaredConflict, call_id=call_id))
                if c.application_id in panels.cases
            )
        ),
    )


def _strand(case: Case) -> str | None:
    return case.items[0].partition(".")[0] if case.items else None


def _left_out(rows: NamedRows, panels: Board, call_id: str) -> Iterator[LeftOut]:
    """Everything that is not ranked; what is ready and has no panel was left without reviewers."""
    for case, at in standings(rows, call_id):
        if case.application_id not in panels.cases:
            yield LeftOut(case.application_id, at.reasons)
        elif case.application_id not in panels.sizes:
            yield LeftOut(case.application_id, ("too_few_reviews",))


def _whole(panels: Board) -> None:
    if vacant := panels.vacant():
        raise Conflict(
            "seats_vacant",
            f"{len(vacant)} applications lack reviewers; fill the seats, enrolling more reviewers "
            "if need be, or accept the vacant seats.",
            f"{len(vacant)} 件申报的评审组有空缺，请补充席位（必要时增补评审专家），或确认接受空缺。",
            application_ids=vacant,
        )


def _complete(panels: Board) -> None:
    """Every seat that somebody holds has its sheet."""
    missing = [
        {"application_id": pair.application_id, "reviewer_id": pair.reviewer_id}
        for pair in panels.pairs(panels.cases)
        if pair not in panels.sheets
    ]
    if missing:
        raise Conflict(
            "sheets_missing",
            f"{len(missing)} score sheets are missing; remind the reviewers or replace them.",
            f"尚缺 {len(missing)} 份评分表，请催办或更换评审专家。",
            missing=missing,
        )


def _recommended(
    event: RankingSealed, selection: Selection, panels: Board
) -> Iterator[AwardRecommended]:
    for outcome in selection.outcomes:
        if outcome.status is Status.AWARDED:
            case = panels.cases[outcome.application_id]
            yield AwardRecommended(
                application_id=case.application_id,
                call_id=event.call_id,
                applicant_id=case.applicant_id,
                applicant_name=case.applicant_name,
                title=case.title,
                rank=outcome.rank or 0,
                amount_fen=outcome.granted_fen,
                ranking_sha256=event.ranking_sha256,
                recommended_by=event.sealed_by,
                recommended_at=event.sealed_at,
            )


def _summary(sealed: RankingSealed | SealedRanking, selection: dict[str, Any]) -> dict[str, Any]:
    ranking = sealed.ranking
    shown = ("rank", "application_id", "total", "total_decimal", "separated_by")
    return {
        "call_id": sealed.call_id,
        "ranking_sha256": sealed.ranking_sha256,
        "entries": [{name: entry[name] for name in shown} for entry in ranking["entries"]],
        "ties": ranking["ties"],
        "unranked": ranking["unranked"],
        "outcomes": selection["outcomes"],
        "awarded_fen": selection["awarded_fen"],
        "free_fen": selection["free_fen"],
    }
