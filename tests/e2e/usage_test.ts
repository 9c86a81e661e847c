/**
 * The memory and processor time of containers, measured at a real engine; and engines that tell no figures, which changes
 * nothing else.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { TimedEvent } from "../../lib/plan/events.ts";
import { ALL, type Checkout, withCheckout } from "./harness.ts";
import { type Fault, withFaultyEngine } from "./proxy.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

const MIB = 2 ** 20;

/** A project whose test service, which may use 64 MiB, runs a script. */
function project(script: string): Record<string, string> {
  return {
    "compose.yaml": `
services:
  test:
    image: debian:bookworm-slim
    command: [sh, -c, ${JSON.stringify(script)}]
    mem_limit: 64m
    memswap_limit: 64m
`,
  };
}

/** The events of the last run of a target. */
async function eventsOf(
  { directory }: Checkout,
  target: string,
): Promise<TimedEvent[]> {
  const path = `${directory}/reports/${target}/events.jsonl`;
  const text = await Deno.readTextFile(path);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

// tail keeps the end of its input in memory.
const NEAR = "(head -c 54M /dev/zero; sleep 2.5) | tail -c 54M >/dev/null";

Deno.test("a container that came near its limit is named in the summary, and its figures are in the events and on the page", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^test used (5[4-9]|6[0-4]) of 64 MiB$/m);
    const events = await eventsOf(checkout, "test");
    const usages = events.filter((event) => event.kind === "usage");
    assertEquals(usages.map(({ service, limit }) => [service, limit]), [
      ["test", 64 * MIB],
    ]);
    const [{ peakMemory, cpuMs }] = usages as [typeof usages[0]];
    assert(peakMemory > 54 * MIB && peakMemory <= 64 * MIB, `${peakMemory}`);
    assert(cpuMs > 5 && cpuMs < 10_000, `${cpuMs}`);
    const page = await Deno.readTextFile(
      `${checkout.directory}/reports/test/run.html`,
    );
    assertMatch(page, /<b class="near">\d\d of 64 MiB \(\d\d %\)<\/b>/);
  }, { files: project(NEAR) }));

Deno.test("a container that the kernel has killed for memory failed with its limit and its peak", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 1, stderr);
    assertMatch(
      stderr,
      /^Why: +.*memory ran out \(137\): it used (5[4-9]|6[0-4]) of 64 MiB, see mem_limit \(compose\.yaml:6:5\)$/m,
    );
  }, {
    files: project(
      "(head -c 54M /dev/zero; sleep 2.5; cat /dev/zero) | tail -c 900M >/dev/null",
    ),
  }));

/** How long (ms) a release may take from the end of its last step to its own. */
const ENDS_WITHIN = 1_500;

const FAULTS: Record<string, Fault> = {
  "never come": { kind: "hangs" },
  "are cut": { kind: "is cut" },
  "are garbled": { kind: "is garbled" },
  "are no JSON": { kind: "is no JSON" },
  "are refused": { kind: "is refused", status: 500, message: "no stats" },
};

for (const [what, fault] of Object.entries(FAULTS).slice(0, ALL ? 5 : 1)) {
  Deno.test(`a release at an engine whose answers to questions for stats ${what} is as any other, without figures`, () =>
    withFaultyEngine(async (checkout) => {
      const { code, stdout, stderr } = await checkout.todoflow("release");
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /^App running at /);
      assert(!/stats/.test(stderr), stderr);
      const events = await eventsOf(checkout, "release");
      const kinds = events.map(({ kind }) => kind);
      assert(!kinds.includes("usage"), kinds.join());
      const [last, end] = [
        events.findLast(({ kind }) => kind === "step-end"),
        events.findLast(({ kind }) => kind === "run-end"),
      ].map((event) => Date.parse(event!.at));
      assert(end! - last! < ENDS_WITHIN, `${end! - last!} ms`);
    }, { from: TINY, requests: ["GET /containers/*/stats"], fault }));
}
