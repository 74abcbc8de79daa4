"""Who is awarded: the ranking replayed from the top, under caps that always hold."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from services.review.rules.awards import (
    AmountRule,
    LineTie,
    Outcome,
    Selection,
    SelectionPolicy,
    Status,
    WhenOverBudget,
    selection_problems,
)
from services.review.rules.evidence import canonical_bytes, from_bytes, sha256_of
from services.review.rules.problems import Problem, Text, refuse
from services.review.rules.ranking import Entry, Ranking
from services.review.rules.tie_breaks import Key, TieBreakKind


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the ranking with the money it stands for."""

    entry: Entry
    strand: str | None
    requested_fen: int
    amount_fen: int


@dataclass(slots=True)
class Room:
    """What the caps still allow; it only ever shrinks."""

    awards: int
    budget_fen: int
    strands: dict[str, int]

    def blocks(self, claims: Sequence[Claim]) -> tuple[str, ...]:
        """Every cap that all these claims together would break; none means that they fit."""
        wanted = Counter(c.strand for c in claims if c.strand in self.strands)
        broken = {
            "awards_max_reached": len(claims) > self.awards,
            "over_budget": sum(c.amount_fen for c in claims) > self.budget_fen,
            "strand_full": any(n > self.strands[s] for s, n in wanted.items() if s is not None),
        }
        return tuple(reason for reason, holds in broken.items() if holds)

    def take(self, claim: Claim) -> None:
        self.awards -= 1
        self.budget_fen -= claim.amount_fen
        if claim.strand in self.strands:
            self.strands[claim.strand] -= 1
        assert min(self.awards, self.budget_fen) >= 0, "an award was made beyond its cap"


def select(ranking: Ranking, amounts_fen: Mapping[str, int], policy: SelectionPolicy) -> Selection:
    """Award from the top of the ranking what fits; what does not is skipped, or ends the list.

    Source: R23, R24, R51 with A7: 30 awards at most, an amount per award, a budget of its own.
    Unit: fen. Boundary: an award that uses the last fen, or the last place, is made; one fen more
    is not. A tie the chain left open is awarded whole or left to a person, never split by order.

    Raises:
        InvalidInput: a ranked application has no positive amount, or the policy contradicts itself.
    """
    refuse((*selection_problems(policy), *_amount_problems(ranking, amounts_fen)))
    room = Room(
        policy.awards_max, policy.budget_fen, {c.strand: c.awards_max for c in policy.strand_caps}
    )
    outcomes = list(_replay(_claims(ranking, amounts_fen, policy), policy, room))
    outcomes += [_unranked(i, amounts_fen.get(i, 0)) for i in ranking.unranked]
    source = sha256_of(ranking)
    amounts = [(o.application_id, o.requested_fen) for o in outcomes]
    return Selection(
        policy,
        tuple(_reserves(outcomes, policy.reserves_max)),
        tuple(_line_ties(ranking, outcomes)),
        policy.budget_fen - room.budget_fen,
        room.budget_fen,
        source,
        sha256_of((source, amounts, policy)),
    )


def selection_to_json(selection: Selection) -> str:
    """The canonical text: equal selections give equal bytes."""
    return canonical_bytes(selection).decode()


def selection_from_json(text: str | bytes) -> Selection:
    """Read a selection as written; `rederive_selection` checks it.

    Raises:
        InvalidInput: the text is not a selection.
    """
    return from_bytes(Selection, text)


def rederive_selection(ranking: Ranking, selection: Selection) -> Selection:
    """Select again from the evidence inside; an honest selection equals the result."""
    amounts = {o.application_id: o.requested_fen for o in selection.outcomes}
    return select(ranking, amounts, selection.policy)


def _amount_problems(ranking: Ranking, amounts_fen: Mapping[str, int]) -> Iterator[Problem]:
    for entry in ranking.entries:
        amount = amounts_fen.get(entry.application_id)
        if type(amount) is not int or amount <= 0:
            text = Text(
                f"申请金额应为正整数（分），现为 {amount!r}。",
                f"The amount asked for must be a positive whole number of fen, is {amount!r}.",
            )
            yield Problem("amount", f"amounts_fen[{entry.application_id}]", text)


def _claims(
    ranking: Ranking, amounts_fen: Mapping[str, int], policy: SelectionPolicy
) -> Iterator[Claim]:
    strands = {c.application_id: c.strand for c in ranking.candidates}
    for entry in ranking.entries:
        requested = amounts_fen[entry.application_id]
        yield Claim(entry, strands[entry.application_id], requested, amount_fen(requested, policy))


