"""Who is told what: the effect, the repeat, the refusal, and no dependence on reading order."""

from typing import Any

import pytest

from contracts.event import Event
from contracts.notification import MessageFailed, MessageSent
from contracts.submission import CallAmended
from services.chassis.errors import Conflict, NotFound
from services.notification.commands import BeginAttempt, RecordFailed, RecordSent
from services.notification.rules.retries import Patience
from services.notification.store import Attempt, Message
from tests.notification.conftest import (
    APPLICATION,
    CALL,
    CALL_ID,
    NOW,
    Post,
    checked,
    correction,
    decided,
    duplicate,
    paid,
    published,
    screened,
    submitted,
    withdrawn,
)

PATIENCE = Patience(attempts_max=3, retry_seconds_first=60, retry_seconds_max=3_600)


@pytest.mark.parametrize(
    ("event", "template"),
    [
        (duplicate(), "duplicate"),
        (withdrawn(), "withdrawn"),
        (screened("barred", 1, "penalised_within_lookback"), "barred"),
        (checked("incomplete", 1, "dispatched_late", timely="late"), "papers_late"),
        (checked("incomplete", 1, "copies_short"), "papers_incomplete"),
        (correction(), "correction"),
        (decided("awarded"), "result_awarded"),
        (decided("not_awarded"), "result_not_awarded"),
        (decided("reserve"), "result_reserve"),
        (paid(), "payment"),
    ],
)
def test_each_fact_is_told_once_however_often_it_is_heard(
    post: Post, event: Event, template: str
) -> None:
    """The receipt first, then the letter; the same event again queues nothing."""
    post.hears(published(), submitted(), event, event)
    assert post.told() == ["receipt", template]
    assert [m.recipient for m in post.queued()] == ["a@x.org", "a@x.org"]
    assert post.queued()[0].languages == ("zh-CN", "en")
    assert len(post.service.rows(Message)) == 2


@pytest.mark.parametrize(
    "event",
    [
        screened("eligible"),
        screened("undetermined"),
        checked("complete"),
        checked("undetermined", 1, "waybill_unreadable", timely="unknown"),
        checked("incomplete", 1, "paper_missing", timely="unknown"),
        checked("incomplete", 1, "copies_short", at=NOW),
    ],
)
def test_what_is_not_final_or_no_news_is_not_told(post: Post, event: Event) -> None:
    """One receipt and nothing else: little mail is read, much is not."""
    post.hears(published(), submitted(), event)
    assert post.told() == ["receipt"]


EVERYTHING = (
    published(),
    submitted(),
    duplicate(),
    screened("barred", 1, "x"),
    screened("eligible", 2),
    checked("incomplete", 1, "copies_short"),
    checked("complete", 2),
    decided("reserve"),
    decided("awarded"),
    paid("payment-1"),
    paid("payment-2"),
)


@pytest.mark.parametrize("seed", range(12))
def test_the_same_letters_go_out_in_whatever_order_the_topics_are_read(seed: int) -> None:
    """A service that was down reads one topic to its end before another: nobody hears less."""
    in_order, any_order = Post(), Post(seed)
    in_order.hears(*EVERYTHING)
    any_order.hears(*EVERYTHING, settle=False)
    any_order.world.settle()
    told = {m.message_id: m.to_json() for m in in_order.queued()}
    assert {m.message_id: m.to_json() for m in any_order.queued()} == told
    assert len(told) == 10
    assert any_order.service.dump() == in_order.service.dump()


def test_whoever_overtook_their_call_is_told_when_it_comes(post: Post) -> None:
    """All that was waiting goes out at once, the refused duplicate's letter too, and only once."""
    post.hears(submitted(), duplicate(), decided("awarded"), submitted("b", "b@x.org"))
    assert post.told() == []
    post.hears(published(), published())
    assert post.told() == ["receipt", "duplicate", "result_awarded", "receipt"]


def test_every_applicant_hears_the_result_exactly_once(post: Post) -> None:
    """Decided twice the same is told once; a reserve that is awarded later is told of that too."""
    post.hears(published())
    for number in range(5):
        post.hears(submitted(f"application-{number}", f"a{number}@x.org"))
    for number in range(5):
        decision = "awarded" if number == 1 else "not_awarded"
        post.hears(decided(decision, f"application-{number}"))
        post.hears(decided(decision, f"application-{number}"))
    results = [m.recipient for m in post.queued() if m.template.startswith("result")]
    assert sorted(results) == [f"a{n}@x.org" for n in range(5)]


