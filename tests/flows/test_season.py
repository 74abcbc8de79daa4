"""A whole season in one process: the flow's table, and that nothing depends on who is served when."""

from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from contracts.event import Envelope
from services.chassis.causes import Record
from services.cli.season.cast import cast
from tests.flows.memory import Played, play
from tests.flows.outcome import in_memory, records_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

A_PERSON = ""
FLOW = (
    ("submission.application_submitted", A_PERSON),
    ("eligibility.eligibility_assessed", "submission.application_submitted"),
    ("document.documents_assessed", "submission.application_submitted"),
    ("notification.message_queued", "submission.application_submitted"),
    ("document.paper_received", A_PERSON),
    ("review.panel_assigned", A_PERSON),
    ("review.scores_submitted", A_PERSON),
    ("review.review_completed", A_PERSON),
    ("review.award_recommended", A_PERSON),
    ("finance.budget_reserved", "review.award_recommended"),
    ("review.award_decided", A_PERSON),
    ("finance.award_committed", "review.award_decided"),
    ("notification.message_queued", "review.award_decided"),
    ("finance.agreement_signed", A_PERSON),
    ("finance.tranche_released", A_PERSON),
    ("finance.payment_instructed", A_PERSON),
    ("finance.payment_confirmed", A_PERSON),
    ("notification.message_queued", "finance.payment_confirmed"),
    ("finance.grant_closed", A_PERSON),
    ("notification.message_sent", A_PERSON),
)
"""What happens to an application that wins, and what each event follows from."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One season, looked at by several tests."""
    return await play(tmp_path_factory.mktemp("season"))


@pytest.fixture(scope="module")
def records(played: Played) -> list[Record]:
    """Its whole log."""
    return records_of(played.world)


def winners(records: list[Record]) -> list[str]:
    decided = [
        orjson.loads(r.value) for r in records if r.read_envelope().type == "review.award_decided"
    ]
    return sorted(d["application_id"] for d in decided if d["decision"] == "awarded")


def test_every_award_went_the_whole_way_each_step_caused_by_the_one_before(
    records: list[Record],
) -> None:
    """The flow's table, printed from the log of every winner: each event and its cause."""
    said = {r.read_envelope().id: r.read_envelope() for r in records}
    for application in winners(records):
        story = [e for e in said.values() if e.correlation_id == application]
        steps = {
            (e.type, said[e.causation_id].type if e.causation_id in said else "") for e in story
        }
        assert set(FLOW) <= steps


def test_every_event_of_a_case_carries_its_application_as_correlation(
    records: list[Record],
) -> None:
    """Whoever caused it and on whatever topic: one id finds all of a case."""
    applications = {_body_id(r) for r in records if r.topic == "submission.events"} - {""}
    about = [(r.read_envelope(), _body_id(r)) for r in records]
    assert {e.correlation_id for e, _ in about} >= applications
    assert [e.type for e, a in about if a and e.correlation_id != a] == []


def _body_id(record: Record) -> str:
    return str(orjson.loads(record.value).get("application_id", ""))


def test_what_a_service_says_on_hearing_another_carries_that_ones_time(
    records: list[Record],
) -> None:
    """A reaction takes its time from its cause, never from a clock: so it can be made again."""
    said: dict[str, Envelope] = {r.read_envelope().id: r.read_envelope() for r in records}
    followed = [(e, said[e.causation_id]) for e in said.values() if e.causation_id in said]
    assert len(followed) > 400
    assert [e.type for e, cause in followed if e.time != cause.time] == []


def test_each_case_of_the_cast_ends_as_its_story_says(
    played: Played, records: list[Record]
) -> None:
    """Late, withdrawn and barred applicants get no award; awards stay within quota and budget."""
    won = set(winners(records))
    players = cast(1, 70)
    applicant = {
        b["application_id"]: b["applicant"]["id"]
        for r in records
        if r.read_envelope().type == "submission.application_submitted"
        for b in [orjson.loads(r.value)]
    }
    lost = players.of("withdrawn", "dispatch_late", "hand_late", "penalty", "circular", "no_paper")
    assert {applicant[a] for a in won}.isdisjoint(p.id for p in lost)
    assert 0 < len(won) <= 30
    assert (
        sum(
            fen
            for _, said, fen in in_memory(played.world, played.mails).awards
            if said == "awarded"
        )
        <= 900_000_000
    )


def test_nothing_was_refused_on_the_way_and_the_books_balance(played: Played) -> None:
    """No service parked or dropped a record, and all balances of the double entry sum to nothing."""
    assert {n: s.letters for n, s in played.world.services.items() if s.letters} == {}
    balances = in_memory(played.world, played.mails).balances
    assert len(balances) > 100
    assert sum(balances.values()) == 0


async def test_the_same_seed_gives_the_same_log_byte_for_byte(
    played: Played, tmp_path: Path
) -> None:
    """Every record in its place, with its headers: a failure seen once can be seen again."""
    again = await play(tmp_path)

    assert again.log_sha256 == played.log_sha256


async def test_whoever_is_served_first_awards_ledger_and_letters_are_the_same(
    played: Played, tmp_path: Path
) -> None:
    """Other interleavings of requests, topics, partitions and services: another log, the same season."""
    hashes = in_memory(played.world, played.mails).hashes()
    for interleaving in (1, 2):
        other = await play(tmp_path / str(interleaving), interleaving=interleaving)
        assert other.log_sha256 != played.log_sha256
        assert in_memory(other.world, other.mails).hashes() == hashes
