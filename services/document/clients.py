"""The blob store: bytes in a folder under their SHA-256, never changed, checked whenever read."""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile


class BlobCorrupt(Exception):
    """The bytes on disk are not the ones that were stored."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"{digest}: the stored bytes have another digest")
        self.digest = digest


class BlobMissing(Exception):
    """Nothing is stored under this digest."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"{digest}: not in the store")
        self.digest = digest


class Blobs:
    """A content-addressed store. What `put` returned survives a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)
        _flush(folder)

    def path(self, digest: str) -> Path:
        """Where a blob lies: two levels of folders keep any one of them small."""
        return self.folder / digest[:2] / digest[2:4] / digest

    def put(self, data: bytes) -> str:
        """Store bytes and return their digest; the same bytes again change nothing.

        Written aside, flushed and renamed, so that a name never stands for half a file. A blob
        that rotted on disk is replaced by the good bytes at hand.
        """
        digest = sha256(data).hexdigest()
        path = self.path(digest)
        if self._holds(path, digest):
            return digest
        self._make(path.parent)
        aside = self._write_aside(data)
        try:
            aside.replace(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        _flush(path.parent)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises:
            BlobMissing: nothing is stored under it.
            BlobCorrupt: what is stored has another digest; it is never served.
        """
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError:
            raise BlobMissing(digest) from None
        if sha256(data).hexdigest() != digest:
            raise BlobCorrupt(digest)
        return data

    def _holds(self, path: Path, digest: str) -> bool:
        try:
            return sha256(path.read_bytes()).hexdigest() == digest
        except FileNotFoundError:
            return False

    def _write_aside(self, data: bytes) -> Path:
        with NamedTemporaryFile(dir=self.incoming, delete=False) as file:
            aside = Path(file.name)
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                aside.unlink(missing_ok=True)
                raise
        return aside

    def _make(self, folder: Path) -> None:
        """Make a folder so that its own name, too, survives a power cut."""
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush(folder.parent)


def _flush(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
