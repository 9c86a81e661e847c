#!/bin/bash
# The steps of todobackend's release scripted by hand, as quick as they get: `by_hand.sh test|release|clean`. Contender
# (c) of the benchmark. It knows this one project: names, ports, what runs beside what.
set -euo pipefail

project=$COMPOSE_PROJECT_NAME
APP_VERSION=${APP_VERSION:-$(git rev-parse --short HEAD)}
export APP_VERSION

down() {
  docker compose --profile '*' down --volumes --remove-orphans --timeout 5 "$@"
}

# A failed release leaves nothing.
failed() {
  trap - EXIT INT TERM
  wait # for what would make containers after they were removed
  down
  exit 1
}

# ready SERVICE COMMAND…: probes every 100 ms, while the container runs, for a minute.
ready() {
  local container=$project-$1-1 tries problem
  for ((tries = 0; tries < 600; tries++)); do
    if problem=$(docker exec "$container" "${@:2}" 2>&1); then return; fi
    if [[ $problem = *"is not running"* ]]; then break; fi
    sleep 0.1
  done
  docker logs "$container"
  echo "$1 is not ready: $problem"
  return 1
}

# MariaDB starts twice: only the second server listens on TCP port 3306 (hexadecimal CEA).
db_ready() {
  ready db sh -c 'grep -q ":0CEA .* 0A " /proc/net/tcp /proc/net/tcp6 && healthcheck.sh --connect --innodb_initialized'
}

app_ready() {
  ready app ./docker-entrypoint.sh healthcheck
}

# one_shot SERVICE: runs a container that exists to its end, with its exit code.
one_shot() {
  docker start --attach "$project-$1-1"
}

# All that does not need the database: done while it starts.
prepare() {
  docker compose build app migrate collectstatic acceptance
  docker compose create --no-build app migrate collectstatic acceptance
  one_shot collectstatic
}

release() {
  trap failed EXIT INT TERM
  down
  docker compose create db
  docker start "$project-db-1"
  prepare &
  local prepared=$!
  db_ready
  wait "$prepared"
  one_shot migrate
  docker start "$project-app-1"
  app_ready
  one_shot acceptance
  echo "App running at http://$(docker port "$project-app-1" 8000)"
  trap - EXIT INT TERM
}

run_tests() {
  docker compose build --pull test release
  docker run --rm --tmpfs /tmp "$project-test"
}

clean() {
  down --rmi local
  docker image prune --force --filter label=application=todobackend \
    --filter "label=com.docker.compose.project=$project"
}

case ${1:-} in
  test) run_tests ;;
  release | clean) "$1" ;;
  *)
    echo "Usage: by_hand.sh test|release|clean" >&2
    exit 2
    ;;
esac
