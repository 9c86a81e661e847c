#!/bin/sh
# Waits for the database, then becomes the given command. The password stays in the environment.
set -e

can_connect() {
  python3 - <<'PYTHON'
import os, sys
import psycopg2

try:
    psycopg2.connect(
        host=os.environ["DB_HOST"],
        port=os.environ.get("DB_PORT", "5432"),
        dbname=os.environ["DB_NAME"],
        user=os.environ["DB_USER"],
        password=os.environ["DB_PASSWORD"],
    ).close()
except psycopg2.OperationalError as error:
    sys.exit(str(error).strip())
PYTHON
}

echo "Trying to connect to database '$DB_NAME' on host '$DB_HOST'.."
until can_connect; do
  echo "Postgres is unavailable - sleeping"
  sleep 1
done
echo "Postgres is up - continuing..."

exec "$@"
