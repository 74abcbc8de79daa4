"""The season's report: everything counted from topics and stores, nothing assumed."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncpg

from contracts.catalog import CATALOG
from services.cli.season.ledger import Ledger
from services.cli.stack import Stack

STAGES = {
    "submitted_to_screened": (
        "submission.application_submitted",
        "eligibility.eligibility_assessed",
    ),
    "submitted_to_checked": ("submission.application_submitted", "document.documents_assessed"),
    "submitted_to_letter_queued": (
        "submission.application_submitted",
        "notification.message_queued",
    ),
    "recommended_to_reserved": ("review.award_recommended", "finance.budget_reserved"),
    "decided_to_committed": ("review.award_decided", "finance.award_committed"),
}


async def report(
    stack: Stack, ledger: Ledger, call: dict[str, Any], receipts: list[float]
) -> dict[str, Any]:
    """All counts of a finished season, proofs excepted."""
    return {
        "applications": applications(ledger),
        "eligibility": eligibility(ledger),
        "documents": documents(ledger),
        "review": review(ledger),
        "awards": awards(ledger, call),
        "finance": await finance(stack, ledger, call["id"]),
        "notices": notices(ledger, stack.folder / "mail" / "caught"),
        "events": {topic: ledger.records.get(topic, 0) for topic in CATALOG.topics},
        "latency_ms": latency(ledger, receipts),
    }


def applications(ledger: Ledger) -> dict[str, int]:
    """How many applications came, in time or late, and what became of them before screening."""
    timely = Counter(
        v["timely"] for v in ledger.latest("document.documents_assessed", "application_id").values()
    )
    return {
        "received": len(ledger.latest("submission.application_submitted", "application_id")),
        "on_time": timely["on_time"],
        "late": timely["late"],
        "timeliness_unknown": timely["unknown"],
        "withdrawn": sum(1 for _ in ledger.of("submission.application_withdrawn")),
        "duplicate": sum(1 for _ in ledger.of("submission.duplicate_refused")),
    }


def eligibility(ledger: Ledger) -> dict[str, Any]:
    """The latest verdict of every application, and which rules barred."""
    last = ledger.latest("eligibility.eligibility_assessed", "application_id").values()
    verdicts = Counter(v["verdict"] for v in last)
    return {
        **{v: verdicts[v] for v in ("eligible", "barred", "undetermined")},
        "reasons": _counted(rule for v in last for rule in v["failed_rules"]),
        "questions": sum(1 for _ in ledger.of("eligibility.question_opened")),
        "answers": sum(1 for _ in ledger.of("eligibility.question_answered")),
    }


def documents(ledger: Ledger) -> dict[str, Any]:
    """The latest state of every application's papers, and what was missing."""
    last = ledger.latest("document.documents_assessed", "application_id").values()
    verdicts = Counter(v["verdict"] for v in last)
    return {
        **{v: verdicts[v] for v in ("complete", "incomplete", "undetermined")},
        "reasons": _counted(r["code"] for v in last for r in v["reasons"]),
    }


def _counted(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(codes).items()))


def review(ledger: Ledger) -> dict[str, int]:
    """Who reviewed, how much, and how many were ranked."""
    panels = ledger.latest("review.panel_assigned", "application_id").values()
    sealed = list(ledger.of("review.ranking_sealed"))
    return {
        "reviewers": len(ledger.latest("review.reviewer_enrolled", "reviewer_id")),
        "assignments": sum(len(p["reviewer_ids"]) for p in panels),
        "scores": sum(1 for _ in ledger.of("review.scores_submitted")),
        "conflicts_declared": sum(1 for _ in ledger.of("review.conflict_declared")),
        "ranked": len(sealed[-1].value["ranking"]["entries"]) if sealed else 0,
    }


