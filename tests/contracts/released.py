"""What was released: shapes and examples that never change, each held by its SHA-256."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from contracts.compatibility import Breach, Released, breaches
from contracts.compatibility.shapes import normal
from contracts.generate import json_text, shapes
from contracts.schema import writer_schema

CONTRACTS = Path(__file__).parents[2] / "contracts"
EXAMPLES = CONTRACTS / "examples"
SCHEMAS = CONTRACTS / "schemas"
RELEASED = SCHEMAS / "released"
MANIFESTS = {EXAMPLES: EXAMPLES / "released.json", RELEASED: SCHEMAS / "released.json"}


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return sha256(path.read_bytes()).hexdigest()


def files(folder: Path) -> dict[str, Path]:
    """The message or schema files below a folder, by their place in it."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.glob("*/v*.json"))}


def manifest(folder: Path) -> dict[str, str]:
    """The digests of what was released from a folder, by place."""
    held: dict[str, str] = json.loads(MANIFESTS[folder].read_text())
    return held


def tampered(folder: Path, held: Mapping[str, str]) -> list[str]:
    """Released files that are gone or no longer what they were."""
    there = files(folder)
    return [
        f"{place} {'was changed' if place in there else 'is gone'}; what was released stays so"
        for place, before in held.items()
        if place not in there or digest(there[place]) != before
    ]


def released_shapes() -> list[Released]:
    """Every shape ever released. `<type>/v2.1.json` is version 2 after one additive change."""
    found = []
    for place, path in files(RELEASED).items():
        name, _, number = place.removesuffix(".json").partition("/v")
        version, _, revision = number.partition(".")
        found.append(Released(name, int(version), int(revision), json.loads(path.read_text())))
    return found


def broken_promises() -> list[Breach]:
    """What the contracts as they are now break of anything released."""
    now = {(event.TYPE, event.VERSION): writer_schema(event) for _, event in shapes()}
    return breaches(released_shapes(), now)


def release() -> list[str]:
    """Release the contracts as they are: keep new shapes and new examples for good."""
    before = released_shapes()
    added = []
    for _, event in shapes():
        schema = writer_schema(event)
        own = [one for one in before if (one.type, one.version) == (event.TYPE, event.VERSION)]
        if any(normal(one.schema) == normal(schema) for one in own):
            continue
        place = f"{event.TYPE}/v{event.VERSION}.{len(own)}.json"
        _write(RELEASED / place, schema)
        added.append(place)
    for folder, path in MANIFESTS.items():
        held = json.loads(path.read_text()) if path.exists() else {}
        _write(
            path, {place: held.get(place) or digest(one) for place, one in files(folder).items()}
        )
    return added


def _write(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json_text(document))
