import { assertEquals } from "@std/assert";
import { storeTest } from "../../../../../lib/doctor/checks/store_check.ts";
import { diagnosed, lines, single } from "../situation.ts";

/** The model of an app with these services, in YAML. */
function started(services: string, needed: readonly string[]) {
  const conditions = needed.map((name) =>
    `      ${name}:\n        condition: service_started\n        required: true\n`
  ).join("");
  return `name: project
services:
  app:
    image: company.example/shop:1
    depends_on:
${conditions}${services}`;
}

const FILES = {
  "compose.yaml": `services:
  app:
    depends_on: [db, cache, mail]
  db: {}
  cache: {}
  mail: {}
  admin: {}
`,
};

/** The places of the finding and their fixes. */
async function found(model: string) {
  const diagnosis = await diagnosed({ model, files: FILES });
  return single(diagnosis).filter(({ id }) => id === "started-store")
    .map(({ title, fix, location }) => [location?.line, title, fix]);
}

Deno.test("a service that only waits until its data stores have started is found, with the condition and the checks that it needs", async () => {
  const model = started(
    `  db:
    image: postgres:16
  cache:
    image: redis:7
    healthcheck:
      test: [CMD, redis-cli, ping]
  mail:
    image: mailhog/mailhog:1
  admin:
    image: adminer:4
    depends_on:
      db:
        condition: service_started
        required: true
`,
    ["db", "cache", "mail"],
  );
  assertEquals(await found(model), [
    [
      3,
      '"app" does not wait for "cache", "db"',
      `depends_on:
  db:
    condition: service_healthy
  cache:
    condition: service_healthy
  mail:
    condition: service_started`,
    ],
    [
      4,
      '"db" has no health check in the file',
      `healthcheck:
  test: [CMD, pg_isready, -h, "127.0.0.1"]
  interval: 3s
  timeout: 5s
  retries: 20`,
    ],
  ]);
  const diagnosis = await diagnosed({ model, files: FILES });
  assertEquals(
    lines(diagnosis).filter((line) => line.includes("store")).map((line) =>
      line.split(" ")[0]
    ),
    ["warning", "warning"],
  );
});

Deno.test("a condition is proposed only for a data store that has a check or can have one", async () => {
  const model = (image: string, more = "") =>
    started(`  db:\n    image: ${image}\n${more}`, ["db"]);
  const fixes = async (text: string) =>
    (await found(text)).map(([, , fix]) => fix);
  assertEquals(await fixes(model("company.example/db:1")), ["", ""]);
  // Its port may be another one.
  const changed = "    command: [redis-server, --port, '7000']\n";
  assertEquals(await fixes(model("redis:7", changed)), ["", ""]);
  const file = "    command: [redis-server, /etc/redis.config]\n";
  assertEquals(await fixes(model("redis:7", file)), ["", ""]);
  assertEquals(
    (await fixes(model("redis:7")))[1]?.toString().length! > 0,
    true,
  );
});

Deno.test("a service that waits until its data store is healthy, and a data store that needs another one, are let be", async () => {
  const healthy = started("  db:\n    image: postgres:16\n", ["db"])
    .replace("service_started", "service_healthy");
  assertEquals(await found(healthy), []);
  const stores = started(
    `  db:
    image: bitnami/kafka:3
    depends_on:
      cache:
        condition: service_started
        required: true
  cache:
    image: zookeeper:3
`,
    [],
  ).replace("    depends_on:\n  db", "  db");
  assertEquals(await found(stores), []);
});

Deno.test("the check of a data store is by a program that its image has", () => {
  const check = (image: string) => storeTest(image)?.slice(1).join(" ");
  assertEquals(check("postgres:16-alpine"), "pg_isready -h 127.0.0.1");
  assertEquals(check("postgis/postgis"), "pg_isready -h 127.0.0.1");
  assertEquals(check("bitnami/postgresql:16"), "pg_isready -h 127.0.0.1");
  // Version 11 has no mysqladmin, version 10.1 no healthcheck.sh.
  const script = "healthcheck.sh --connect --innodb_initialized";
  assertEquals(check("mariadb"), script);
  assertEquals(check("mariadb:11.4"), script);
  assertEquals(check("mariadb:10.11"), script);
  assertEquals(check("mariadb:10.1"), "mysqladmin ping -h 127.0.0.1");
  assertEquals(check("linuxserver/mariadb:11"), undefined);
  assertEquals(check("mysql:8.4"), "mysqladmin ping -h 127.0.0.1");
  const ping = "--quiet --eval db.adminCommand('ping')";
  assertEquals(check("mongo:4.4"), `mongo ${ping}`);
  assertEquals(check("mongo:7"), `mongosh ${ping}`);
  assertEquals(check("mongo"), `mongosh ${ping}`);
  assertEquals(check("valkey/valkey:8"), "valkey-cli ping");
  assertEquals(
    check("elasticsearch:8.15.0"),
    "bash -c exec 3<>/dev/tcp/127.0.0.1/9200",
  );
  assertEquals(check("memcached:1-alpine"), "nc -z 127.0.0.1 11211");
  for (const unknown of ["nats:2", "minio/minio", "company.example/x", ""]) {
    assertEquals(check(unknown), undefined);
  }
});
