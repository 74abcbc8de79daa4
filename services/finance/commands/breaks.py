"""Commands about breaks: explained by one person, approved by another, or matched away by a rule."""

from dataclasses import dataclass
from typing import Any

from services.chassis.errors import Conflict, Invalid, NotFound
from services.chassis.model import Answer, Need, Outcome, Save, decision
from services.chassis.views import NamedRows
from services.finance.commands.books import books_needs, books_of, match_to_json, supplier_needs
from services.finance.commands.clearing import OFFSET, PERSON, clear, lines_of
from services.finance.commands.guards import known_call, two_people
from services.finance.commands.settling import Word, ledger_of, resolution_of, settle
from services.finance.rules.bank import BankLine
from services.finance.rules.canonical import to_json
from services.finance.rules.comparisons import Books
from services.finance.rules.matching import Match
from services.finance.rules.matching.model import PAYMENT, RETURN
from services.finance.rules.money import yuan
from services.finance.rules.working_days import civil_day
from services.finance.store import Break, CallTerms, Payment, ResolutionDraft


@dataclass(frozen=True, slots=True)
class ProposeResolution:
    """Explain a break; it is resolved once another person approves.

    `lines` are suspended bank lines that the explanation clears: against each other, or with
    `payment_id` as that payment or its return. Without lines it is words alone.
    """

    call_id: str
    break_id: str
    resolution: str
    by: str
    lines: tuple[str, ...] = ()
    payment_id: str = ""


@dataclass(frozen=True, slots=True)
class ResolveBreak:
    """Approve the explanation of a break, naming it and whose it is."""

    call_id: str
    break_id: str
    resolution: str
    by: str
    proposed_by: str = ""


@dataclass(frozen=True, slots=True)
class MatchAgain:
    """Match what is still open, without a new bank file."""

    call_id: str
    by: str


def _needs(command: ProposeResolution | ResolveBreak) -> list[Need]:
    own = [Break.key(command.break_id), ResolutionDraft.key(command.break_id)]
    return [*books_needs(command.call_id), *own]


def _more(command: ProposeResolution | ResolveBreak | MatchAgain, rows: NamedRows) -> list[Need]:
    return supplier_needs(command.call_id, rows)


def _known(rows: NamedRows, command: ProposeResolution | ResolveBreak) -> Break:
    found = rows.get(Break, command.break_id)
    if found is None or found.call_id != command.call_id:
        raise NotFound(
            "break_unknown",
            f"There is no break {command.break_id} under {command.call_id}.",
            f"{command.call_id} 没有差异 {command.break_id}。",
        )
    return found


def _answer(command: ProposeResolution | ResolveBreak, status: str) -> Answer:
    return Answer(201, {"break_id": command.break_id, "status": status})


@decision(ProposeResolution, needs=_needs, then=_more)
def propose_resolution(command: ProposeResolution, rows: NamedRows, now: str) -> Outcome:
    """The first person's half; proposing again replaces what was proposed.

    Raises:
        NotFound: no such break. Conflict: it is resolved. Invalid: the lines do not add up.
    """
    found = _known(rows, command)
    if found.status != "open":
        raise Conflict("break_resolved", "The break is resolved already.", "该差异已处理完毕。")
    draft = ResolutionDraft(
        break_id=command.break_id, resolution=command.resolution, lines=list(command.lines),
        payment_id=command.payment_id, proposed_by=command.by, proposed_at=now,
    )  # fmt: skip
    books = books_of(rows, command.call_id, civil_day(now))
    _explanation(rows, books, found, draft)
    yield Save(draft)
    return _answer(command, "proposed")


@decision(ResolveBreak, needs=_needs, then=_more)
def resolve_break(command: ResolveBreak, rows: NamedRows, now: str) -> Outcome:
    """The second person's half; approving again is answered the same.

    Raises:
        NotFound: no such break, or nothing proposed. Conflict: the same person, or other words.
        Invalid: the lines no longer add up.
    """
    found, draft = _known(rows, command), rows.get(ResolutionDraft, command.break_id)
    if found.status != "open":
        _resolved_so(command, found)
        return _answer(command, "resolved")
    draft = _approvable(command, draft)
    books = books_of(rows, command.call_id, civil_day(now))
    ledger = ledger_of(rows, command.call_id, books, command.by, now)
    word = Word(draft.resolution, draft.proposed_by)
    by_people = _explanation(rows, books, found, draft)
    if by_people is None:
        yield resolution_of(ledger, found.break_id, word)
        return _answer(command, "resolved")
    cleared = clear(books, rows.of(Payment, call_id=command.call_id), [by_people])
    yield from settle(ledger, cleared, {found.break_id: word})
    return _answer(command, "resolved")


