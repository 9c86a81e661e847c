import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/2020";
import fc from "fast-check";
import { checkConfig } from "../../lib/compose/config.ts";
import {
  RECEIPT_FILE,
  receiptSchemaText,
  SCHEMA_FILE,
  schemaText,
} from "../../tools/schema.ts";
import { RECEIPT_SCHEMA } from "../../tools/receipt_schema.ts";

const SERVICES = ["app", "migrate", "db", "test"];

const text = await Deno.readTextFile(SCHEMA_FILE);

// Strict: a keyword that the standard does not know is an error.
const validate = new Ajv2020({ strict: true, strictTypes: false })
  .compile(JSON.parse(text));

/** Why the tool refuses a block, or undefined. */
async function refusal(value: unknown, services = SERVICES) {
  try {
    await checkConfig(value, services);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

Deno.test("the schema that is checked in is what the definition gives: deno task schema", () => {
  assertEquals(text, schemaText());
});

Deno.test("the schema of receipts is checked in, and docs/receipt.md tells what each field proves", async () => {
  assertEquals(await Deno.readTextFile(RECEIPT_FILE), receiptSchemaText());
  const page = new URL("../../docs/receipt.md", import.meta.url);
  const rows = [...(await Deno.readTextFile(page)).matchAll(/^- \*\*`(\w+)`/gm)]
    .map(([, name]) => name);
  const fields = Object.keys(Object(RECEIPT_SCHEMA.properties));
  assertEquals(
    rows.toSorted(),
    fields.filter((name) => name !== "format").toSorted(),
  );
});

Deno.test("the schema has no keyword of our own", () => {
  assert(!text.includes('"format"'));
});

const GOOD: unknown[] = [
  null,
  {},
  { application: "" },
  { test: { service: "test", reports: [] } },
  { test: { reports: ["/app/reports", "/a b"] } },
  { release: {} },
  { release: { image: "app", app: "app", acceptance: "test" } },
  { release: { app: ["app"] } },
  {
    release: {
      app: ["app", { service: "db", port: 80, path: "/", proof: "tcp" }],
    },
  },
  { release: { with: ["db"], without: [] } },
  { test: { service: ["test", "app"], run: ["npm", "test"] } },
  { release: { port: 1, path: "/" } },
  { release: { port: 65535, path: "/a?b" } },
  { release: { setup: [] } },
  { release: { setup: ["migrate", { service: "db" }] } },
  {
    release: {
      setup: [
        { name: "a.b_c-D", service: "app", run: [""], after: [] },
        { name: "b", service: "app", run: ["x"], after: ["a.b_c-D"] },
      ],
    },
  },
  { deadlines: { build: "20m", ready: "1m30s", step: "1.5h", stop: "500ms" } },
];

const BAD: unknown[] = [
  "x",
  1,
  [],
  { tests: {} },
  { constructor: {} },
  { application: null },
  { application: 1 },
  { test: null },
  { test: { reports: "/a" } },
  { test: { reports: [1] } },
  { test: { toString: "" } },
  { release: { app: [] } },
  { release: { app: 1 } },
  { release: { app: [{ port: 80 }] } },
  { release: { with: "db" } },
  { test: { service: [] } },
  { test: { run: [] } },
  { test: { run: "pytest" } },
  { release: { port: 0 } },
  { release: { port: 65536 } },
  { release: { port: 80.5 } },
  { release: { port: "80" } },
  { release: { path: "x" } },
  { release: { path: "" } },
  { release: { setup: "migrate" } },
  { release: { setup: [1] } },
  { release: { setup: [{}] } },
  { release: { setup: [{ service: "app", run: [] }] } },
  { release: { setup: [{ service: "app", run: "x" }] } },
  { release: { setup: [{ service: "app", name: "a b" }] } },
  { release: { setup: [{ service: "app", bogus: 1 }] } },
  { deadlines: { build: "20" } },
  { deadlines: { build: "m" } },
  { deadlines: { stop: "5s\n" } },
  { deadlines: { stop: 5 } },
];

for (const value of GOOD) {
  Deno.test(`${JSON.stringify(value)} is a block, for the tool and for a standard validator`, async () => {
    assertEquals([await refusal(value), validate(value)], [undefined, true]);
  });
}

for (const value of BAD) {
  Deno.test(`${JSON.stringify(value)} is no block, for the tool and for a standard validator`, async () => {
    assert(await refusal(value));
    assert(!validate(value));
  });
}

/** Mostly what a block has in that place, else any JSON. */
function mostly<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 40, arbitrary },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
  );
}

/** Any of these keys, and rarely another one. */
function keys(model: Record<string, fc.Arbitrary<unknown>>) {
  const known = fc.record(model, { requiredKeys: [] });
  const other = fc.constantFrom("bogus", "__proto__", "constructor", "service");
  return mostly(fc.oneof(
    { weight: 40, arbitrary: known },
    {
      weight: 1,
      arbitrary: fc.tuple(known, other).map(([object, key]) =>
        Object.fromEntries([...Object.entries(object), [key, {}]])
      ),
    },
  ));
}

const word = mostly(fc.constantFrom(...SERVICES));
const words = mostly(fc.array(word, { maxLength: 2 }));
const duration = mostly(fc.constantFrom("5s", "1m.5h", "1m1.5s", "20ms"));
const port = mostly(fc.oneof(fc.integer(), fc.double(), fc.constant(80)));

const block = keys({
  application: word,
  test: keys({ service: word, reports: words }),
  release: keys({
    image: word,
    // One entry at the most: names and order are what a schema cannot check.
    setup: mostly(fc.array(
      fc.oneof(word, keys({ name: word, service: word, run: words })),
      { maxLength: 1 },
    )),
    port,
    path: mostly(fc.constantFrom("/", "/x", "x")),
  }),
  deadlines: keys({ build: duration, stop: duration }),
});

/** Every string in a value, so that each of them can be a service. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap(stringsIn)
    : [];
}

Deno.test("the tool and a standard validator agree on any block", async () => {
  const counts = { good: 0, bad: 0 };
  await fc.assert(
    fc.asyncProperty(block, async (value) => {
      const why = await refusal(value, stringsIn(value));
      counts[why ? "bad" : "good"]++;
      assertEquals(validate(value), !why, why ?? "the tool takes it");
    }),
    { seed: 7, numRuns: 2000 },
  );
  assert(counts.good > 200 && counts.bad > 200, JSON.stringify(counts));
});
