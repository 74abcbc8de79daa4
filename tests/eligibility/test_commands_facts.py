"""Facts: recorded once, judged at once, and read whole or not at all."""

from typing import Any

import pytest

from contracts.eligibility import FactRecorded, FactRetracted
from services.chassis.errors import Invalid, NotFound
from services.eligibility.store import FactRecord
from tests.eligibility.office import (
    LATER,
    Office,
    applied,
    penalty,
    recording,
    retracting,
    submitted,
    withdrawn,
)


def test_a_fact_is_recorded_once_and_every_case_is_judged_again() -> None:
    """One event, one row; the applicant's other applications too, nobody else's."""
    office = Office()
    office.hear(submitted(), submitted("b1", "society-a1"), submitted("c1"))
    answer = office.ask(recording(penalty()))
    assert office.again(recording(penalty())) == answer
    assert [office.verdicts(one) for one in ("a1", "b1", "c1")] == [
        ["eligible", "barred"],
        ["eligible", "barred"],
        ["eligible"],
    ]
    assert len(office.events(FactRecorded)) == len(office.rows(FactRecord)) == 1


def test_the_same_fact_in_another_spelling_is_the_same_fact() -> None:
    """Keys in another order, a null that says nothing."""
    office = applied()
    office.record(penalty())
    fact = penalty()
    other = {
        "source": {**fact["source"], "note": None},
        "dates": {"announced_on": None, **fact["dates"]},
        "detail": dict(reversed(fact["detail"].items())),
        "kind": fact["kind"],
    }
    office.again(recording(other))


def test_a_reference_names_one_fact() -> None:
    """The same under another reference is another record; another fact under it is refused."""
    office = applied()
    first = office.record(penalty(), reference="file-1")
    assert office.again(recording(penalty(), reference="file-1")).body["fact_id"] == first
    refused = office.refusal(recording(penalty("2020-03-13"), reference="file-1"))
    assert (refused.code, refused.extra["fact_id"]) == ("reference_reused", first)
    assert office.record(penalty(), reference="file-2") != first


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"kind": "rumour"}, "/kind"),
        ({"kind": ""}, "/kind"),
        ({"detail": {}}, "/detail/authority_kind"),
        ({"dates": {"decision_on": "2020-02-30"}}, "/dates/decision_on"),
        ({"dates": {"decided": "2020-03-12"}}, "/dates/decided"),
        ({"detail": {**penalty()["detail"], "revoked": "2020-05"}}, "/detail/revoked"),
        ({"detail": {**penalty()["detail"], "penalised": 1}}, "/detail/penalised"),
        ({"source": {"url": "x"}}, "/source/date_basis"),
        ({"source": {"url": "x", "date_basis": "y", "author": "z"}}, "/source/author"),
    ],
)
def test_a_fact_that_cannot_be_read_whole_is_refused(change: dict[str, Any], where: str) -> None:
    """Also where a misspelt field would be lost: it could be the one that clears the applicant."""
    office = applied()
    refused = office.refusal(recording({**penalty(), **change}))
    assert isinstance(refused, Invalid)
    assert where in [problem["where"] for problem in refused.extra["problems"]]
    assert all(p["what"] and p["what_zh"] and p["mend"] for p in refused.extra["problems"])


def test_a_full_width_space_is_a_character_like_others() -> None:
    """Only control characters are refused."""
    office = applied()
    assert office.record(penalty(authority_kind="民政　部门"))
    refused = office.refusal(recording(penalty(authority_kind="民政\x1f部门")))
    assert refused.extra["problems"][0]["code"] == "control_character"


def test_a_retracted_fact_stays_on_record_and_counts_for_nothing() -> None:
    """Judged again at once; retracting twice is answered the same."""
    office = applied()
    fact_id = office.record(penalty())
    answer = office.at(LATER).ask(retracting(fact_id))
    assert office.again(retracting(fact_id)) == answer
    assert office.verdicts() == ["eligible", "barred", "eligible"]
    (row,) = office.rows(FactRecord)
    assert (row.retracted_at, row.retraction_reason) == (LATER, "张冠李戴")
    assert len(office.events(FactRetracted)) == 1


def test_a_retracted_fact_is_not_recorded_again_in_silence() -> None:
    """The second screener is told; with a reference of its own it can be recorded after all."""
    office = applied()
    office.ask(retracting(office.record(penalty())))
    refused = office.refusal(recording(penalty()))
    assert (refused.status, refused.code) == (409, "fact_retracted")
    office.record(penalty(), reference="second look")
    assert office.verdicts()[-1] == "barred"


def test_an_unknown_fact_cannot_be_retracted() -> None:
    """Nor that of another society."""
    office = applied()
    fact_id = office.record(penalty())
    assert isinstance(office.refusal(retracting("unknown")), NotFound)
    assert isinstance(office.refusal(retracting(fact_id, "society-b1")), NotFound)


def test_a_withdrawn_application_is_not_judged_again() -> None:
    """The fact is kept; no verdict, no letter follows."""
    office = applied()
    office.hear(withdrawn())
    office.record(penalty())
    assert office.verdicts() == ["eligible"]
