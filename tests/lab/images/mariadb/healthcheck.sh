#!/bin/bash
# Tests a MariaDB server as the official image's script of the same name does, with the options people use.
# The checks run in the order of the arguments; all must pass. Without --connect or --no-connect a
# connection is tested last, since the temporary server of the initialization passes everything else.
set -eo pipefail

datadir=/var/lib/mysql
defaults=()
connected=

sql() { mariadb "${defaults[@]}" --batch --skip-column-names "$@"; }

# True when a server answers over TCP, even if it refuses the account: the temporary server has no TCP.
connect() {
  local answer
  answer=$(sql --protocol=tcp --host=localhost --execute 'SELECT 1' 2>&1) && return
  [[ $answer =~ ^ERROR\ (1[0-9]{3}\ \(28000\)|1820|4151|1226) ]] && return
  printf '%s\n' "$answer" >&2
  return 1
}

innodb_initialized() {
  [[ $(sql --protocol=socket --execute "SELECT 1 FROM information_schema.ENGINES
    WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT', 'ENABLED')") = 1 ]]
}

innodb_buffer_pool_loaded() {
  [[ $(sql --protocol=socket --execute "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
    WHERE VARIABLE_NAME = 'Innodb_buffer_pool_load_status'") = *'load completed'* ]]
}

as_user() {
  local user=$1
  shift
  exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$0" "$@"
}

use_healthcheck_account() {
  defaults=()
  if [[ -f $datadir/.my-healthcheck.cnf ]]; then
    defaults=(--defaults-extra-file="$datadir/.my-healthcheck.cnf")
  fi
}

check() {
  if ! "$1"; then
    echo "healthcheck $1 failed" >&2
    exit 1
  fi
  [[ $1 != connect ]] || connected=1
}

if [[ $# -eq 0 ]]; then
  echo "At least one argument required" >&2
  exit 1
fi
use_healthcheck_account

while [[ $# -gt 0 ]]; do
  option=$1
  shift
  case "$option" in
    --su-mysql) as_user mysql "$@" ;;
    --su) as_user "$@" ;;
    --su=*) as_user "${option#*=}" "$@" ;;
    --datadir) datadir=$1; shift; use_healthcheck_account ;;
    --datadir=*) datadir=${option#*=}; use_healthcheck_account ;;
    --no-defaults) defaults=(--no-defaults) ;;
    --defaults-file | --defaults-extra-file | --defaults-group-suffix) defaults=("$option=$1"); shift ;;
    --defaults-file=* | --defaults-extra-file=* | --defaults-group-suffix=*) defaults=("$option") ;;
    --no-connect) connected=1 ;;
    --connect | --innodb_initialized | --innodb_buffer_pool_loaded) check "${option#--}" ;;
    *)
      echo "healthcheck unknown option or test '${option#--}'" >&2
      exit 1
      ;;
  esac
done

[[ -n $connected ]] || check connect
