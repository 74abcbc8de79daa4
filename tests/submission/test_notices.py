"""The result notice and objections to it."""

import pytest

from contracts.review import AwardRecommended, RankingSealed
from contracts.submission import ObjectionRaised, ObjectionResolved, ResultNoticePublished
from services.chassis.errors import Conflict, Invalid, NotFound
from services.submission.commands.calls import AmendCall, PublishCall
from services.submission.commands.notices import PostNotice
from services.submission.commands.objections import OBJECTIONS_MAX, RaiseObjection, ResolveObjection
from services.submission.store import CallTally, Objection, ObjectionContact, ResultNotice
from tests.submission.office import CALL, CLOSES, DURING, Office, call_document, next_version

POSTED = "2021-09-24T10:00:00+08:00"
SEAL = "a" * 64
EVIDENCE = "b" * 64


def recommend(office: Office, application_id: str, rank: int, ranking: str = SEAL) -> None:
    office.world.receive(
        AwardRecommended(
            application_id=application_id,
            call_id=CALL,
            applicant_id="fictional-A",
            applicant_name="虚构学会A",
            title="示例合作",
            rank=rank,
            amount_fen=30_000_000,
            ranking_sha256=ranking,
            recommended_by="officer-1",
            recommended_at=DURING,
        )
    )


def seal(office: Office, ranking: str = SEAL) -> None:
    office.world.receive(
        RankingSealed(
            call_id=CALL,
            ranking={},
            evidence={},
            ranking_sha256=ranking,
            sealed_by="officer-1",
            sealed_at=DURING,
        )
    )


def posting(awards_expected: int) -> PostNotice:
    return PostNotice(CALL, awards_expected, "officer-1")


def season(*names: str) -> tuple[Office, list[str]]:
    """A closed call whose applications are all recommended, the last one first."""
    office = Office()
    ids = [office.sent(name) for name in names]
    office.close()
    seal(office)
    for rank, application_id in enumerate(reversed(ids), start=1):
        recommend(office, application_id, rank)
    return office.at(POSTED), ids


def objecting(application_id: str, **changes: str) -> RaiseObjection:
    said = {
        "name": "李四",
        "contact": "010-12345678",
        "statement": "成果有误",
        "evidence_sha256": EVIDENCE,
    }
    return RaiseObjection(application_id, **{**said, **changes})


def resolving(application_id: str, objection_id: str, *, upheld: bool = False) -> ResolveObjection:
    return ResolveObjection(application_id, objection_id, upheld, "已核实", "officer-1")


def test_a_notice_lists_the_awards_by_rank_for_five_working_days() -> None:
    """Domain §7.4: from 24 September 2021 that is to the 29th, over a make-up Sunday."""
    office, ids = season("A", "B")
    answer = office.ask(posting(2))

    assert answer.status == 201
    [event] = office.events(ResultNoticePublished)
    assert [award.application_id for award in event.awards] == ids[::-1]
    assert (event.working_days, event.posted_on, event.ends_on) == (5, "2021-09-24", "2021-09-29")
    assert answer.body["ends_on"] == "2021-09-29"


def test_posting_again_changes_nothing() -> None:
    """The notice stands as posted; another number is told what stands."""
    office, _ = season("A", "B")
    first = office.ask(posting(2))
    office.at("2021-09-27T10:00:00+08:00")
    assert dict(office.ask(posting(2)).body) == dict(first.body)
    assert office.refusal(posting(1)).code == "notice_posted"
    assert len(office.events(ResultNoticePublished)) == 1


def test_a_notice_waits_for_the_close_the_seal_and_the_whole_list() -> None:
    """Each thing that is missing is a refusal of its own, and posts nothing."""
    office = Office()
    first, second = office.sent("A"), office.sent("B")
    assert office.refusal(posting(2)).code == "call_open"
    office.close()
    assert office.refusal(posting(2)).code == "ranking_not_sealed"
    seal(office)
    assert office.refusal(posting(2)).code == "nothing_recommended"
    recommend(office, first, 1)
    assert office.refusal(posting(2)).code == "recommendations_incomplete"
    recommend(office, second, 2)
    assert office.ask(posting(2)).status == 201


def test_only_the_sealed_ranking_is_posted() -> None:
    """What an earlier ranking recommended, and a later one does not, is not proposed any more."""
    office, ids = season("A", "B")
    seal(office, "c" * 64)
    assert office.refusal(posting(2)).code == "nothing_recommended"
    recommend(office, ids[0], 1, "c" * 64)
    assert [a["application_id"] for a in office.ask(posting(1)).body["awards"]] == [ids[0]]


