import { assertEquals } from "@std/assert";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import type { EngineApi } from "../../../../lib/engine/api.ts";
import { takenPort } from "../../../../lib/run/taken_port.ts";

const MODEL = `name: shop--release
services:
  app: { image: a, ports: [{ target: 3000, published: "8000", host_ip: 127.0.0.1 }] }
`;

const LISTED = [
  { Names: ["/other"], Ports: [{ PublicPort: 8001 }] },
  {
    Names: ["/shop-web-1"],
    Labels: { "com.docker.compose.project": "shop" },
    Ports: [{ PublicPort: 8000 }],
  },
];

async function taken(detail: string, listed: unknown = LISTED) {
  const workflow = await readWorkflow(MODEL);
  const json = () =>
    listed ? Promise.resolve(listed) : Promise.reject(new Error("no answer"));
  return await takenPort(detail, {
    api: { json } as unknown as EngineApi,
    around: { workflow, parts: new Set(["app"]), run: "r" },
    signal: new AbortController().signal,
  });
}

const PORT = {
  hostname: "127.0.0.1",
  port: "8000",
  service: "app",
  target: 3000,
};
const HOLDER = { holder: { container: "shop-web-1", project: "shop" } };

// Docker 26, 28 and Docker Desktop.
for (
  const words of [
    "Bind for 127.0.0.1:8000 failed: port is already allocated",
    "Error starting userland proxy: listen tcp4 127.0.0.1:8000: bind: address already in use",
    "failed to bind host port for 127.0.0.1:8000:172.18.0.2:3000/tcp: address already in use",
    "failed to bind host port 127.0.0.1:8000/tcp: address already in use",
    "Ports are not available: exposing port TCP 127.0.0.1:8000 -> 0.0.0.0:0: listen tcp 127.0.0.1:8000: bind: address already in use",
  ]
) {
  Deno.test(`the port and its holder are found by: ${words}`, async () => {
    assertEquals(await taken(`Error response from daemon: ${words}`), {
      ...PORT,
      ...HOLDER,
    });
  });
}

Deno.test("a port of no container has no holder, and one of no service no target", async () => {
  const words = (port: number) =>
    `listen tcp4 127.0.0.1:${port}: bind: address already in use`;
  assertEquals(await taken(words(8000), []), PORT);
  assertEquals(await taken(words(8000), undefined), { ...PORT, ...HOLDER });
  assertEquals(await taken(words(9)), { hostname: "127.0.0.1", port: "9" });
  assertEquals(
    await taken("Bind for [::1]:9 failed: port is already allocated"),
    { hostname: "::1", port: "9" },
  );
  assertEquals(await taken("port is already allocated"), undefined);
});

Deno.test("an engine that does not answer hides no port", async () => {
  assertEquals(await taken("Bind for 127.0.0.1:8000 failed", null), PORT);
});
