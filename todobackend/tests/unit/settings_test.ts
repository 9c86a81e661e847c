/**
 * What the settings are without environment variables and with them, and which are refused.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { CommandError } from "../../src/command.ts";
import { databaseSettings, serverSettings } from "../../src/settings.ts";

const env = (variables: Record<string, string>) => (name: string) =>
  variables[name];

Deno.test("settings: defaults", () => {
  assertEquals(databaseSettings(env({})), {
    kind: "mysql",
    host: "localhost",
    port: 3306,
    user: "todo",
    password: "password",
    name: "todobackend",
  });
  assertEquals(serverSettings(env({ PORT: "" })), {
    hostname: "0.0.0.0",
    port: 8000,
    allowedHosts: ["*"],
    trustedProxies: [],
    staticRoot: "/public/static",
    stopDelay: 0,
  });
});

Deno.test("settings: from the environment", () => {
  assertEquals(
    databaseSettings(env({
      MYSQL_HOST: "db",
      MYSQL_PORT: "3307",
      MYSQL_USER: "u",
      MYSQL_PASSWORD: "",
      MYSQL_DATABASE: "d",
    })),
    {
      kind: "mysql",
      host: "db",
      port: 3307,
      user: "u",
      password: "",
      name: "d",
    },
  );
  assertEquals(
    databaseSettings(env({ DATABASE: "sqlite", SQLITE_PATH: "x" })),
    { kind: "sqlite", path: "x" },
  );
  const { allowedHosts } = serverSettings(env({ ALLOWED_HOSTS: "A.b, .c ," }));
  assertEquals(allowedHosts, ["a.b", ".c"]);
  const delays = ["5", "5s", "1500ms", "1m"].map((STOP_DELAY) =>
    serverSettings(env({ STOP_DELAY })).stopDelay
  );
  assertEquals(delays, [5000, 5000, 1500, 60_000]);
  assertEquals(serverSettings(env({ HOST: "::" })).hostname, "::");
});

Deno.test("settings: the password may come from a file", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "s3cret \n");
    const settings = databaseSettings(env({ MYSQL_PASSWORD_FILE: path }));
    assertEquals(settings.kind === "mysql" && settings.password, "s3cret ");
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("settings: one that cannot be used is named", () => {
  const cases = [
    [{ DATABASE: "oracle" }, 'DATABASE="oracle"'],
    [{ MYSQL_PORT: "70000" }, 'MYSQL_PORT="70000"'],
    [{ PORT: "x" }, 'PORT="x"'],
    [{ HOST: "a b" }, 'HOST="a b"'],
    [{ MYSQL_HOST: "db,evil" }, 'MYSQL_HOST="db,evil"'],
    [{ STOP_DELAY: "soon" }, 'STOP_DELAY="soon"'],
    [{ STOP_DELAY: "2h" }, 'STOP_DELAY="2h"'],
    [{ STOP_DELAY: "100m" }, 'STOP_DELAY="100m"'],
    [{ ALLOWED_HOSTS: "," }, 'ALLOWED_HOSTS=","'],
    [{ TRUSTED_PROXIES: "proxy" }, 'TRUSTED_PROXIES="proxy"'],
    [{ TRUSTED_PROXIES: "10.0.0.0/33" }, 'TRUSTED_PROXIES="10.0.0.0/33"'],
    [
      { MYSQL_PASSWORD_FILE: "missing" },
      'MYSQL_PASSWORD_FILE="missing": it is not there',
    ],
    [
      { MYSQL_PASSWORD_FILE: "x", MYSQL_PASSWORD: "y" },
      "both MYSQL_PASSWORD and MYSQL_PASSWORD_FILE",
    ],
  ] as const;
  for (const [variables, message] of cases) {
    const error = assertThrows(
      () => [databaseSettings(env(variables)), serverSettings(env(variables))],
      CommandError,
      message,
    );
    assertEquals(error.exitCode, 2);
  }
});
