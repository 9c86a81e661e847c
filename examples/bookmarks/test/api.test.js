/** The API on a PostgreSQL of its own. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { api } from "../src/api.js";
import { database, migrate } from "../src/database.js";

const server = api().listen(0);
let url;

before(async () => {
  await migrate();
  if (!server.listening) await once(server, "listening");
  url = `http://localhost:${server.address().port}`;
});

after(async () => {
  server.close();
  await database.end();
});

async function post(body) {
  const response = await fetch(url, { method: "POST", body });
  return { status: response.status, value: await response.json() };
}

test("there is no bookmark at first", async () => {
  assert.deepEqual(await (await fetch(url)).json(), []);
});

test("a bookmark is found by its tag", async () => {
  const { status, value } = await post(
    '{"url": "https://a.example", "tag": "x"}',
  );
  assert.equal(status, 201);
  await post('{"url": "https://b.example", "tag": "y"}');
  assert.deepEqual(await (await fetch(`${url}?tag=x`)).json(), [value]);
});

test("a bookmark that is added again has its new tag, and the same id", async () => {
  const { value: first } = await post(
    '{"url": "https://c.example", "tag": "x"}',
  );
  const { value: second } = await post(
    '{"url": "https://c.example", "tag": "z"}',
  );
  assert.deepEqual(second, { ...first, tag: "z" });
});

for (const body of ['{"url": "no url"}', "{}", "no JSON", ""]) {
  test(`${body || "an empty body"} is refused`, async () => {
    assert.equal((await post(body)).status, 400);
  });
}
