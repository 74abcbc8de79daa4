#!/usr/bin/env bash
# Pins requirements.in, and all it needs on any Python from 3.11, by hash. The file names no host,
# so it installs from whichever index a machine is set up for.
set -euo pipefail
cd "$(dirname "$0")/.."

{
  echo "# Made by \`make lock\` from requirements.in; every archive by hash, no host by name."
  env -u UV_FIND_LINKS -u PIP_FIND_LINKS .venv/bin/uv pip compile requirements.in \
    --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links
} > requirements.lock.new
mv requirements.lock.new requirements.lock
