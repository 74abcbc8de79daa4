"""Submission: one counts, every repeat gets its receipt, a second one is refused with evidence."""

from random import Random

import pytest

from contracts.submission import ApplicationSubmitted, DuplicateRefused
from services.chassis.batch import Batch
from services.chassis.causes import Ask
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from services.submission.commands.calls import AmendCall, CloseCall, PublishCall
from services.submission.rules.canonical import digest
from services.submission.store import Application, CallTally, DuplicateRefusal, SubmittedForm
from tests.submission.office import (
    CLOSES,
    DURING,
    LAST_TICK,
    OPENS,
    Office,
    applicant,
    call_document,
    content,
    next_version,
)


def test_a_submission_is_sent_whole_and_answered_with_its_receipt() -> None:
    """The event carries everything, so nobody calls back; the answer says what was taken."""
    office = Office()
    application_id = office.begin()
    answer = office.submit(application_id)

    [event] = office.events(ApplicationSubmitted)
    assert (event.call_version, event.applicant.name, event.submitted_at) == (
        1,
        "虚构学会A",
        DURING,
    )
    assert event.form == content()["form"]
    assert event.form_sha256 == digest(event.form) == answer.body["form_sha256"]
    assert answer.status == 201
    assert answer.body["application_id"] == application_id
    assert office.rows(SubmittedForm)[0].form == event.form
    assert office.rows(CallTally)[0].received == 1


def test_a_thousand_identical_submissions_are_one_application_with_one_receipt() -> None:
    """One by one or in one group commit: one event, and the same answer to all."""
    office = Office()
    application_id = office.begin()
    asks = [Ask(f"ask-{n}", office.submitting(application_id), DURING, "") for n in range(500)]
    answers = [answer for _, answer in office.service.handle(list(asks)).answers]
    answers += [office.at(CLOSES).submit(application_id) for _ in range(500)]

    assert len(answers) == 1_000
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].status == 201
    assert len(office.events(ApplicationSubmitted)) == 1
    assert len(office.rows(Application)) == 1


@pytest.mark.parametrize("instant", [OPENS, LAST_TICK])
def test_the_first_and_the_last_instant_of_the_window_are_in(instant: str) -> None:
    """R44: 00:00 of the first day and 23:59:59.999999 of the last."""
    office = Office(instant)
    assert office.submit(office.begin()).status == 201


def test_at_midnight_it_is_too_late_and_nothing_is_recorded() -> None:
    """R45: late applications are not accepted; the refusal says when it would have been in time."""
    office = Office(LAST_TICK)
    application_id = office.begin()
    office.at(CLOSES)
    refused = office.refusal(office.submitting(application_id))

    assert isinstance(refused, Conflict)
    assert refused.code == "too_late"
    assert refused.extra["closes_before"] == CLOSES
    assert office.rows(Application) == []


def test_before_the_window_opens_nothing_is_taken() -> None:
    """R44: a call published ahead of its window is read, not yet answered."""
    office = Office(published=False)
    office.ask(PublishCall(call_document(opens_at="2021-07-02T00:00:00+08:00"), "officer-1"))
    office.at("2021-07-01T23:59:59.999999+08:00")
    with pytest.raises(Conflict, match="too_early"):
        office.begin()


def test_a_call_without_the_upload_channel_takes_nothing_here() -> None:
    """R43: each channel is offered or not by the call itself."""
    document = call_document()
    document["window"]["channels"] = [
        c for c in document["window"]["channels"] if c["id"] != "upload"
    ]
    office = Office(published=False)
    office.ask(PublishCall(document, "officer-1"))
    with pytest.raises(Conflict, match="upload_not_offered"):
        office.begin()


def test_an_extension_reopens_a_closed_call() -> None:
    """A17: what was too late yesterday is in time under the longer window, under its version."""
    office = Office(LAST_TICK)
    application_id = office.begin()
    office.close()
    assert office.refusal(office.submitting(application_id)).code == "too_late"
    longer = next_version(closes_before="2021-07-20T00:00:00+08:00")
    office.ask(AmendCall("cast-2021-open-cooperation", longer, "延期", "1", "officer-1"))

    assert office.submit(application_id).body["call_version"] == 2


def test_an_incomplete_application_hears_everything_at_once() -> None:
    """Nothing is sent, and the problems say where and how to mend each."""
    office = Office()
    application_id = office.begin(title="", items=[], form={})
    refused = office.refusal(office.submitting(application_id))

    assert isinstance(refused, Invalid)
    assert refused.code == "application_incomplete"
    where = [problem["where"] for problem in refused.extra["problems"]]
    assert where == [
        "title",
        "items",
        "form.project_leader",
        "form.basis",
        "form.plan",
        "form.expected_results",
    ]
    assert all(problem["zh"] and problem["en"] for problem in refused.extra["problems"])


