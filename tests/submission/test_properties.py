"""What holds after any sequence of commands, in any grouping."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.submission import ApplicationSubmitted, ApplicationWithdrawn, DuplicateRefused
from services.chassis.causes import Ask
from services.chassis.model import Answer
from services.submission.store import Application, CallTally
from tests.submission.office import CLOSES, DURING, Office

NAMES, REFERENCES = ("A", "B"), ("1", "2", "3")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "withdraw", "save"]),
        st.sampled_from(NAMES),
        st.sampled_from(REFERENCES),
    ),
    max_size=25,
)
GROUPS = st.lists(STEPS, min_size=1, max_size=4)


class Season:
    """An office whose applicants have begun all their drafts."""

    def __init__(self) -> None:
        self.office = Office(DURING)
        self.ids = {(n, r): self.office.begin(n, r) for n in NAMES for r in REFERENCES}
        self.receipts: dict[str, Answer] = {}
        self.asked = 0

    def command(self, step: tuple[str, str, str]) -> Any:
        act, name, reference = step
        application_id = self.ids[name, reference]
        if act == "submit":
            return self.office.submitting(application_id, name)
        if act == "withdraw":
            return self.office.withdrawing(application_id, name)
        return self.office.saving(application_id, "1", name, title=f"改{reference}")

    def group(self, steps: list[tuple[str, str, str]]) -> None:
        """One group commit: all at once, as the writer gathers them."""
        self.asked += 1
        now = self.office.world.clock.now()
        asks = [Ask(f"ask-{self.asked}-{n}", self.command(s), now, "") for n, s in enumerate(steps)]
        for ask, answer in self.office.service.handle(list(asks)).answers:
            if isinstance(answer, Answer) and answer.status == 201:
                first = self.receipts.setdefault(ask.command.application_id, answer)
                assert answer == first, "every receipt of an application is the same"

    def check(self) -> None:
        """At most one application of an applicant stands; the counters say what the log says."""
        rows = self.office.rows(Application)
        standing = Counter(row.applicant_id for row in rows if row.withdrawn_at is None)
        assert all(count <= 1 for count in standing.values()), standing
        sent = self.office.events(ApplicationSubmitted)
        assert len({event.application_id for event in sent}) == len(sent) == len(rows)
        for tally in self.office.rows(CallTally):
            assert tally.received == len(sent)
            assert tally.withdrawn == len(self.office.events(ApplicationWithdrawn))
            assert tally.duplicates == len(self.office.events(DuplicateRefused))


@settings(max_examples=60)
@given(GROUPS)
def test_at_most_one_application_of_an_applicant_stands_under_a_call(groups: list[Any]) -> None:
    """Whatever is asked, in whatever order and however it is grouped."""
    season = Season()
    for steps in groups:
        season.group(steps)
        season.check()


@settings(max_examples=30)
@given(STEPS, STEPS)
def test_nothing_is_sent_after_the_window(before: list[Any], after: list[Any]) -> None:
    """Midnight is a wall: what stood stands, and every receipt can still be asked for."""
    season = Season()
    season.group(before)
    rows = season.office.rows(Application)
    season.office.at(CLOSES)
    season.group(after)
    assert season.office.rows(Application) == rows
    season.check()


@settings(max_examples=30)
@given(STEPS)
def test_grouping_changes_nothing(steps: list[Any]) -> None:
    """One by one or all in one commit: the same events."""
    together, apart = Season(), Season()
    together.group(steps)
    for step in steps:
        apart.group([step])
    assert together.office.service.emitted == apart.office.service.emitted
    assert together.office.service.dump() == apart.office.service.dump()
