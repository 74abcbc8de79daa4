"""The ranking: exact scores, a declared chain of tie-breaks, and evidence to derive it again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise

from services.review.rules.evidence import canonical_bytes, from_bytes, sha256_of
from services.review.rules.exact import decimal_text
from services.review.rules.problems import Problem, Text, duplicates, refuse
from services.review.rules.scores import Score
from services.review.rules.tie_breaks import (
    Candidate,
    Key,
    RankingPolicy,
    candidate_problems,
    chain_problems,
    compared,
)

TIED = "tied"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ranking.

    rank: 1 + how many stand strictly above, after every tie-break. score_rank: the same by score
    alone. keys: what was compared, the score first. separated_by: the step that put this line
    below the one above: "total", a step of the chain, or "tied"; None on the first line.
    """

    rank: int
    score_rank: int
    application_id: str
    total: Fraction
    total_decimal: str
    keys: tuple[Key, ...]
    separated_by: str | None


@dataclass(frozen=True, slots=True)
class Tie:
    """Applications with the same score, the steps that separated them, and those none could."""

    total: Fraction
    application_ids: tuple[str, ...]
    broken_by: tuple[str, ...]
    unbroken: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ranking with all its evidence; unranked: those with too few valid reviews."""

    policy: RankingPolicy
    seed: str | None
    candidates: tuple[Candidate, ...]
    entries: tuple[Entry, ...]
    ties: tuple[Tie, ...]
    unranked: tuple[str, ...]
    inputs_sha256: str


def candidate(scored: Score, requested_fen: int, strand: str | None = None) -> Candidate:
    """What the ranking needs of a score."""
    return Candidate(scored.application_id, scored.total, scored.criteria, requested_fen, strand)


def rank(
    candidates: Iterable[Candidate], policy: RankingPolicy, seed: str | None = None
) -> Ranking:
    """Order by exact score, then by the chain; what the chain leaves equal shares its rank.

    Source: R51 (on merit), R27 to R30 with A15 (priorities may act as tie-breaks). Unit: places.
    Boundary: a difference of any size separates, two equal fractions never do; competition ranks
    (1, 2, 2, 4). The order of the candidates does not matter.

    Raises:
        InvalidInput: ids repeat, a step cannot be applied, or the seed is not the one committed.
    """
    cases = tuple(sorted(candidates, key=lambda c: c.application_id))
    refuse(
        (
            *duplicates("candidates", (c.application_id for c in cases)),
            *chain_problems(policy, seed),
            *candidate_problems(cases, policy),
            *_decimals_problem(policy),
        )
    )
    entries = tuple(_entries([c for c in cases if c.total is not None], policy, seed))
    return Ranking(
        policy,
        seed,
        cases,
        entries,
        tuple(_ties(entries)),
        tuple(c.application_id for c in cases if c.total is None),
        sha256_of((cases, policy, seed)),
    )


def ranking_to_json(ranking: Ranking) -> str:
    """The canonical text: equal rankings give equal bytes."""
    return canonical_bytes(ranking).decode()


def ranking_from_json(text: str | bytes) -> Ranking:
    """Read a ranking as written; `rederive` checks it.

    Raises:
        InvalidInput: the text is not a ranking.
    """
    return from_bytes(Ranking, text)


def rederive(ranking: Ranking) -> Ranking:
    """Rank again from nothing but the evidence inside; an honest ranking equals the result."""
    return rank(ranking.candidates, ranking.policy, ranking.seed)


def _decimals_problem(policy: RankingPolicy) -> tuple[Problem, ...]:
    if policy.decimals >= 0:
        return ()
    text = Text("小数位数不得为负。", "The number of decimals cannot be negative.")
    return (Problem("too_small", "policy.decimals", text),)


def _entries(
    cases: Sequence[Candidate], policy: RankingPolicy, seed: str | None
) -> Iterator[Entry]:
    keyed = [(compared(case, policy, seed), case) for case in cases]
    # The cases come sorted by id and the sort is stable, so equal lines stand in id order.
    keyed.sort(key=lambda line: [value for value, _ in line[0]])
    above: tuple[Key, ...] = ()
    place = score_place = 0
    for n, (steps, case) in enumerate(keyed, start=1):
        assert case.total is not None
        keys = tuple(key for _, key in steps)
        separated_by = _separated_by(above, keys)
        place = place if separated_by == TIED else n
        score_place = n if keys[:1] != above[:1] else score_place
        shown = decimal_text(case.total, policy.decimals, policy.rounding)
        yield Entry(place, score_place, case.application_id, case.total, shown, keys, separated_by)
        above = keys


def _separated_by(above: tuple[Key, ...], here: tuple[Key, ...]) -> str | None:
    """The first step whose value differs from the line above."""
    if not above:
        return None
    return next((k.step for other, k in zip(above, here, strict=True) if other != k), TIED)


def _ties(entries: Sequence[Entry]) -> Iterator[Tie]:
    for total, same_score in groupby(entries, key=lambda e: e.total):
        group = tuple(same_score)
        if len(group) > 1:
            steps = {below.separated_by: None for _, below in pairwise(group)}
            yield Tie(
                total,
                tuple(e.application_id for e in group),
                tuple(step for step in steps if step and step != TIED),
                tuple(_unbroken(group)),
            )


def _unbroken(group: Sequence[Entry]) -> Iterator[tuple[str, ...]]:
    for _, same_rank in groupby(group, key=lambda e: e.rank):
        ids = tuple(e.application_id for e in same_rank)
        if len(ids) > 1:
            yield ids
