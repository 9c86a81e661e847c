/**
 * Requests to the engine that are cut, or answered by something else than HTTP: a release survives each of them once. Where
 * every one of a kind fails, the run says so, and nothing is left.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ALL } from "./harness.ts";
import { type Fault, RELEASE_REQUESTS, withFaultyEngine } from "./proxy.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** The requests of a release, and one of the clean-up after it. */
const REQUESTS = [...RELEASE_REQUESTS, "DELETE /networks/*"];

const CUT: Fault = { kind: "is cut" };
const GARBLED: Fault = { kind: "is garbled" };

for (const request of ALL ? REQUESTS : ["POST /containers/*/start"]) {
  for (const fault of [CUT, GARBLED]) {
    Deno.test(`a release survives that the first "${request}" ${fault.kind}`, () =>
      withFaultyEngine(async ({ todoflow }) => {
        const { code, stderr } = await todoflow("release");
        assertEquals(code, 0, stderr);
        // A network is only removed here.
        const cleaned = await todoflow("clean");
        assertEquals(cleaned.code, 0, cleaned.stderr);
      }, { from: TINY, requests: [request], fault, isOnce: true }));
  }
}

// A release that succeeds removes no network.
for (const request of ALL ? REQUESTS.slice(0, -1) : ["GET /containers/json"]) {
  Deno.test(`a release with an engine at which every "${request}" is cut ends, and leaves nothing that clean does not remove`, () =>
    withFaultyEngine(async ({ todoflow }) => {
      const { code, stderr } = await todoflow("release");
      assert([0, 1, 4].includes(code), stderr);
      if (code !== 0) assert(/^(Why|Next): +\S/m.test(stderr), stderr);
    }, { from: TINY, requests: [request], fault: CUT }));
}

// A warning of a program between todoflow and the engine, in the place of its answer.
for (const request of ["GET /containers/*/json", "GET /containers/json"]) {
  Deno.test(
    `a release with an engine at which every "${request}" is answered with a text instead of JSON ends without an exception`,
    {
      ignore: !ALL && request === "GET /containers/json",
    },
    () =>
      withFaultyEngine(async ({ todoflow }) => {
        const { code, stderr } = await todoflow("release");
        assert(!/Uncaught/.test(stderr), stderr);
        assert([1, 4].includes(code), stderr);
        assert(/^(todoflow|Why): .* is no JSON$/m.test(stderr), stderr);
      }, { from: TINY, requests: [request], fault: { kind: "is no JSON" } }),
  );
}

// Gates do without events: they look at their containers themselves.
for (
  const [what, fault] of [
    ["refuses", { kind: "is refused", status: 403, message: "forbidden" }],
    ["answers with a text instead of", { kind: "is no JSON" }],
    ["begins but never continues", { kind: "stalls", from: Promise.resolve() }],
    ["never answers", { kind: "hangs" }],
  ] as const
) {
  Deno.test(
    `a release with an engine that ${what} the stream of events succeeds`,
    { ignore: !ALL && fault.kind !== "stalls" },
    () =>
      withFaultyEngine(async ({ todoflow }) => {
        const { code, stderr } = await todoflow("release");
        assertEquals(code, 0, stderr);
      }, { from: TINY, requests: ["GET /events"], fault }),
  );
}
