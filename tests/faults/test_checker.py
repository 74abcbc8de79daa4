"""The checker itself: a good run has no offence, and each class of offence is seen when it is planted."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from services.chassis.causes import Record
from services.chassis.ids import derived
from tests.faults.checker import CHECKS, Evidence, check
from tests.faults.checker.evidence import Answered, Command, Letter, Mail
from tests.faults.simulation.run import simulate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def good() -> Evidence:
    """What a simulated season left behind, with the mails and files of its events."""
    evidence = simulate(1, 40).evidence()
    files = [s.body["sha256"] for s in evidence.of_type["document.file_received"]]
    sent = evidence.of_type["notification.message_queued"]
    evidence.blobs = {name: name for name in files}
    evidence.mails = [Mail(f"<{s.body['message_id']}@x>", s.body["recipient"], "0") for s in sent]
    evidence.receipts = [({}, True)]
    return evidence


def test_a_good_run_has_no_offence(good: Evidence) -> None:
    """The checker cries no wolf."""
    assert {name: found for name, found in check(good).items() if found} == {}
    assert len(good.events) > 200


Plant = Callable[[Evidence], None]


def _index(evidence: Evidence, kind: str) -> int:
    return next(n for n, r in enumerate(evidence.records) if r.read_envelope().type == kind)


def _changed(record: Record, **headers: bytes) -> Record:
    kept = [(n, headers.get(n, v)) for n, v in record.headers]
    return Record(record.topic, record.partition, record.offset, record.key, kept, record.value)


def event_lost(evidence: Evidence) -> None:
    """An assessment is missing from the log, and so are the copies of it."""
    gone = evidence.records[_index(evidence, "eligibility.eligibility_assessed")]
    name = gone.read_envelope().id
    evidence.records = [r for r in evidence.records if r.read_envelope().id != name]


def last_lost(evidence: Evidence) -> None:
    """An outbox has given a sequence that never came; nothing after it shows the gap."""
    evidence.written["review"][0] = evidence.written["review"].get(0, 0) + 1


def command_lost(evidence: Evidence) -> None:
    """A success left nothing."""
    evidence.commands.append(
        Command(
            "k",
            "nobody's cause",
            "submission",
            "/v1/applications/x/submission",
            "x",
            "",
            [Answered(201, {})],
        )
    )


def out_of_order(evidence: Evidence) -> None:
    """Two sequences of a partition are swapped."""
    at = _index(evidence, "submission.application_submitted")
    evidence.records[at] = _changed(evidence.records[at], ce_sequence=b"9999")


def elsewhere(evidence: Evidence) -> None:
    """An event lies in a partition that is not its key's."""
    at = _index(evidence, "submission.application_submitted")
    evidence.records[at] = replace(
        evidence.records[at], partition=(evidence.records[at].partition + 1) % 8
    )


def drawn_anew(evidence: Evidence) -> None:
    """An id does not follow from its cause."""
    at = _index(evidence, "document.file_received")
    evidence.records[at] = _changed(
        evidence.records[at], ce_id=b"12345678-0000-0000-0000-000000000000"
    )


def without_cause(evidence: Evidence) -> None:
    """An event names a cause that nobody gave."""
    at = _index(evidence, "document.file_received")
    named = derived("nobody", "document.file_received:0").encode()
    evidence.records[at] = _changed(evidence.records[at], ce_causationid=b"nobody", ce_id=named)


def refused_and_done(evidence: Evidence) -> None:
    """A command that had an effect was answered with a refusal."""
    command = next(c for c in evidence.commands if c.cause in evidence.caused_by)
    command.answers = [Answered(409, {"code": "no"})]


def done_twice(evidence: Evidence) -> None:
    """One event under two sequences."""
    at = _index(evidence, "notification.message_queued")
    again = _changed(evidence.records[at], ce_sequence=b"8888")
    evidence.records.append(replace(again, offset=again.offset + 100_000))


def withdrawn_before_sent(evidence: Evidence) -> None:
    """A withdrawal stands before its submission."""
    at = _index(evidence, "submission.application_withdrawn")
    evidence.records[at] = replace(evidence.records[at], offset=-1)


