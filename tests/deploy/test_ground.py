"""The ground: commands that explain themselves, a lock by hash, and no host named anywhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    "run",
    "stop",
    "test",
    "check",
    "bench",
    "audit",
    "new-service",
    "replay",
    "images",
    "clean",
    "lock",
]

# Spelt in two parts, for this file is searched too.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("repo1.maven", "org"),
        ("repo.maven.apache", "org"),
        ("maven", "google.com"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("registry.yarnpkg", "com"),
        ("deb.debian", "org"),
        ("archive.ubuntu", "com"),
        ("crates", "io"),
        ("proxy.golang", "org"),
        ("conda.anaconda", "org"),
        ("mirrors.aliyun", "com"),
        ("tuna.tsinghua", "edu.cn"),
    )
]


def hosts_named(text: str) -> list[str]:
    """The registry hosts that a text names."""
    return [host for host in HOSTS if host in text]


def start(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command's whole answer."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def tools(folder: Path, *names: str) -> str:
    """A PATH with these programs and no other."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return str(folder)


def program(path: Path, text: str) -> None:
    """A small program for a test's PATH."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_help_lists_every_command_with_a_description(root: Path, arguments: list[str]) -> None:
    """`make` alone tells a newcomer all there is."""
    answer = start(["make", *arguments], root)
    listed = re.findall(r"^  make (\S+) +\S.*$", answer.stdout, re.MULTILINE)
    assert answer.returncode == 0
    assert not set(COMMANDS) - set(listed)


def test_the_lock_pins_each_package_by_hash(root: Path) -> None:
    """Every entry has a version and at least one SHA-256; what we ask for is among them."""
    lock = (root / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", lock.partition("\n")[2])
    assert len(entries) > 100
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    asked = re.findall(r"^([\w-]+)(?:\[\w+\])?==", (root / "requirements.in").read_text(), re.M)
    assert not {name.lower() for name in asked} - {entry.split("==")[0] for entry in entries}


def test_the_lock_names_no_place(root: Path) -> None:
    """Neither an index nor a folder of this or that machine."""
    lock = (root / "requirements.lock").read_text()
    assert not re.search(r"://|--index|--find-links|--extra|/opt/", lock)


def test_no_tracked_file_names_a_registry(root: Path) -> None:
    """A machine's own configuration says where packages come from, never a file of ours."""
    assert hosts_named(f"from {HOSTS[0]}, say") == [HOSTS[0]]  # the guard bites
    answer = start(["git", "ls-files", "-z"], root)
    if answer.returncode:
        pytest.skip("not a git checkout")
    named = {
        name: hosts_named((root / name).read_text(errors="ignore"))
        for name in answer.stdout.split("\0")
        if name and (root / name).is_file()
    }
    assert {name: hosts for name, hosts in named.items() if hosts} == {}


@pytest.fixture
def bare(root: Path, tmp_path: Path) -> Path:
    """What the set-up reads, in a folder of its own."""
    clone = tmp_path / "clone"
    (clone / "deploy").mkdir(parents=True)
    shutil.copy(root / "deploy/setup.sh", clone / "deploy")
    shutil.copy(root / "requirements.lock", clone)
    return clone


def test_a_machine_without_python_is_told_what_to_install(bare: Path, tmp_path: Path) -> None:
    """In both languages, and nothing is left half-made."""
    path = tools(tmp_path / "bin", "bash", "dirname", "head", "grep")
    answer = start(["bash", "deploy/setup.sh"], bare, PATH=path)

    assert answer.returncode != 0
    assert "Python 3.11 or later is missing" in answer.stderr
    assert "缺少 Python 3.11" in answer.stderr
    assert not (bare / ".venv").exists()


def test_a_python_without_venv_is_told_what_to_install(bare: Path, tmp_path: Path) -> None:
    """Debian splits venv off Python; the message names the package."""
    path = tools(tmp_path / "bin", "bash", "dirname", "head", "grep")
    program(tmp_path / "bin" / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    answer = start(["bash", "deploy/setup.sh"], bare, PATH=path)

    assert answer.returncode != 0
    assert "python3-venv" in answer.stderr
    assert not (bare / ".venv").exists()


@pytest.mark.parametrize("code", [0, 2])
def test_the_last_line_of_ci_is_the_summary(root: Path, tmp_path: Path, code: int) -> None:
    """Whatever make adds after a failure; and the exit code is make's."""
    summary = "===== 1 failed, 2 passed in 3.45s ====="
    (tmp_path / "bin").mkdir()
    program(
        tmp_path / "bin" / "make",
        f'echo "{summary}"; [ {code} -eq 0 ] || echo "make: *** Error 1" >&2; exit {code}',
    )
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    answer = start([str(root / ".ci/run")], root, PATH=path)

    assert answer.stdout.splitlines()[-1] == summary
    assert answer.returncode == code


def test_a_new_service_without_a_name_is_refused(root: Path) -> None:
    """The message shows the command as it should be."""
    ready = start(["make", "-q", ".venv/.ready"], root)
    if ready.returncode:
        pytest.skip("this environment was not made by make")
    answer = start(["make", "new-service"], root)
    assert answer.returncode != 0
    assert "make new-service NAME=" in answer.stdout


def test_the_packages_are_found_from_anywhere(tmp_path: Path) -> None:
    """The command works in any folder, not only in the clone."""
    answer = start([sys.executable, "-c", "import contracts, deploy, services"], tmp_path)
    assert answer.returncode == 0, answer.stderr
