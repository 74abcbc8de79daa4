"""Money is conserved at every prefix of finance's topic, in integer fen."""

from collections import defaultdict
from collections.abc import Iterator

from services.chassis.rows import Cache
from services.chassis.views import Changes, FoldRows
from services.cli.definitions import definition
from services.finance.store import Balance, JournalEntry
from tests.faults.checker.evidence import Evidence, Offence, Said

TOPIC = "finance.events"


def unbalanced(evidence: Evidence) -> Iterator[Offence]:
    """After each event: entries balance, each ledger sums to nothing, no authority is overdrawn."""
    service = definition("finance")
    cache = Cache(service.tables, complete=True)
    balances: dict[tuple[str, str], int] = defaultdict(int)
    for said in _in_order(evidence):
        fold = service.fold_of.get(said.envelope.type)
        if fold is None:
            continue
        changes = Changes()
        try:
            fold.apply(said.record.read_event(), FoldRows(cache, fold, said.envelope, changes))
        except Exception as refused:  # noqa: BLE001 (whatever it was: the books refuse an event of the log)
            yield Offence("money", f"the books refuse it: {refused}", (str(said),))
            continue
        cache.settle()
        yield from _entries(changes, said)
        yield from _balances(changes, balances, said)


def _in_order(evidence: Evidence) -> list[Said]:
    """Finance's own events in the order they were logged."""
    own = [s for s in evidence.events.values() if s.record.topic == TOPIC]
    return sorted(
        own,
        key=lambda s: (s.record.logged_at, s.envelope.time, s.record.partition, s.record.offset),
    )


def _entries(changes: Changes, said: Said) -> Iterator[Offence]:
    for row in changes.rows.values():
        if isinstance(row, JournalEntry):
            sums = [sum(p[side] for p in row.postings) for side in ("debit_fen", "credit_fen")]
            if sums[0] != sums[1] or sums[0] <= 0:
                yield Offence(
                    "money",
                    f"entry {row.entry_id}: {sums[0]} debit, {sums[1]} credit",
                    (str(said),),
                )


def _balances(
    changes: Changes, balances: dict[tuple[str, str], int], said: Said
) -> Iterator[Offence]:
    moved: dict[str, int] = defaultdict(int)
    for (table, pk), amounts in changes.counts.items():
        if table == Balance.spec.name:
            call_id, account = pk
            balances[call_id, account] += amounts["signed_fen"]
            moved[account.partition(":")[0]] += amounts["signed_fen"]
            available = account.startswith("budget:available")
            if available and balances[call_id, account] > 0:
                yield Offence(
                    "money",
                    f"{account} is overdrawn by {balances[call_id, account]} fen",
                    (str(said),),
                )
    for ledger, fen in moved.items():
        if fen:
            yield Offence("money", f"ledger {ledger} is out by {fen} fen", (str(said),))
