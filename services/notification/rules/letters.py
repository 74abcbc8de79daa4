"""Which letters a dossier calls for: each fact once, and only what is final or needs an act.

Told at once: receipt, refused duplicate, withdrawal, exclusion, a request for correction, the
result, a payment. The formal check is told only once the window is over and the paper has been
opened: a parcel sent on the last day may still be on its way, so missing paper is not yet final,
and whoever never sends it reads so in the result. Whether a rule is undetermined is the office's
question, not the applicant's: no letter. Every letter depends on its own fact and on earlier ones
of the same publisher, so the same letters go out in whatever order the topics are read.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

from services.notification.rules.dossier import (
    Addressee,
    Award,
    Correction,
    Dossier,
    FormalCheck,
    Letter,
    Payment,
    Reasons,
    Refusal,
    Screening,
)

PAPER_ON_ITS_WAY = "paper_missing"


def letters(dossier: Dossier) -> Iterator[Letter]:
    """Every letter the dossier calls for, with what all letters name: applicant, call, project."""
    said = {
        "call_title": dossier.call.title,
        "applicant_name": dossier.addressee.applicant_name,
        "application_id": dossier.addressee.application_id,
        "title": dossier.addressee.title,
    }
    for letter in _bare(dossier):
        yield Letter(
            letter.about, letter.name, letter.template, {**said, **letter.values}, letter.at
        )


def _bare(dossier: Dossier) -> Iterator[Letter]:
    about = dossier.addressee.application_id
    yield receipt(dossier.addressee)
    yield from (duplicate(about, each) for each in dossier.refusals)
    yield from withdrawal(dossier.addressee)
    yield from exclusions(about, dossier.screenings)
    yield from formal_checks(about, dossier.checks, dossier.call.closes_before)
    yield from (correction(about, each) for each in dossier.corrections)
    yield from (result(about, each) for each in dossier.awards)
    yield from (payment(about, each) for each in dossier.payments)


def receipt(addressee: Addressee) -> Letter:
    """A submission is acknowledged with what was received and its digest."""
    values: dict[str, Any] = {
        "call_version": addressee.call_version,
        "requested_fen": addressee.requested_fen,
        "form_sha256": addressee.form_sha256,
        "submitted_at": addressee.submitted_at,
    }
    about = addressee.application_id
    return Letter(about, "receipt", "receipt", values, addressee.submitted_at)


def duplicate(standing: str, refusal: Refusal) -> Letter:
    """A refused second application is told to whoever holds the first one."""
    values = {"standing_application_id": standing, "application_id": refusal.application_id}
    return Letter(refusal.application_id, "duplicate", "duplicate", values, refusal.refused_at)


def withdrawal(addressee: Addressee) -> Iterator[Letter]:
    """A withdrawal is confirmed."""
    if at := addressee.withdrawn_at:
        yield Letter(addressee.application_id, "withdrawn", "withdrawn", {"withdrawn_at": at}, at)


def exclusions(about: str, screenings: tuple[Screening, ...]) -> Iterator[Letter]:
    """Barred is told with its reasons; eligible only to whoever was told otherwise before.

    Boundary: the same rules again are not told again; other rules are.
    """
    told: list[str] = []
    number = count(1)
    for each in sorted(screenings, key=lambda s: s.assessment_no):
        codes = _codes(each.reasons)
        if each.verdict == "barred" and codes != told:
            told = codes
            yield _numbered(about, "barred", next(number), each.reasons, each.assessed_at)
        elif each.verdict == "eligible" and told:
            told = []
            yield _numbered(about, "eligible_after_all", next(number), [], each.assessed_at)


def formal_checks(
    about: str, checks: tuple[FormalCheck, ...], closes_before: str
) -> Iterator[Letter]:
    """Late or incomplete papers are told once the window is over; complete only after either.

    Boundary: an assessment made at the closing instant is told, one before it is not.
    """
    told: tuple[str, list[str]] = ("", [])
    number = count(1)
    closes = datetime.fromisoformat(closes_before)
    for each in sorted(checks, key=lambda c: c.assessment_no):
        state = (_formal_template(each), _codes(each.reasons))
        over = datetime.fromisoformat(each.assessed_at) >= closes
        news = state[0] != "papers_complete" or told[0] not in ("", "papers_complete")
        if over and state[0] and news and state != told:
            told = state
            yield _numbered(about, state[0], next(number), each.reasons, each.assessed_at)


def _formal_template(check: FormalCheck) -> str:
    """The letter for this state of the papers; none while it is open or paper may still come."""
    if check.timely == "late":
        return "papers_late"
    if check.verdict == "complete":
        return "papers_complete"
    settled = PAPER_ON_ITS_WAY not in _codes(check.reasons)
    return "papers_incomplete" if check.verdict == "incomplete" and settled else ""


def correction(about: str, asked: Correction) -> Letter:
    """A request for correction names what to mend and until when."""
    values = {"reasons": asked.reasons, "due_on": asked.due_on}
    return Letter(about, f"correction {asked.due_on}", "correction", values, asked.requested_at)


def result(about: str, award: Award) -> Letter:
    """The result is told once per decision; a reserve that is awarded later is told again."""
    values = {"amount_fen": award.amount_fen, "reasons": award.reasons}
    name = f"result_{award.decision}"
    return Letter(about, name, name, values, award.decided_at)


def payment(about: str, paid: Payment) -> Letter:
    """A payment that a bank line proves is told with its day and amount."""
    values = {
        "tranche_no": paid.tranche_no,
        "amount_fen": paid.amount_fen,
        "booked_on": paid.booked_on,
    }
    return Letter(about, f"payment {paid.payment_id}", "payment", values, paid.confirmed_at)


def _numbered(about: str, template: str, number: int, reasons: Reasons, at: str) -> Letter:
    """A letter, numbered within its series.

    Not by the number of the assessment: how often we assessed varies with the order in which a
    file and the application reached us; what we said does not.
    """
    return Letter(about, f"{template} {number}", template, {"reasons": reasons}, at)


def _codes(reasons: Reasons) -> list[str]:
    return sorted(reason["code"] for reason in reasons)