def _approvable(command: ResolveBreak, draft: ResolutionDraft | None) -> ResolutionDraft:
    if draft is None:
        raise NotFound(
            "resolution_not_proposed",
            "Nobody has proposed a resolution; one person proposes, another approves.",
            "尚无人提出处理意见，须由一人提出、另一人批准。",
        )
    two_people(draft.proposed_by, command.by, "Resolving a break", "处理差异")
    if (draft.resolution, draft.proposed_by) != (
        command.resolution,
        command.proposed_by or draft.proposed_by,
    ):
        raise Conflict(
            "resolution_differs",
            f"{draft.proposed_by} proposed other words; read them and approve those.",
            f"{draft.proposed_by} 提出的处理意见与此不同，请核对后再批准。",
            proposed=draft.resolution,
        )
    return draft


def _resolved_so(command: ResolveBreak, found: Break) -> None:
    if found.resolution != command.resolution:
        raise Conflict(
            "break_resolved",
            f"The break is resolved already: {found.resolution}",
            f"该差异已处理完毕：{found.resolution}",
        )


def _explanation(
    rows: NamedRows, books: Books, found: Break, draft: ResolutionDraft
) -> Match | None:
    """The match that two people make, or None for words alone."""
    if not draft.lines:
        if draft.payment_id:
            raise _unfit("a payment needs the bank lines that it is", "核销付款须注明银行流水")
        return None
    known = lines_of(books)
    used = {x for m in books.settled for x in m.lines}
    lines = [known[x] for x in sorted(set(draft.lines)) if x in known and x not in used]
    if len(lines) != len(draft.lines) or not set(found.detail["lines"]).intersection(draft.lines):
        raise _unfit(
            "every line must be in suspense, once, and one of them must be this break's",
            "所列流水须各不相同、仍在暂记，且包含本差异的流水",
        )
    payment = next(
        (p for p in rows.of(Payment, call_id=found.call_id) if p.payment_id == draft.payment_id),
        None,
    )
    kind = _kind(lines, payment, draft.payment_id)
    total = abs(sum(x.amount_fen for x in lines)) or sum(max(x.amount_fen, 0) for x in lines)
    evidence = (("proposed_by", draft.proposed_by), ("words", draft.resolution))
    payments = (payment.payment_id,) if payment else ()
    return Match(PERSON, kind, payments, tuple(x.id for x in lines), total, evidence)


def _kind(lines: list[BankLine], payment: Payment | None, named: str) -> str:
    total = sum(line.amount_fen for line in lines)
    if len({line.account for line in lines}) != 1:
        raise _unfit("the lines must be on one account", "所列流水须在同一账户")
    if payment is None and not named and total == 0:
        return OFFSET
    if payment is not None and (payment.status, -total) == ("instructed", payment.amount_fen):
        return PAYMENT
    if payment is not None and (payment.status, total) == ("confirmed", payment.amount_fen):
        first = min(line.booked_on for line in lines).isoformat()
        if payment.paid_on is not None and first >= payment.paid_on:
            return RETURN
    raise _unfit(
        f"the lines add up to {yuan(total)} yuan, which is neither zero nor this payment on its "
        "way out, nor this payment coming back",
        f"所列流水合计 {yuan(total)} 元，既不相抵，也不等于该笔在途付款或其退回",
    )


def _unfit(en: str, zh: str) -> Invalid:
    return Invalid("lines_unfit", f"This does not clear: {en}.", f"不能核销：{zh}。")


@decision(
    MatchAgain, needs=lambda c: books_needs(c.call_id), then=_more
)  # fmt: skip
def match_again(command: MatchAgain, rows: NamedRows, now: str) -> Outcome:
    """Clear what the rules can clear by now, and show what a person may confirm.

    Raises:
        NotFound: finance does not know the call.
    """
    known_call(rows.get(CallTerms, command.call_id), command.call_id)
    books = books_of(rows, command.call_id, civil_day(now))
    cleared = clear(books, rows.of(Payment, call_id=command.call_id))
    ledger = ledger_of(rows, command.call_id, books, command.by, now)
    yield from settle(ledger, cleared, {})
    body: dict[str, Any] = {
        "call_id": command.call_id,
        "matched": [match_to_json(m) for m in cleared.matches],
        "proposals": [to_json(p) for p in cleared.proposals],
    }
    return Answer(200, body)
