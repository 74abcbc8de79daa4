#!/usr/bin/env bash
# Builds .venv from requirements.lock, every archive by its hash. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# The first Python that is new enough and can make a virtual environment.
find_python() {
  local candidate
  for candidate in python3 python3.11 python3.12 python3.13 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      found_without_venv="$candidate"
      if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$candidate"
        return
      fi
    fi
  done
  if [ -n "${found_without_venv:-}" ]; then
    say "$found_without_venv has no venv module. Install it (Debian and Ubuntu: apt install python3-venv)."
    say "$found_without_venv 缺少 venv 模块, 请安装 (Debian 和 Ubuntu: apt install python3-venv)。"
  else
    say "Python 3.11 or later is missing. Install it with the system's package manager, then run make again."
    say "缺少 Python 3.11 或更高版本, 请用系统包管理器安装后重新运行 make。"
  fi
  return 1
}

# The lines of one package in the lock: its pin and its hashes.
locked() { awk -v name="$1==" 'index($0, name) == 1 { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock; }

install_fast() {
  locked uv > .venv/uv.lock
  .venv/bin/python -m pip install --quiet --require-hashes -r .venv/uv.lock &&
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
}

install_plain() {
  say "      uv could not do it; pip takes a few minutes"
  .venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock
}

# A clone that was moved has a .venv whose programs point to the old place.
if ! .venv/bin/python -m pip --version > /dev/null 2>&1 ||
  ! head -n 1 .venv/bin/pip | grep -qF "$PWD/.venv/"; then
  python="$(find_python)"
  say "[1/4] making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
else
  say "[1/4] .venv is there"
fi

say "[2/4] installing $(grep -c '^[A-Za-z0-9].*==' requirements.lock) packages, each checked against its hash"
install_fast || install_plain

say "[3/4] putting the command at .venv/bin/mingjing"
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .

say "[4/4] fetching Kafka's jars, each checked against its hash; a trial start makes later ones faster"
# Without them every test that needs no broker still runs, and the broker says the same again.
.venv/bin/python -m deploy.kafka.prepare || say "      going on without a broker"
