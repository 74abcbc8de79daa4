"""The broker's jars: named by coordinates and SHA-256 in jars.lock, fetched once, cached per user.

`python -m deploy.kafka.jars` writes jars.lock anew after a change of version.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.missing import Missing

if TYPE_CHECKING:
    from jgo.maven import MavenContext

# jgo is imported where it is used: half a second that a start with cached jars does not need.

KAFKA = "org.apache.kafka:kafka_2.13:4.4.0"
# Kafka's own list has no slf4j binding, without which the broker is silent. Resolved apart: in
# one list with Kafka its parent pom would pull kafka-clients down to an older version.
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5"

LOCK = Path(__file__).with_name("jars.lock")
GIVEN_FOLDER = "MINGJING_KAFKA_JARS"
DOWNLOADS_MAX = 6

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @property
    def coordinates(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def read_lock(lock: Path = LOCK) -> list[Jar]:
    """The pinned jars, in the order of the file."""
    jars = []
    for line in lock.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinates, sha256 = line.split()
            group, artifact, version = coordinates.split(":")
            jars.append(Jar(group, artifact, version, sha256))
    return jars


def classpath(progress: Progress, lock: Path = LOCK) -> list[Path]:
    """Every jar the broker needs, each with the pinned SHA-256.

    Raises:
        Missing: a jar cannot be fetched, or is not the one that was pinned.
    """
    jars = read_lock(lock)
    given = os.environ.get(GIVEN_FOLDER)
    if given:
        return _given(Path(given), jars)
    folder = cache_folder() / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    lacking = [jar for jar in jars if sha256_of(folder / jar.file_name) != jar.sha256]
    _fetch_all(lacking, folder, progress)
    return [folder / jar.file_name for jar in jars]


def cache_folder() -> Path:
    """Where this user's copy lies; shared by every clone."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mingjing" / "kafka"


def lock_digest() -> str:
    """A short name for exactly this set of jars."""
    return sha256_of(LOCK)[:12]


def sha256_of(path: Path) -> str:
    """The file's hash; empty when there is no such file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _given(folder: Path, jars: Iterable[Jar]) -> list[Path]:
    """A folder of jars from a person: every pinned jar must be in it, unchanged.

    Jars that we do not pin are that person's own affair, but we do not put them on the path.
    """
    for jar in jars:
        _check(jar, folder / jar.file_name)
    return [folder / jar.file_name for jar in jars]


def _check(jar: Jar, path: Path) -> None:
    found = sha256_of(path)
    if not found:
        raise Missing(
            f"Kafka's jar {jar.file_name} is not in {path.parent}. Put {jar.coordinates} there, or "
            f"unset {GIVEN_FOLDER} and let Mingjing fetch it.",
            f"{path.parent} 中缺少 Kafka 的 {jar.file_name}。请放入 {jar.coordinates}, "
            f"或取消 {GIVEN_FOLDER}, 由明镜下载。",
        )
    if found != jar.sha256:
        raise Missing(
            f"{path} is not the jar that was pinned: SHA-256 is {found}, {LOCK.name} says "
            f"{jar.sha256}. It is not used. Delete it and start again; if it comes back, the "
            "source of your jars has been changed.",
            f"{path} 的 SHA-256 与 {LOCK.name} 不符, 未使用。请删除后重试; "
            "若再次出现, 说明下载源已被改动。",
        )


def _fetch_all(jars: list[Jar], folder: Path, progress: Progress) -> None:
    if not jars:
        return
    from jgo.maven import MavenContext  # noqa: PLC0415

    repository = MavenContext(repo_cache=cache_folder() / "downloads", timeout=30)
    with ThreadPoolExecutor(DOWNLOADS_MAX) as pool:
        running = [pool.submit(_fetch, jar, folder, repository) for jar in jars]
        for done, one in enumerate(as_completed(running), start=1):
            one.result()
            progress("Fetching Kafka's jars", done, len(jars))


def _fetch(jar: Jar, folder: Path, repository: "MavenContext") -> None:
    """Fetch one jar, check it, and only then let it lie under its name."""
    component = repository.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        downloaded = Path(component.artifact().resolve())
    except Exception as error:
        raise Missing(
            f"Kafka's jar {jar.coordinates} could not be fetched: {error}. Check the network, or "
            f"put the jars of {LOCK.name} into a folder and set {GIVEN_FOLDER} to it.",
            f"无法下载 Kafka 的 {jar.coordinates}: {error}。请检查网络, "
            f"或将 {LOCK.name} 所列各 jar 放入一个目录, 并令 {GIVEN_FOLDER} 指向它。",
        ) from error
    try:
        _check(jar, downloaded)
    except Missing:
        downloaded.unlink()
        raise
    downloaded.replace(folder / jar.file_name)


def write_lock() -> None:
    """Resolve the versions named above and pin what came."""
    import jgo  # noqa: PLC0415
    from jgo.maven import MavenContext  # noqa: PLC0415

    artifacts = {a.key: a for a in jgo.resolve(KAFKA)}
    repository = MavenContext()
    group, artifact, version = LOGGING.split(":")
    extra = repository.project(group, artifact).at_version(version).artifact()
    artifacts[extra.key] = extra
    lines = sorted(
        f"{a.groupId}:{a.artifactId}:{a.version} {sha256_of(Path(a.resolve()))}"
        for a in artifacts.values()
    )
    head = (
        "# Apache Kafka and what it runs on, by SHA-256; written by `python -m deploy.kafka.jars`."
    )
    LOCK.write_text("\n".join([head, *lines]) + "\n")


if __name__ == "__main__":
    write_lock()
