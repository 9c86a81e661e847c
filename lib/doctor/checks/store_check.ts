/**
 * Health checks of data stores, by programs that their images have. Those of databases connect by TCP, because a temporary
 * server answers on the socket while they initialize.
 *
 * @module
 */

import { isOfficial, lastWord, readImageName } from "../../image_name.ts";
import { systemOf } from "../project/programs.ts";

/** The check of an image, as `test` of a health check; undefined where it is not known which one works. */
type StoreCheck = (image: string) => readonly string[] | undefined;

/** The first two numbers of a tag; undefined where it has none, such as `latest`. */
function versionOf(image: string): number | undefined {
  const [, major, minor = "0"] =
    /^v?(\d+)(?:\.(\d+))?/.exec(readImageName(image).tag ?? "") ?? [];
  return major === undefined ? undefined : Number(major) + Number(minor) / 100;
}

function isBefore(image: string, version: number): boolean {
  return (versionOf(image) ?? Infinity) < version;
}

/** `ping` succeeds, too, if the server refuses the user: then it is there. */
const mysqladmin = ["CMD", "mysqladmin", "ping", "-h", "127.0.0.1"];

/** https://mariadb.com/kb/en/using-healthcheck-sh/: in the official image, since 10.6. */
const mariadb: StoreCheck = (image) =>
  isBefore(image, 10.06)
    ? mysqladmin
    : isOfficial(image)
    ? ["CMD", "healthcheck.sh", "--connect", "--innodb_initialized"]
    : undefined;

/** The old shell is in the images before 6. */
const mongo: StoreCheck = (image) => [
  ...["CMD", isBefore(image, 6) ? "mongo" : "mongosh"],
  ...["--quiet", "--eval", "db.adminCommand('ping')"],
];

/** A connection by the shell of the image. */
function connection(port: number): StoreCheck {
  return (image) => {
    switch (systemOf(image)) {
      case "full":
        return ["CMD", "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`];
      case "busybox":
        return ["CMD", "nc", "-z", "127.0.0.1", `${port}`];
    }
    return undefined;
  };
}

/** The checks, by the plain name of the image. */
const STORES: readonly [RegExp, StoreCheck][] = [
  [/^mariadb$/, mariadb],
  [/^(mysql|percona)$/, () => mysqladmin],
  [
    /^(postgres|postgresql|postgis|pgvector|timescaledb|timescaledb-ha)$/,
    () => ["CMD", "pg_isready", "-h", "127.0.0.1"],
  ],
  [/^redis(-stack|-stack-server)?$/, () => ["CMD", "redis-cli", "ping"]],
  [/^valkey$/, () => ["CMD", "valkey-cli", "ping"]],
  [/^keydb$/, () => ["CMD", "keydb-cli", "ping"]],
  [
    /^rabbitmq$/,
    (image) =>
      isBefore(image, 3.08)
        ? undefined
        : ["CMD", "rabbitmq-diagnostics", "-q", "check_running"],
  ],
  [/^mongo$/, mongo],
  [
    /^clickhouse-server$/,
    () => ["CMD", "wget", "-qO", "/dev/null", "http://127.0.0.1:8123/ping"],
  ],
  [/^(elasticsearch|opensearch)$/, connection(9200)],
  [/^memcached$/, connection(11211)],
  [/^zookeeper$/, connection(2181)],
  [/^cassandra$/, connection(9042)],
  [/^couchdb$/, connection(5984)],
  [/^solr$/, connection(8983)],
  [/^influxdb$/, connection(8086)],
];

/** The check of a data store, as `test` of a health check; undefined where none is known to work. */
export function storeTest(image: string): readonly string[] | undefined {
  const name = lastWord(image);
  return STORES.find(([pattern]) => pattern.test(name))?.[1](image);
}
