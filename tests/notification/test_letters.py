"""Which letters are called for: each fact once, and the formal check only when it is final."""

from dataclasses import replace
from typing import Any

import pytest

from services.notification.clients import template_names
from services.notification.rules.dossier import (
    Addressee,
    Award,
    Call,
    Correction,
    Dossier,
    FormalCheck,
    Payment,
    Refusal,
    Screening,
)
from services.notification.rules.letters import letters
from services.notification.rules.reading import barring_reasons, call_of

CLOSES = "2021-07-13T00:00:00+08:00"
ADDRESSEE = Addressee(
    application_id="a", applicant_name="虚构学会", email="a@x.org", title="题目",
    requested_fen=30_000_000, form_sha256="0" * 64, call_version=1,
    submitted_at="2021-07-05T10:00:00+08:00",
)  # fmt: skip
BARE = Dossier(Call({"zh": "通知", "en": "Call"}, CLOSES), ADDRESSEE)


def reasons(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "zh": code, "en": code} for code in codes]


def check(no: int, verdict: str, *codes: str, at: str = CLOSES, timely: str = "") -> FormalCheck:
    in_time = timely or ("on_time" if verdict == "complete" else "unknown")
    return FormalCheck(no, verdict, in_time, reasons(*codes), at)


def screening(no: int, verdict: str, *codes: str) -> Screening:
    return Screening(no, verdict, reasons(*codes), "2021-07-06T10:00:00+08:00")


def told(dossier: Dossier) -> list[str]:
    """The templates after the receipt, in order."""
    first, *rest = [letter.template for letter in letters(dossier)]
    assert first == "receipt"
    return rest


def test_a_submission_is_acknowledged_with_its_digest() -> None:
    """The receipt names what was received, and is dated by the submission itself."""
    (receipt,) = letters(BARE)
    assert receipt.values["form_sha256"] == "0" * 64
    assert receipt.values["call_title"]["zh"] == "通知"
    assert receipt.at == ADDRESSEE.submitted_at


def test_a_refused_duplicate_is_told_about_itself_naming_the_standing_one() -> None:
    """The letter lies in the refused application's own story."""
    dossier = replace(BARE, refusals=(Refusal("b", "2021-07-06T10:00:00+08:00"),))
    _, letter = letters(dossier)
    assert (letter.about, letter.template) == ("b", "duplicate")
    assert letter.values["application_id"] == "b"
    assert letter.values["standing_application_id"] == "a"


def test_a_withdrawal_is_confirmed() -> None:
    """Once, with its own instant."""
    gone = replace(ADDRESSEE, withdrawn_at="2021-07-07T10:00:00+08:00")
    assert told(replace(BARE, addressee=gone)) == ["withdrawn"]


@pytest.mark.parametrize(
    ("screenings", "expected"),
    [
        ((screening(1, "eligible"),), []),
        ((screening(1, "undetermined"),), []),
        ((screening(1, "barred", "x"),), ["barred"]),
        ((screening(1, "barred", "x"), screening(2, "barred", "x")), ["barred"]),
        ((screening(1, "barred", "x"), screening(2, "barred", "x", "y")), ["barred", "barred"]),
        ((screening(1, "undetermined"), screening(2, "eligible")), []),
        (
            (screening(1, "barred", "x"), screening(2, "eligible")),
            ["barred", "eligible_after_all"],
        ),
        (
            (screening(2, "eligible"), screening(1, "barred", "x")),
            ["barred", "eligible_after_all"],
        ),
    ],
)
def test_exclusion_is_told_and_taken_back_and_an_open_question_is_not(
    screenings: tuple[Screening, ...], expected: list[str]
) -> None:
    """Undetermined is the office's question; eligible is news only to whoever was barred."""
    assert told(replace(BARE, screenings=screenings)) == expected


LATE = "dispatched_late"
BEFORE = "2021-07-12T23:59:59.999999+08:00"


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ((check(1, "incomplete", "seal_missing", at=BEFORE),), []),
        ((check(1, "incomplete", "seal_missing", at=CLOSES),), ["papers_incomplete"]),
        ((check(1, "incomplete", "x", at="2021-07-12T16:00:00Z"),), ["papers_incomplete"]),
        ((check(1, "incomplete", "paper_missing", "electronic_missing"),), []),
        ((check(1, "incomplete", LATE, timely="late"),), ["papers_late"]),
        ((check(1, "undetermined", "waybill_unreadable"),), []),
        ((check(1, "complete"),), []),
        (
            (check(1, "incomplete", "copies_short"), check(2, "complete")),
            ["papers_incomplete", "papers_complete"],
        ),
        (
            (
                check(1, "incomplete", LATE, timely="late"),
                check(2, "incomplete", LATE, timely="late"),
            ),
            ["papers_late"],
        ),
        ((check(1, "incomplete", "paper_missing"), check(2, "complete")), []),
        (
            (
                check(1, "incomplete", "copies_short"),
                check(2, "undetermined", "waybill_unreadable"),
                check(3, "complete"),
                check(4, "complete"),
            ),
            ["papers_incomplete", "papers_complete"],
        ),
    ],
)  # fmt: skip
def test_the_formal_check_is_told_once_per_final_state(
    checks: tuple[FormalCheck, ...], expected: list[str]
) -> None:
    """Not before closing (one tick each side), not while paper may be on its way, no news twice."""
    assert told(replace(BARE, checks=checks)) == expected
    assert told(replace(BARE, checks=checks[::-1])) == expected


