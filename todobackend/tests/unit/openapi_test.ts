/**
 * Whatever is sent, the answer is one that `/openapi.json` describes; and what it says may be sent is accepted.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Ajv2020 } from "ajv";
import fc from "fast-check";
import { type Api, createTodo, withApi } from "./api.ts";

interface Content {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly requestBody?: Required<Content>;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const JSON_TYPE = "application/json";

async function documentOf({ send }: Api): Promise<Document> {
  return await (await send("GET", "/openapi.json")).json();
}

/** Asserts that an answer is one of those that the document has for the operation. */
async function assertDescribed(
  document: Document,
  { path, method }: { path: string; method: string },
  response: Response,
): Promise<void> {
  const { status } = response;
  const described = document.paths[path]?.[method]?.responses[status];
  assert(described, `${method} ${path}: ${status} is not described`);
  const text = await response.text();
  const schema = described.content?.[JSON_TYPE]?.schema;
  if (schema === undefined) return assertEquals(text, "");
  assertEquals(response.headers.get("Content-Type"), JSON_TYPE);
  const validate = validatorOf(schema, document);
  const valid = validate(JSON.parse(text));
  assert(
    valid,
    `${method} ${path}: ${text}: ${ajv.errorsText(validate.errors)}`,
  );
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validators = new Map<Schema, ReturnType<typeof ajv.compile>>();

/** Compiles each schema of a document once: that takes longer than the request. */
function validatorOf(schema: Schema, { components }: Document) {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validate = ajv.compile({ ...schema, components });
  validators.set(schema, validate);
  return validate;
}

/** Values that a schema of the document allows, as far as its fields use JSON Schema. */
function allowed(schema: Schema, document: Document): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return allowed(document.components.schemas[name] ?? {}, document);
  }
  const types = [schema.type ?? []].flat();
  return fc.oneof(...types.map((type) => allowedOf(type, schema, document)));
}

function allowedOf(
  type: string,
  { properties = {}, maxLength = 0, minimum = 0, maximum = 0 }: Schema,
  document: Document,
): fc.Arbitrary<unknown> {
  if (type === "null") return fc.constant(null);
  if (type === "boolean") return fc.boolean();
  if (type === "integer") return fc.integer({ min: minimum, max: maximum });
  if (type === "string") {
    // A database has no place for NUL, which JSON Schema has no word for.
    return fc.string({ unit: "grapheme", maxLength, size: "large" })
      .map((text) => [...text.replaceAll("\0", "")].slice(0, maxLength))
      .map((characters) => characters.join(""));
  }
  assertEquals(type, "object");
  const fields = Object.entries(properties)
    .map(([name, schema]) => [name, allowed(schema, document)]);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

const anything = fc.oneof(
  fc.json(),
  fc.string(),
  fc.record({
    title: fc.jsonValue(),
    completed: fc.jsonValue(),
    order: fc.oneof(fc.jsonValue(), fc.double(), fc.integer()),
  }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
);

const mediaType = fc.constantFrom(
  JSON_TYPE,
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain",
);

Deno.test(
  "the document describes every method that a route allows",
  withApi(async (api) => {
    const { openapi, paths } = await documentOf(api);
    assertEquals(openapi, "3.1.0");
    assertEquals(Object.keys(paths), ["/todos", "/todos/{id}"]);
    for (const path of Object.keys(paths)) {
      const url = path.replace("{id}", "1");
      const refused = await api.send("PROPFIND", url);
      const allow = refused.headers.get("Allow") ?? "";
      const described = Object.keys(paths[path] ?? {}).map((name) =>
        name.toUpperCase()
      );
      assertEquals(
        described.toSorted(),
        allow.split(", ").filter((name) => !["HEAD", "OPTIONS"].includes(name))
          .toSorted(),
      );
    }
  }),
);

Deno.test(
  "every operation says that it may be answered 503, and that it may have happened",
  withApi(async (api) => {
    const { paths } = await documentOf(api);
    const operations = Object.values(paths).flatMap((path) =>
      Object.values(path)
    );
    assertEquals(operations.length, 7);
    for (const { responses } of operations) {
      const unavailable = responses[503];
      assertMatch(unavailable?.description ?? "", /may have happened/);
      assert(unavailable?.headers?.["Retry-After"]);
    }
  }),
);

Deno.test(
  "the document is valid JSON Schema wherever it has a schema",
  withApi(async (api) => {
    const { components } = await documentOf(api);
    for (const [name, schema] of Object.entries(components.schemas)) {
      assert(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`);
    }
  }),
);

Deno.test(
  "property: what the document allows is stored as it was sent",
  withApi(async (api) => {
    const document = await documentOf(api);
    const schema = document.paths["/todos"]?.["post"]?.requestBody
      ?.content[JSON_TYPE]?.schema;
    assert(schema);
    await fc.assert(
      fc.asyncProperty(allowed(schema, document), async (body) => {
        const response = await api.send("POST", "/todos", body);
        assertEquals(response.status, 201);
        const { url: _, ...stored } = await response.clone().json();
        const { title = null, completed = false, order = null } =
          body as Record<
            string,
            string
          >;
        const trimmed = title && title.trim().toWellFormed();
        assertEquals(stored, { title: trimmed, completed, order });
        const operation = { path: "/todos", method: "post" };
        await assertDescribed(document, operation, response);
      }),
    );
  }),
);

Deno.test(
  "property: whatever body is sent, the answer is described",
  withApi(async (api) => {
    const document = await documentOf(api);
    const url = await createTodo(api, { title: "old" });
    const operations = fc.constantFrom(
      { path: "/todos", method: "post", url: "/todos" },
      { path: "/todos/{id}", method: "put", url },
      { path: "/todos/{id}", method: "patch", url },
      { path: "/todos/{id}", method: "patch", url: "/todos/4294967296" },
    );
    await fc.assert(
      fc.asyncProperty(
        operations,
        anything,
        mediaType,
        async (operation, body, type) => {
          const headers = { "Content-Type": type };
          const { method, url } = operation;
          const response = await api.send(
            method.toUpperCase(),
            url,
            body,
            headers,
          );
          await assertDescribed(document, operation, response);
        },
      ),
    );
  }),
);

Deno.test(
  "property: whatever is read or deleted, the answer is described",
  withApi(async (api) => {
    const document = await documentOf(api);
    for (const order of [1, 2, 3]) await createTodo(api, { order });
    const number = fc.oneof(fc.nat(), fc.string(), fc.double(), fc.bigInt())
      .map((value) => encodeURIComponent(String(value).toWellFormed()));
    await fc.assert(
      fc.asyncProperty(number, number, fc.nat(), async (limit, after, id) => {
        const page = `/todos?limit=${limit}&after=${after}`;
        const list = { path: "/todos", method: "get" };
        await assertDescribed(document, list, await api.send("GET", page));
        for (const method of ["get", "delete"]) {
          const operation = { path: "/todos/{id}", method };
          const url = `/todos/${id % 10}`;
          const response = await api.send(method.toUpperCase(), url);
          await assertDescribed(document, operation, response);
        }
      }),
    );
  }),
);
