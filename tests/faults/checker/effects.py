"""What commands and events must have led to: each effect once, none without a cause, none missing."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

from services.chassis.ids import derived
from tests.faults.checker.evidence import Command, Evidence, Offence, Said

EMITTING = re.compile(
    r"/(submission|withdrawal|dispatch|files|parcels|facts|answer|reviewers|conflicts|scores|ranking|"
    r"award-decisions|result-notice|closing|assignment|budget/approval|bank-accounts|"
    r"supplier-registration|agreement|release|payment/approval|statements|expenditures|signature|"
    r"resolution)(\?.*)?$|^/v1/calls$"
)
"""Commands that leave an event behind when they succeed for the first time."""

REFUSAL_EVIDENCE = ("submission.duplicate_refused",)
"""Events that a refusal leaves on purpose."""

UNIQUE = {
    "submission.call_published": ("call_id",),
    "submission.application_submitted": ("application_id",),
    "submission.application_withdrawn": ("application_id",),
    "eligibility.fact_recorded": ("fact_id",),
    "document.file_received": ("file_id",),
    "review.award_recommended": ("application_id",),
    "finance.budget_approved": ("call_id",),
    "finance.budget_reserved": ("application_id",),
    "finance.award_committed": ("application_id",),
    "finance.agreement_signed": ("application_id",),
    "finance.tranche_released": ("application_id", "tranche_no"),
    "finance.payment_instructed": ("payment_id",),
    "finance.payment_confirmed": ("payment_id",),
    "finance.grant_closed": ("application_id",),
    "notification.message_queued": ("message_id",),
    "notification.message_sent": ("message_id",),
}
"""What can happen once only, and to what."""

FOLLOWS = (
    ("submission.application_submitted", "eligibility.eligibility_assessed", "application_id"),
    ("submission.application_submitted", "document.documents_assessed", "application_id"),
    ("submission.application_submitted", "notification.message_queued", "about"),
    ("submission.application_withdrawn", "notification.message_queued", "about"),
    ("review.award_decided", "notification.message_queued", "about"),
    ("notification.message_queued", "notification.message_sent", "message_id"),
)
"""Where the first is in the log, the second is, too, about the same."""

EARLIER = {
    "submission.application_withdrawn": ("submission.application_submitted",),
    "submission.dispatch_declared": ("submission.application_submitted",),
    "review.review_completed": ("review.scores_submitted",),
    "review.scores_submitted": ("review.panel_assigned",),
    "finance.award_committed": ("finance.budget_reserved",),
    "finance.agreement_signed": ("finance.award_committed",),
    "finance.tranche_released": ("finance.agreement_signed",),
    "finance.payment_instructed": ("finance.tranche_released",),
    "finance.payment_confirmed": ("finance.payment_instructed",),
    "finance.grant_closed": ("finance.payment_confirmed",),
    "notification.message_sent": ("notification.message_queued",),
}
"""What must have been said of the same key before."""

ATTEMPTS_MAX = 52
"""More than a message is tried."""

NEVER_AFTER = {"submission.application_submitted": ("submission.application_withdrawn",)}


def lost(evidence: Evidence) -> Iterator[Offence]:
    """What was answered with success has its event, by itself or by the same words before it."""
    emitting = [c for c in evidence.commands if c.succeeded and EMITTING.search(c.path)]
    done = {_same(c) for c in emitting if c.cause in evidence.caused_by}
    for command in emitting:
        if _same(command) not in done:
            yield Offence(
                "lost", "a command was answered with success and left nothing", (str(command),)
            )


def unfollowed(evidence: Evidence) -> Iterator[Offence]:
    """What an event leads to has happened."""
    for before, after, field in FOLLOWS:
        if after.partition(".")[0] not in evidence.stores:
            continue
        there = {said.body.get(field) for said in evidence.of_type[after]}
        for said in evidence.of_type[before]:
            about = said.body.get(field) or said.envelope.key
            if about not in there and not _set_aside(evidence, said):
                yield Offence("lost", f"{after} of {about} never came", (str(said),))


def _same(command: Command) -> bytes:
    """The same words under another key are the same command."""
    return orjson.dumps([command.service, command.path, command.said], option=orjson.OPT_SORT_KEYS)


def _set_aside(evidence: Evidence, said: Said) -> bool:
    """Whether it may wait for a person: somebody else wrote under its key."""
    return said.envelope.key in evidence.poisoned


def phantoms(evidence: Evidence) -> Iterator[Offence]:
    """Every event has a cause that happened: a command that was not refused, an event, or a job."""
    refused = {c.cause: c for c in evidence.commands if c.refused}
    # A key misused for a second command is refused; what it was used for at first is done.
    others = {c.cause: c for c in evidence.commands if not c.refused}
    queued = {s.body["message_id"] for s in evidence.of_type["notification.message_queued"]}
    for said in evidence.events.values():
        cause = said.envelope.causation_id
        command = others.get(cause) or refused.get(cause)
        if command is not None and command.refused and said.envelope.type not in REFUSAL_EVIDENCE:
            yield Offence("phantom", "a refused command had an effect", (str(command), str(said)))
        known = command is not None or cause in evidence.events or cause in evidence.other_causes
        if not known and not _from_a_job(said, queued):
            yield Offence("phantom", "an event whose cause nobody knows", (str(said),))


def _from_a_job(said: Said, queued: set[str]) -> bool:
    """Whether notification's job gave the cause: per message one for each attempt's result."""
    message = said.body.get("message_id", "")
    attempts = range(1, ATTEMPTS_MAX)
    return message in queued and any(
        said.envelope.causation_id == derived(message, f"result {n}") for n in attempts
    )


def duplicates(evidence: Evidence) -> Iterator[Offence]:
    """One event has one sequence; one effect happens once."""
    places: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for said in evidence.said:
        places[said.envelope.id].add((said.record.partition, said.envelope.sequence))
    for event_id, found in places.items():
        if len(found) > 1:
            again = tuple(str(s) for s in evidence.said if s.envelope.id == event_id)
            yield Offence("duplicate", f"event {event_id} was emitted {len(found)} times", again)
    for kind, fields in UNIQUE.items():
        held: dict[tuple[Any, ...], list[Said]] = defaultdict(list)
        for said in evidence.of_type[kind]:
            held[tuple(said.body[f] for f in fields)].append(said)
        for what, group in held.items():
            if len(group) > 1:
                yield Offence(
                    "duplicate", f"{kind} of {what} {len(group)} times", tuple(map(str, group))
                )


def illegal_transitions(evidence: Evidence) -> Iterator[Offence]:
    """Every key goes through its states in order."""
    history: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for said in evidence.events.values():
        history[said.record.topic, said.envelope.key].append(said)
    for steps in history.values():
        seen: set[str] = set()
        for said in steps:
            kind = said.envelope.type
            missing = [e for e in EARLIER.get(kind, ()) if e not in seen]
            late = [e for e in NEVER_AFTER.get(kind, ()) if e in seen]
            if missing or late:
                why = f"{kind} without {missing}" if missing else f"{kind} after {late}"
                yield Offence("transition", why, tuple(map(str, steps)))
            seen.add(kind)
