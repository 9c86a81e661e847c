#!/bin/bash
# Starts PostgreSQL in two phases as the official image does: on an empty data directory a temporary
# server, reachable by its socket only, runs the initialization; then the real one takes its place.
# The names of functions that people's initialization scripts call are the official ones.
set -eo pipefail
shopt -s nullglob

fail() {
  printf 'Error: %s\n' "$*" >&2
  exit 1
}

# setting NAME [DEFAULT]: the variable, or what the file that its _FILE form names holds.
setting() {
  local name=$1 file=${1}_FILE value
  if [[ -n ${!name:-} && -n ${!file:-} ]]; then
    fail "both $name and $file are set (but are exclusive)"
  fi
  if [[ -n ${!file:-} ]]; then
    value=$(<"${!file}")
  else
    value=${!name:-${2:-}}
  fi
  export "$name=$value"
  unset "$file"
}

load_settings() {
  setting POSTGRES_PASSWORD
  setting POSTGRES_USER postgres
  setting POSTGRES_DB "$POSTGRES_USER"
  setting POSTGRES_INITDB_ARGS
  export POSTGRES_HOST_AUTH_METHOD=${POSTGRES_HOST_AUTH_METHOD:-}
}

own_directories() {
  mkdir -p "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"}
  # Started by another user than root, this may not and need not succeed
  chmod 700 "$PGDATA" || :
  chmod 3775 /var/run/postgresql || :
  if [[ $(id -u) = 0 ]]; then
    find "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"} \
      ! -user postgres -exec chown postgres {} +
  fi
}

refuse_empty_password() {
  if [[ -z $POSTGRES_PASSWORD && $POSTGRES_HOST_AUTH_METHOD != trust ]]; then
    fail "Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".

       You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all
       connections without a password. This is *not* recommended."
  fi
  if [[ $POSTGRES_HOST_AUTH_METHOD = trust ]]; then
    echo "WARNING: POSTGRES_HOST_AUTH_METHOD is \"trust\": anyone who reaches the port is let in without a password" >&2
  fi
}

# The arguments are a line of shell, as people write them: POSTGRES_INITDB_ARGS="--auth-local='md5' -k".
# The password comes by a file, because arguments stand in the process list.
make_cluster() {
  local waldir=${POSTGRES_INITDB_WALDIR:+--waldir="$POSTGRES_INITDB_WALDIR"}
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD")' \
    '${waldir:+"$waldir"}' "$POSTGRES_INITDB_ARGS"
}

# initdb lets in nobody but this machine.
allow_hosts() {
  local method=$POSTGRES_HOST_AUTH_METHOD
  [[ -n $method ]] || method=$(postgres -C password_encryption "$@")
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# docker_process_sql [psql arguments]: runs SQL from stdin, or the arguments', as the superuser.
docker_process_sql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password \
    --username="$POSTGRES_USER" --dbname="${DATABASE:-$POSTGRES_DB}" "$@"
}

start_temporary_server() {
  pg_ctl -D "$PGDATA" -w -o "$(printf '%q ' "$@" -c listen_addresses= -p "${PGPORT:-5432}")" start
}

stop_temporary_server() { pg_ctl -D "$PGDATA" -m fast -w stop; }

make_database() {
  local found
  found=$(DATABASE=postgres docker_process_sql --tuples-only --set db="$POSTGRES_DB" \
    <<<"SELECT 1 FROM pg_database WHERE datname = :'db'")
  [[ -z $found ]] || return 0
  DATABASE=postgres docker_process_sql --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db"'
}

docker_process_init_files() {
  local file
  # Old scripts pipe into "${psql[@]}"
  # shellcheck disable=SC2034
  psql=(docker_process_sql)
  for file in "$@"; do
    case "$file" in
      *.sh)
        printf '%s: running %s\n' "$0" "$file"
        if [[ -x $file ]]; then "$file"; else . "$file"; fi
        ;;
      *.sql) printf '%s: running %s\n' "$0" "$file" && docker_process_sql -f "$file" ;;
      *.sql.gz) printf '%s: running %s\n' "$0" "$file" && gunzip -c "$file" | docker_process_sql ;;
      *) printf '%s: ignoring %s\n' "$0" "$file" ;;
    esac
  done
}

initialize() {
  refuse_empty_password
  make_cluster
  allow_hosts "${@:2}"
  # Where the socket asks for a password, too
  export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
  start_temporary_server "${@:2}"
  make_database
  docker_process_init_files /docker-entrypoint-initdb.d/*
  stop_temporary_server
  unset PGPASSWORD
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

wants_help() {
  local argument
  for argument in "$@"; do
    case "$argument" in
      -'?' | --help | --describe-config | -V | --version) return 0 ;;
    esac
  done
  return 1
}

main() {
  if [[ ${1:-} = -* ]]; then
    set -- postgres "$@"
  fi
  if [[ ${1:-} = postgres ]] && ! wants_help "$@"; then
    load_settings
    own_directories
    if [[ $(id -u) = 0 ]]; then
      HOME=/var/lib/postgresql exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    if [[ -s $PGDATA/PG_VERSION ]]; then
      printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    else
      initialize "$@"
    fi
  fi
  exec "$@"
}

main "$@"