def awards(ledger: Ledger, call: dict[str, Any]) -> dict[str, Any]:
    """What was recommended and awarded, beside the caps."""
    decided = ledger.latest("review.award_decided", "application_id")
    won = {a: v for a, v in decided.items() if v["decision"] == "awarded"}
    return {
        "recommended": len(ledger.latest("review.award_recommended", "application_id")),
        "awarded": len(won),
        "total_fen": sum(v["amount_fen"] for v in won.values()),
        "cap_count": call["quota"]["awards_max"],
        "cap_fen": call["budget"]["total_fen"],
        "ids": sorted(won),
    }


async def finance(stack: Stack, ledger: Ledger, call_id: str) -> dict[str, Any]:
    """The books: from finance's own store, and the flows from its topic."""
    connection = await asyncpg.connect(stack.postgres.url("finance"))
    try:
        rows = await connection.fetch(
            "select account, signed_fen from balance where call_id = $1", call_id
        )
        balances: dict[str, int] = {r["account"]: r["signed_fen"] for r in rows}
        entries = await connection.fetchval(
            "select count(*) from journal_entry where call_id = $1", call_id
        )
        breaks = await connection.fetchval(
            "select count(*) from break where call_id = $1 and status = 'open'", call_id
        )
        lines = await connection.fetchval(
            "select coalesce(sum(json_array_length(lines)), 0)::bigint from statement_file where call_id = $1",
            call_id,
        )
        reconciled = await connection.fetchval(
            "select reconciled from certificate where call_id = $1", call_id
        )
    finally:
        await connection.close()
    matched = {
        (e.value["statement_id"], n)
        for kind in ("confirmed", "returned")
        for e in ledger.of(f"finance.payment_{kind}")
        for n in e.value["line_nos"]
    }
    ruled = [
        p
        for e in ledger.of("finance.statement_imported")
        for p in e.value["postings"]
        if p["kind"] != "suspense"
    ]
    return {
        "budget_fen": ledger.sum("finance.budget_approved", "amount_fen"),
        "reserved_fen": ledger.sum("finance.budget_reserved", "amount_fen"),
        "committed_fen": ledger.sum("finance.award_committed", "amount_fen"),
        "paid_fen": ledger.sum("finance.payment_confirmed", "amount_fen"),
        "returned_fen": ledger.sum("finance.payment_returned", "amount_fen"),
        "free_fen": -balances.get(f"budget:available:{call_id}", 0),
        "journal_entries": entries,
        "trial_balance_fen": sum(balances.values()),
        "bank_lines": lines,
        "matched": len(matched) + len(ruled),
        "breaks": breaks,
        "reconciled": bool(reconciled),
    }


def notices(ledger: Ledger, caught: Path) -> dict[str, int]:
    """Letters queued, sent and failed; and what the mail catcher really holds."""
    queued = ledger.latest("notification.message_queued", "message_id")
    mails = [m for m in caught.rglob("*") if m.is_file()]
    return {
        "queued": len(queued),
        "sent": len(ledger.latest("notification.message_sent", "message_id")),
        "failed": sum(1 for e in ledger.of("notification.message_failed") if e.value["permanent"]),
        "distinct_recipients": len({v["recipient"] for v in queued.values()}),
        "caught": len(mails),
        "caught_distinct": len({_message_id(m) for m in mails}),
    }


def _message_id(mail: Path) -> str:
    for line in mail.read_bytes().splitlines():
        if line.lower().startswith(b"message-id:"):
            return line.partition(b":")[2].strip().decode()
        if not line:
            break
    return mail.name


def latency(ledger: Ledger, receipts: list[float]) -> dict[str, dict[str, float]]:
    """Milliseconds per stage: the receipt as the applicant waits for it, the rest between log entries."""
    stages: dict[str, list[float]] = {"submit_to_receipt": sorted(s * 1_000 for s in receipts)}
    for stage, (before, after) in STAGES.items():
        stages[stage] = [float(ms) for ms in ledger.delays(before, after)]
    return {
        stage: {"p50": percentile(held, 50), "p99": percentile(held, 99)}
        for stage, held in stages.items()
        if held
    }


def percentile(ordered: list[float], share: int) -> float:
    """The value below which this share (per cent) of an ordered list lies."""
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 1)
