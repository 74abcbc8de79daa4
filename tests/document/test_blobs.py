"""The blob store: what it returned is there, whole, and what is damaged is never served."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from services.document.clients import BlobCorrupt, BlobMissing, Blobs

DATA = b"%PDF-1.7 the form"
DIGEST = sha256(DATA).hexdigest()


def test_bytes_come_back_under_their_digest(tmp_path: Path) -> None:
    """The digest is the address, two levels of folders deep."""
    blobs = Blobs(tmp_path)
    assert blobs.put(DATA) == DIGEST
    assert blobs.get(DIGEST) == DATA
    assert blobs.path(DIGEST) == tmp_path / DIGEST[:2] / DIGEST[2:4] / DIGEST


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    """The file is not even written a second time."""
    blobs = Blobs(tmp_path)
    blobs.put(DATA)
    before = blobs.path(DIGEST).stat()
    assert blobs.put(DATA) == DIGEST
    after = blobs.path(DIGEST).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_damaged_bytes_are_refused_and_mended_by_the_next_put(tmp_path: Path) -> None:
    """One flipped bit is found when reading; the good bytes at hand replace it."""
    blobs = Blobs(tmp_path)
    blobs.put(DATA)
    path = blobs.path(DIGEST)
    path.chmod(0o600)
    path.write_bytes(bytes([DATA[0] ^ 1]) + DATA[1:])
    with pytest.raises(BlobCorrupt):
        blobs.get(DIGEST)
    blobs.put(DATA)
    assert blobs.get(DIGEST) == DATA


def test_a_truncated_blob_is_refused(tmp_path: Path) -> None:
    """As a file system that lost its tail would leave it."""
    blobs = Blobs(tmp_path)
    blobs.put(DATA)
    blobs.path(DIGEST).write_bytes(DATA[:-1])
    with pytest.raises(BlobCorrupt):
        blobs.get(DIGEST)


def test_what_a_dead_writer_left_aside_is_no_blob(tmp_path: Path) -> None:
    """Half a file never has the name of a whole one, and a new writer is not disturbed by it."""
    blobs = Blobs(tmp_path)
    (blobs.incoming / "half").write_bytes(DATA[:5])
    with pytest.raises(BlobMissing):
        blobs.get(DIGEST)
    assert Blobs(tmp_path).put(DATA) == DIGEST
    assert blobs.get(DIGEST) == DATA


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_nothing_under_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Disk full while flushing or renaming: the caller hears it, and no name stands for half."""
    blobs = Blobs(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"os.{step}" if step == "fsync" else f"pathlib.Path.{step}", full)
    with pytest.raises(OSError, match="No space left"):
        blobs.put(DATA)
    monkeypatch.undo()
    assert not blobs.path(DIGEST).exists()
    assert list(blobs.incoming.iterdir()) == []
    assert blobs.put(DATA) == DIGEST


def test_bytes_are_flushed_before_they_are_named_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut may lose a blob nobody was told of, never one that `put` returned."""
    blobs = Blobs(tmp_path)
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        target = Path(f"/proc/self/fd/{handle}").readlink()
        steps.append("folder" if target.is_dir() else "bytes")
        fsync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append("name")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    blobs.put(DATA)
    assert steps[-3:] == ["bytes", "name", "folder"]
    assert steps[:-3] == ["folder", "folder"]  # the two levels are made durable on the way down


def test_nothing_under_a_digest_is_missing_not_corrupt(tmp_path: Path) -> None:
    """The two are told apart: one is a lost file, the other a damaged one."""
    with pytest.raises(BlobMissing):
        Blobs(tmp_path).get(DIGEST)
