"""SQL generated from the tables of a service: one function that commits a batch, one query that loads."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.dialects import postgresql

from services.chassis.store import CHASSIS, Audit, DeadLetter, Outbox, ReplayedAnswer
from services.chassis.tables import Key, RowSet, Spec, Tables

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def quoted(name: str) -> str:
    """An identifier that is safe even when it is a reserved word, e.g. "case"."""
    return '"' + name.replace('"', '""') + '"'


def column_type(spec: Spec, column: str) -> str:
    """The PostgreSQL type of a column: text, bigint, boolean or json."""
    kind = spec.row.Table.__table__.c[column].type
    if isinstance(kind, JSON):
        return "json"
    name = kind.compile(dialect=_DIALECT).lower()
    return "text" if name == "varchar" else str(name)


APPENDED = (Outbox.spec, DeadLetter.spec, ReplayedAnswer.spec, Audit.spec)
"""Chassis tables a batch adds to."""

LETTER_CHANGES = ("state", "code", "reason", "fingerprint", "attempts")
"""What a redrive may change of a dead letter; the record itself stays as it came."""


def commit_schema(tables: Tables) -> tuple[str, str]:
    """The schema name and the script that creates a service's commit function in it.

    The name carries a hash of the script: two releases side by side each use their own.
    """
    specs = [*tables, *APPENDED]
    body = "\n".join([_types(specs), _function(specs)])
    name = "commit_" + sha256(body.encode()).hexdigest()[:12]
    return name, body.replace("@SCHEMA@", name)


def _types(specs: Iterable[Spec]) -> str:
    return "\n".join(
        f"create type @SCHEMA@.{quoted(s.name)} as ("
        + ", ".join(f"{quoted(c)} {column_type(s, c)}" for c in s.columns)
        + ");"
        for s in specs
    )


def _function(specs: Sequence[Spec]) -> str:
    arguments = ", ".join(f"{quoted('in_' + s.name)} @SCHEMA@.{quoted(s.name)}[]" for s in specs)
    writes = "\n".join(_write(s) for s in specs)
    return f"""
create function @SCHEMA@.commit_batch(
    expected bigint, new_commit_id text, new_marks jsonb, new_sequences jsonb, {arguments}
) returns bigint language plpgsql as $body$
begin
    update head set version = version + 1, commit_id = new_commit_id,
        marks = (marks::jsonb || new_marks)::json, sequences = (sequences::jsonb || new_sequences)::json
    where id = 1 and version = expected;
    if not found then
        return -1;
    end if;
{writes}
    return expected + 1;
end $body$;
"""


def _write(spec: Spec) -> str:
    columns = ", ".join(quoted(c) for c in spec.columns)
    name = quoted(spec.name)
    source = (
        f"insert into {name} ({columns}) select {columns} from unnest({quoted('in_' + spec.name)})"
    )
    return (
        f"    if cardinality({quoted('in_' + spec.name)}) > 0 then\n"
        f"        {source}{_on_conflict(spec)};\n"
        "    end if;"
    )


def _on_conflict(spec: Spec) -> str:
    if spec is DeadLetter.spec:
        changes = ", ".join(f"{quoted(c)} = excluded.{quoted(c)}" for c in LETTER_CHANGES)
        return f" on conflict (topic, partition, position) do update set {changes}"
    if spec in APPENDED:
        return ""
    primary = ", ".join(quoted(c) for c in spec.primary)
    others = [c for c in spec.columns if c not in spec.primary]
    if not others:
        return f" on conflict ({primary}) do nothing"
    name = quoted(spec.name)
    if spec.kind == "counted":
        sets = ", ".join(f"{quoted(c)} = {name}.{quoted(c)} + excluded.{quoted(c)}" for c in others)
    else:
        sets = ", ".join(f"{quoted(c)} = excluded.{quoted(c)}" for c in others)
    return f" on conflict ({primary}) do update set {sets}"


def load_query(tables: Tables, needs: Iterable[Key | RowSet]) -> tuple[str, list[Any]]:
    """One statement for many needs: rows of (table, JSON), with the head's version among them."""
    parts = ["select '' as t, to_json(version)::text as j from head"]
    values: list[Any] = []
    for (table, columns), wanted in _grouped(tables, needs).items():
        spec = tables.specs[table]
        arrays = []
        for position, column in enumerate(columns):
            values.append([v[position] for v in wanted])
            arrays.append(f"${len(values)}::{column_type(spec, column)}[]")
        named = ", ".join(f"x.{quoted(c)}" for c in columns)
        parts.append(
            f"select '{table}', to_json(x)::text from {quoted(table)} x "
            f"where ({named}) in (select * from unnest({', '.join(arrays)}))"
        )
    return " union all ".join(parts), values


def _grouped(
    tables: Tables, needs: Iterable[Key | RowSet]
) -> dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]]:
    groups: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
    for need in needs:
        if isinstance(need, Key):
            where, value = (need.table, tables.specs[need.table].primary), need.pk
        else:
            where, value = (need.table, need.columns), need.values
        groups.setdefault(where, []).append(value)
    return groups


def table_hash_query(spec: Spec, schema: str = "public") -> str:
    """SHA-256 over the hashes of a table's rows in primary key order, and how many rows there are.

    Each row is hashed as canonical text by itself: a whole table as one text may be too long for one.
    """
    order = ", ".join(f'x.{quoted(c)}::text collate "C"' for c in spec.primary)
    columns = ", ".join(f"x.{quoted(c)}" for c in spec.columns)
    return (
        f"select coalesce(encode(sha256(string_agg(sha256(convert_to(row({columns})::text, 'UTF8')), "
        f"''::bytea order by {order})), 'hex'), '') as hash, count(*) as rows "
        f"from {quoted(schema)}.{quoted(spec.name)} x"
    )


def chassis_specs() -> list[Spec]:
    """The chassis's own tables."""
    return list(CHASSIS)
