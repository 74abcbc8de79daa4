"""Sealed rankings of the applications of a long log, as review would have sealed them."""

from collections.abc import Iterator
from random import Random

from contracts.event import Envelope
from contracts.review import RankingSealed
from services.chassis.causes import Record
from services.chassis.replay import Folder
from services.ops.definitions import definition
from services.review.commands import reading
from services.review.commands.ranking import Inputs, Requested, ranked
from services.review.commands.runs import document
from services.review.rules.evidence import sha256_of
from services.review.rules.sheets import Criterion, Mark, Sheet
from services.review.store import CallTerms
from tests.bench.story import Story, Told, placed, reviewer_id

SEALED_AT = "2021-08-02T10:00:00+08:00"
SHEETS = 3
REQUESTED_FEN = (25_000_000, 35_000_000)


def rankings(story: Story, cases: int, ranked_max: int) -> Iterator[Told]:
    """The ranking of every call, over the first `ranked_max` of its applications."""
    for first in range(0, cases, story.call_cases):
        numbers = range(first, min(first + min(story.call_cases, ranked_max), cases))
        yield _sealed(story, numbers)


def _sealed(story: Story, numbers: range) -> Told:
    call = story.call(numbers[0])
    inputs = _inputs(_terms(story, numbers[0]), [story.application(n) for n in numbers])
    ranking, selection = ranked(inputs)
    event = RankingSealed(
        call_id=call, ranking=document(ranking), ranking_sha256=sha256_of(ranking),
        evidence={
            "inputs": document(inputs), "left_out": [], "selection": document(selection)
        },
        sealed_by="officer", sealed_at=SEALED_AT,
    )  # fmt: skip
    envelope = Envelope(
        id=f"ranking-{call}", type=event.TYPE, version=event.VERSION, source="mingjing/review",
        time=SEALED_AT, key=call, correlation_id=call, causation_id=f"call-{call}",
    )  # fmt: skip
    return placed(envelope, event.to_json())


def _terms(story: Story, first: int) -> CallTerms:
    """What review knows of the call: the fold of its publication."""
    told = next(iter(story.tell(first)))
    folder = Folder(definition("review"))
    folder.apply(Record(told.topic, told.partition, 0, told.key, told.headers(-1), told.value))
    terms: CallTerms = folder.rows(CallTerms.spec.name)[(told.envelope.key,)]
    return terms


def _inputs(terms: CallTerms, applications: list[str]) -> Inputs:
    random, criteria = Random(terms.call_id), reading.criteria_of(terms)  # noqa: S311 (marks, no secret)
    return Inputs(
        criteria=criteria, aggregation=reading.aggregation_of(terms),
        ranking_policy=reading.ranking_policy_of(terms),
        selection_policy=reading.selection_policy_of(terms), seed=None,
        requested=tuple(
            Requested(name, random.randrange(*REQUESTED_FEN, 100_000), "1") for name in applications
        ),
        sheets=tuple(
            _sheet(name, nth, criteria, random) for name in applications for nth in range(SHEETS)
        ),
        conflicts=(),
    )  # fmt: skip


def _sheet(name: str, nth: int, criteria: tuple[Criterion, ...], random: Random) -> Sheet:
    marks = [Mark(c.id, random.randint(c.points_max // 2, c.points_max)) for c in criteria]
    return Sheet(name, reviewer_id(nth), tuple(sorted(marks, key=lambda m: m.criterion_id)))
