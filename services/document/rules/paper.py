"""The paper: enough copies and originals, sealed, with a signed opinion, and sent in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.document.rules.facts import Correction, Parcel
from services.document.rules.reasons import Reason, reason
from services.document.rules.requirements import Requirements
from services.document.rules.timeliness import Placed, Timely, paper_timely, place


@dataclass(frozen=True, slots=True)
class PaperCheck:
    """The state of the paper copies, and whether they were in time."""

    timely: Timely
    reasons: tuple[Reason, ...]


def check_paper(
    requirements: Requirements, parcels: Sequence[Parcel], corrections: Sequence[Correction]
) -> PaperCheck:
    """The copies of all parcels in time count together; a late one adds nothing.

    Source: R38-R42, R45, R46, A11, A16. Boundary: when every parcel is late its content is checked
    all the same, so that the applicant hears everything at once.
    """
    if requirements.copies == 0:
        return PaperCheck("unknown", ())
    placed = [place(p, requirements, corrections) for p in parcels]
    timely = paper_timely(placed)
    refused = _distinct(p.reason for p in placed if p.standing == "not_admitted")
    if any(p.standing in ("in_time", "open") for p in placed):
        return PaperCheck(timely, (*refused, *_of_counting(requirements, placed)))
    late = [p for p in placed if p.standing in ("late", "mending")]
    if not late:
        return PaperCheck(timely, (*refused, reason("paper_missing")))
    content = check_content(requirements, [p.parcel for p in late])
    return PaperCheck(timely, (*refused, *_distinct(p.reason for p in late), *content))


def _of_counting(requirements: Requirements, placed: list[Placed]) -> tuple[Reason, ...]:
    """What the counting parcels lack; a parcel with an open date may yet fill the gap, or not."""
    mending = [p.parcel for p in placed if p.standing == "mending"]
    certain = [p.parcel for p in placed if p.standing == "in_time"]
    certain += mending if certain else []
    possible = [p.parcel for p in placed if p.standing in ("in_time", "open", "mending")]
    lacks = check_content(requirements, possible)
    hangs_on_it = not certain or check_content(requirements, certain) != lacks
    opened = _distinct(p.reason for p in placed if p.standing == "open") if hangs_on_it else ()
    ignored = any(p.standing == "late" for p in placed)
    differs = any(p.matches_electronic is False for p in possible)
    notes = [reason("late_parcel_ignored")] if ignored else []
    if differs:
        notes.append(reason("paper_differs", authoritative=requirements.authoritative))
    return (*opened, *lacks, *notes)


def check_content(requirements: Requirements, parcels: Sequence[Parcel]) -> tuple[Reason, ...]:
    """What these parcels together lack, whatever their dates.

    Source: R38-R41, A11 (copies and originals are counted apart), A16 (signed, written, dated and
    by whom are four separate checks). Unit: copies. Boundary: exactly the number asked for passes;
    more is no fault, and only the copies asked for need the seal.
    """
    return (
        *_counts(requirements, parcels),
        *(_opinion(requirements, parcels) if requirements.opinion else ()),
        *(
            (reason("vetting_missing"),)
            if requirements.vetting and not any(p.vetted for p in parcels)
            else ()
        ),
    )


def _counts(requirements: Requirements, parcels: Sequence[Parcel]) -> list[Reason]:
    copies = sum(p.copies for p in parcels)
    originals = sum(p.originals for p in parcels)
    sealed = sum(p.sealed for p in parcels)
    found = []
    if copies < requirements.copies:
        found.append(reason("copies_short", wanted=requirements.copies, found=copies))
    if originals < requirements.originals_min:
        found.append(reason("originals_short", wanted=requirements.originals_min, found=originals))
    to_seal = min(copies, requirements.copies)
    if requirements.seal and sealed < to_seal:
        found.append(reason("seal_missing", short=to_seal - sealed, wanted=to_seal))
    return found


def _opinion(requirements: Requirements, parcels: Sequence[Parcel]) -> list[Reason]:
    signed = [p for p in parcels if p.opinion_signed]
    if not signed:
        return [reason("opinion_missing")]
    found = []
    if all(p.opinion_written is False for p in signed):
        found.append(reason("opinion_blank"))
    if all(p.opinion_dated is False for p in signed):
        found.append(reason("opinion_undated"))
    admitted = requirements.signatories
    if admitted and all(p.signatory and p.signatory not in admitted for p in signed):
        found.append(reason("signatory_not_admitted", signatory=signed[0].signatory))
    return found


def implausible(parcel: Parcel) -> tuple[str, ...]:
    """Codes of counts and days that cannot be: typing mistakes, which must not become findings.

    Unit: copies; days in the offset the arrival was written with. Boundary: dispatched on the day
    of arrival can be.
    """
    found = []
    if parcel.originals > parcel.copies:
        found.append("originals_over_copies")
    if parcel.sealed > parcel.copies:
        found.append("sealed_over_copies")
    if parcel.dispatched_on is not None and parcel.dispatched_on > parcel.arrived_at.date():
        found.append("dispatched_after_arrival")
    return tuple(found)


def _distinct(reasons: Iterable[Reason | None]) -> tuple[Reason, ...]:
    """Each different reason once, in the order met."""
    return tuple(dict.fromkeys(r for r in reasons if r is not None))
