/** The released API, over the network. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";

const { APP_URL } = process.env;

test("a bookmark that is added is there", async () => {
  const body = JSON.stringify({ url: "https://accepted.example" });
  const added = await fetch(APP_URL, { method: "POST", body });
  assert.equal(added.status, 201);
  const all = await (await fetch(APP_URL)).json();
  assert.deepEqual(all.map(({ url }) => url), ["https://accepted.example"]);
});

test("the API is healthy", async () => {
  assert.equal((await fetch(`${APP_URL}/health`)).status, 200);
});
