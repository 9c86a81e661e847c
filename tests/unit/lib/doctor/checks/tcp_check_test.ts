import { assertEquals } from "@std/assert";
import { tcpTest } from "../../../../../lib/doctor/checks/tcp_check.ts";

/** A health check as the model has it, and the same by TCP; undefined where it does not go by a socket. */
const CHECKS: [string[], string | undefined][] = [
  [
    ["CMD", "healthcheck.sh", "--innodb_initialized"],
    "test: [CMD, healthcheck.sh, --connect, --innodb_initialized]",
  ],
  [["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"], undefined],
  [
    ["CMD", "/usr/local/bin/healthcheck.sh"],
    "test: [CMD, /usr/local/bin/healthcheck.sh, --connect]",
  ],
  [
    ["CMD", "mysqladmin", "ping", "-h", "localhost"],
    'test: [CMD, mysqladmin, ping, -h, "127.0.0.1"]',
  ],
  [["CMD", "mysqladmin", "ping", "-h", "127.0.0.1"], undefined],
  [["CMD", "mysqladmin", "ping", "-hdb"], undefined],
  [["CMD", "mysqladmin", "ping", "--protocol=tcp"], undefined],
  [["CMD", "mysqladmin", "ping", "--protocol", "TCP"], undefined],
  [["CMD", "mariadb-admin", "ping", "--port=3306"], undefined],
  [
    ["CMD", "mariadb", "--defaults-file=/my.cnf", "-e", "select 1"],
    'test: [CMD, mariadb, --defaults-file=/my.cnf, -e, "select 1", -h, "127.0.0.1"]',
  ],
  [
    ["CMD-SHELL", "mysqlshow -u $MYSQL_USER -p$MYSQL_PASSWORD"],
    'test: [CMD-SHELL, "mysqlshow -u $$MYSQL_USER -p$$MYSQL_PASSWORD -h 127.0.0.1"]',
  ],
  [["CMD-SHELL", "mysql -h $HOST -e 'select 1'"], undefined],
  [["CMD-SHELL", "mysqladmin ping -u${USER} -h db"], undefined],
  [["CMD-SHELL", "mysqladmin ping -p$(cat /run/p) -h db"], undefined],
  [
    ["CMD-SHELL", "mysqladmin ping -p$(cat /run/p) || exit 1"],
    'test: [CMD-SHELL, "mysqladmin ping -p$$(cat /run/p) -h 127.0.0.1 || exit 1"]',
  ],
  [["CMD-SHELL", "echo mysqladmin ping"], undefined],
  [["CMD-SHELL", "echo 'a; mysqladmin ping'"], undefined],
  [["CMD", "pg_isready"], 'test: [CMD, pg_isready, -h, "127.0.0.1"]'],
  [
    ["CMD-SHELL", "pg_isready -U postgres > /dev/null || exit 1"],
    'test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres > /dev/null || exit 1"]',
  ],
  [["CMD-SHELL", "pg_isready -h localhost"], undefined],
  [["CMD-SHELL", "pg_isready --host=db"], undefined],
  [
    ["CMD", "pg_isready", "--host", "/var/run/postgresql"],
    'test: [CMD, pg_isready, -h, "127.0.0.1"]',
  ],
  [["CMD", "psql", "postgresql://u@localhost/db", "-c", "select 1"], undefined],
  [["CMD", "psql", "host=localhost dbname=x"], undefined],
  [
    ["CMD-SHELL", '[ "$(psql -tAc "select 1")" = 1 ]'],
    'test: [CMD-SHELL, "[ \\"$$(psql -h 127.0.0.1 -tAc \\"select 1\\")\\" = 1 ]"]',
  ],
  [
    ["CMD", "sh", "-c", "PGUSER=me exec pg_isready -q"],
    'test: [CMD, sh, -c, "PGUSER=me exec pg_isready -h 127.0.0.1 -q"]',
  ],
  [["CMD", "redis-cli", "ping"], undefined],
  [
    ["CMD", "redis-cli", "-s", "/run/redis.sock", "ping"],
    'test: [CMD, redis-cli, -h, "127.0.0.1", ping]',
  ],
  [["CMD", "curl", "-fs", "http://localhost"], undefined],
  [["CMD", "toString"], undefined],
  [["CMD"], undefined],
  [["CMD-SHELL"], undefined],
  [["NONE"], undefined],
];

for (const [test, expected] of CHECKS) {
  Deno.test(`${JSON.stringify(test)} ${expected ? "asks by socket" : "is let be"}`, () => {
    assertEquals(tcpTest(test), expected);
  });
}