def test_a_withdrawn_application_is_not_posted() -> None:
    """It was recommended, and then taken back."""
    document = call_document()
    document["withdrawal"] = {"until": "award_decided"}
    office = Office(published=False)
    office.ask(PublishCall(document, "officer-1"))
    office.at(DURING)
    stays, goes = office.sent("A"), office.sent("B")
    office.close()
    seal(office)
    recommend(office, stays, 1)
    recommend(office, goes, 2)
    office.ask(office.withdrawing(goes, "B"))
    assert [a["application_id"] for a in office.ask(posting(1)).body["awards"]] == [stays]


def test_a_notice_beyond_the_calendar_is_refused_until_the_calendar_is_loaded() -> None:
    """Working days are never guessed; an amendment brings the next year's arrangement."""
    office, _ = season("A")
    office.at("2022-12-29T10:00:00+08:00")
    assert office.refusal(posting(1)).code == "calendar_ends"
    document = next_version()
    document["calendar"]["covers"]["last"] = "2023-01-31"
    office.ask(AmendCall(CALL, document, "补充日历", "", "officer-1"))
    assert office.ask(posting(1)).body["ends_on"] == "2023-01-04"


def test_an_unknown_call_has_no_notice() -> None:
    """The refusal says where the calls are listed."""
    assert isinstance(Office(published=False).refusal(posting(1)), NotFound)


def test_an_objection_is_on_record_and_its_contact_is_not() -> None:
    """The log keeps who objected to what with which evidence; how to reach them stays apart."""
    office, ids = season("A")
    office.ask(posting(1))
    answer = office.ask(objecting(ids[0]))

    assert answer.status == 201
    [event] = office.events(ObjectionRaised)
    assert (event.raised_by, event.evidence_sha256) == ("李四", EVIDENCE)
    assert "010-12345678" not in event.to_json().decode()
    [contact] = office.rows(ObjectionContact)
    assert (contact.objection_id, contact.contact) == (event.objection_id, "010-12345678")
    assert office.rows(CallTally)[0].objections == 1


def test_the_same_objection_again_changes_nothing() -> None:
    """Also after the notice has ended: who got no answer asks again."""
    office, ids = season("A")
    office.ask(posting(1))
    first = office.ask(objecting(ids[0]))
    office.at("2021-10-30T10:00:00+08:00")
    assert office.ask(objecting(ids[0])) == first
    assert len(office.events(ObjectionRaised)) == 1


def test_objections_are_taken_to_the_last_moment_of_the_last_day() -> None:
    """23:59:59.999999 of 29 September is in time, midnight is not."""
    office, ids = season("A")
    assert office.refusal(objecting(ids[0])).code == "notice_not_posted"
    office.ask(posting(1))
    office.at("2021-09-29T23:59:59.999999+08:00")
    assert office.ask(objecting(ids[0])).status == 201
    office.at("2021-09-30T00:00:00+08:00")
    assert office.refusal(objecting(ids[0], name="王五")).code == "notice_ended"


def test_an_objection_without_name_or_contact_hears_both() -> None:
    """Everything that is missing is told at once."""
    office, ids = season("A")
    office.ask(posting(1))
    refused = office.refusal(objecting(ids[0], name="匿名", contact="-"))
    assert isinstance(refused, Invalid)
    assert [p["code"] for p in refused.extra["problems"]] == ["name_missing", "contact_missing"]
    assert isinstance(office.refusal(objecting("unknown")), NotFound)


def test_objections_have_an_end() -> None:
    """Anyone may write, so there is a limit: the last one is taken, one more is not."""
    office, ids = season("A")
    office.ask(posting(1))
    for number in range(OBJECTIONS_MAX):
        office.ask(objecting(ids[0], statement=f"第{number}条"))
    assert office.refusal(objecting(ids[0], statement="再一条")).code == "objections_too_many"


@pytest.mark.parametrize(("upheld", "status"), [(True, "upheld"), (False, "dismissed")])
def test_an_objection_is_answered_once(upheld: bool, status: str) -> None:
    """The same answer again changes nothing, another one is refused."""
    office, ids = season("A")
    office.ask(posting(1))
    objection_id = str(office.ask(objecting(ids[0])).body["objection_id"])
    first = office.ask(resolving(ids[0], objection_id, upheld=upheld))

    assert first.body["status"] == status
    assert office.rows(Objection)[0].status == status
    assert office.ask(resolving(ids[0], objection_id, upheld=upheld)) == first
    refused = office.refusal(resolving(ids[0], objection_id, upheld=not upheld))
    assert isinstance(refused, Conflict)
    assert len(office.events(ObjectionResolved)) == 1


def test_an_objection_is_looked_for_under_its_application() -> None:
    """An unknown one, or one of another application, is not found."""
    office, ids = season("A", "B")
    office.ask(posting(2))
    objection_id = str(office.ask(objecting(ids[0])).body["objection_id"])
    assert isinstance(office.refusal(resolving(ids[1], objection_id)), NotFound)
    assert isinstance(office.refusal(resolving(ids[0], "unknown")), NotFound)
    assert office.rows(ResultNotice)[0].published_at == POSTED
    assert office.world.clock.instant > CLOSES
