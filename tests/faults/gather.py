"""Evidence from a real run: the log, the databases, the mail, the files, the journal."""

from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from contracts.catalog import CATALOG
from services.chassis.causes import Record
from services.chassis.log import end_of, read
from services.chassis.tables import Spec
from services.cli.definitions import definition
from services.submission.rules.receipt import authentic, public_key_of
from tests.faults.checker.evidence import Command, Evidence, Letter, Mail
from tests.faults.machine import Machine


async def gather(
    machine: Machine,
    commands: list[Command],
    services: tuple[str, ...],
    closes_before: dict[str, str],
) -> Evidence:
    """Everything the checker reads, as it stands now."""
    records = await _records(machine)
    found = {name: await _store(machine, name) for name in services}
    return Evidence(
        records=records,
        stores={name: one.tables for name, one in found.items()},
        letters={name: one.letters for name, one in found.items()},
        marks={name: one.marks for name, one in found.items()},
        written={name: one.sequences for name, one in found.items()},
        commands=commands,
        mails=_mails(machine.folder / "mail" / "caught") if "notification" in services else None,
        blobs=_blobs(machine.folder / "document" / "blobs") if "document" in services else None,
        receipts=_receipts(commands, machine.secret("receipt")),
        closes_before=closes_before,
    )


async def _records(machine: Machine) -> list[Record]:
    """The log from where this run began, offsets and all."""
    ends = await end_of(machine.bootstrap, CATALOG.topics)
    found = [r async for batch in read(machine.bootstrap, ends) for r in batch]
    return [r for r in found if r.offset >= machine.starts.get(r.place, 0)]


@dataclass(frozen=True)
class Store:
    """What one service's database holds."""

    tables: dict[str, list[tuple[Any, ...]]]
    letters: list[Letter]
    marks: dict[str, tuple[int, int]]
    sequences: dict[int, int]


async def _store(machine: Machine, name: str) -> Store:
    connection = await asyncpg.connect(machine.postgres.url(name))
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = {
                spec.name: await _rows(connection, spec)
                for spec in definition(name).tables
                if spec.kind != "workspace"
            }
            letters = await connection.fetch(
                "select topic, partition, position, event_key, state, code from dead_letter"
            )
            marks = orjson.loads(await connection.fetchval("select marks from head"))
            sequences = orjson.loads(await connection.fetchval("select sequences from head"))
    finally:
        await connection.close()
    return Store(
        tables,
        [Letter(*row) for row in letters],
        {place: (offset, last) for place, (offset, last) in marks.items()},
        {int(part): following for part, following in sequences.items()},
    )


async def _rows(connection: asyncpg.Connection, spec: Spec) -> list[tuple[Any, ...]]:
    query = f'select to_json(x)::text from "{spec.name}" x'  # noqa: S608 (our own name)
    rows = await connection.fetch(query)
    return sorted(spec.encode(spec.decode(orjson.loads(text))) for (text,) in rows)


def _mails(folder: Path) -> list[Mail]:
    """Every mail once: the same bytes again are what a mailbox shows once."""
    return sorted({_mail(path.read_bytes()) for path in folder.glob("*.eml")})


def _mail(mail: bytes) -> Mail:
    read = BytesHeaderParser(policy=default).parsebytes(mail)
    return Mail(str(read["Message-ID"]), str(read["To"]), sha256(mail).hexdigest())


def _blobs(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*") if p.is_file() and "incoming" not in p.parts)
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}


def _receipts(commands: list[Command], secret: str) -> list[tuple[Any, bool]]:
    key = public_key_of(secret)
    handed = [
        c.outcome.body
        for c in commands
        if c.path.endswith("/submission") and c.succeeded and c.outcome
    ]
    return [(receipt, authentic(receipt, key)) for receipt in handed]
