#!/usr/bin/env bash
# Removes all run-time state and caches. The environment in .venv and the jars stay.
set -euo pipefail
cd "$(dirname "$0")/.."

# A store whose server still runs must not lose its files under its feet.
if [ -d .mingjing ] && [ -x .venv/bin/mingjing ]; then
  .venv/bin/mingjing down > /dev/null 2>&1 || true
fi

# As root, a private clone keeps PostgreSQL's data under /var/tmp and a link to it here.
find .mingjing -type l -name data 2> /dev/null | while read -r link; do
  target="$(readlink -f "$link")"
  case "$target" in
    /var/tmp/mingjing-data-*) rm -rf "$target" ;;
  esac
done

rm -rf .mingjing .hypothesis .ruff_cache .import_linter_cache ./*.egg-info
find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
