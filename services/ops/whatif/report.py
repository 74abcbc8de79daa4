"""The answer to a what-if: who crosses the line, and why."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from contracts.review import RankingSealed
from services.chassis.replay import undisturbed
from services.ops.whatif import ranking
from services.ops.whatif.assessing import Verdict, documents_again, eligibility_again
from services.ops.whatif.changes import Changes
from services.ops.whatif.history import History
from services.ops.whatif.ranking import Ranked, line

GOOD = {"eligible", "complete"}
AWARDED = "awarded"


@dataclass(frozen=True, slots=True)
class Judged:
    """Both verdicts on one application, before and after."""

    eligibility: Verdict | None
    documents: Verdict | None

    @property
    def falls_out(self) -> bool:
        """Whether it was good enough for review and is not any more."""
        return any(v and v.before in GOOD and v.after not in GOOD for v in self._both)

    @property
    def comes_in(self) -> bool:
        """Whether it becomes good enough for review although it was not."""
        both = [v for v in self._both if v]
        return any(v.before not in GOOD for v in both) and all(v.after in GOOD for v in both)

    @property
    def changed(self) -> bool:
        return any(v and v.before != v.after for v in self._both)

    @property
    def why(self) -> list[dict[str, str]]:
        return [reason for v in self._both if v for reason in v.why]

    @property
    def _both(self) -> tuple[Verdict | None, Verdict | None]:
        return self.eligibility, self.documents


def what_if(found: History, changes: Changes) -> dict[str, Any]:
    """Run the rules again over what the log recorded, with the changes, in memory.

    Raises:
        KeyError, InvalidInput, Unreadable: a change names what is not there or contradicts itself.
    """
    with undisturbed():
        return _report(found, changes)


def _report(found: History, changes: Changes) -> dict[str, Any]:
    judged = _judged(found, changes)
    lines: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    proven = True
    for event in found.rankings.values():
        before, after, same = _ranked_again(event, changes, judged)
        proven = proven and same
        for request in event.evidence["inputs"]["requested"]:
            name = request["application_id"]
            lines[name] = line(before, name), line(after, name)
    rows = [_row(name, judged[name], lines.get(name), found) for name in sorted(judged)]
    changed = [row for row in rows if row["changed"]]
    return {
        "changes": changes.said, "applications": len(rows), "changed": len(changed),
        "rankings": sorted(found.rankings), "baseline_equals_recorded": proven,
        "summary": _summary(rows), "crossing": [r for r in changed if r["crosses"]],
        "others": [r for r in changed if not r["crosses"]],
    }  # fmt: skip


def _judged(found: History, changes: Changes) -> dict[str, Judged]:
    eligibility, documents = eligibility_again(changes), documents_again(changes)
    names = {*found.applications, *found.eligibility, *found.documents} - found.withdrawn
    return {
        name: Judged(
            eligibility(e) if (e := found.eligibility.get(name)) else None,
            documents(d) if (d := found.documents.get(name)) else None,
        )
        for name in names
    }


def _ranked_again(
    event: RankingSealed, changes: Changes, judged: dict[str, Judged]
) -> tuple[Ranked, Ranked, bool]:
    _, before, same = ranking.recorded(event)
    out = {name for name, one in judged.items() if one.falls_out}
    return before, ranking.ranked(ranking.with_changes(event, changes), without=out), same


def _row(
    name: str, one: Judged, lines: tuple[dict[str, Any], dict[str, Any]] | None, found: History
) -> dict[str, Any]:
    before, after = lines or (None, None)
    sides = [_side(one, "before", before), _side(one, "after", after)]
    was, is_now = _wins(before), _wins(after)
    crosses = {(False, True): "in", (True, False): "out"}.get((was, is_now))
    if crosses is None and one.comes_in and lines is None:
        crosses = "into_review"
    if crosses is None and one.falls_out and not was:
        crosses = "out_of_review"
    application = found.applications.get(name)
    return {
        "application_id": name, "applicant": application.applicant.name if application else "",
        "before": sides[0], "after": sides[1], "crosses": crosses, "changed": sides[0] != sides[1],
        "why": _why(one, before, after),
    }  # fmt: skip


def _side(one: Judged, side: str, standing: dict[str, Any] | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "eligibility": getattr(one.eligibility, side, None),
        "documents": getattr(one.documents, side, None),
    }
    return said | (standing or {})


def _wins(standing: dict[str, Any] | None) -> bool:
    return standing is not None and standing["status"] == AWARDED


def _why(
    one: Judged, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> list[dict[str, str]]:
    """The rules that say something else; then, in words, what moved it in the ranking."""
    why = list(one.why)
    if before is None or after is None or before == after:
        return why
    for name, zh in (("score", "得分"), ("rank", "排名"), ("granted_fen", "立项金额（分）")):
        if before[name] != after[name]:
            moved = f"{before[name]} → {after[name]}"
            why.append({"code": name, "zh": f"{zh} {moved}", "en": f"{name} {moved}"})
    known = [r["code"] for r in before["reasons"]]
    return why + [r for r in after["reasons"] if r["code"] not in known]


def _summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many of each verdict, status and fen there are before and after."""
    said = {}
    for side in ("before", "after"):
        counts: Counter[str] = Counter()
        granted = 0
        for row in rows:
            held = row[side]
            counts.update(f"{k} {held[k]}" for k in ("eligibility", "documents", "status") if held.get(k))  # fmt: skip
            granted += held.get("granted_fen", 0)
        said[side] = {**dict(sorted(counts.items())), "granted_fen": granted}
    said["crossing"] = dict(Counter(r["crosses"] for r in rows if r["crosses"]))
    return said
