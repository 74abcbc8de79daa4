"""What a season comes to, in four hashes: awards, journal, balances, letters."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.chassis.simulation import World
from services.cli.stack import Stack
from services.finance.store import Balance, JournalEntry

JOURNAL = ("event", "effective_on", "ledger", "amount_fen", "postings")
"""An entry without its ids, which follow from the bytes of the bank file that caused it."""

Awards = list[tuple[str, str, int]]
Letters = list[tuple[str, str, str]]

SOCIETY = re.compile(r"society-\d{3}@applicant\.invalid")


@dataclass(frozen=True)
class Outcome:
    """What anybody outside would ask of a season, in an order that does not depend on time.

    Shapes: awards (application, decision, fen); balances account → fen; letters (Message-ID,
    recipient, SHA-256 of the mail).
    """

    awards: Awards
    journal: list[list[Any]]
    balances: dict[str, int]
    letters: Letters

    def hashes(self) -> dict[str, str]:
        """One SHA-256 for each part."""
        parts = ("awards", "journal", "balances", "letters")
        return {name: sha256(orjson.dumps(getattr(self, name))).hexdigest() for name in parts}


def awards_of(records: Iterable[Record]) -> Awards:
    """Every decision on an award, as the log has it; a decision said twice counts twice."""
    decided = (r for r in records if r.read_envelope().type == "review.award_decided")
    said = {r.read_envelope().id: orjson.loads(r.value) for r in decided}
    return sorted((b["application_id"], b["decision"], b["amount_fen"]) for b in said.values())


def letters_of(folder: Path) -> Letters:
    """Every letter to a season's society; the same mail twice is one letter, as in a mailbox.

    Other tests share the stack and its catcher; their applicants have other addresses.
    """
    found = {_letter(path.read_bytes()) for path in folder.glob("*.eml")}
    return sorted(letter for letter in found if SOCIETY.fullmatch(letter[1]))


def _letter(mail: bytes) -> tuple[str, str, str]:
    read = message_from_bytes(mail, policy=default)
    return str(read["Message-ID"]), str(read["To"]), sha256(mail).hexdigest()


def journal_of(rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Every entry of the books."""
    return sorted(([row[column] for column in JOURNAL] for row in rows), key=orjson.dumps)


def records_of(world: World) -> list[Record]:
    """The whole log of a world."""
    return [r for parts in world.log.topics.values() for records in parts for r in records]


def in_memory(world: World, mails: Path) -> Outcome:
    """The outcome of a season in memory."""
    finance = world.services["finance"]
    return Outcome(
        awards_of(records_of(world)),
        journal_of(vars(row) for row in finance.rows(JournalEntry)),
        {row.account: row.signed_fen for row in finance.rows(Balance)},
        letters_of(mails),
    )


async def on_the_stack(stack: Stack) -> Outcome:
    """The outcome of a season on the real stack, from its log, finance's database and the mail."""
    ends = await end_of(stack.bootstrap, ["review.events"])
    records = [r async for batch in read(stack.bootstrap, ends) for r in batch]
    connection = await asyncpg.connect(stack.postgres.url("finance"))
    try:
        entries = [dict(r) for r in await connection.fetch("select * from journal_entry")]
        balances = await connection.fetch(
            "select account, signed_fen from balance order by account"
        )
    finally:
        await connection.close()
    for entry in entries:
        entry["postings"] = orjson.loads(entry["postings"])
    return Outcome(
        awards_of(records),
        journal_of(entries),
        {row["account"]: row["signed_fen"] for row in balances},
        letters_of(stack.folder / "mail" / "caught"),
    )
