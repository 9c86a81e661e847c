#!/bin/sh
# A worker that is silent for 60 s is replaced. Logs go to the container's, there are no files.
set -e

exec gunicorn app.wsgi --bind 0.0.0.0:8000 --timeout 60 --access-logfile - --error-logfile -
