"""One Kafka node in a folder (being written)."""

from pathlib import Path


class Kafka:
    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port

    def __enter__(self) -> str:
        raise NotImplementedError

    def __exit__(self, *_: object) -> None:
        pass
