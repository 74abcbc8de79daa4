"""What becomes of commands, held in memory and on the real thing alike."""

import pytest

from services.chassis.errors import Conflict, Invalid, NotFound, ServiceError
from services.chassis.model import Answer
from tests.chassis.commands import Append, Break, Submit, Withdraw, Write
from tests.chassis.harness import SUBMISSIONS, Runner, command
from tests.chassis.probes import Case, Heard, HeardTally, Note, Tally


def submit(number: int, **changes: object) -> Submit:
    """The submission of one application."""
    return Submit(**{"id": f"a{number}", "applicant_id": f"o{number}", **changes})  # type: ignore[arg-type]


async def test_a_refused_command_leaves_nothing(runner: Runner) -> None:
    """Neither rows nor events nor counts; the refusal says what stands in the way."""
    await runner.ask("source", submit(1))
    with pytest.raises(Conflict, match="a1 stands") as refused:
        await runner.ask("source", submit(2, applicant_id="o1"))
    with pytest.raises(Invalid, match="amount_invalid"):
        await runner.ask("source", submit(3, requested_fen=0))
    await runner.settle()

    assert refused.value.extra == {"standing": "a1"}
    assert [case.id for case in await runner.rows(Case)] == ["a1"]
    assert len(await runner.log(SUBMISSIONS)) == 1
    assert [t.received for t in await runner.rows(Tally)] == [1]


async def test_a_command_that_hits_a_bug_fails_alone(runner: Runner) -> None:
    """Its neighbours in the same commit are unharmed, and what it yielded never happened."""
    asks = [submit(1), Break(id="b"), submit(2), Break(id="c", late=True), submit(3)]
    answers = await runner.ask_all("source", [command(body) for body in asks])
    await runner.settle()

    assert [answer.status for answer in answers] == [201, 500, 201, 500, 201]
    assert [case.id for case in await runner.rows(Case)] == ["a1", "a2", "a3"]
    assert {event.key for event in await runner.log(SUBMISSIONS)} == {"a1", "a2", "a3"}
    assert [(t.received, t.requested_fen) for t in await runner.rows(Tally)] == [(3, 90_000_000)]


async def test_a_decision_sees_what_the_one_before_it_did(runner: Runner) -> None:
    """Also within one commit: the second of two rivals loses."""
    rivals = [command(submit(1)), command(submit(2, applicant_id="o1"))]
    first, second = await runner.ask_all("source", rivals)

    assert isinstance(first, Answer)
    assert isinstance(second, Conflict)


async def test_the_same_key_and_request_get_the_same_answer(runner: Runner) -> None:
    """A client that asks again after a lost reply changes nothing: a note is lengthened once."""
    answers = [await runner.ask("source", Append("n", "x"), key="k") for _ in range(3)]

    assert answers == [Answer(200, {"text": "x"})] * 3
    assert [note.text for note in await runner.rows(Note)] == ["x"]


async def test_without_a_key_each_request_counts(runner: Runner) -> None:
    """The counterpart: nothing but the key makes two requests one."""
    for number in range(3):
        await runner.ask_all("source", [command(Append("n", "x"), number=number)])

    assert [note.text for note in await runner.rows(Note)] == ["xxx"]


async def test_a_key_used_for_another_request_is_refused(runner: Runner) -> None:
    """The first request stands; the second is told to take a key of its own."""
    await runner.ask("source", Append("n", "x"), key="k")
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        await runner.ask("source", Append("n", "y"), key="k")

    assert [note.text for note in await runner.rows(Note)] == ["x"]


async def test_a_refusal_is_replayed_though_it_would_now_be_granted(runner: Runner) -> None:
    """The same key gets the same answer, whatever has happened since."""
    with pytest.raises(NotFound):
        await runner.ask("source", Withdraw("a1"), key="k")
    await runner.ask("source", submit(1))
    again = await runner.ask("source", Withdraw("a1"), key="k")

    assert (again.status, again.body["code"]) == (404, "case_unknown")
    assert [case.status for case in await runner.rows(Case)] == ["submitted"]


async def test_a_bug_is_not_an_answer_to_keep(runner: Runner) -> None:
    """A request that failed through our fault may succeed with the same key later."""
    for _ in range(2):
        with pytest.raises(ServiceError, match="bug"):
            await runner.ask("source", Break("b"), key="k", fingerprint="f")
    fixed = await runner.ask("source", Write("n", "x"), key="k", fingerprint="f")

    assert fixed.status == 200


async def test_a_thousand_identical_requests_have_one_effect(runner: Runner) -> None:
    """Sent at once, with one key: one event, and everybody gets the same answer."""
    asks = [command(Append("n", "x"), key="k") for _ in range(500)]
    asks += [command(submit(1), key="s") for _ in range(500)]
    answers = await runner.ask_all("source", asks)
    await runner.settle()

    assert (
        answers
        == [Answer(200, {"text": "x"})] * 500 + [Answer(201, {"application_id": "a1"})] * 500
    )
    assert [note.text for note in await runner.rows(Note)] == ["x"]
    assert len(await runner.log(SUBMISSIONS)) == 1
    assert [h.times for h in await runner.rows(Heard)] == [1]


async def test_eight_hundred_rivals_for_a_hundred_claims(runner: Runner) -> None:
    """Each claim has one winner; the losers are told who stands."""
    rivals = [submit(n, applicant_id=f"o{n % 100}") for n in range(800)]
    answers = await runner.ask_all("source", [command(rival) for rival in rivals])
    await runner.settle()

    cases = await runner.rows(Case)
    winners = {case.applicant_id: case.id for case in cases}
    assert len(cases) == len(winners) == 100
    for rival, answer in zip(rivals, answers, strict=True):
        if isinstance(answer, Conflict):
            assert answer.extra["standing"] == winners[rival.applicant_id] != rival.id
        else:
            assert (answer.status, winners[rival.applicant_id]) == (201, rival.id)
    assert [t.heard for t in await runner.rows(HeardTally)] == [100]


async def test_a_note_is_kept_without_an_event(runner: Runner) -> None:
    """Workspace is written by the decision itself; nothing of it reaches the log."""
    answer = await runner.ask("source", Write("n", "a draft"))
    await runner.settle()

    assert answer == Answer(200, {"text": "a draft"})
    assert [note.text for note in await runner.rows(Note)] == ["a draft"]
    assert await runner.log(SUBMISSIONS) == []
