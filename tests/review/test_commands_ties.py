"""An open tie is settled by a person, within what is left, once, with a reason."""

from contracts.review import AwardRecommended
from services.chassis.errors import Invalid
from services.review.commands import SettleTie
from tests.review.chair import Chair, deciding, ranked
from tests.review.events import CALL, call_document, withdrawn

POINTS = {"a01": 90, "a02": 80, "a03": 80, "a04": 80, "a05": 70}


def tied(awards_max: int = 3) -> Chair:
    """One clear winner, three equals for the two places left, one below."""
    document = call_document()
    document["quota"]["awards_max"] = awards_max
    return ranked(POINTS, document=document)


def settling(*application_ids: str, call_id: str = CALL) -> SettleTie:
    """The command."""
    return SettleTie(call_id, application_ids, "更契合本年度重点", "officer-1")


def test_equals_across_the_line_are_left_to_a_person() -> None:
    """Order by id picks nobody: only the clear winner is recommended."""
    assert [e.application_id for e in tied().events(AwardRecommended)] == ["a01"]


def test_a_person_chooses_among_them_with_a_reason() -> None:
    """Recommended like the others, money and notice follow; again is answered the same."""
    chair = tied()
    answer = chair.settle("a04", "a02")
    assert chair.again(settling("a02", "a04")) == answer
    chosen = [e for e in chair.events(AwardRecommended) if e.reason]
    assert [(e.application_id, e.rank, e.reason) for e in chosen] == [
        ("a02", 2, "更契合本年度重点"),
        ("a04", 2, "更契合本年度重点"),
    ]
    assert chair.refusal(settling("a02", "a03")).code == "tie_settled"


def test_the_choice_is_among_the_tied_and_within_what_is_left() -> None:
    """Two places are left: two may be chosen, three not; the others are not in question."""
    chair = tied()
    for command, code in (
        (settling("a02", "a03", "a04"), "choice_over_caps"),
        (settling("a05"), "not_tied"),
        (settling("a01"), "not_tied"),
        (settling("a99"), "not_tied"),
    ):
        refused = chair.refusal(command)
        assert isinstance(refused, Invalid)
        assert refused.code == code


def test_money_bounds_the_choice_too() -> None:
    """Room for one more of 300,000; the second would overdraw it."""
    document = call_document()
    document["budget"]["total_fen"] = 60_000_000
    chair = ranked(POINTS, document=document)
    assert chair.refusal(settling("a02", "a03")).code == "choice_over_caps"
    assert chair.settle("a02").status == 201


def test_nobody_who_withdrew_is_chosen() -> None:
    """They left the tie."""
    chair = tied()
    chair.hear(withdrawn("a02"))
    assert chair.refusal(settling("a02")).code == "withdrawn"


def test_there_must_be_a_tie_to_settle() -> None:
    """No ranking, no tie, or all decided."""
    assert Chair().refusal(settling("a01")).code == "nothing_sealed"
    assert ranked({"a01": 90, "a02": 80}).refusal(settling("a01")).code == "no_open_tie"


def test_awards_wait_until_the_tie_is_settled_or_all_of_it_is_withheld() -> None:
    """Nobody is refused silently because the ranking could not choose."""
    chair = tied()
    chair.post()
    refused = chair.refusal(deciding(1))
    assert (refused.code, refused.extra["application_ids"]) == ("tie_open", ["a02", "a03", "a04"])
    chair.decide(1, [(one, "同分，均不立项") for one in ("a02", "a03", "a04")])
    assert chair.states() == {
        "a01": "awarded",
        "a02": "not_awarded",
        "a03": "not_awarded",
        "a04": "not_awarded",
        "a05": "reserve",
    }
    assert chair.refusal(settling("a02")).code == "already_decided"


def test_who_was_chosen_and_who_was_not_are_told_why() -> None:
    """The chosen: by a person among equals. The others: that a person decided."""
    chair = tied()
    chair.settle("a02", "a03")
    chair.post()
    chair.decide(3)
    told = {a: [r.code for r in d.reasons] for a, d in chair.decisions().items()}
    assert told == {
        "a01": ["within_caps"],
        "a02": ["chosen_among_equals"],
        "a03": ["chosen_among_equals"],
        "a04": ["open_tie"],
        "a05": ["below_an_open_tie"],
    }