def test_corrections_results_and_payments_are_told_one_by_one() -> None:
    """Each has its own letter; a reserve that is awarded later is told again."""
    at = "2021-09-01T10:00:00+08:00"
    dossier = replace(
        BARE,
        corrections=(Correction("2021-07-20", reasons("seal_missing"), at),),
        awards=(Award("reserve", 0, [], at), Award("awarded", 30_000_000, [], at)),
        payments=(Payment("p1", 1, 100, "2021-12-15", at), Payment("p2", 2, 100, "2022-04-15", at)),
    )
    assert told(dossier) == ["correction", "result_reserve", "result_awarded", "payment", "payment"]
    assert len({(letter.about, letter.name) for letter in letters(dossier)}) == 6


def test_knowing_more_never_takes_a_letter_back() -> None:
    """Any part of a dossier calls only for letters of the whole: reading order is free."""
    at = "2021-09-01T10:00:00+08:00"
    whole = replace(
        BARE,
        screenings=(screening(1, "barred", "x"), screening(2, "eligible")),
        checks=(check(1, "incomplete", "copies_short"), check(2, "complete")),
        awards=(Award("not_awarded", 0, [], at),),
        payments=(Payment("p1", 1, 100, "2021-12-15", at),),
    )
    every = list(letters(whole))
    for s in range(3):
        for c in range(3):
            part = replace(
                whole, screenings=whole.screenings[:s], checks=whole.checks[:c], awards=()
            )
            assert all(letter in every for letter in letters(part))


def test_every_letter_has_its_text_and_every_text_its_letter() -> None:
    """No letter without a template, no template that nothing writes."""
    at = "2021-09-01T10:00:00+08:00"
    whole = Dossier(
        BARE.call, replace(ADDRESSEE, withdrawn_at=at), (Refusal("b", at),),
        (screening(1, "barred", "x"), screening(2, "eligible")),
        (
            check(1, "incomplete", "copies_short"),
            check(2, "incomplete", LATE, timely="late"),
            check(3, "complete"),
        ),
        (Correction("2021-07-20", [], at),),
        tuple(Award(d, 0, [], at) for d in ("awarded", "not_awarded", "reserve")),
        (Payment("p", 1, 100, "2021-12-15", at),),
    )  # fmt: skip
    assert {letter.template for letter in letters(whole)} == set(template_names())


def test_barring_rules_are_told_in_the_words_of_their_findings() -> None:
    """Only the rules that failed, each with its clause."""
    assessment = {
        "findings": [
            {"rule": "r1", "clause": "R31", "sentence": {"zh": "被罚", "en": "Penalised"}},
            {"rule": "r2", "clause": "R32", "sentence": {"zh": "无", "en": "None"}},
        ]
    }
    assert barring_reasons(["r1"], assessment) == [
        {"code": "r1, R31", "zh": "被罚", "en": "Penalised"}
    ]


@pytest.mark.parametrize(
    "assessment", [{}, {"findings": None}, {"findings": [1]}, {"findings": [{"rule": "r1"}]}]
)
def test_an_assessment_of_another_shape_still_names_the_rule(assessment: dict[str, Any]) -> None:
    """Nobody is told that they are barred without being told by what."""
    (reason,) = barring_reasons(["r1"], assessment)
    assert reason["code"] == "r1"
    assert "r1" in reason["zh"]


@pytest.mark.parametrize(
    "call",
    [
        {"title": {"zh": "z", "en": "e"}},
        {"title": {"zh": "z"}, "window": {"closes_before": CLOSES}},
        {"title": {"zh": "z", "en": "e"}, "window": {"closes_before": "2021-07-13T00:00:00"}},
        {"title": {"zh": "z", "en": "e"}, "window": {"closes_before": "soon"}},
    ],
)
def test_a_call_without_title_or_closing_instant_is_unreadable(call: dict[str, Any]) -> None:
    """A letter never guesses them."""
    with pytest.raises((KeyError, ValueError)):
        call_of(call)
