"""What holds after any sequence of declines, ties, sheets, withdrawals and fillings."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.review import AssignmentDeclined, AssignmentSealed, ConflictDeclared, RankingSealed
from services.chassis.errors import ServiceError
from services.review.commands import DeclineAssignment, FillSeats, SealRanking
from services.review.main import SERVICE
from services.review.store import CallTally, Case, Completed, ScoreSheet
from tests.review.chair import Chair, conflict, ids, rederives, seated, sheet
from tests.review.events import CALL, judged, withdrawn
from tests.review.replaying import rebuilt

APPLICATIONS, REVIEWERS = ids("a", 4), ids("r", 6)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["decline", "tie", "score", "score", "score", "fill", "withdraw", "bar", "clear"]
        ),
        st.sampled_from(APPLICATIONS),
        st.sampled_from(REVIEWERS),
    ),
    max_size=30,
)


def take(chair: Chair, step: tuple[str, str, str]) -> None:
    """One step; whatever it is refused with is a refusal, never a bug."""
    act, application, reviewer = step
    commands: dict[str, Any] = {
        "decline": DeclineAssignment(application, reviewer, "没有时间", reviewer),
        "tie": conflict(application, reviewer),
        "score": sheet(application, reviewer),
        "fill": FillSeats(CALL, "officer-1"),
    }
    events = {
        "withdraw": withdrawn(application),
        "bar": judged(application, "barred"),
        "clear": judged(application),
    }
    if act in events:
        chair.hear(events[act])
        return
    try:
        chair.ask(commands[act])
    except ServiceError as refused:
        assert refused.status in (403, 404, 409), refused  # noqa: PT017 (which refusal is the point)


def check(chair: Chair) -> None:
    """Nobody tied or declined sits, nobody has too much, a sheet's author moves only for a tie."""
    panels = chair.panels()
    pairs = {(a, r) for a, panel in panels.items() for r in panel}
    tied = {(e.application_id, e.reviewer_id) for e in chair.events(ConflictDeclared)}
    declined = {(e.application_id, e.reviewer_id) for e in chair.events(AssignmentDeclined)}
    assert not pairs & (tied | declined)
    assert all(len(panel) <= 3 for panel in panels.values())
    standing = {c.application_id for c in chair.rows(Case) if c.status == "submitted"}
    sheets = {(s.application_id, s.reviewer_id) for s in chair.rows(ScoreSheet)}
    assert {s for s in sheets - tied if s[0] in standing} <= pairs
    tally = chair.row(CallTally)
    complete = [row for row in chair.rows(Completed) if row.status == "complete"]
    assert (tally.sheets, tally.conflicts, tally.completed) == (
        len(sheets),
        len(tied),
        len(complete),
    )
    assert all(len(panels[row.application_id]) == 3 for row in complete)


@settings(max_examples=60)
@given(STEPS)
def test_seats_keep_every_rule_whatever_happens(steps: list[tuple[str, str, str]]) -> None:
    """And every run repeats from its own event; the store is a fold of the log."""
    chair = seated(len(APPLICATIONS), len(REVIEWERS))
    for step in steps:
        take(chair, step)
        check(chair)
    assert all(rederives(run) for run in chair.events(AssignmentSealed))
    assert rebuilt(SERVICE, chair.world, len(steps)) == chair.service.dump()


@settings(max_examples=40)
@given(STEPS)
def test_a_ranking_can_always_be_sealed_in_the_end(steps: list[tuple[str, str, str]]) -> None:
    """Empty seats accepted and every held seat scored: nothing is left that nobody can mend."""
    chair = seated(len(APPLICATIONS), len(REVIEWERS))
    for step in steps:
        take(chair, step)
    for application, panel in sorted(chair.panels().items()):
        for reviewer in sorted(panel):
            take(chair, ("score", application, reviewer))
    answer = chair.ask(SealRanking(CALL, accept_vacant_seats=True, by="officer-1"))
    (event,) = chair.events(RankingSealed)
    assert rederives(event)
    left_out = {one["application_id"] for one in event.evidence["left_out"]}
    ranked = {outcome["application_id"] for outcome in answer.body["outcomes"]}
    assert (left_out | ranked, left_out & ranked) == (set(APPLICATIONS), set())
    assert rebuilt(SERVICE, chair.world, len(steps)) == chair.service.dump()
