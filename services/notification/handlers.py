"""Who is told what when another service speaks.

Every reaction does the same: it writes the letters the whole dossier calls for and queues those
that are not queued yet. So it does not matter which of two topics is read first.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, TypeVar

from contracts.document import CorrectionRequested, DocumentsAssessed
from contracts.eligibility import EligibilityAssessed
from contracts.event import Event
from contracts.finance import PaymentConfirmed
from contracts.notification import MessageQueued
from contracts.review import AwardDecided
from contracts.submission import (
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CallAmended,
    CallPublished,
    DuplicateRefused,
)
from services.chassis.ids import derived
from services.chassis.model import Need, Reaction, reaction
from services.chassis.tables import Row
from services.notification.rules import dossier as facts
from services.notification.rules.letters import letters
from services.notification.rules.mail import LANGUAGES
from services.notification.store import (
    Addressee,
    Award,
    CallNote,
    Correction,
    FormalCheck,
    Message,
    Payment,
    Refusal,
    Screening,
)

Fact = TypeVar("Fact")


def dossier_of(application_id: str) -> list[Need]:
    """The needs of a dossier that its application's id names."""
    own = {"application_id": application_id}
    return [
        Addressee.key(application_id),
        Refusal.of(standing_application_id=application_id),
        Screening.of(**own),
        FormalCheck.of(**own),
        Correction.of(**own),
        Award.of(**own),
        Payment.of(**own),
        Message.of(about=application_id),
    ]


def rest_of(application_id: str, rows: Any) -> list[Need]:
    """The second round: the call, and what was said about refused duplicates."""
    addressee = rows.get(Addressee, application_id)
    if addressee is None:
        return []
    refused = rows.of(Refusal, standing_application_id=application_id)
    return [
        CallNote.key(addressee.call_id, addressee.call_version),
        *(Message.of(about=each.application_id) for each in refused),
    ]


def read_dossier(rows: Any, application_id: str) -> facts.Dossier | None:
    """The dossier, or None while the application or its call is not known here."""
    addressee = rows.get(Addressee, application_id)
    call = addressee and rows.get(CallNote, addressee.call_id, addressee.call_version)
    if call is None:
        return None
    own = {"application_id": application_id}
    refused = rows.of(Refusal, standing_application_id=application_id)
    return facts.Dossier(
        call=_fact(facts.Call, call),
        addressee=_fact(facts.Addressee, addressee),
        refusals=_facts(facts.Refusal, refused),
        screenings=_facts(facts.Screening, rows.of(Screening, **own)),
        checks=_facts(facts.FormalCheck, rows.of(FormalCheck, **own)),
        corrections=_facts(facts.Correction, rows.of(Correction, **own)),
        awards=_facts(facts.Award, rows.of(Award, **own)),
        payments=_facts(facts.Payment, rows.of(Payment, **own)),
    )


def _facts(kind: type[Fact], rows: Iterable[Row]) -> tuple[Fact, ...]:
    return tuple(_fact(kind, row) for row in rows)


def _fact(kind: type[Fact], row: Row) -> Fact:
    """A row as the rules see it: the columns that the rules name."""
    named = fields(kind)  # type: ignore[arg-type] # every fact is a dataclass
    return kind(**{field.name: getattr(row, field.name) for field in named})


def tell(rows: Any, application_id: str) -> Iterable[MessageQueued]:
    """Queue every letter that is called for and not queued yet."""
    dossier = read_dossier(rows, application_id)
    if dossier is None:
        return
    for letter in letters(dossier):
        message_id = derived(letter.about, f"letter {letter.name}")
        if all(m.message_id != message_id for m in rows.of(Message, about=letter.about)):
            yield MessageQueued(
                message_id=message_id,
                about=letter.about,
                recipient=dossier.addressee.email,
                template=letter.template,
                languages=LANGUAGES,
                values=letter.values,
                queued_at=letter.at,
            )


def _telling(
    event: type[Event], whom: Callable[[Any], str] = lambda e: str(e.application_id)
) -> Reaction:
    """The reaction to one event about an application."""
    return reaction(
        event,
        needs=lambda e: dossier_of(whom(e)),
        then=lambda e, rows: rest_of(whom(e), rows),
    )(lambda e, rows, now: tell(rows, whom(e)))


tell_receipt = _telling(ApplicationSubmitted)
tell_duplicate = _telling(DuplicateRefused, whom=lambda e: str(e.standing_application_id))
tell_withdrawal = _telling(ApplicationWithdrawn)
tell_exclusion = _telling(EligibilityAssessed)
tell_formal_check = _telling(DocumentsAssessed)
tell_correction = _telling(CorrectionRequested)
tell_result = _telling(AwardDecided)
tell_payment = _telling(PaymentConfirmed)


def _waiting(event: type[CallPublished] | type[CallAmended]) -> Reaction:
    """The reaction to a call whose applications came first: whoever waited for it is told now."""

    def react(said: Any, rows: Any, now: str) -> Iterable[Event]:
        for each in rows.of(Addressee, call_id=said.call_id):
            if each.call_version == said.call_version:
                yield from tell(rows, each.application_id)

    return reaction(event, needs=_of_call, then=_theirs)(react)


def _of_call(event: Any) -> list[Need]:
    return [Addressee.of(call_id=event.call_id), Refusal.of(call_id=event.call_id)]


def _theirs(event: Any, rows: Any) -> list[Need]:
    refused = rows.of(Refusal, call_id=event.call_id)
    found: list[Need] = [Message.of(about=each.application_id) for each in refused]
    for each in rows.of(Addressee, call_id=event.call_id):
        found += dossier_of(each.application_id)
        found.append(CallNote.key(each.call_id, each.call_version))
    return found


tell_waiting = _waiting(CallPublished)
tell_waiting_for_amendment = _waiting(CallAmended)

HANDLERS = [
    tell_receipt,
    tell_duplicate,
    tell_withdrawal,
    tell_exclusion,
    tell_formal_check,
    tell_correction,
    tell_result,
    tell_payment,
    tell_waiting,
    tell_waiting_for_amendment,
]
