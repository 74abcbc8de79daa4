"""The clause lint: a clause without rule, data or signature cannot be published."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from services.submission.calls import CAST_2021, load
from services.submission.rules.call import KNOWN_RULE_IDS, lint_clauses
from services.submission.rules.call.lint import resolves

DOCUMENT = load(CAST_2021)


def linted(change: Callable[[Any], object]) -> list[tuple[str, str]]:
    """What the lint says after something was done to the call."""
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return [(p.code, p.where) for p in lint_clauses(document, KNOWN_RULE_IDS)]


def index_of(clause_id: str) -> int:
    return next(n for n, c in enumerate(DOCUMENT["clauses"]) if c["id"] == clause_id)


def clause(document: Any, clause_id: str) -> Any:
    return document["clauses"][index_of(clause_id)]


def test_every_clause_of_the_notice_is_held() -> None:
    """R1 to R55 and N1 to N12, each once, in order."""
    assert lint_clauses(DOCUMENT, KNOWN_RULE_IDS) == []
    assert [c["id"] for c in DOCUMENT["clauses"]] == [
        *(f"R{n}" for n in range(1, 56)),
        *(f"N{n}" for n in range(1, 13)),
    ]


def test_the_four_exclusions_are_held_by_their_rules() -> None:
    """A pointer or a signature would not be enough for them."""
    for clause_id in ("R26", "R31", "R32", "R33", "R34", "R35", "R46"):
        assert clause(DOCUMENT, clause_id)["rules"]


PLANTED: list[tuple[str, Callable[[Any], object], str, str]] = [
    ("nothing holds it", lambda d: clause(d, "R31").pop("rules"), "clause_unheld", "R31"),
    (
        "an empty list holds nothing",
        lambda d: clause(d, "R31").update(rules=[]),
        "clause_unheld",
        "R31",
    ),
    ("no such rule", lambda d: clause(d, "R31").update(rules=["x"]), "rule_unknown", "R31/rules/0"),
    (
        "a rule the pack lacks",
        lambda d: d["rule_pack"]["rules"].pop(2),
        "rule_not_in_pack",
        "R31/rules/0",
    ),
    (
        "a pointer to nowhere",
        lambda d: clause(d, "R1").update(data=["/titel"]),
        "pointer_dangling",
        "R1/data/0",
    ),
    ("a pointer past the end", lambda d: d["contacts"].pop(), "pointer_dangling", "R53/data/0"),
    (
        "a pointer to null",
        lambda d: d["budget"].update(total_fen=None),
        "pointer_dangling",
        "N10/data/0",
    ),
    (
        "a signature without a name",
        lambda d: clause(d, "R51")["judged_by_people"].pop("signed_by"),
        "signature_incomplete",
        "R51/judged_by_people/signed_by",
    ),
    (
        "a signature without a day",
        lambda d: clause(d, "R51")["judged_by_people"].update(signed_on=""),
        "signature_incomplete",
        "R51/judged_by_people/signed_on",
    ),
]


@pytest.mark.parametrize(("name", "change", "code", "where"), PLANTED, ids=[p[0] for p in PLANTED])
def test_a_planted_violation_is_caught(
    name: str, change: Callable[[Any], object], code: str, where: str
) -> None:
    """Each guard has been seen to fail."""
    clause_id, _, rest = where.partition("/")
    place = f"/clauses/{index_of(clause_id)}" + (f"/{rest}" if rest else "")
    assert (code, place) in linted(change), name


def test_a_clause_left_out_doubled_or_not_counted_is_caught() -> None:
    """The notice says how many there are."""
    gone = linted(lambda d: d["clauses"].pop(index_of("R40")))
    assert ("clause_missing", "/clauses") in gone
    twice = linted(lambda d: d["clauses"].append(copy.deepcopy(d["clauses"][0])))
    assert ("clause_unexpected", "/clauses/67/id") in twice
    extra = linted(lambda d: d["notice"].update(clauses=54))
    assert ("clause_unexpected", f"/clauses/{index_of('R55')}/id") in extra


def test_only_the_ids_given_are_known() -> None:
    """The lint believes its caller about which rules exist."""
    assert {p.code for p in lint_clauses(DOCUMENT, [])} == {"rule_unknown"}


@pytest.mark.parametrize("document", [None, [], {}, {"clauses": 7}, {"clauses": [None, 3]}])
def test_what_has_no_clauses_has_nothing_to_lint(document: object) -> None:
    """Shape problems are reported by the schema; the lint does not fall over them."""
    assert lint_clauses(document, KNOWN_RULE_IDS) == []


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("/a", True),
        ("/a/0", True),
        ("/a/1", False),
        ("/a/-1", False),
        ("/a/٠", False),
        ("/b~1c", True),
        ("/d~0", True),
        ("/e", False),
        ("/f", True),
        ("a", False),
        ("/a/0/x", False),
    ],
)
def test_a_pointer_leads_to_a_value_or_it_does_not(target: str, leads: bool) -> None:
    """RFC 6901, with null and empty holding nothing, and zero and false holding something."""
    document = {"a": [False], "b/c": 1, "d~": 1, "e": "", "f": 0}
    assert resolves(document, target) is leads
