/**
 * What many clients at once, slow ones and ones that keep their connections get from the released application.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { output } from "./harness.ts";
import type { Released } from "./released.ts";
import { create, slowBody, statusOf, titles } from "./todobackend_client.ts";

/** A thousand creates at once are all answered, and meanwhile the server is ready. */
export async function answersCrowds({ url }: Released) {
  const crowd = Array.from({ length: 1000 }, (_, i) => `crowd ${i}`);
  const created = crowd.map((title) => create(url, title));
  assertEquals(await statusOf(`${url}/health/ready`), 200);
  const statuses = await Promise.all(created);
  assertEquals(statuses.filter((status) => status !== 201), []);
  const stored = new Set(await titles(url));
  assertEquals(crowd.filter((title) => !stored.has(title)), []);
}

/** Each of many updates at once is answered with what itself has made. */
export async function answersOwnUpdates({ url }: Released) {
  const made = await fetch(`${url}/todos`, { method: "POST" });
  const { url: todo } = await made.json();
  const orders = Array.from({ length: 400 }, (_, order) => order);
  const seen = await Promise.all(orders.map(async (order) => {
    const response = await fetch(todo, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ order }),
    });
    return (await response.json()).order;
  }));
  assertEquals(seen, orders);
}

/** Writes todos on one connection until the server says that it closes it; answers the titles that were acknowledged. */
async function writeOnOneConnection(
  { hostname, port }: { hostname: string; port: number },
  writer: number,
): Promise<string[]> {
  using connection = await Deno.connect({ hostname, port });
  const acknowledged: string[] = [];
  const buffer = new Uint8Array(4096);
  for (let i = 0;; i++) {
    const title = `kept ${writer}-${i}`;
    const body = JSON.stringify({ title });
    await connection.write(
      new TextEncoder().encode(
        "POST /todos HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\n" +
          `Content-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    const count = await connection.read(buffer);
    const answer = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    assertMatch(answer, /^HTTP\/1\.1 201 [^]*\}$/);
    acknowledged.push(title);
    if (/^Connection: close\r$/m.test(answer)) return acknowledged;
  }
}

/** A stop breaks no connection that writes, though another one stalls. */
export async function breaksNoConnection({ container }: Released) {
  const app = container("app");
  await output(["docker", "start", app]);
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const hostname = await output(["docker", "inspect", "-f", format, app]);
  // Not through the engine's proxy, which accepts connections that it cannot hand on.
  const url = `http://${hostname}:8000`;
  const isThere = () => statusOf(`${url}/health/ready`).catch(() => 0);
  while (await isThere() !== 200);
  const stalled = await slowBody(url);
  const writing = Array.from(
    { length: 30 },
    (_, writer) => writeOnOneConnection({ hostname, port: 8000 }, writer),
  );
  while ((await titles(url)).every((title) => !title?.startsWith("kept")));
  await output(["docker", "stop", app]);
  const acknowledged = (await Promise.all(writing)).flat();
  assertMatch(await stalled.answer(), /^HTTP\/1\.1 408 /);

  await output(["docker", "start", app]);
  while (await isThere() !== 200);
  const kept = (await titles(url)).filter((title) => title?.startsWith("kept"));
  assertEquals(kept.toSorted(), acknowledged.toSorted());
}
