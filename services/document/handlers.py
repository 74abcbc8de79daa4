"""What document does when another service speaks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from contracts.document import DocumentsAssessed
from contracts.event import Event
from contracts.submission import ApplicationSubmitted, CallAmended, CallPublished
from services.chassis.model import Need, reaction
from services.document.commands.assessing import Papers, assess, papers_of, read_papers
from services.document.store import CallTerms, Case


@reaction(
    ApplicationSubmitted,
    needs=lambda e: [*papers_of(e.application_id), CallTerms.key(e.call_id, e.call_version)],
)
def check(event: ApplicationSubmitted, rows: Any, now: str) -> Iterable[Event]:
    """Assess what is there already; files and parcels may have come before."""
    yield from assess(read_papers(rows, event.application_id), now)


def _waiting(event: CallPublished | CallAmended) -> list[Need]:
    return [Case.of(call_id=event.call_id), CallTerms.key(event.call_id, event.call_version)]


def _their_papers(event: CallPublished | CallAmended, rows: Any) -> list[Need]:
    return [
        need
        for case in rows.of(Case, call_id=event.call_id)
        if case.call_version == event.call_version
        for need in papers_of(case.application_id)
    ]


def _known_at(papers: Papers, *instants: str) -> str:
    """The instant the last of the inputs was there: the call came last, but is not the latest."""
    came = [f.received_at for f in papers.files] + [p.arrived_at for p in papers.parcels]
    return max((*instants, *came), key=datetime.fromisoformat)


def _check_waiting(
    event: CallPublished | CallAmended, rows: Any, now: str
) -> Iterable[DocumentsAssessed]:
    """Applications that overtook their call, in order of their ids, are assessed now."""
    for case in rows.of(Case, call_id=event.call_id):
        if case.call_version == event.call_version:
            papers = read_papers(rows, case.application_id)
            yield from assess(papers, _known_at(papers, case.submitted_at, now))


@reaction(CallPublished, needs=_waiting, then=_their_papers)
def check_waiting(event: CallPublished, rows: Any, now: str) -> Iterable[Event]:
    """A call's key may arrive after the keys of its applications."""
    yield from _check_waiting(event, rows, now)


@reaction(CallAmended, needs=_waiting, then=_their_papers)
def check_waiting_for_amendment(event: CallAmended, rows: Any, now: str) -> Iterable[Event]:
    """The same for applications submitted under a later version."""
    yield from _check_waiting(event, rows, now)


HANDLERS = [check, check_waiting, check_waiting_for_amendment]
