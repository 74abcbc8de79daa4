"""Turning "no assignment exists" into which applications are short, by which rule, of how much."""

from collections.abc import Iterator, Sequence

import numpy as np

from services.review.rules.panel_network import Case
from services.review.rules.panels import Infeasible
from services.review.rules.parties import Pair
from services.review.rules.problems import Text
from services.review.rules.shortages import Hall, Shortage, blocking_sets

NAMED_MAX = 8


def infeasible(case: Case, inputs_sha256: str) -> Infeasible:
    """Every independent contradiction in the case.

    The upper limits and the lower limits can be judged apart: if one assignment fills every panel
    within load_max and another, perhaps partial, gives everybody load_min, exchanging seats along
    alternating paths between the two yields one that does both.
    """
    panels, minima = _panel_demand(case), _load_demand(case)
    missing = panels.seats_unmet()
    shortages = (*_short_panels(case, panels), *_idle_reviewers(case, minima))
    assert shortages, "the flow found no assignment although every limit can be met"
    return Infeasible(_summary(panels, missing), shortages, missing, inputs_sha256)


def started_lost(lost: Sequence[Pair], started: int, inputs_sha256: str) -> Infeasible:
    """Reviews that have begun no longer fit under the limits now given."""
    names = [f"{pair.application_id}/{pair.reviewer_id}" for pair in lost]
    text = Text(
        f"已开始的评审 {_zh(names)} 在现有件数限制下无法保留；请恢复相应专家的件数上限。",
        f"Reviews already begun ({_en(names)}) no longer fit the limits; raise load_max again.",
    )
    shortage = Shortage(
        "started",
        tuple(sorted({pair.application_id for pair in lost})),
        tuple(sorted({pair.reviewer_id for pair in lost})),
        started,
        started - len(lost),
        text,
    )
    return Infeasible(text, (shortage,), len(lost), inputs_sha256)


def _summary(panels: Hall, missing: int) -> Text:
    wanted = sum(panels.demands.values())
    if not missing:
        return Text(
            f"共需 {wanted} 个评审席位，席位本身可以排满，但无法同时满足专家的件数下限；原因如下。",
            f"All {wanted} seats could be filled, yet not with every load_min; see why.",
        )
    return Text(
        f"共需 {wanted} 个评审席位，按现有规则最多排出 {wanted - missing} 个，"
        f"至少缺 {missing} 个；原因如下。",
        f"{wanted} seats are needed and at most {wanted - missing} can be filled under the rules: "
        f"{missing} short at least; see why.",
    )


def _edges(case: Case) -> list[tuple[str, str]]:
    rows, columns = np.nonzero(case.admissible())
    return [
        (case.applications[i].id, case.reviewers[j].id)
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
    ]


def _panel_demand(case: Case) -> Hall:
    return Hall(
        {a.id: case.policy.panel_size for a in case.applications},
        {r.id: r.load_max for r in case.reviewers},
        _edges(case),
    )


def _load_demand(case: Case) -> Hall:
    minima = {r.id: r.load_min for r in case.reviewers if r.load_min}
    return Hall(
        minima,
        {a.id: case.policy.panel_size for a in case.applications},
        [(reviewer, a) for a, reviewer in _edges(case) if reviewer in minima],
    )


def _short_panels(case: Case, hall: Hall) -> Iterator[Shortage]:
    size, pool = case.policy.panel_size, len(case.reviewers)
    if pool < size and case.applications:
        yield _too_few_reviewers(case)
        return
    for core in blocking_sets(hall):
        part = hall.only(core)
        needed, available = size * len(core), part.available()
        if len(core) == 1 and len(part.edges) < size:
            yield _conflicted_panel(case, core[0], needed, available)
        else:
            yield _overloaded(part, core, needed, available)


def _too_few_reviewers(case: Case) -> Shortage:
    size, pool, count = case.policy.panel_size, len(case.reviewers), len(case.applications)
    text = Text(
        f"每件申请需 {size} 位专家，而专家总共只有 {pool} 位；请增加专家或减少每件专家数。",
        f"Each panel needs {size} reviewers and there are {pool}; enrol more or shrink panels.",
    )
    ids = tuple(a.id for a in case.applications)
    reviewers = tuple(r.id for r in case.reviewers)
    return Shortage("panel_size", ids, reviewers, size * count, pool * count, text)


def _conflicted_panel(case: Case, application_id: str, needed: int, available: int) -> Shortage:
    """The reviewers named are those kept away by a conflict, a decline or a load of zero."""
    admissible = {
        reviewer for application, reviewer in _edges(case) if application == application_id
    }
    kept_away = [r.id for r in case.reviewers if r.id not in admissible]
    short = needed - available
    text = Text(
        f"申请 {application_id} 需 {needed} 位专家，除去须回避、已谢绝或不接件的专家"
        f"（{_zh(kept_away)}）后仅余 {available} 位，缺 {short} 位；请增加与其无利益冲突的专家。",
        f"Application {application_id} needs {needed} reviewers; conflicts, declines or a load of "
        f"zero rule out {_en(kept_away)}, leaving {available}: {short} short. Enrol reviewers "
        "without a conflict.",
    )
    return Shortage("conflicts", (application_id,), tuple(kept_away), needed, available, text)


def _overloaded(part: Hall, core: Sequence[str], needed: int, available: int) -> Shortage:
    """The reviewers named are those whose load_max binds: they could take more of these cases."""
    reach: dict[str, int] = {}
    for _, reviewer in part.edges:
        reach[reviewer] = reach.get(reviewer, 0) + 1
    full = sorted(r for r, n in reach.items() if n > part.capacities[r])
    short = needed - available
    text = Text(
        f"申请 {_zh(core)} 共需 {needed} 个评审席位，可评的专家最多承担 {available} 个，"
        f"缺 {short} 个；请提高专家 {_zh(full)} 的件数上限或增加专家。",
        f"Applications {_en(core)} together need {needed} seats; the reviewers who may take them "
        f"offer {available}: {short} short. Raise load_max of {_en(full)}, or enrol reviewers.",
    )
    return Shortage("load_max", tuple(core), tuple(full), needed, available, text)


def _idle_reviewers(case: Case, hall: Hall) -> Iterator[Shortage]:
    for core in blocking_sets(hall):
        part = hall.only(core)
        needed, available = sum(part.demands.values()), part.available()
        within = tuple(sorted({application for _, application in part.edges}))
        text = Text(
            f"专家 {_zh(core)} 的件数下限合计 {needed}，而可供其评审的席位只有 {available} 个，"
            f"缺 {needed - available} 个；请降低其件数下限。",
            f"Reviewers {_en(core)} must take {needed} seats at least, and only {available} are "
            f"open to them: {needed - available} short. Lower their load_min.",
        )
        yield Shortage("load_min", within, tuple(core), needed, available, text)


def _zh(names: Sequence[str]) -> str:
    more = f" 等共 {len(names)} 个" if len(names) > NAMED_MAX else ""
    return "、".join(names[:NAMED_MAX]) + more


def _en(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return ", ".join(names[:NAMED_MAX]) + more
