"""Rules of submission, one tick each side of every boundary."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submission.rules.amendment import amendment_problems
from services.submission.rules.application import Content, FormField, Terms, problems
from services.submission.rules.canonical import DEPTH_MAX, canonical, digest, unwritable
from services.submission.rules.notice import Proposal, listed, notice_is_whole
from services.submission.rules.objections import Statement, within_notice
from services.submission.rules.objections import problems as objection_problems
from services.submission.rules.terms import terms_of
from tests.submission.office import call_document, content, next_version

TERMS = terms_of(call_document())


def said(**changes: Any) -> Content:
    whole = content(**changes)
    return Content(whole["title"], tuple(whole["items"]), whole["requested_fen"], whole["form"])


def codes(found: Any) -> list[str]:
    return [problem.code for problem in found]


def form(**changes: Any) -> dict[str, Any]:
    return {**content()["form"], **changes}


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ("2021-07-12T23:59:59.999999+08:00", False),
        ("2021-07-13T00:00:00+08:00", True),
        ("2021-07-12T15:59:59.999999+00:00", False),
        ("2021-07-12T16:00:00Z", True),
    ],
)
def test_the_last_microsecond_of_the_window_is_in_and_midnight_is_out(now: str, late: bool) -> None:
    """R44, R45: the end is exclusive, whatever offset the instant is written in."""
    assert TERMS.too_late(now) is late
    assert TERMS.window_over(now) is late
    assert TERMS.withdrawal_over(now) is late


def test_the_window_opens_with_its_first_instant() -> None:
    """R44: the opening instant is inside, a microsecond earlier is not."""
    assert TERMS.timing("2021-07-01T00:00:00+08:00") == "in_time"
    assert TERMS.timing("2021-06-30T23:59:59.999999+08:00") == "early"


def test_a_call_that_takes_late_applications_is_never_too_late() -> None:
    """R45 is data: the window is over, yet what comes is taken."""
    lenient = terms_of(call_document(late_accepted=True))
    assert lenient.window_over("2021-07-13T00:00:00+08:00")
    assert not lenient.too_late("2021-07-13T00:00:00+08:00")


def test_one_application_is_allowed_and_a_second_is_one_too_many() -> None:
    """A8: the limit is the call's own; none means any number."""
    assert not TERMS.another_is_one_too_many(0)
    assert TERMS.another_is_one_too_many(1)
    document = call_document()
    document["applications"]["per_applicant_max"] = None
    assert not terms_of(document).another_is_one_too_many(99)


def test_a_day_begins_at_midnight_of_the_call() -> None:
    """A6: the day is Beijing's, whatever the server's clock is set to."""
    assert TERMS.day_of("2021-07-12T15:59:59.999999Z") == "2021-07-12"
    assert TERMS.day_of("2021-07-12T16:00:00Z") == "2021-07-13"


@pytest.mark.parametrize(
    ("posted_on", "ends_on"),
    [("2021-09-08", "2021-09-14"), ("2021-09-24", "2021-09-29"), ("2021-10-12", "2021-10-18")],
)
def test_a_notice_of_five_working_days_counts_the_first(posted_on: str, ends_on: str) -> None:
    """Domain §7.4: make-up days work, holidays do not; 24-28 September holds only four."""
    assert TERMS.notice_ends_on(posted_on) == ends_on


def test_content_that_fits_has_no_problems() -> None:
    """The content the other tests start from is fit to be sent."""
    assert problems(said(), TERMS.content) == ()


def test_every_problem_is_told_at_once() -> None:
    """An applicant hears everything in one answer."""
    bad = said(title=" ", items=["1.1", "1.1", "9.9"], requested_fen=1, form={"plan": 7, "odd": 1})
    assert codes(problems(bad, TERMS.content)) == [
        "title_missing",
        "item_twice",
        "item_unknown",
        "amount_too_small",
        "field_missing",
        "field_missing",
        "field_of_another_kind",
        "field_missing",
        "field_unknown",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "字" * 40}, []),
        ({"title": "字" * 41}, ["title_too_long"]),
        ({"requested_fen": 25_000_000}, []),
        ({"requested_fen": 24_999_999}, ["amount_too_small"]),
        ({"requested_fen": 35_000_000}, []),
        ({"requested_fen": 35_000_001}, ["amount_too_large"]),
        ({"items": []}, ["items_count"]),
        ({"form": form(basis="字" * 3000)}, []),
        ({"form": form(basis="字" * 3001)}, ["field_too_long"]),
        ({"form": form(basis="　\n")}, ["field_missing"]),
        ({"form": form(matching_funds_fen=0)}, []),
        ({"form": form(matching_funds_fen=-1)}, ["field_of_another_kind"]),
        ({"form": form(matching_funds_fen=True)}, ["field_of_another_kind"]),
        ({"form": form(budget=[{"heading": "travel"}])}, []),
        ({"form": form(budget=["travel"])}, ["field_of_another_kind"]),
    ],
)
def test_each_limit_of_the_call_holds_exactly(changes: dict[str, Any], expected: list[str]) -> None:
    """R24, R36, R37: the limit itself fits, one more or less does not."""
    assert codes(problems(said(**changes), TERMS.content)) == expected


def test_a_table_counts_with_the_text_of_all_its_cells() -> None:
    """A limit in characters cannot be dodged by spreading text over rows."""
    field = FormField("budget", "预算", "Budget", "table", required=True, characters_max=4)
    terms = Terms(frozenset({"1.1"}), fields=(field,), title_characters_max=40)
    rows = [{"a": "12"}, {"a": "34"}]
    assert problems(said(form={"budget": rows}), terms) == ()
    longer = [*rows, {"a": "5"}]
    assert codes(problems(said(form={"budget": longer}), terms)) == ["field_too_long"]


