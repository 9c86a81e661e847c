#!/bin/sh
# Starts a command of the application in its container with the permissions that it needs and no others.
set -eu

# What is no host name, or no port, gets no permission: the application says in its own words what is wrong with it.
host() {
  case $1 in
    '' | *[!A-Za-z0-9_.:-]*) echo localhost ;;
    *:*) echo "[$1]" ;;
    *) echo "$1" ;;
  esac
}
port() {
  case $1 in
    '' | *[!0-9]* | ??????*) echo 1 ;;
    *) if [ "$1" -gt 65535 ]; then echo 1; else echo "$1"; fi ;;
  esac
}

command=${1:-serve}
database=DATABASE,SQLITE_PATH,MYSQL_DATABASE,MYSQL_USER,MYSQL_PASSWORD,MYSQL_PASSWORD_FILE,MYSQL_HOST,MYSQL_PORT
address=$(host "${MYSQL_HOST:-localhost}"):$(port "${MYSQL_PORT:-3306}")
here=$(port "${PORT:-8000}")

case $command in
  serve)
    set -- --allow-env="HOST,PORT,ALLOWED_HOSTS,TRUSTED_PROXIES,STATIC_ROOT,STOP_DELAY,$database" \
      --allow-net="$(host "${HOST:-0.0.0.0}"):$here,$address" \
      --allow-read="static,${STATIC_ROOT:-/public/static},/run/secrets" main.ts "$@"
    ;;
  migrate)
    set -- --allow-env="$database" --allow-net="$address" --allow-read=/run/secrets main.ts "$@"
    ;;
  collectstatic)
    set -- --allow-env=STATIC_ROOT --allow-read="static,${STATIC_ROOT:-/public/static}" \
      --allow-write="${STATIC_ROOT:-/public/static}" main.ts "$@"
    ;;
  healthcheck)
    set -- --allow-env=PORT --allow-net="127.0.0.1:$here" main.ts "$@"
    ;;
  -*) set -- main.ts "$@" ;;
  *) exec "$@" ;; # such as sh, to look around
esac

# Deno becomes process 1, so that signals reach the application itself.
exec deno run --cached-only --frozen --no-prompt "$@"
