"""Rule packs: read completely or refused with every problem."""

import copy
from typing import Any

import pytest

from services.eligibility.rules import RULE_IDS, Unreadable, criteria_from_pack, criteria_to_json
from tests.eligibility.making import CRITERIA, PACK


def rule(pack: dict[str, Any], rule_id: str) -> Any:
    return next(r for r in pack["rules"] if r["id"] == rule_id)


def test_a_pack_reads_back_from_its_own_json() -> None:
    """What an event carries is the pack it was judged by."""
    assert criteria_from_pack(criteria_to_json(CRITERIA)) == CRITERIA


def test_the_2021_pack_holds_every_rule_there_is() -> None:
    """And no other: a clause can only name what is implemented."""
    assert {r["id"] for r in PACK["rules"]} == RULE_IDS


@pytest.mark.parametrize(
    ("rule_id", "path", "value", "code"),
    [
        ("penalised_within_lookback", ("lookback", "anchor"), "last_tuesday", "unknown_choice"),
        ("penalised_within_lookback", ("lookback", "months"), 23.5, "not_a_whole_number"),
        ("penalised_within_lookback", ("lookback", "months"), -1, "not_a_whole_number"),
        ("penalised_within_lookback", ("lookback", "inclusive"), "yes", "not_true_or_false"),
        ("penalised_within_lookback", ("penalised",), "all", "not_a_list"),
        ("penalised_within_lookback", ("lookback",), None, "missing"),
        ("basically_qualified_years_running", ("years_named",), ["2019"], "not_whole_numbers"),
        ("basically_qualified_years_running", ("years_named",), [19], "bad_year"),
        ("basically_qualified_years_running", ("years_running",), 0, "not_a_whole_number"),
        ("circularised_and_rectifying", ("join",), "xor", "unknown_choice"),
        ("department_project_failed", ("departments",), [7], "not_texts"),
    ],
)
def test_a_wrong_parameter_is_a_problem_with_its_place(
    rule_id: str, path: tuple[str, ...], value: object, code: str
) -> None:
    """No parameter has a hidden default."""
    pack = copy.deepcopy(PACK)
    at = rule(pack, rule_id)["parameters"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(Unreadable) as refused:
        criteria_from_pack(pack)
    problem = next(p for p in refused.value.problems if p.code == code)
    assert problem.where.endswith("/".join(("parameters", *path)))


def test_an_unknown_or_repeated_rule_is_refused() -> None:
    """A rule nobody implements must not be passed over in silence."""
    pack = copy.deepcopy(PACK)
    pack["rules"].append({"id": "too_popular", "clause": "R99"})
    pack["rules"].append(copy.deepcopy(rule(pack, "penalised_within_lookback")))
    with pytest.raises(Unreadable) as refused:
        criteria_from_pack(pack)
    assert {p.code for p in refused.value.problems} == {"rule_unknown", "rule_repeated"}


@pytest.mark.parametrize("pack", [None, [], 3, "x", {}, {"rules": 7}, {"rules": [None]}])
def test_what_is_no_pack_is_refused_with_problems(pack: object) -> None:
    """Any JSON value is answered."""
    with pytest.raises(Unreadable):
        criteria_from_pack(pack)


def test_an_unset_lag_is_kept_as_unset() -> None:
    """Null means no limit, and reads back as null."""
    pack = copy.deepcopy(PACK)
    rule(pack, "penalised_within_lookback")["parameters"]["lookback"][
        "announcement_lag_days_max"
    ] = None
    criteria = criteria_from_pack(pack)
    assert criteria_from_pack(criteria_to_json(criteria)) == criteria
    assert criteria != CRITERIA
