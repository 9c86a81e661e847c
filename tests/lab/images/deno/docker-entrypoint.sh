#!/bin/sh
# Like the official one: a Deno subcommand is run by deno, anything else is a command of its own.
set -e

case "$1" in
  add | approve-scripts | audit | bench | bundle | cache | check | clean | compile | completions | \
    coverage | create | deploy | doc | eval | fmt | help | info | init | install | jupyter | lint | \
    lsp | outdated | publish | remove | repl | run | sandbox | serve | task | test | types | \
    uninstall | update | upgrade | vendor | x)
    exec deno "$@"
    ;;
esac

exec "$@"
