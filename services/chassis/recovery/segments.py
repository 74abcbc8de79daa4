"""Segments: records in files a person can read, each with its hash, and the manifest over them.

A segment is a zstd-compressed file of JSON lines, one per record, in the order of the log. The
manifest is written last: a folder without one is not a snapshot.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import cramjam
import orjson

from services.chassis.causes import Record
from services.chassis.recovery.publishing import Sealed

MANIFEST = "manifest.json"
FORMAT = "mingjing-log-1"


class SnapshotRefused(Exception):
    """The snapshot, the folder or the broker is not as it must be; nothing was changed."""


def check(folder: Path) -> dict[str, Any]:
    """The manifest, when every segment is what it says.

    Raises:
        SnapshotRefused: there is no manifest, or a segment is damaged or missing.
    """
    try:
        manifest: dict[str, Any] = orjson.loads((folder / MANIFEST).read_bytes())
    except (OSError, orjson.JSONDecodeError) as bad:
        raise SnapshotRefused(f"{folder} holds no snapshot: {bad}.") from bad
    if manifest.get("format") != FORMAT:
        raise SnapshotRefused(f"{folder}: format {manifest.get('format')!r}, not {FORMAT!r}.")
    for held in manifest["places"].values():
        for segment in held["segments"]:
            _read_segment(folder, segment)
    return manifest


def records(folder: Path) -> Iterator[Record]:
    """Every record of a snapshot, in order within each partition.

    Raises:
        SnapshotRefused: it is damaged.
    """
    for place, held in check(folder)["places"].items():
        topic, _, part = place.rpartition("/")
        for segment in held["segments"]:
            for line in segment_lines(folder, segment):
                one = sealed(line)
                yield Record(
                    topic, int(part), line["offset"], one.key, one.headers, one.value or b"",
                    logged_at=one.logged_at or 0,
                )  # fmt: skip


def prepare(folder: Path) -> None:
    """Make the folder of a new snapshot.

    Raises:
        SnapshotRefused: it holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SnapshotRefused(f"{folder} is not empty; a snapshot needs a folder of its own.")
    folder.mkdir(parents=True, exist_ok=True)


def write_manifest(folder: Path, places: dict[str, Any]) -> dict[str, Any]:
    """Close a snapshot; returns its manifest."""
    total = sum(held["records"] for held in places.values())
    manifest = {"format": FORMAT, "records": total, "places": places}
    _write(folder / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return manifest


def write_segment(folder: Path, held: list[Record]) -> dict[str, Any]:
    """Write records that follow each other; returns the segment's line in the manifest."""
    first = held[0]
    name = f"{first.topic}/{first.partition}/{first.offset:012}.jsonl.zst"
    text = segment_text(held)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, bytes(cramjam.zstd.compress(text)))
    return {"file": name, "records": len(held), "sha256": sha256(text).hexdigest()}


def segment_text(held: Iterable[Record]) -> bytes:
    """Records as JSON lines: what a segment's hash is taken over."""
    return b"".join(
        orjson.dumps(_line(record), option=orjson.OPT_APPEND_NEWLINE) for record in held
    )


def _line(record: Record) -> dict[str, Any]:
    return {
        "offset": record.offset,
        "logged_at": record.logged_at,
        "key": _said(record.key),
        "headers": [[name, _said(value)] for name, value in record.headers],
        "value": _said(record.value),
    }


def _said(raw: bytes | None) -> Any:
    """Text where the bytes are text, so that a person can read it; else {"base64": …}."""
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode()}


def _raw(said: Any) -> Any:
    if isinstance(said, dict):
        return b64decode(said["base64"])
    return said.encode() if said is not None else None


def sealed(line: dict[str, Any]) -> Sealed:
    """A record of a segment, ready to be sent again."""
    headers = [(name, _raw(value)) for name, value in line["headers"]]
    return Sealed(_raw(line["key"]), _raw(line["value"]), headers, line["logged_at"])


def _read_segment(folder: Path, segment: dict[str, Any]) -> bytes:
    path = folder / segment["file"]
    try:
        text = bytes(cramjam.zstd.decompress(path.read_bytes()))
    except (OSError, cramjam.DecompressionError) as bad:
        raise SnapshotRefused(f"{path} cannot be read: {bad}.") from bad
    if sha256(text).hexdigest() != segment["sha256"]:
        raise SnapshotRefused(f"{path} is damaged: its hash is not the manifest's.")
    return text


def segment_lines(folder: Path, segment: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records of a segment, as JSON."""
    for line in _read_segment(folder, segment).splitlines():
        yield orjson.loads(line)


def _write(path: Path, content: bytes) -> None:
    """Durably: a snapshot that a power cut can take is none."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
