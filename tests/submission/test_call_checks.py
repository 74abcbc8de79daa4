"""Bad call files: every mistake is a problem with its place, all of them at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.submission.rules.call import (
    CallInvalid,
    blocking,
    call_from,
    parse_call,
    publication_problems,
)
from tests.submission.call_changes import DOCUMENT, changed, found, put, refusal


@pytest.mark.parametrize(
    ("document", "code", "where"),
    [
        (put("12 July", "window", "closes_before"), "bad_date", "/window/closes_before"),
        (
            put("2021-07-13T00:00:00", "window", "closes_before"),
            "bad_date",
            "/window/closes_before",
        ),
        (put("2021-02-30", "published_on"), "bad_date", "/published_on"),
        (put("2022-13", "completion", "month"), "bad_date", "/completion/month"),
        (put(300000.5, "amount", "nominal_fen"), "wrong_type", "/amount/nominal_fen"),
        (put(-1, "amount", "nominal_fen"), "out_of_range", "/amount/nominal_fen"),
        (put("thirty", "quota", "awards_max"), "wrong_type", "/quota/awards_max"),
        (put(True, "quota", "awards_max"), "wrong_type", "/quota/awards_max"),
        (
            put("postmark", "window", "channels", 0, "rule"),
            "unknown_choice",
            "/window/channels/0/rule",
        ),
        (put([], "strands"), "too_few", "/strands"),
        (put({"zh": "题"}, "title"), "missing", "/title/en"),
        (put(" ", "title", "zh"), "not_as_described", "/title/zh"),
        (put(1, "quotta"), "unknown_key", "/quotta"),
        (put("Bad Id", "id"), "not_as_described", "/id"),
        (put(2, "schema"), "out_of_range", "/schema"),
        (changed(lambda d: d.pop("budget")), "missing", "/budget"),
        (
            put("yesterday", "rule_pack", "rules", 2, "parameters", "lookback", "anchor"),
            "unknown_choice",
            "/rule_pack/rules/2/parameters/lookback/anchor",
        ),
        (
            changed(lambda d: d["rule_pack"]["rules"][3]["parameters"].pop("as_of")),
            "missing",
            "/rule_pack/rules/3/parameters/as_of",
        ),
        (
            put("too_popular", "rule_pack", "rules", 2, "id"),
            "unknown_choice",
            "/rule_pack/rules/2/id",
        ),
    ],
)
def test_a_wrong_shape_is_a_problem_with_its_place(
    document: dict[str, Any], code: str, where: str
) -> None:
    """Pointer, code, and words in both languages; `parse_call` refuses with the same."""
    assert (code, where) in found(document)
    with pytest.raises(CallInvalid) as refused:
        parse_call(document)
    problem = next(p for p in refused.value.problems if (p.code, p.where) == (code, where))
    assert all([problem.what.zh, problem.what.en, problem.mend.zh, problem.mend.en])


@pytest.mark.parametrize(
    ("document", "code", "where"),
    [
        (
            put(DOCUMENT["window"]["opens_at"], "window", "closes_before"),
            "window_empty",
            "/window/closes_before",
        ),
        (put(["paper", "electronic"], "window", "forms_required"), "", ""),
        (
            changed(lambda d: [c.update(carries="paper") for c in d["window"]["channels"]]),
            "form_without_channel",
            "/window/channels",
        ),
        (
            put("dispatch_day", "window", "channels", 2, "rule"),
            "rule_unfit_for_channel",
            "/window/channels/2/rule",
        ),
        (put(30_000_001, "amount", "min_fen"), "amount_out_of_limits", "/amount"),
        (put(30_000_000, "amount", "min_fen"), "", ""),
        (put(29_999_999, "amount", "max_fen"), "amount_out_of_limits", "/amount"),
        (
            put("4.1", "strands", 0, "items", 0, "code"),
            "item_code_unfit",
            "/strands/0/items/0/code",
        ),
        (put(17, "applications", "items_max"), "item_limits_unfit", "/applications/items_max"),
        (put(5, "documents", "originals_min"), "", ""),
        (
            put(6, "documents", "originals_min"),
            "originals_above_copies",
            "/documents/originals_min",
        ),
        (put("another", "documents", "form_annex"), "annex_unknown", "/documents/form_annex"),
        (put("2022-03-30", "completion", "due_on"), "due_day_unfit", "/completion/due_on"),
        (put("2022-04-30", "completion", "due_on"), "due_day_unfit", "/completion/due_on"),
        (put(6999, "tranches", 0, "share_bp"), "shares_do_not_add_up", "/tranches"),
        (put(7001, "tranches", 0, "share_bp"), "shares_do_not_add_up", "/tranches"),
        (
            put(1501, "review", "criteria", 0, "weight_bp"),
            "shares_do_not_add_up",
            "/review/criteria",
        ),
        (put(2, "review", "panel_size"), "panel_too_small", "/review/panel_size"),
        (
            put(["fame"], "review", "tie_breaks", 0, "criteria"),
            "criterion_unknown",
            "/review/tie_breaks/0/criteria",
        ),
        (
            put("2020-09-01", "calendar", "days_off", 0, "last"),
            "holiday_unfit",
            "/calendar/days_off/0",
        ),
        (
            put("2021-10-01", "calendar", "make_up_days", 0),
            "make_up_day_off",
            "/calendar/make_up_days/0",
        ),
        (put("hand", "window", "channels", 0, "id"), "repeated", "/window/channels"),
        (put("1.2", "strands", 0, "items", 0, "code"), "repeated", "/strands"),
        (put("2", "tranches", 0, "id"), "repeated", "/tranches"),
    ],
)
def test_what_does_not_hold_together_is_a_problem(
    document: dict[str, Any], code: str, where: str
) -> None:
    """Sums, orders and references, one tick each side where there is an edge."""
    assert found(document) == ({(code, where)} if code else set())


def test_a_budget_below_the_quota_is_a_warning_only() -> None:
    """The total is entered on its own; 30 awards of the nominal amount are 9.0 million yuan."""
    short = publication_problems(put(899_999_999, "budget", "total_fen"))
    assert [p.where for p in short if p.code == "budget_below_quota"] == ["/budget/total_fen"]
    assert blocking(short) == ()
    parse_call(put(899_999_999, "budget", "total_fen"))


@pytest.mark.parametrize("nothing", [None, "absent"])
def test_a_call_without_an_address_or_annex_is_refused_with_the_full_list(nothing: object) -> None:
    """Everything that is missing at once, each with its place (A12)."""

    def empty(document: Any) -> None:
        for channel in document["window"]["channels"]:
            channel.pop("address") if nothing else channel.update(address=None)
        document["annexes"][0].pop("file") if nothing else document["annexes"][0].update(file=None)

    problems = found(changed(empty))
    missing = {where for code, where in problems if code in ("address_missing", "annex_missing")}
    assert missing == {*(f"/window/channels/{n}/address" for n in range(4)), "/annexes/0/file"}


def test_all_problems_are_told_at_once() -> None:
    """A wrong type in one section does not hide a wrong sum in another."""

    def spoil(document: Any) -> None:
        document["quota"]["awards_max"] = "thirty"
        document["tranches"][0]["share_bp"] = 1
        document["window"]["channels"][0]["address"] = None
        document["clauses"][0].pop("data")

    codes = {code for code, _ in found(changed(spoil))}
    assert codes >= {"wrong_type", "shares_do_not_add_up", "address_missing", "clause_unheld"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(DOCUMENT)), JSON)
def test_any_value_in_any_section_is_judged_without_falling_over(key: str, value: object) -> None:
    """Whatever stands there, the answer is a list of problems or a call."""
    document = {**DOCUMENT, key: value}
    problems = publication_problems(document)
    refused = refusal(parse_call, document)
    if refused is None:
        assert call_from(document) == parse_call(document)
    else:
        assert set(blocking(refused.problems)) <= set(problems)


@given(JSON)
def test_any_json_value_at_all_is_judged(document: object) -> None:
    """A list, a number, null: refused with problems."""
    assert blocking(publication_problems(document))
