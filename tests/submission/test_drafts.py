"""Drafts: begun once, saved by whoever saw the present version, locked when sent."""

import pytest

from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from services.submission.commands.drafts import DRAFTS_MAX, BeginApplication
from services.submission.commands.guards import PreconditionRequired
from services.submission.store import Draft
from tests.submission.office import CALL, CLOSES, Office, applicant, content


def beginning(reference: str = "", **changes: object) -> BeginApplication:
    return BeginApplication(CALL, applicant(), reference, {**content(), **changes}, "someone")


def test_a_retry_of_the_beginning_finds_the_same_draft() -> None:
    """The id follows from applicant, call and reference, so no answer can be lost."""
    office = Office()
    first = office.ask(beginning())
    assert office.ask(beginning()) == first
    assert (first.status, first.etag) == (201, "1")
    assert len(office.rows(Draft)) == 1
    assert office.service.emitted == [
        e for e in office.service.emitted if e.TYPE == "submission.call_published"
    ]


def test_a_retry_without_content_gets_the_draft_as_it_is_now() -> None:
    """Whoever begins again by mistake does not lose what was typed."""
    office = Office()
    application_id = office.begin()
    office.save(application_id, "1", title="新名称")
    again = office.ask(BeginApplication(CALL, applicant(), "", None, "someone"))
    assert (again.etag, again.body["content"]["title"]) == ("2", "新名称")


def test_a_reference_names_one_application() -> None:
    """Other content or another contact under the same reference is a mistake worth telling."""
    office = Office()
    office.ask(beginning())
    assert office.refusal(beginning(title="另一项")).code == "reference_used"
    other = {**applicant(), "name": "改了名"}
    assert (
        office.refusal(BeginApplication(CALL, other, "", None, "someone")).code == "reference_used"
    )
    assert office.ask(beginning(reference="2", title="另一项")).status == 201


def test_an_empty_draft_may_be_begun_and_says_what_is_missing() -> None:
    """A draft may be half written; the answer lists what submission would refuse."""
    answer = Office().ask(BeginApplication(CALL, applicant(), "", None, "someone"))
    assert "title_missing" in [problem["code"] for problem in answer.body["problems"]]


def test_nothing_is_begun_after_the_window_or_under_an_unknown_call() -> None:
    """No one is led to write what cannot be sent."""
    assert isinstance(Office(published=False).refusal(beginning()), NotFound)
    assert Office(CLOSES).refusal(beginning()).code == "too_late"


def test_an_applicant_keeps_so_many_drafts_and_no_more() -> None:
    """A limit on everything: the last one is taken, one more is not."""
    office = Office()
    for number in range(DRAFTS_MAX):
        office.ask(beginning(reference=str(number)))
    assert office.refusal(beginning(reference="one more")).code == "drafts_too_many"


def test_a_save_bears_the_next_version() -> None:
    """The ETag of each answer is the If-Match of the next save."""
    office = Office()
    application_id = office.begin()
    assert office.save(application_id, "1", title="二").etag == "2"
    assert office.save(application_id, "2", title="三").etag == "3"


def test_a_save_without_a_version_is_refused() -> None:
    """428: nothing is overwritten unseen."""
    office = Office()
    refused = office.refusal(office.saving(office.begin(), "", title="二"))
    assert isinstance(refused, PreconditionRequired)
    assert (refused.status, refused.extra["current_version"]) == (428, 1)


@pytest.mark.parametrize("base", ["1", "3", "*", 'W/"2'])
def test_a_save_on_another_version_shows_both(base: str) -> None:
    """412: the problem holds what stands here and what was sent, so nothing typed is lost."""
    office = Office()
    application_id = office.begin()
    office.save(application_id, "1", title="同事的")
    refused = office.refusal(office.saving(application_id, base, title="我的"))

    assert isinstance(refused, Stale)
    assert refused.extra["current"]["title"] == "同事的"
    assert refused.extra["yours"]["title"] == "我的"
    assert refused.extra["current_version"] == 2


def test_a_retried_save_gets_the_same_answer() -> None:
    """The answer got lost, the save did not: the same content again is no conflict."""
    office = Office()
    application_id = office.begin()
    first = office.save(application_id, "1", title="二")
    assert office.save(application_id, "1", title="二") == first


def test_true_is_not_one() -> None:
    """What an applicant wrote is compared as written."""
    office = Office()
    application_id = office.begin(form={"joint": 1})
    assert office.save(application_id, "1", form={"joint": True}).etag == "2"


def test_a_sent_application_is_locked() -> None:
    """What the receipt says stays so."""
    office = Office()
    refused = office.refusal(office.saving(office.sent(), "1", title="改"))
    assert isinstance(refused, Conflict)
    assert refused.code == "application_locked"


def test_a_draft_is_its_applicants_alone() -> None:
    """Nobody writes in another organisation's draft, or in one that was never begun."""
    office = Office()
    application_id = office.begin("A")
    assert isinstance(office.refusal(office.saving(application_id, "1", "B")), Forbidden)
    assert isinstance(office.refusal(office.saving("unknown", "1")), NotFound)


def test_content_that_cannot_be_hashed_is_not_kept() -> None:
    """A fraction in the form is refused when it is typed, not weeks later at submission."""
    office = Office()
    application_id = office.begin()
    refused = office.refusal(office.saving(application_id, "1", form={"budget": [{"share": 0.5}]}))
    assert isinstance(refused, Invalid)
    assert refused.extra["problems"][0]["where"] == "content.form.budget.0.share"
    assert office.refusal(beginning("2", form={"a": 0.5})).code == "content_unwritable"
