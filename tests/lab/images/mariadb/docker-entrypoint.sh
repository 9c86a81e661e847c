#!/bin/bash
# Starts MariaDB in two phases as the official image does: on an empty data directory a temporary
# server, reachable by its socket only, runs the initialization; then the real one takes its place.
# The names of functions that people's initialization scripts call are the official ones.
set -eo pipefail
shopt -s nullglob

mysql_log() {
  local type=$1
  shift
  printf '%s [%s] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$type" "$*"
}
mysql_note() { mysql_log Note "$@"; }
mysql_warn() { mysql_log Warn "$@" >&2; }
mysql_error() {
  mysql_log ERROR "$@" >&2
  exit 1
}

# Prints what the variable, or the file that its _FILE form names, holds.
value_of() {
  local name=$1 file=${1}_FILE
  if [[ -n ${!name:-} && -n ${!file:-} ]]; then
    mysql_error "Both $name and $file are set (but are exclusive)"
  fi
  if [[ -n ${!file:-} ]]; then
    cat "${!file}"
  else
    printf '%s' "${!name:-}"
  fi
}

# setting NAME [DEFAULT]: MARIADB_NAME wins over MYSQL_NAME; both end with the same value, for scripts.
setting() {
  local value
  value=$(value_of "MARIADB_$1")
  [[ -n $value ]] || value=$(value_of "MYSQL_$1")
  export "MARIADB_$1=${value:-${2:-}}" "MYSQL_$1=${value:-${2:-}}"
  unset "MARIADB_$1_FILE" "MYSQL_$1_FILE"
}

load_settings() {
  setting ROOT_HOST %
  setting ROOT_PASSWORD
  setting RANDOM_ROOT_PASSWORD
  setting DATABASE
  setting USER
  setting PASSWORD
  setting INITDB_SKIP_TZINFO
  setting ALLOW_EMPTY_PASSWORD
  setting ALLOW_EMPTY_ROOT_PASSWORD "$MARIADB_ALLOW_EMPTY_PASSWORD"
}

server_option() {
  local name=$1
  shift
  "$@" --verbose --help 2>/dev/null | awk -v name="$name" 'index($0, name " ") == 1 { print $2; exit }'
}

load_server_options() {
  local errors
  if ! errors=$("$@" --verbose --help 2>&1 >/dev/null); then
    mysql_error "mariadbd failed while attempting to check config"$'\n'"$errors"
  fi
  DATADIR=$(server_option datadir "$@")
  SOCKET=$(server_option socket "$@")
  PORT=$(server_option port "$@")
}

own_directories() {
  mkdir -p "$DATADIR" "${SOCKET%/*}"
  if [[ $(id -u) = 0 ]]; then
    find "$DATADIR" ! -user mysql -exec chown mysql: {} +
    find "${SOCKET%/*}" -maxdepth 0 ! -user mysql -exec chown mysql: {} +
  fi
}

# docker_process_sql [--dont-use-mysql-root-password] [client arguments]: runs SQL from stdin as root.
# The password travels in the environment, because arguments stand in the process list.
docker_process_sql() {
  local password=$MARIADB_ROOT_PASSWORD
  if [[ ${1:-} = --dont-use-mysql-root-password ]]; then
    password=
    shift
  fi
  if [[ -n $MARIADB_DATABASE ]]; then
    set -- --database="$MARIADB_DATABASE" "$@"
  fi
  MYSQL_PWD=$password mariadb --protocol=socket --user=root --socket="$SOCKET" "$@"
}

