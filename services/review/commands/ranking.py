"""The command that seals a ranking: scores, order and selection, with everything they rest on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from contracts.review import AwardRecommended, RankingSealed
from services.chassis.errors import Conflict
from services.chassis.model import Answer, Need, Outcome, decision
from services.chassis.views import NamedRows
from services.review.commands.guards import (
    aggregation_of,
    closed_call,
    criteria_of,
    declared,
    refused,
    sheet_of,
)
from services.review.rules.awards import Selection, SelectionPolicy, Status
from services.review.rules.conflicts import Conflict as ConflictOfInterest
from services.review.rules.evidence import from_json, sha256_of, to_json
from services.review.rules.problems import InvalidInput
from services.review.rules.ranking import Ranking, rank
from services.review.rules.scores import AggregationPolicy, score
from services.review.rules.selection import select
from services.review.rules.sheets import Criterion, Sheet
from services.review.rules.tie_breaks import (
    Candidate,
    RankingPolicy,
    TieBreak,
    TieBreakKind,
)
from services.review.store import CallTerms, Case, DeclaredConflict, ScoreSheet, SealedRanking, Seat


@dataclass(frozen=True, slots=True)
class SealRanking:
    """Rank a call's applications, select under its caps, and let nobody change it afterwards."""

    call_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Requested:
    """What an application asked for."""

    application_id: str
    requested_fen: int
    strand: str | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All a ranking and a selection depend on: what the event carries as evidence."""

    criteria: tuple[Criterion, ...]
    aggregation: AggregationPolicy
    ranking_policy: RankingPolicy
    selection_policy: SelectionPolicy
    requested: tuple[Requested, ...]
    sheets: tuple[Sheet, ...]
    conflicts: tuple[ConflictOfInterest, ...]


def _needs(command: SealRanking) -> list[Need]:
    tables = (Case, Seat, ScoreSheet, DeclaredConflict)
    return [
        CallTerms.key(command.call_id),
        SealedRanking.key(command.call_id),
        *(table.of(call_id=command.call_id) for table in tables),
    ]


@decision(SealRanking, needs=_needs)
def seal_ranking(command: SealRanking, rows: NamedRows, now: str) -> Outcome:
    """Seal once; asking again is answered the same.

    Raises:
        Conflict: sheets are missing; every application that lacks some is named.
    """
    before = rows.get(SealedRanking, command.call_id)
    if before is not None:
        return Answer(201, _summary(command.call_id, before.ranking_sha256, before.ranking, before.selection))
    terms = closed_call(rows.get(CallTerms, command.call_id), command.call_id)
    seated = [s for s in rows.of(Seat, call_id=command.call_id) if s.status == "seated"]
    _complete(seated, rows.of(ScoreSheet, call_id=command.call_id))
    inputs = _inputs(terms, seated, rows, command.call_id)
    try:
        ranking, selection = ranked(inputs)
    except InvalidInput as invalid:
        raise refused(invalid) from invalid
    event = _event(command, inputs, ranking, selection, now)
    yield event
    yield from _recommended(event, selection, rows, command.by, now)
    return Answer(201, _summary(command.call_id, event.ranking_sha256, event.ranking, event.evidence["selection"]))


def ranked(inputs: Inputs) -> tuple[Ranking, Selection]:
    """The ranking and the selection that these inputs give, on any day."""
    scores = {
        r.application_id: score(
            r.application_id, inputs.sheets, inputs.criteria, inputs.aggregation, inputs.conflicts
        )
        for r in inputs.requested
    }
    candidates = [
        Candidate(
            r.application_id, scores[r.application_id].total, scores[r.application_id].criteria,
            r.requested_fen, r.strand,
        )
        for r in inputs.requested
    ]  # fmt: skip
    ranking = rank(candidates, inputs.ranking_policy, None)
    amounts = {r.application_id: r.requested_fen for r in inputs.requested}
    return ranking, select(ranking, amounts, inputs.selection_policy)


def rederived(event: RankingSealed) -> dict[str, Any]:
    """Ranking and selection again, from the event's own evidence alone (law 3)."""
    inputs = from_json(Inputs, event.evidence["inputs"])
    ranking, selection = ranked(inputs)
    return {
        "ranking": to_json(ranking),
        "ranking_sha256": sha256_of(ranking),
        "evidence": {"inputs": to_json(inputs), "selection": to_json(selection)},
    }


