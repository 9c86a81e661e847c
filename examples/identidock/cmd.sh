#!/bin/sh
# Three ways to run the application: ENV says which. UNIT needs what the stage test adds.
set -e

if [ "$ENV" = DEV ]; then
  echo "Running Development Server"
  exec python3 identidock.py
elif [ "$ENV" = UNIT ]; then
  echo "Running Unit Tests"
  exec python3 -m pytest -p no:cacheprovider --junitxml=/reports/unittests.xml "$@"
else
  echo "Running Production Server"
  exec uwsgi /uwsgi.ini
fi