@pytest.mark.parametrize(
    ("day", "fits"), [("2021-02-28", True), ("2021-02-29", False), ("2021-2-1", False)]
)
def test_a_date_field_takes_days_that_exist(day: str, fits: bool) -> None:
    """A day is written in full and is in the calendar."""
    field = FormField("start", "开始", "Start", "date", required=True)
    terms = Terms(frozenset({"1.1"}), fields=(field,))
    assert (problems(said(form={"start": day}), terms) == ()) is fits


def test_a_call_without_a_form_takes_any_form() -> None:
    """Without `form.fields` nothing is known to be missing or too much."""
    document = call_document()
    del document["form"]
    assert problems(said(form={"whatever": [1, "x"]}), terms_of(document).content) == ()


def test_an_amendment_may_lengthen_the_window_and_never_shorten_it() -> None:
    """A17: the same end is allowed, a microsecond earlier is not."""
    held = call_document()
    assert amendment_problems(held, next_version()) == ()
    assert amendment_problems(held, next_version(closes_before="2021-07-20T00:00:00+08:00")) == ()
    shorter = next_version(closes_before="2021-07-12T23:59:59.999999+08:00")
    assert codes(amendment_problems(held, shorter)) == ["window_shortened"]


def test_an_amendment_is_the_next_version_of_the_same_call() -> None:
    """A17: neither the same version nor one skipped, and never another call."""
    held = call_document()
    for version in (1, 3):
        assert codes(amendment_problems(held, {**held, "version": version})) == ["version_not_next"]
    assert codes(amendment_problems(held, {**next_version(), "id": "other"})) == ["call_id_changed"]


def proposal(
    application_id: str, rank: int, ranking: str = "r", *, withdrawn: bool = False
) -> Proposal:
    return Proposal(application_id, "虚构学会", "示例", 30_000_000, rank, ranking, withdrawn)


def test_a_notice_lists_the_sealed_ranking_by_rank_without_the_withdrawn() -> None:
    """Domain §7.4: ties go by id; what only an earlier ranking recommended is not posted."""
    given_lines = [
        proposal("c", 2),
        proposal("b", 1),
        proposal("a", 2),
        proposal("w", 3, withdrawn=True),
        proposal("o", 4, "old"),
    ]
    assert [line.application_id for line in listed(given_lines, "r")] == ["b", "a", "c"]


def test_a_notice_goes_out_with_exactly_the_expected_number() -> None:
    """A list that is still arriving is not posted, nor an empty one."""
    lines = (proposal("a", 1), proposal("b", 2))
    assert notice_is_whole(lines, 2) == ()
    assert codes(notice_is_whole(lines, 1)) == ["recommendations_incomplete"]
    assert codes(notice_is_whole(lines, 3)) == ["recommendations_incomplete"]
    assert codes(notice_is_whole((), 0)) == ["nothing_recommended"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"name": "张"}, ["name_missing"]),
        ({"name": "匿名"}, ["name_missing"]),
        ({"name": "Anonymous "}, ["name_missing"]),
        ({"contact": "010-1234"}, []),
        ({"contact": "010-123"}, ["contact_missing"]),
        ({"contact": "a@b"}, ["contact_missing"]),
        ({"contact": "a@b.cn"}, []),
        ({"text": " \n"}, ["statement_missing"]),
        (
            {"name": "", "contact": "", "text": ""},
            ["name_missing", "contact_missing", "statement_missing"],
        ),
    ],
)
def test_an_objection_bears_a_name_a_contact_and_a_statement(
    changes: dict[str, str], expected: list[str]
) -> None:
    """Domain §7.4: written, under real name, with contact; everything missing is told at once."""
    statement = {"name": "张三", "contact": "a@b.cn", "text": "成果与事实不符。", **changes}
    assert codes(objection_problems(Statement(**statement))) == expected


def test_objections_are_taken_from_the_first_day_to_the_last() -> None:
    """Domain §7.4: both ends of the notice are in, the days beside them are out."""
    taken = [within_notice(d, "2021-09-08", "2021-09-14") for d in ("2021-09-07", "2021-09-08")]
    assert taken == [False, True]
    taken = [within_notice(d, "2021-09-08", "2021-09-14") for d in ("2021-09-14", "2021-09-15")]
    assert taken == [True, False]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=6))
def test_canonical_bytes_do_not_depend_on_the_order_of_keys(document: dict[str, Any]) -> None:
    """Two ways to write one document have one digest, and the bytes read back as the document."""
    backwards = dict(reversed(document.items()))
    if list(unwritable(document, "document")):
        return
    assert canonical(document) == canonical(backwards)
    assert json.loads(canonical(document)) == document
    assert digest(document) == sha256(canonical(document)).hexdigest()


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else "deep"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, ["fraction"]),
        (float("nan"), ["fraction"]),
        (2**53 - 1, []),
        (2**53, ["integer_too_large"]),
        (-(2**53), ["integer_too_large"]),
        ("\ud800", ["text_broken"]),
        ({"\ud800": 1}, ["text_broken"]),
        ("a\x00b", ["text_null"]),
        (nested(DEPTH_MAX), []),
        (nested(DEPTH_MAX + 1), ["too_deep"]),
    ],
)
def test_what_has_no_canonical_bytes_is_named(value: Any, expected: list[str]) -> None:
    """Nothing is kept that could not be hashed the same way by everybody."""
    assert codes(unwritable(value, "form")) == expected
