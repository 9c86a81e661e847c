import { assertEquals } from "@std/assert";
import {
  holdsPassword,
  isSecretValue,
} from "../../../../../lib/doctor/project/secret_value.ts";
import { CHECKED, diagnosed, project, single } from "../situation.ts";

const SITUATION = project({
  text: `  app:
    image: shop:1
    environment:
      PORT: 80
      DB_PASSWORD: hunter22
      API_KEY: \${API_KEY:-abc}
      URL: postgres://shop:hunter22@db/shop
    depends_on: { db: { condition: service_healthy } }
  db:
    image: postgres:16
    environment:
      - DB_PASSWORD=hunter23
      - POSTGRES_DB=shop
`,
  services: `  app:
    ${CHECKED}
    image: shop:1
    depends_on:
      db:
        condition: service_healthy
        required: true
  db:
    image: postgres:16
    ${CHECKED}
`,
});

Deno.test("passwords that stand in the Compose file are one finding, with a variable for each", async () => {
  const diagnosis = await diagnosed(SITUATION);
  const own = single(diagnosis)
    .filter(({ id }) => id === "secret-in-environment");
  assertEquals(
    own.map(({ title, fix, location, severity }) => [
      severity,
      location?.line,
      title,
      fix,
    ]),
    [
      [
        "advice",
        8,
        '"app": DB_PASSWORD',
        // Services have different values.
        "DB_PASSWORD: ${APP_DB_PASSWORD:?}   # and in .env, which no commit has: APP_DB_PASSWORD=…",
      ],
      [
        "advice",
        10,
        '"app": URL',
        "URL: ${URL:?}   # and in .env, which no commit has: URL=…",
      ],
      [
        "advice",
        15,
        '"db": DB_PASSWORD',
        "- DB_PASSWORD=${DB_DB_PASSWORD:?}   # and in .env, which no commit has: DB_DB_PASSWORD=…",
      ],
    ],
  );
  // The value itself is not shown.
  assertEquals(JSON.stringify(diagnosis).includes("hunter"), false);
});

Deno.test("a value is a secret by its name, unless it is a switch, a file or an example", () => {
  const secrets = [
    ["POSTGRES_PASSWORD", "postgres"],
    ["SECRET_KEY_BASE", "abc"],
    ["DB_PASS_ADMIN", "abc"],
    ["AWS_SECRET_ACCESS_KEY", "abc"],
  ] as const;
  for (const [name, value] of secrets) {
    assertEquals(isSecretValue(name, value), true, name);
  }
  const others = [
    ["MYSQL_ALLOW_EMPTY_PASSWORD", "yes"],
    ["POSTGRES_PASSWORD_FILE", "/run/secrets/x"],
    ["DB_PASSWORD", "/run/secrets/x"],
    ["DB_PASSWORD", ""],
    ["TOKEN_CACHE_TIMEOUT_MINUTES", "1440"],
    ["CONNECT_KEY_CONVERTER", "org.example.Converter"],
    ["API_AUTH_BACKEND", "basic"],
    ["AUTH_ORG_ROLE", "Admin"],
    ["VITE_API_KEY", "abc"],
    ["API_KEY", "<your key>"],
    ["API_KEY", "your-api-key"],
    ["PASSWORD", "changeme"],
  ] as const;
  for (const [name, value] of others) {
    assertEquals(isSecretValue(name, value), false, `${name}=${value}`);
  }
});

Deno.test("a URL holds a password between its user and its host", () => {
  assertEquals(holdsPassword("postgres://a:hunter22@db/x"), true);
  assertEquals(holdsPassword("redis://:hunter22@cache:6379"), true);
  for (const other of ["http://app:8000/@x", "postgres://a@db/x", "a:b@c"]) {
    assertEquals(holdsPassword(other), false, other);
  }
});
