"""Calls: published whole, amended version by version, closed when every window is over."""

from typing import Any

import pytest

from contracts.submission import CallAmended, CallClosed, CallPublished
from services.chassis.errors import Conflict, Invalid, NotFound, Stale
from services.submission.commands.calls import AmendCall, CloseCall, PublishCall
from services.submission.rules.canonical import digest
from services.submission.store import Call, CallVersion
from tests.submission.office import (
    CALL,
    CLOSES,
    DURING,
    LAST_TICK,
    Office,
    call_document,
    next_version,
)

LONGER = "2021-07-20T00:00:00+08:00"


def publishing(document: dict[str, Any]) -> PublishCall:
    return PublishCall(document, "officer-1")


def amending(document: dict[str, Any], base: str = "") -> AmendCall:
    return AmendCall(CALL, document, "延期", base, "officer-1")


def test_a_published_call_travels_whole_with_its_digest() -> None:
    """Every service can keep its own copy, and anyone can check which text it was."""
    office = Office(published=False)
    answer = office.ask(publishing(call_document()))

    [event] = office.events(CallPublished)
    assert event.call == call_document()
    assert event.call_sha256 == digest(call_document()) == answer.body["call_sha256"]
    assert (answer.status, answer.etag) == (201, "1")
    assert [w["code"] for w in answer.body["warnings"]] == ["placeholder"] * 3


def test_publishing_the_same_document_again_changes_nothing() -> None:
    """The same answer as the first time, also after an amendment, and no second event."""
    office = Office(published=False)
    first = office.ask(publishing(call_document()))
    office.at(DURING)
    assert office.ask(publishing(call_document())) == first
    office.ask(amending(next_version()))
    assert office.ask(publishing(call_document())) == first
    assert len(office.events(CallPublished)) == 1


def test_another_text_under_a_published_id_is_refused() -> None:
    """A published call changes by amendment only, where everyone sees it."""
    refused = Office().refusal(publishing(call_document(late_accepted=True)))
    assert isinstance(refused, Conflict)
    assert refused.code == "call_exists"


def test_an_incomplete_call_is_refused_with_everything_that_is_missing() -> None:
    """A12: no address, no file, a clause nobody holds: all in one answer."""
    document = call_document()
    document["window"]["channels"][2]["address"] = None
    document["annexes"][0]["file"] = None
    del document["clauses"][30]
    office = Office(published=False)
    refused = office.refusal(publishing(document))

    assert isinstance(refused, Invalid)
    assert refused.code == "call_incomplete"
    found = {problem["code"] for problem in refused.extra["problems"]}
    assert {"address_missing", "annex_missing"} < found
    assert office.rows(Call) == []


@pytest.mark.parametrize(
    "document",
    [{}, {"id": 7, "version": True}, {"id": "x" * 500, "version": 2**70}, {"id": "a\x00b"}],
)
def test_what_is_no_call_is_refused_with_reasons(document: dict[str, Any]) -> None:
    """Any JSON object gets a list of what is wrong with it."""
    refused = Office(published=False).refusal(publishing(document))
    assert isinstance(refused, Invalid)
    assert refused.extra["problems"]


def test_a_fraction_in_a_call_is_refused() -> None:
    """A document that cannot be hashed the same way by everybody is not published."""
    refused = Office(published=False).refusal(
        publishing({**call_document(), "retention": {"paper_years": 1.5}})
    )
    assert refused.code == "call_unwritable"


def test_an_amendment_is_the_next_version_and_the_old_one_stays_readable() -> None:
    """A17: receipts name a version, so every version is kept."""
    office = Office()
    answer = office.ask(amending(next_version(closes_before=LONGER), base="1"))

    assert (answer.status, answer.etag, answer.body["call_version"]) == (200, "2", 2)
    [event] = office.events(CallAmended)
    assert (event.call_version, event.reason, event.amended_at) == (2, "延期", DURING)
    assert [row.call_version for row in office.rows(CallVersion)] == [1, 2]
    assert office.rows(Call)[0].call["window"]["closes_before"] == LONGER


def test_the_same_amendment_again_changes_nothing() -> None:
    """A retry gets the answer it missed, whatever version it says it changes."""
    office = Office()
    first = office.ask(amending(next_version(), base="1"))
    assert office.ask(amending(next_version(), base="1")) == first
    assert len(office.events(CallAmended)) == 1


def test_two_officers_cannot_overwrite_each_other() -> None:
    """The second one, who never saw the first one's version, is told so."""
    office = Office()
    office.ask(amending(next_version(), base="1"))
    third = {**call_document(closes_before=LONGER), "version": 3}
    assert isinstance(office.refusal(amending(third, base="1")), Stale)


def test_an_amendment_that_cuts_the_window_short_is_refused() -> None:
    """Who relied on the published end is not cut off."""
    refused = Office().refusal(amending(next_version(closes_before="2021-07-12T00:00:00+08:00")))
    assert [p["code"] for p in refused.extra["problems"]] == ["window_shortened"]


def test_an_unknown_call_is_neither_amended_nor_closed() -> None:
    """The refusal says where the calls are listed."""
    office = Office(published=False)
    assert isinstance(office.refusal(amending(next_version())), NotFound)
    assert isinstance(office.refusal(CloseCall(CALL, "officer-1")), NotFound)


def test_a_call_is_closed_at_its_end_and_not_a_microsecond_before() -> None:
    """Every channel's window must be over."""
    office = Office(LAST_TICK)
    refused = office.refusal(CloseCall(CALL, "officer-1"))
    assert isinstance(refused, Conflict)
    assert (refused.code, refused.extra["closes_before"]) == ("window_open", CLOSES)

    answer = office.at(CLOSES).ask(CloseCall(CALL, "officer-1"))
    assert answer.body == {"call_id": CALL, "status": "closed", "closed_at": CLOSES}


def test_closing_again_changes_nothing() -> None:
    """The call was closed when it was first closed."""
    office = Office()
    office.close()
    again = office.at("2021-07-14T00:00:00+08:00").ask(CloseCall(CALL, "officer-1"))
    assert again.body["closed_at"] == CLOSES
    assert len(office.events(CallClosed)) == 1


def test_an_amendment_without_extension_leaves_a_closed_call_closed() -> None:
    """Correcting a calendar after the close lets nobody in."""
    office = Office()
    office.close()
    office.ask(amending(next_version()))
    assert office.rows(Call)[0].status == "closed"
    office.ask(amending({**call_document(closes_before=LONGER), "version": 3}))
    assert office.rows(Call)[0].status == "open"
