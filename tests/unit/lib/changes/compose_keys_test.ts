import { assertEquals, assertNotEquals } from "@std/assert";
import {
  changedKeys,
  hashed,
  keysOf,
  type Renames,
  type Secrets,
} from "../../../../lib/changes/compose_keys.ts";
import type { Model } from "../../../../lib/compose/model.ts";
import { NOTHING_HIDDEN, redactor } from "../../../../lib/secrets/redact.ts";

const NONE: Secrets = { redactor: NOTHING_HIDDEN, named: [] };

/** Without types: these tests need parts of a model that todoflow does not read. */
function model(parts: Record<string, unknown>): Model {
  return { name: "shop", ...parts } as Model;
}

function services(services: Record<string, unknown>): Model {
  return model({ services });
}

/** The keys that differ between two models. */
async function changes(
  before: Model,
  now: Model,
  { renames = [], secrets = NONE }: {
    renames?: Renames;
    secrets?: Secrets;
  } = {},
) {
  const salt = "5a17";
  const keys = await hashed(keysOf(before, secrets)!, salt);
  return await changedKeys(keysOf(now, secrets), { keys, salt }, renames);
}

const SHOP = {
  app: { image: "shop", environment: { MODE: "dev" } },
  db: { image: "postgres:16", command: ["postgres", "-c", "fsync=off"] },
};

/** A change of the services, and how it is told. */
const TABLE: [string, Record<string, unknown>, unknown[]][] = [
  ["nothing", SHOP, []],
  ["an image, with its value", {
    ...SHOP,
    db: { ...SHOP.db, image: "postgres:17" },
  }, [{ path: "services.db.image", kind: "differs", value: "postgres:17" }]],
  ["a variable, without its value", {
    ...SHOP,
    app: { ...SHOP.app, environment: { MODE: "prod" } },
  }, [{ path: "services.app.environment.MODE", kind: "differs" }]],
  ["a word of a list", {
    ...SHOP,
    db: { ...SHOP.db, command: ["postgres", "-c", "fsync=on"] },
  }, [{ path: "services.db.command", kind: "differs" }]],
  ["a new key and one that is gone", {
    ...SHOP,
    app: { image: "shop", environment: { "a.b": "1" } },
  }, [
    { path: 'services.app.environment."a.b"', kind: "new" },
    { path: "services.app.environment.MODE", kind: "gone" },
  ]],
  ["a service in place of another one, as a whole", {
    app: SHOP.app,
    cache: { image: "redis", restart: "always" },
  }, [
    { path: "services.cache", kind: "new" },
    { path: "services.db", kind: "gone" },
  ]],
  ["images before builds before the rest", {
    app: {
      image: "shop:2",
      environment: { MODE: "a" },
      build: { target: "a" },
    },
    db: SHOP.db,
  }, [
    { path: "services.app.image", kind: "differs", value: "shop:2" },
    { path: "services.app.build.target", kind: "new" },
    { path: "services.app.environment.MODE", kind: "differs" },
  ]],
];

for (const [what, now, expected] of TABLE) {
  Deno.test(`Compose keys that differ: ${what}`, async () => {
    assertEquals(await changes(services(SHOP), services(now)), expected as []);
  });
}

Deno.test("networks, volumes and x-todoflow count, and other blocks do not", async () => {
  const before = model({
    volumes: { data: { name: "shop_data" } },
    "x-todoflow": { release: { path: "/" } },
    "x-other": "1",
  });
  const now = model({
    volumes: { data: { name: "shop_data", driver: "local" } },
    "x-todoflow": { release: { path: "/health" } },
    "x-other": "2",
  });
  assertEquals(await changes(before, now), [
    { path: "volumes.data.driver", kind: "new" },
    { path: "x-todoflow.release.path", kind: "differs" },
  ]);
});

