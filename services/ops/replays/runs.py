"""Two runs compared: two snapshots, two exports or two reports, field by field and case by case."""

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

from services.chassis.causes import Record
from services.chassis.model import Service
from services.chassis.recovery import segments
from services.chassis.replay import Folder
from services.ops.replays.states import State, differences, fold_leniently, rows_of


class RunUnreadable(Exception):
    """A path holds neither a snapshot, an export nor a report."""


def compare(
    services: Mapping[str, Service], first: Path, second: Path, ignore: Iterable[str] = ()
) -> dict[str, Any]:
    """What differs between two runs.

    Shapes: `ignore` holds patterns of field names, e.g. `*_at`.

    Raises:
        RunUnreadable: a path is not a run, or the two are of different kinds.
    """
    patterns = tuple(ignore)
    reports = [_report(path) for path in (first, second)]
    if None not in reports:
        changes = list(_leaves(reports[0], reports[1], ""))
        kept = [c for c in changes if not _ignored(c["field"], patterns)]
        return {"kind": "report", "equal": not kept, "differences": kept}
    if reports != [None, None]:
        raise RunUnreadable(f"{first} and {second} are not of one kind.")
    states = [state_of(services, records_of(path)) for path in (first, second)]
    return {"kind": "log", **by_application(states[0], states[1], patterns)}


def state_of(services: Mapping[str, Service], records: Iterable[Record]) -> State:
    """Every service's rows as the records make them."""
    folders = {name: Folder(service) for name, service in services.items()}
    for record in records:
        for folder in folders.values():
            if folder.pass_over(record):
                fold_leniently(folder, record)
    return {name: rows_of(folder) for name, folder in folders.items()}


def by_application(first: State, second: State, ignore: tuple[str, ...] = ()) -> dict[str, Any]:
    """The differences of two states, under the application each belongs to; others by themselves."""
    cases: dict[str, list[dict[str, Any]]] = {}
    others: list[dict[str, Any]] = []
    only: dict[str, list[str]] = {"first": [], "second": []}
    for change in differences(first, second):
        if change["field"] is not None and _ignored(change["field"], ignore):
            continue
        case = _case(change, first, second)
        if change["table"] == "application" and change["field"] is None:
            only["first" if change["before"] else "second"].append(case or change["key"])
        (cases.setdefault(case, []) if case else others).append(change)
    return {
        "equal": not cases and not others, "applications": dict(sorted(cases.items())),
        "only_in_first": only["first"], "only_in_second": only["second"], "others": others,
    }  # fmt: skip


def records_of(path: Path) -> Iterator[Record]:
    """The records of a snapshot's folder or of an export's file.

    Raises:
        RunUnreadable: it is neither.
    """
    if path.is_dir():
        try:
            yield from segments.records(path)
        except segments.SnapshotRefused as bad:
            raise RunUnreadable(str(bad)) from bad
        return
    try:
        with path.open("rb") as file:
            for line in file:
                yield _exported(orjson.loads(line))
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError) as bad:
        raise RunUnreadable(f"{path} is no export of the log: {bad}.") from bad


def _exported(line: dict[str, Any]) -> Record:
    value = (
        b64decode(line["value_base64"]) if "value_base64" in line else orjson.dumps(line["value"])
    )
    headers = [(name, text.encode()) for name, text in line["headers"].items()]
    return Record(
        line["topic"], line["partition"], line["offset"], line["key"].encode(), headers, value
    )  # fmt: skip


def _report(path: Path) -> Any | None:
    """A JSON document that is not a line of an export; None for anything else."""
    if path.is_dir():
        return None
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as bad:
        raise RunUnreadable(f"{path}: {bad}.") from bad
    except orjson.JSONDecodeError:
        return None
    return None if isinstance(found, dict) and "headers" in found else found


def _leaves(first: Any, second: Any, where: str) -> Iterator[dict[str, Any]]:
    if isinstance(first, dict) and isinstance(second, dict):
        for name in sorted({*first, *second}):
            yield from _leaves(first.get(name), second.get(name), f"{where}.{name}".strip("."))
    elif first != second:
        yield {"field": where, "before": first, "after": second}


def _case(change: Mapping[str, Any], first: State, second: State) -> str:
    for state in (first, second):
        row = state.get(change["service"], {}).get(change["table"], {}).get(change["key"], {})
        if case := row.get("application_id") or row.get("about"):
            return str(case)
    return ""


def _ignored(field: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(part, p) for p in patterns for part in field.split("."))
