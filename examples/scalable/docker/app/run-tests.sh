#!/bin/sh
# run-tests.sh [TEST…]: in ~/reports is what machines read
set -e

export DJANGO_SETTINGS_MODULE=app.settings.test COVERAGE_FILE=/tmp/.coverage
status=0
python3 -m coverage run --source=app,jobs manage.py test --noinput "$@" || status=$?
python3 -m coverage xml -q -o ~/reports/coverage.xml
exit "$status"