escaped() {
  local text=${1//\\/\\\\}
  text=${text//$'\n'/\\n}
  printf '%s' "${text//\'/\\\'}"
}

random_password() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }

start_temporary_server() {
  mysql_note "Starting temporary server"
  "$@" --skip-networking --default-time-zone=SYSTEM --socket="$SOCKET" --wsrep_on=OFF \
    --expire-logs-days=0 --loose-innodb_buffer_pool_load_at_startup=0 &
  TEMPORARY=$!
  mysql_note "Waiting for server startup"
  local tries
  for ((tries = 300; tries > 0; tries--)); do
    if docker_process_sql --dont-use-mysql-root-password --database=mysql <<<'SELECT 1' &>/dev/null; then
      mysql_note "Temporary server started."
      return
    fi
    kill -0 "$TEMPORARY" 2>/dev/null || break
    sleep 0.1
  done
  mysql_error "Unable to start server."
}

stop_temporary_server() {
  mysql_note "Stopping temporary server"
  kill "$TEMPORARY"
  wait "$TEMPORARY"
  mysql_note "Temporary server stopped"
}

load_time_zones() {
  [[ -n $MARIADB_INITDB_SKIP_TZINFO ]] && return
  mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo 2>/dev/null |
    docker_process_sql --dont-use-mysql-root-password --database=mysql
}

root_sql() {
  local password
  password=$(escaped "$MARIADB_ROOT_PASSWORD")
  printf "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';\n"
  printf "EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS root@\\\\'', @@hostname, '\\\\'');\n"
  printf "SET PASSWORD FOR root@localhost = PASSWORD('%s');\n" "$password"
  if [[ -n $MARIADB_ROOT_HOST && $MARIADB_ROOT_HOST != localhost ]]; then
    printf "CREATE USER root@'%s' IDENTIFIED BY '%s';\n" "$MARIADB_ROOT_HOST" "$password"
    printf "GRANT ALL ON *.* TO root@'%s' WITH GRANT OPTION;\n" "$MARIADB_ROOT_HOST"
    printf "GRANT PROXY ON ''@'%%' TO root@'%s' WITH GRANT OPTION;\n" "$MARIADB_ROOT_HOST"
  fi
}

# healthcheck.sh reads the account from this file, which only the server's user may read.
healthcheck_sql() {
  local password host
  password=$(random_password)
  for host in 127.0.0.1 ::1 localhost; do
    printf "CREATE USER IF NOT EXISTS healthcheck@'%s' IDENTIFIED BY '%s';\n" "$host" "$password"
    printf "GRANT USAGE ON *.* TO healthcheck@'%s';\n" "$host"
  done
  (
    umask 077
    printf '[mariadb-client]\nport=%s\nsocket=%s\nuser=healthcheck\npassword=%s\nprotocol=tcp\n' \
      "$PORT" "$SOCKET" "$password" >"$DATADIR/.my-healthcheck.cnf"
  )
}

application_sql() {
  if [[ -n $MARIADB_DATABASE ]]; then
    mysql_note "Creating database $MARIADB_DATABASE" >&2
    printf 'CREATE DATABASE IF NOT EXISTS `%s`;\n' "$MARIADB_DATABASE"
  fi
  [[ -n $MARIADB_USER && -n $MARIADB_PASSWORD ]] || return 0
  mysql_note "Creating user $MARIADB_USER" >&2
  printf "CREATE USER '%s'@'%%' IDENTIFIED BY '%s';\n" "$MARIADB_USER" "$(escaped "$MARIADB_PASSWORD")"
  if [[ -n $MARIADB_DATABASE ]]; then
    printf 'GRANT ALL ON `%s`.* TO '"'%s'@'%%';\n" "${MARIADB_DATABASE//_/\\_}" "$MARIADB_USER"
  fi
}

set_up_accounts() {
  if [[ -n $MARIADB_RANDOM_ROOT_PASSWORD ]]; then
    MARIADB_ROOT_PASSWORD=$(random_password)
    export MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD=$MARIADB_ROOT_PASSWORD
    mysql_note "GENERATED ROOT PASSWORD: $MARIADB_ROOT_PASSWORD"
  fi
  {
    printf "SET @@SESSION.SQL_LOG_BIN = 0;\n"
    printf "SET @@SESSION.SQL_MODE = REPLACE(@@SESSION.SQL_MODE, 'NO_BACKSLASH_ESCAPES', '');\n"
    root_sql
    healthcheck_sql
    printf "SET @@SESSION.SQL_LOG_BIN = @@GLOBAL.LOG_BIN;\n"
    application_sql
  } | docker_process_sql --dont-use-mysql-root-password --database=mysql --binary-mode
}

docker_process_init_files() {
  local file
  # Old scripts pipe into "${mysql[@]}"
  # shellcheck disable=SC2034
  mysql=(docker_process_sql)
  for file in "$@"; do
    mysql_note "$0: running $file"
    case "$file" in
      *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) docker_process_sql <"$file" ;;
      *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
      *) mysql_warn "$0: ignoring $file" ;;
    esac
  done
}

initialize() {
  if [[ -z $MARIADB_ROOT_PASSWORD$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD ]]; then
    mysql_error "Database is uninitialized and password option is not specified"$'\n\t'"You need to" \
      "specify one of MARIADB_ROOT_PASSWORD, MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD"
  fi
  mysql_note "Initializing database files"
  mariadb-install-db --datadir="$DATADIR" --rpm --auth-root-authentication-method=normal "${@:2}" \
    --skip-test-db --default-time-zone=SYSTEM --enforce-storage-engine= --skip-log-bin \
    --expire-logs-days=0 --loose-innodb_buffer_pool_load_at_startup=0 \
    --loose-innodb_buffer_pool_dump_at_shutdown=0
  mysql_note "Database files initialized"
  start_temporary_server "$@"
  load_time_zones
  set_up_accounts
  docker_process_init_files /docker-entrypoint-initdb.d/*
  stop_temporary_server
  mysql_note "MariaDB init process done. Ready for start up."
}

wants_help() {
  local argument
  for argument in "$@"; do
    case "$argument" in
      -'?' | --help | --print-defaults | -V | --version) return 0 ;;
    esac
  done
  return 1
}

main() {
  if [[ ${1:-} = -* ]]; then
    set -- mariadbd "$@"
  fi
  if [[ $1 = mariadbd || $1 = mysqld ]] && ! wants_help "$@"; then
    load_server_options "$@"
    load_settings
    own_directories
    if [[ $(id -u) = 0 ]]; then
      mysql_note "Switching to dedicated user 'mysql'"
      HOME=$DATADIR exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
    fi
    [[ -d $DATADIR/mysql ]] || initialize "$@"
  fi
  exec "$@"
}

main "$@"
