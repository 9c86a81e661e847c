#!/bin/sh
# Like the official one: arguments are redis-server's, which runs as redis, with files for its user only.
set -e

case "${1:-}" in
  -* | *.conf) set -- redis-server "$@" ;;
esac

# Containers of one network reach each other without a password: the official server is built with this
# default, Debian's is not. A configuration file, which must come first, or an argument may set it again.
without_protected_mode() {
  case "${2:-}" in
    -v | --version | -h | --help | --test-memory | --check-system | -) exec "$@" ;;
    '' | -*) shift && exec redis-server --protected-mode no "$@" ;;
  esac
  if grep -q '^[[:space:]]*protected-mode' "$2"; then exec "$@"; fi
  conf=$2
  shift 2
  exec redis-server "$conf" --protected-mode no "$@"
}

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . ! -user redis -exec chown redis {} +
  exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
fi

if [ "$(umask)" = 0022 ]; then
  umask 0077
fi

if [ "${1:-}" = redis-server ]; then
  without_protected_mode "$@"
fi
exec "$@"