Deno.test("the version, the commit and the folder of a run are no difference", async () => {
  const of = (version: string, folder: string) =>
    services({
      app: {
        image: `shop:${version}`,
        build: { context: `${folder}/app`, args: { V: `v${version}` } },
      },
    });
  const renames = [["/w/b", "/w/a"], ["2222222", "1111111"]] as const;
  const [before, now] = [of("1111111", "/w/a"), of("2222222", "/w/b")];
  assertEquals(await changes(before, now, { renames }), []);
  assertEquals((await changes(before, now))?.length, 3);
});

const SECRET = "hunter2-of-the-shop";

/** Values that may be secret, by the keys of a service. */
const SECRETS: Record<string, unknown>[] = [
  { environment: { DB_PASSWORD: SECRET } },
  { build: { args: { npmToken: SECRET } } },
  { environment: { URL: `postgres://shop:${SECRET}@db/shop` } },
  { command: ["server", `--password=${SECRET}`] },
  { environment: { NAMED: SECRET } },
];

for (const secret of SECRETS) {
  const where = JSON.stringify(secret).replace(SECRET, "…");
  Deno.test(`a value that may be secret is neither kept nor compared: ${where}`, async () => {
    const secrets = { redactor: NOTHING_HIDDEN, named: ["NAMED"] };
    const keys = keysOf(services({ app: secret }), secrets)!;
    assertEquals(JSON.stringify([...keys]).includes(SECRET), false);
    assertEquals(Object.values(await hashed(keys, "5a17")), [""]);
    const other = JSON.parse(JSON.stringify(secret).replace(SECRET, "other"));
    const [before, now] = [{ app: secret }, { app: other }].map(services);
    assertEquals(await changes(before!, now!, { secrets }), []);
    // That it is there is no secret.
    const gone = await changes(before!, services({ app: { x: 1 } }), {
      secrets,
    });
    assertEquals(
      gone?.map(({ kind }) => kind).toSorted(),
      ["gone", "new"],
    );
  });
}

Deno.test("a value with a part that is hidden everywhere is neither kept nor compared", async () => {
  const hiding = redactor([new TextEncoder().encode(SECRET)]);
  const secrets = { redactor: hiding, named: [] };
  const of = (secret: string) =>
    services({ app: { environment: { FLAGS: `a=${secret} b` } } });
  const keys = keysOf(of(SECRET), secrets)!;
  assertEquals([...keys.values()], [undefined]);
  assertEquals(await changes(of(SECRET), of("other"), { secrets }), []);
});

Deno.test("the content of a config or secret is neither kept nor compared, its file is", async () => {
  const of = (text: string) =>
    model({
      configs: { a: { content: text }, b: { file: `/w/${text}` } },
      secrets: { c: { content: text } },
    });
  assertEquals(await changes(of("1"), of("2")), [
    { path: "configs.b.file", kind: "differs" },
  ]);
});

Deno.test("a hash says nothing about another key, nor about another record", async () => {
  const keys = keysOf(
    services({ a: { image: "x" }, b: { image: "x" } }),
    NONE,
  )!;
  const one = await hashed(keys, "01");
  const two = await hashed(keys, "02");
  assertNotEquals(one["services.a.image"], one["services.b.image"]);
  assertNotEquals(one["services.a.image"], two["services.a.image"]);
});

Deno.test("too many keys, or a record without keys, give no comparison", async () => {
  const environment = Object.fromEntries(
    Array.from({ length: 5_001 }, (_, i) => [`V${i}`, "1"]),
  );
  assertEquals(keysOf(services({ app: { environment } }), NONE), undefined);
  const keys = keysOf(services(SHOP), NONE);
  assertEquals(await changedKeys(keys, {}, []), undefined);
  assertEquals(
    await changedKeys(undefined, { keys: {}, salt: "" }, []),
    undefined,
  );
});

Deno.test("names of an object's prototype are names like any other", async () => {
  const environment = JSON.parse('{"constructor":"1","__proto__":"1"}');
  const before = services({ app: { image: "x" } });
  const now = services({ app: { image: "x", environment } });
  assertEquals(await changes(before, now), [
    { path: "services.app.environment.__proto__", kind: "new" },
    { path: "services.app.environment.constructor", kind: "new" },
  ]);
  assertEquals(await changes(now, now), []);
});