def _inputs(terms: CallTerms, seated: Iterable[Seat], rows: NamedRows, call_id: str) -> Inputs:
    members = {(s.application_id, s.reviewer_id) for s in seated}
    on_panel = {application for application, _ in members}
    sheets = [
        s for s in rows.of(ScoreSheet, call_id=call_id) if (s.application_id, s.reviewer_id) in members
    ]
    cases = [c for c in rows.of(Case, call_id=call_id) if c.application_id in on_panel and c.status != "withdrawn"]
    return Inputs(
        criteria=criteria_of(terms),
        aggregation=aggregation_of(terms),
        ranking_policy=ranking_policy(terms),
        selection_policy=selection_policy(terms),
        requested=tuple(
            Requested(c.application_id, c.requested_fen, c.items[0].partition(".")[0] if c.items else None)
            for c in cases
        ),
        sheets=tuple(sheet_of(s) for s in sheets),
        conflicts=tuple(sorted(declared(rows.of(DeclaredConflict, call_id=call_id)))),
    )


def ranking_policy(terms: CallTerms) -> RankingPolicy:
    """The tie-break chain the call declares."""
    said = terms.review
    return RankingPolicy(
        tie_breaks=tuple(
            TieBreak(TieBreakKind(t["kind"]), tuple(t["criteria"])) for t in said["tie_breaks"]
        ),
        decimals=said["aggregation"]["decimals"],
    )


def selection_policy(terms: CallTerms) -> SelectionPolicy:
    """The caps the call declares: awards, budget, limits of an amount."""
    return SelectionPolicy(
        budget_fen=terms.budget_fen,
        awards_max=terms.quota["awards_max"],
        amount_min_fen=terms.amount.get("min_fen"),
        amount_max_fen=terms.amount.get("max_fen"),
    )


def _complete(seated: Iterable[Seat], sheets: Iterable[ScoreSheet]) -> None:
    held = {(s.application_id, s.reviewer_id) for s in sheets}
    missing = [
        {"application_id": s.application_id, "reviewer_id": s.reviewer_id}
        for s in seated
        if (s.application_id, s.reviewer_id) not in held
    ]
    if missing:
        raise Conflict(
            "sheets_missing",
            f"{len(missing)} score sheets are missing; remind the reviewers or replace them.",
            f"尚缺 {len(missing)} 份评分表，请催办或更换评审专家。",
            missing=missing,
        )


def _event(
    command: SealRanking, inputs: Inputs, ranking: Ranking, selection: Selection, now: str
) -> RankingSealed:
    return RankingSealed(
        call_id=command.call_id,
        ranking=_plain(ranking),
        evidence={"inputs": _plain(inputs), "selection": _plain(selection)},
        ranking_sha256=sha256_of(ranking),
        sealed_by=command.by,
        sealed_at=now,
    )


def _plain(value: Any) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(orjson.dumps(to_json(value)))
    return document


def _recommended(
    event: RankingSealed, selection: Selection, rows: NamedRows, by: str, now: str
) -> Iterator[AwardRecommended]:
    cases = {c.application_id: c for c in rows.of(Case, call_id=event.call_id)}
    for outcome in selection.outcomes:
        if outcome.status is Status.AWARDED:
            case = cases[outcome.application_id]
            yield AwardRecommended(
                application_id=case.application_id, call_id=event.call_id,
                applicant_id=case.applicant_id, applicant_name=case.applicant_name,
                title=case.title, rank=outcome.rank or 0, amount_fen=outcome.granted_fen,
                ranking_sha256=event.ranking_sha256, recommended_by=by, recommended_at=now,
            )  # fmt: skip


def _summary(
    call_id: str, digest: str, ranking: dict[str, Any], selection: dict[str, Any]
) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "ranking_sha256": digest,
        "entries": [
            {k: e[k] for k in ("rank", "application_id", "total", "total_decimal", "separated_by")}
            for e in ranking["entries"]
        ],
        "ties": ranking["ties"],
        "unranked": ranking["unranked"],
        "outcomes": selection["outcomes"],
        "awarded_fen": selection["awarded_fen"],
        "free_fen": selection["free_fen"],
    }