def test_an_application_under_an_amended_call_waits_for_that_version(post: Post) -> None:
    """The letter names the version it was submitted under."""
    later = submitted().model_copy(update={"call_version": 2})
    post.hears(published(), later)
    assert post.told() == []
    post.hears(
        CallAmended(
            call_id=CALL_ID, call_version=2, call={**CALL, "title": {"zh": "二", "en": "Two"}},
            call_sha256="0" * 64, reason="-", amended_by="o", amended_at=NOW,
        )
    )  # fmt: skip
    (receipt,) = post.queued()
    assert receipt.values["call_title"] == {"zh": "二", "en": "Two"}


@pytest.mark.parametrize("call", [{}, {"title": {"zh": "z", "en": "e"}, "window": {}}])
def test_an_unreadable_call_parks_its_key_with_what_it_lacks(
    post: Post, call: dict[str, Any]
) -> None:
    """Its applicants wait; nothing is invented."""
    post.hears(published(call), submitted())
    (letter,) = post.service.letters
    assert (letter.state, letter.code) == ("parked", "call_unreadable")
    assert post.told() == []


def sent_message(post: Post) -> str:
    post.hears(published(), submitted())
    return post.queued()[0].message_id


def test_an_attempt_is_counted_and_a_taken_message_settled_once(post: Post) -> None:
    """Recorded again it stays settled, and it is not begun any more."""
    message_id = sent_message(post)
    assert post.world.ask("notification", BeginAttempt(message_id)).body == {"attempt": 1}
    assert post.world.ask("notification", BeginAttempt(message_id)).body == {"attempt": 2}
    assert post.service.rows(Attempt)[0].begun == 2
    for _ in range(2):
        post.world.ask("notification", RecordSent(message_id, "0" * 64, "250 ok", 2))
    assert [type(e) for e in post.service.emitted[1:]] == [MessageSent]
    assert post.service.rows(Message)[0].state == "sent"
    with pytest.raises(Conflict):
        post.world.ask("notification", BeginAttempt(message_id))


def test_a_failure_waits_longer_each_time_and_ends(post: Post) -> None:
    """60 seconds, 120 seconds, given up at the third."""
    message_id = sent_message(post)
    due = []
    for attempt in (1, 2, 3):
        command = RecordFailed(message_id, "451 later", 451, attempt, PATIENCE)
        post.world.ask("notification", command)
        due.append(post.service.rows(Message)[0].due_ms)
    failed = [e for e in post.service.emitted if isinstance(e, MessageFailed)]
    assert [e.permanent for e in failed] == [False, False, True]
    assert [e.retry_at for e in failed] == [
        "2021-07-05T10:01:00.000+08:00",
        "2021-07-05T10:02:00.000+08:00",
        None,
    ]
    assert due[1] - due[0] == 60_000
    (message,) = post.service.rows(Message)
    assert (message.state, message.failures) == ("failed", 3)


def test_a_permanent_refusal_is_not_tried_again(post: Post) -> None:
    """And a settled message ignores later results."""
    message_id = sent_message(post)
    command = RecordFailed(message_id, "550 no such user", 550, 1, PATIENCE)
    assert post.world.ask("notification", command).body == {"state": "failed"}
    assert post.world.ask("notification", command).body == {"state": "failed"}
    assert len([e for e in post.service.emitted if isinstance(e, MessageFailed)]) == 1


def test_a_message_taken_after_all_is_sent_whatever_was_recorded_before(post: Post) -> None:
    """The server's word that it took the mail is the last one."""
    message_id = sent_message(post)
    post.world.ask("notification", RecordFailed(message_id, "451 later", 451, 1, PATIENCE))
    post.world.ask("notification", RecordSent(message_id, "0" * 64, "250 ok", 2))
    (message,) = post.service.rows(Message)
    assert (message.state, message.reason, message.about) == ("sent", "", APPLICATION)


def test_an_unknown_message_is_not_found(post: Post) -> None:
    """Nothing is recorded for it."""
    for command in (BeginAttempt("x"), RecordSent("x", "0" * 64, "250", 1)):
        with pytest.raises(NotFound):
            post.world.ask("notification", command)
