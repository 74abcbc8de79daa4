"""Ranking and selection again, from the inputs that the sealed ranking carries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contracts.review import RankingSealed
from services.ops.whatif.changes import Changes, Mark, changed
from services.review.commands.ranking import Inputs
from services.review.rules.awards import REASONS, Outcome, Selection
from services.review.rules.evidence import from_json, sha256_of
from services.review.rules.ranking import Ranking, rank
from services.review.rules.scores import score
from services.review.rules.selection import select
from services.review.rules.tie_breaks import Candidate


@dataclass(frozen=True)
class Ranked:
    """A ranking with what it selects."""

    ranking: Ranking
    selection: Selection

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of every application."""
        return {o.application_id: o for o in self.selection.outcomes}

    @cached_property
    def totals(self) -> dict[str, str]:
        """The score of every ranked application, as written."""
        return {e.application_id: e.total_decimal for e in self.ranking.entries}


def ranked(inputs: Inputs, without: Iterable[str] = ()) -> Ranked:
    """Rank and select; the same as the service does, but sheets are sorted to their cases once."""
    left_out = set(without)
    sheets, conflicts = defaultdict(list), defaultdict(list)
    for sheet in inputs.sheets:
        sheets[sheet.application_id].append(sheet)
    for conflict in inputs.conflicts:
        conflicts[conflict.application_id].append(conflict)
    requested = [r for r in inputs.requested if r.application_id not in left_out]
    candidates = []
    for r in requested:
        own = score(
            r.application_id, sheets[r.application_id], inputs.criteria, inputs.aggregation,
            conflicts[r.application_id],
        )  # fmt: skip
        candidates.append(
            Candidate(r.application_id, own.total, own.criteria, r.requested_fen, r.strand)
        )
    ranking = rank(candidates, inputs.ranking_policy, None)
    amounts = {r.application_id: r.requested_fen for r in requested}
    return Ranked(ranking, select(ranking, amounts, inputs.selection_policy))


def recorded(event: RankingSealed) -> tuple[Inputs, Ranked, bool]:
    """What the event rests on, ranked again, and whether that is what the event says."""
    inputs = from_json(Inputs, event.evidence["inputs"])
    again = ranked(inputs)
    return inputs, again, sha256_of(again.ranking) == event.ranking_sha256


def with_changes(event: RankingSealed, changes: Changes) -> Inputs:
    """The inputs with other caps, weights, aggregation or scores.

    Raises:
        KeyError: a change names what is not there. InvalidInput: the changed inputs contradict
            themselves, e.g. weights that do not add up.
    """
    held: dict[str, Any] = dict(event.evidence["inputs"])
    held["selection_policy"] = changed(held["selection_policy"], changes.selection)
    held["aggregation"] = changed(held["aggregation"], changes.aggregation)
    weights = {c["id"]: c["weight"] for c in held["criteria"]}
    weights = changed(weights, changes.weights)
    held["criteria"] = [{**c, "weight": weights[c["id"]]} for c in held["criteria"]]
    held["sheets"] = _other_marks(held["sheets"], changes.scores)
    return from_json(Inputs, held)


def _other_marks(sheets: list[dict[str, Any]], scores: Iterable[Mark]) -> list[dict[str, Any]]:
    wanted = {(m.application_id, m.reviewer_id, m.criterion_id): m.points for m in scores}
    changed_sheets = []
    for sheet in sheets:
        who = sheet["application_id"], sheet["reviewer_id"]
        marks = [
            {**mark, "points": wanted.pop((*who, mark["criterion_id"]), mark["points"])}
            for mark in sheet["marks"]
        ]
        changed_sheets.append({**sheet, "marks": marks})
    if wanted:
        lost = "; ".join("/".join(name) for name in sorted(wanted))
        raise KeyError(f"no such score on any counted sheet: {lost}")
    return changed_sheets


def line(one: Ranked, application_id: str) -> dict[str, Any]:
    """Where an application stands: rank, score, status, money, and why in words."""
    outcome = one.outcomes.get(application_id)
    if outcome is None:
        return {
            "rank": None,
            "score": None,
            "status": "not_ranked",
            "granted_fen": 0,
            "reasons": [],
        }
    return {
        "rank": outcome.rank, "score": one.totals.get(application_id),
        "status": outcome.status.value, "granted_fen": outcome.granted_fen,
        "reasons": [_reason(code) for code in outcome.reasons],
    }  # fmt: skip


def _reason(code: str) -> dict[str, str]:
    said: Mapping[str, Any] = REASONS
    text = said.get(code)
    return {"code": code, "zh": text.zh if text else code, "en": text.en if text else code}