def test_a_second_application_of_an_applicant_is_refused_and_names_the_first() -> None:
    """A8: the refusal is on the log, as evidence, once however often it is tried."""
    office = Office()
    first, second = office.sent(), office.begin(reference="2")
    answers = [office.submit(second) for _ in range(3)]

    assert answers[0].status == 409
    assert answers[0].body["code"] == "duplicate_applicant"
    assert answers[0].body["standing_application_id"] == first
    assert answers[0] == answers[1] == answers[2]
    [event] = office.events(DuplicateRefused)
    assert (event.application_id, event.standing_application_id) == (second, first)
    assert office.rows(DuplicateRefusal)[0].refused_at == DURING
    assert office.rows(CallTally)[0].duplicates == 1
    assert len(office.rows(Application)) == 1


def test_after_a_withdrawal_another_application_may_be_sent() -> None:
    """N11: replacement while the call is open; the limit counts what stands."""
    office = Office()
    first, second = office.sent(), office.begin(reference="2")
    office.ask(office.withdrawing(first))
    assert office.submit(second).status == 201


def test_another_applicant_is_no_duplicate() -> None:
    """The limit is per applicant, on its code and not its name."""
    office = Office()
    office.sent("A")
    assert office.submit(office.begin("B"), "B").status == 201


def test_a_call_may_allow_two_applications_and_refuses_the_third() -> None:
    """A8: the limit is data."""
    document = call_document()
    document["applications"]["per_applicant_max"] = 2
    office = Office(published=False)
    office.ask(PublishCall(document, "officer-1"))
    sent = [office.submit(office.begin(reference=str(n))).status for n in range(3)]
    assert sent == [201, 201, 409]


def test_nobody_sends_for_another_organisation() -> None:
    """An applicant acts for its own organisation, also when it asks for a receipt again."""
    office = Office()
    application_id = office.begin("A")
    assert isinstance(office.refusal(office.submitting(application_id, "B")), Forbidden)
    office.submit(application_id, "A")
    assert isinstance(office.refusal(office.submitting(application_id, "B")), Forbidden)


def test_an_unknown_application_cannot_be_sent() -> None:
    """The refusal says how to begin one."""
    refused = Office().refusal(Office().submitting("nobody-began-this"))
    assert isinstance(refused, NotFound)


def test_what_is_sent_is_what_the_applicant_saw() -> None:
    """With If-Match, a draft that a colleague changed meanwhile is not sent."""
    office = Office()
    application_id = office.begin()
    office.save(application_id, "1", title="改过的名称")
    refused = office.refusal(office.submitting(application_id, base="1"))
    assert isinstance(refused, Stale)
    assert office.ask(office.submitting(application_id, base="2")).status == 201


def test_applications_keep_the_version_they_were_sent_under() -> None:
    """A17: a later amendment changes neither the event nor the receipt."""
    office = Office()
    before = office.submit(office.begin("A"), "A")
    office.ask(AmendCall("cast-2021-open-cooperation", next_version(), "更正", "", "officer-1"))
    after = office.submit(office.begin("B"), "B")

    assert (before.body["call_version"], after.body["call_version"]) == (1, 2)
    assert office.submit(str(before.body["application_id"])) == before


def test_a_closed_call_takes_nothing_though_late_ones_are_allowed() -> None:
    """R45 as data: late is taken until the officer closes the call."""
    office = Office(published=False)
    office.ask(PublishCall(call_document(late_accepted=True), "officer-1"))
    office.at(CLOSES)
    early_enough, too_late = office.begin("A"), office.begin("B")
    assert office.submit(early_enough).status == 201
    office.ask(CloseCall("cast-2021-open-cooperation", "officer-1"))
    assert office.refusal(office.submitting(too_late, "B")).code == "too_late"


def test_the_store_is_a_fold_of_the_log() -> None:
    """Replaying what was sent, in any order of keys, gives the same rows."""
    office = Office()
    ids = [office.sent(name) for name in "ABC"]
    office.submit(office.begin("A", "2"))
    office.ask(office.withdrawing(ids[1], "B"))
    office.ask(office.dispatching(ids[2], "C"))
    office.close()

    again = Office(published=False)
    partitions = [list(p) for p in office.world.log.topics["submission.events"] if p]
    Random(7).shuffle(partitions)  # noqa: S311 (an order, not a secret)
    for record in (record for partition in partitions for record in partition):
        again.service.engine.apply(
            again.service.cache, record.read_envelope(), record.read_event(), Batch()
        )
    assert again.service.dump() == office.service.dump()


def test_the_applicant_is_who_the_draft_says() -> None:
    """The event carries the organisation with its contact, so that letters can be sent."""
    office = Office()
    office.sent("B")
    assert office.events(ApplicationSubmitted)[0].applicant.model_dump() == applicant("B")