def overdrawn(evidence: Evidence) -> None:
    """More is held than was ever approved."""
    at = _index(evidence, "finance.budget_reserved")
    body = orjson.loads(evidence.records[at].value)
    body["amount_fen"] += 10**12
    evidence.records[at] = replace(evidence.records[at], value=orjson.dumps(body), event=None)


def row_changed(evidence: Evidence) -> None:
    """A row of a store is not what the log says."""
    table = next(t for t, rows in evidence.stores["submission"].items() if rows)
    first, *rest = evidence.stores["submission"][table]
    evidence.stores["submission"][table] = [("someone else", *first[1:]), *rest]


def set_aside(evidence: Evidence) -> None:
    """A good event was parked."""
    record = evidence.records[_index(evidence, "submission.application_submitted")]
    key = (record.key or b"").decode()
    letter = Letter(record.topic, record.partition, record.offset, key, "parked", "bug")
    evidence.letters["eligibility"].append(letter)


def late_and_taken(evidence: Evidence) -> None:
    """A submission of the next morning was taken."""
    command = next(c for c in evidence.commands if c.path.endswith("/submission") and c.succeeded)
    command.at = "2021-07-13T08:00:00+08:00"


def receipt_forged(evidence: Evidence) -> None:
    """A receipt does not verify."""
    evidence.receipts.append(({"application_id": "x"}, False))


def file_rotten(evidence: Evidence) -> None:
    """A stored file hashes to something else."""
    assert evidence.blobs
    evidence.blobs[next(iter(evidence.blobs))] = "something else"


def mail_unasked(evidence: Evidence) -> None:
    """A mail that nobody queued."""
    assert evidence.mails is not None
    evidence.mails.append(Mail("<nobody@x>", "a@b", "1"))


def mail_missing(evidence: Evidence) -> None:
    """A letter recorded as sent was never caught."""
    assert evidence.mails
    evidence.mails.pop()


def two_answers(evidence: Evidence) -> None:
    """One key, two outcomes."""
    evidence.commands[0].answers += [Answered(201, "one"), Answered(201, "another")]


def never_known(evidence: Evidence) -> None:
    """A command nobody ever learnt the outcome of."""
    evidence.commands[0].answers = [Answered(None)]


PLANTED: dict[Plant, str] = {
    event_lost: "lost", last_lost: "lost", command_lost: "lost", set_aside: "lost", done_twice: "duplicated",
    out_of_order: "order_violations", elsewhere: "order_violations", drawn_anew: "phantoms",
    without_cause: "phantoms", refused_and_done: "phantoms", withdrawn_before_sent: "illegal_transitions",
    overdrawn: "money_violations", row_changed: "diverged_stores", late_and_taken: "deadline_violations",
    receipt_forged: "false_receipts", file_rotten: "wrong_blobs", mail_unasked: "wrong_mail",
    mail_missing: "wrong_mail", two_answers: "unresolved_unknowns", never_known: "unresolved_unknowns",
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_offence_is_seen_and_shown(good: Evidence, plant: Plant) -> None:
    """In its own class, with the lines that show it."""
    evidence = _copied(good)
    plant(evidence)

    found = check(evidence)[PLANTED[plant]]

    assert found
    assert str(found[0])


def test_a_key_misused_for_a_second_command_is_no_offence(good: Evidence) -> None:
    """It is refused, as it should be; the first command under the key had its effect."""
    evidence = _copied(good)
    first = next(c for c in evidence.commands if c.succeeded and c.cause in evidence.caused_by)
    misused = Command(first.key, first.cause, first.service, first.path, "other words", first.at)
    misused.answers = [Answered(422, {"code": "idempotency_key_reused"})]
    evidence.commands.append(misused)

    assert check(evidence)["phantoms"] == []


def test_every_class_of_offence_has_a_plant() -> None:
    """No check is there for show."""
    assert set(PLANTED.values()) == set(CHECKS)


def _copied(good: Evidence) -> Evidence:
    held: dict[str, Any] = {name: getattr(good, name) for name in good.__dataclass_fields__}
    held["records"] = [_changed(r) for r in good.records]
    return Evidence(**{n: v if n == "records" else copy.deepcopy(v) for n, v in held.items()})
