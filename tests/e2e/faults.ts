/**
 * Kills runs of the tool at step boundaries and at random times, with each signal, and checks for leftovers, and for harm to
 * their neighbors.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type Checkout,
  family,
  leftovers,
  spawn,
  withCheckout,
} from "./harness.ts";
import { type Neighbors, withDatabaseIn } from "./neighbors.ts";

const STACK = new URL("fixtures/stack", import.meta.url).pathname;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: 137 };

type Signal = keyof typeof SIGNALS;

/** One kill. */
export interface Fault {
  target: "test" | "release";
  signal: Signal;
  /** Whether it goes to the whole process group: with the tool, docker dies, too. */
  group: boolean;
  /** Whether a developer has a database in another project of the same folder. */
  shared: boolean;
  /** After so many lines that begin or end a step, or after so many milliseconds. */
  when: { boundary: number } | { ms: number };
  /** The target that is started after SIGKILL. */
  next: "test" | "release" | "clean";
}

/** A generator of numbers from 0 to 1, always the same for a seed (mulberry32), so that a failure can be repeated. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many lines of {@linkcode isBoundary} a release of the fixture has, and about how long it takes (ms). */
const BOUNDARIES = 34;
const DURATION = 6_000;

/** Kills that meet every signal, both targets, boundaries and times in turn. */
export function faults(count: number, seed: number): Fault[] {
  const next = random(seed);
  const signals = Object.keys(SIGNALS) as Signal[];
  const starts = ["test", "clean", "release"] as const;
  return Array.from({ length: count }, (_, i) => ({
    target: next() < 0.65 ? "release" : "test",
    signal: signals[i % signals.length]!,
    group: signals[i % signals.length] === "SIGKILL" && (i >> 3) % 2 === 1,
    shared: i % 3 === 0,
    when: (i >> 2) % 2 === 0
      ? { boundary: Math.floor(next() * BOUNDARIES) }
      : { ms: Math.floor(next() * DURATION) },
    next: starts[i % starts.length]!,
  }));
}

/** A fault in words, which name it again. */
export function titleOf(fault: Fault): string {
  const { target, signal, group, shared, when, next } = fault;
  const moment = "boundary" in when
    ? `at step boundary ${when.boundary}`
    : `after ${when.ms} ms`;
  const then = signal === "SIGKILL" ? `, then ${next}` : "";
  const whom = group ? `the process group of ${target}` : target;
  const where = shared ? " in a developer's folder" : "";
  return `${signal} to ${whom}${where} ${moment}${then}: nothing is left, nothing foreign is gone`;
}

/** Whether a line of stderr begins or ends a step. */
function isBoundary(line: string): boolean {
  return /^[^|]+: /.test(line) && !line.startsWith("todoflow");
}

/** Does it once, beside the neighbors; resolves to the milliseconds from the signal to the end of the process. */
export async function inflict(
  fault: Fault,
  { state, assertUntouched }: Neighbors,
): Promise<number> {
  let ms = 0;
  await withCheckout(async (checkout) => {
    const once = async () => {
      ms = await kill(checkout, fault);
      await recover(checkout, fault);
    };
    await (fault.shared ? withDatabaseIn(checkout, once) : once());
    await assertUntouched();
  }, {
    from: STACK,
    env: { NONCE: crypto.randomUUID(), XDG_STATE_HOME: state },
  });
  return ms;
}

/** Starts what comes next after SIGKILL; then nothing may be left. */
async function recover(checkout: Checkout, { signal, next }: Fault) {
  const { project } = checkout;
  if (signal === "SIGKILL") {
    const { code, stderr } = await checkout.todoflow(next);
    assertEquals(code, 0, stderr);
    if (next === "release") {
      const cleaned = await checkout.todoflow("clean");
      assertEquals(cleaned.code, 0, cleaned.stderr);
    }
  }
  assertEquals(await leftovers(project), []);
  assertEquals(await childrenOf(project), []);
}

/** Starts the target, kills it, asserts its exit code, and removes the application where it was too late. */
async function kill(checkout: Checkout, fault: Fault): Promise<number> {
  const { target, signal, group, when } = fault;
  const { directory, env } = checkout;
  const run = spawn(
    {
      directory,
      env: { ...env, NONCE: crypto.randomUUID() },
      detached: group,
      // Every step has lines then.
    },
    target,
    "--verbose",
  );
  let sent = 0;
  const send = () => {
    sent ||= performance.now();
    try {
      if (group) Deno.kill(-run.pid, signal);
      else run.kill(signal);
    } catch {
      // It has ended before.
    }
  };
  const timer = "ms" in when ? setTimeout(send, when.ms) : undefined;
  if ("boundary" in when) {
    const { boundary } = when;
    await run.until((log) =>
      log.split("\n").filter(isBoundary).length >= boundary
    );
    send();
  }
  const status = await run.status;
  const ms = sent > 0 ? performance.now() - sent : 0;
  clearTimeout(timer);
  const log = run.stderr();
  if (status.code === 0) {
    // Too late: the run has succeeded, and what it left is right.
    const cleaned = await checkout.todoflow("clean");
    assertEquals(cleaned.code, 0, cleaned.stderr);
  } else {
    assert(sent > 0, log);
    assertEquals(status.code, SIGNALS[signal], log);
  }
  return ms;
}

/** Processes whose environment says that they work for the project, or a twin of it. */
export async function childrenOf(project: string): Promise<string[]> {
  const found: string[] = [];
  const names = family(project);
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = await Deno.readTextFile(`/proc/${name}/environ`);
      const isTheirs = names.some((name) =>
        environment.includes(`COMPOSE_PROJECT_NAME=${name}\0`)
      );
      if (!isTheirs) continue;
      const argv = await Deno.readTextFile(`/proc/${name}/cmdline`);
      found.push(argv.replaceAll("\0", " "));
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
