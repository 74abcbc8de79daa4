"""Which sources an image was made from: `python -m deploy.sources` prints their digest.

An image is a copy; a test that ran on yesterday's copy would prove nothing about today's sources.
"""

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("contracts", "services", "deploy", "requirements.lock")
LABEL = "mingjing.sources"


def source_digest(root: Path = ROOT) -> str:
    """The digest of every file that goes into the image, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(_files(root)):
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(root: Path) -> list[Path]:
    found = [root / name for name in COPIED if (root / name).is_file()]
    for name in COPIED:
        found += [path for path in (root / name).rglob("*") if path.is_file()]
    return [path for path in found if "__pycache__" not in path.parts]


if __name__ == "__main__":
    sys.stdout.write(f"{source_digest()}\n")
