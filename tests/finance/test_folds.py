"""Events into rows: balanced entries under the event's own key, whatever order keys come in."""

from datetime import date
from functools import cache
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalog import CATALOG
from services.chassis.replay.folding import Folder
from services.finance.main import SERVICE
from services.finance.rules.journal import Entry, Posting
from services.finance.store import Balance, CallTally, JournalEntry, StatementFile
from tests.finance.office import Office
from tests.finance.test_flow import played


@cache
def season() -> Office:
    """One season, played once: folding its log changes nothing in it."""
    return played()


def dump(folder: Folder) -> dict[str, Any]:
    """Every folded table of a store, as bytes would be compared."""
    return {
        spec.name: sorted(spec.encode(r) for r in folder.cache.rows[spec.name].values() if r)
        for spec in SERVICE.tables
        if spec.kind != "workspace"
    }


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_store_does_not_depend_on_how_topics_partitions_and_keys_interleave(
    random: Random,
) -> None:
    """Records of a whole season folded in any order that keeps the order of each key."""
    office = season()
    queues: dict[tuple[str, str], list[Any]] = {}
    for topic, partitions in office.world.log.topics.items():
        for record in (record for partition in partitions for record in partition):
            queues.setdefault((topic, (record.key or b"").decode()), []).append(record)
    folder = Folder(SERVICE)
    while queues:
        which = random.choice(sorted(queues))
        folder.apply(queues[which].pop(0))
        if not queues[which]:
            del queues[which]
    assert folder.folded > 90
    assert dump(folder) == office.service.dump()


def test_every_entry_of_a_season_is_balanced_and_of_one_sub_ledger() -> None:
    """Each is built again by the rules, which refuse anything else; balances are their sum."""
    office = season()
    sums: dict[str, int] = {}
    for row in office.rows(JournalEntry):
        postings = tuple(
            Posting(p["account"], p["debit_fen"], p["credit_fen"]) for p in row.postings
        )
        entry = Entry(row.event, row.cause, date.fromisoformat(row.effective_on), postings)
        assert (entry.ledger, entry.amount_fen, entry.id) == (
            row.ledger,
            row.amount_fen,
            row.entry_id,
        )
        for one in postings:
            sums[one.account] = sums.get(one.account, 0) + one.signed_fen
    assert sums == {b.account: b.signed_fen for b in office.rows(Balance)}
    (tally,) = office.rows(CallTally)
    assert tally.entries == len(office.rows(JournalEntry))


def test_entries_take_effect_on_the_day_it_is_in_china() -> None:
    """A budget approved at four in the afternoon in London is tomorrow's."""
    office = Office(budget=False)
    office.at("2021-07-01T16:00:00Z").budget()
    office.at("2021-07-02T15:59:59Z").award()
    assert {r.event: r.effective_on for r in office.rows(JournalEntry)} == {
        "budget_approved": "2021-07-02",
        "budget_reserved": "2021-07-02",
        "award_committed": "2021-07-02",
    }


def test_a_statement_is_kept_whole_and_its_lines_are_posted_once() -> None:
    """Also the lines another file had, so that openings and closings can be compared."""
    office = Office()
    office.bank.other(-100, "手续费", "2021-09-01")
    office.read()
    office.bank.other(-200, "手续费", "2021-09-02")
    office.read(office.bank.statement(days_before=1))
    files = sorted(office.rows(StatementFile), key=lambda s: len(s.lines))
    assert [(len(s.lines), len(s.postings)) for s in files] == [(1, 1), (2, 1)]
    assert all(
        s.closing_fen - s.opening_fen == sum(x["amount_fen"] for x in s.lines) for s in files
    )


def test_every_event_finance_publishes_is_folded_by_it() -> None:
    """Nothing it says is lost on its own store."""
    own = {e.TYPE for c in CATALOG.contracts if c.publisher == "finance" for e in c.latest()}
    assert own <= set(SERVICE.fold_of)
