#!/bin/sh
# start-celery-worker.sh QUEUE
set -e

exec python3 -m celery -A app worker -Q "${1:?needs the name of a queue}" -l info
