#!/bin/bash
# Makes a cluster in an empty PGDATA as the published image does, runs the scripts of
# /docker-entrypoint-initdb.d once, and becomes the server.
set -euo pipefail

user="${POSTGRES_USER:-postgres}"
database="${POSTGRES_DB:-$user}"

create() {
  : "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD to the superuser\'s password}"
  mkdir -p "$PGDATA"
  # An unfinished cluster must not be taken for one on the next start.
  trap 'rm -rf "${PGDATA:?}"/*' ERR
  initdb --username="$user" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 > /dev/null
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl --silent --wait --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start
  export PGPASSWORD="$POSTGRES_PASSWORD" PGHOST=/tmp PGUSER="$user"
  [ "$database" = postgres ] || createdb "$database"
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sql) psql --no-psqlrc -v ON_ERROR_STOP=1 -d "$database" -f "$script" ;;
      *.sh) bash "$script" ;;
    esac
  done
  pg_ctl --silent --wait --mode=fast stop
  unset PGPASSWORD PGHOST PGUSER
  trap - ERR
}

if [ "$1" = postgres ]; then
  [ -s "$PGDATA/PG_VERSION" ] || create
  set -- "$@" -c listen_addresses='*' -c unix_socket_directories=/tmp
fi
exec "$@"