def amount_fen(requested_fen: int, policy: SelectionPolicy) -> int:
    """What an award for this request is worth.

    Source: R24 with A7 ("about 300,000 each" may be a ceiling or a fixed sum). Unit: fen.
    Boundary: a request at amount_max_fen is granted whole, one fen more is cut to it.
    """
    if policy.amount_rule is AmountRule.FIXED:
        assert policy.amount_fixed_fen is not None
        return policy.amount_fixed_fen
    return (
        requested_fen
        if policy.amount_max_fen is None
        else min(requested_fen, policy.amount_max_fen)
    )


def _replay(claims: Iterator[Claim], policy: SelectionPolicy, room: Room) -> Iterator[Outcome]:
    closed_by: str | None = None
    for _, same_rank in groupby(claims, key=lambda c: c.entry.rank):
        group = list(same_rank)
        barred = {c.entry.application_id: _bars(c, policy) for c in group}
        standing = [c for c in group if not barred[c.entry.application_id]]
        settled = {i: (Status.NOT_AWARDED, reasons) for i, reasons in barred.items() if reasons}
        if closed_by is None:
            decided, closed_by = _settle(standing, policy, room)
            settled |= decided
        else:
            settled |= {c.entry.application_id: (Status.RESERVE, (closed_by,)) for c in standing}
        yield from (_outcome(c, *settled[c.entry.application_id]) for c in group)


def _bars(claim: Claim, policy: SelectionPolicy) -> tuple[str, ...]:
    """Why no room would help; the pass mark and the least award are themselves allowed."""
    barred = {
        "below_pass_mark": policy.total_min is not None and claim.entry.total < policy.total_min,
        "below_amount_min": policy.amount_min_fen is not None
        and claim.requested_fen < policy.amount_min_fen,
    }
    return tuple(reason for reason, holds in barred.items() if holds)


def _settle(
    group: Sequence[Claim], policy: SelectionPolicy, room: Room
) -> tuple[dict[str, tuple[Status, tuple[str, ...]]], str | None]:
    """Decide all claims of one rank at once, and say what closes the list for those below.

    Those that fit each by itself are awarded if they also fit together. If they do not, any order
    among equals would pick the winner, so a person decides and the room is kept for them.
    """
    blocks = {c.entry.application_id: room.blocks([c]) for c in group}
    fitting = [c for c in group if not blocks[c.entry.application_id]]
    short = any(b == ("over_budget",) for b in blocks.values())
    stops = short and policy.when_over_budget is WhenOverBudget.STOP
    settled = {i: (Status.RESERVE, b) for i, b in blocks.items() if b}
    if fitting and (stops or room.blocks(fitting)):
        settled |= {c.entry.application_id: (Status.UNDECIDED, ("open_tie",)) for c in fitting}
        return settled, "below_an_open_tie"
    for claim in fitting:
        room.take(claim)
        settled[claim.entry.application_id] = (Status.AWARDED, ("within_caps",))
    return settled, "below_a_stop" if stops else None


def _outcome(claim: Claim, status: Status, reasons: tuple[str, ...]) -> Outcome:
    granted = claim.amount_fen if status is Status.AWARDED else 0
    entry = claim.entry
    return Outcome(
        entry.application_id,
        entry.rank,
        status,
        claim.requested_fen,
        claim.amount_fen,
        granted,
        reasons,
    )


def _unranked(application_id: str, requested_fen: int) -> Outcome:
    reasons = ("too_few_reviews",)
    return Outcome(application_id, None, Status.NOT_AWARDED, requested_fen, 0, 0, reasons)


def _reserves(outcomes: Sequence[Outcome], reserves_max: int | None) -> Iterator[Outcome]:
    """Number the reserves in rank order; beyond the end of the list they are not awarded."""
    place = 0
    for outcome in outcomes:
        if outcome.status is not Status.RESERVE:
            yield outcome
        elif reserves_max is None or place < reserves_max:
            place += 1
            yield replace(outcome, reserve_place=place)
        else:
            reasons = (*outcome.reasons, "beyond_reserves")
            yield replace(outcome, status=Status.NOT_AWARDED, reasons=reasons)


def _line_ties(ranking: Ranking, outcomes: Sequence[Outcome]) -> Iterator[LineTie]:
    """Groups that only the lot separates, with the line running through them."""
    capped = {o.application_id for o in outcomes if o.status is Status.RESERVE}
    won = {o.application_id for o in outcomes if o.status is Status.AWARDED}
    for _, alike in groupby(ranking.entries, key=_before_the_lot):
        ids = [entry.application_id for entry in alike]
        awarded = tuple(i for i in ids if i in won)
        others = tuple(i for i in ids if i in capped)
        if awarded and others:
            yield LineTie(awarded, others)


def _before_the_lot(entry: Entry) -> tuple[Key, ...]:
    return tuple(key for key in entry.keys if key.step != TieBreakKind.LOT)
