import { assert, assertEquals } from "@std/assert";
import type {
  ContainerState,
  Look,
  ProbeResult,
} from "../../../../lib/engine/container_state.ts";
import {
  awaitReady,
  type ReadyOptions,
} from "../../../../lib/engine/readiness.ts";

type Check = ProbeResult & { listens: boolean };

const OPEN: Check = { listens: true, exitCode: 0, output: "" };
const CLOSED: Check = { listens: false, exitCode: 0, output: "" };
const FAILING: Check = { listens: true, exitCode: 1, output: "refused\n" };

/** An engine, and a container on it; all times in ms since the gate began. */
interface Scene {
  /** The state at a time, which is that of a container that runs and has no verdict yet, or the look instead. */
  at?: (time: number) => Partial<ContainerState> & { look?: Look };
  /** The result of a check that begins at a time; undefined if it is unknown whether a port listens. */
  check?: (time: number) => Check | undefined;
  /** How long a check takes; by default 50. */
  takes?: number;
  /** When there are events. */
  events?: readonly number[];
  /** From when on events are expected: by default from the first one on; never without any. */
  told?: number;
  /** When the stream is lost. */
  lost?: number;
  needs?: ReadyOptions["needs"];
  /** When the gate's time is over; by default 60,000. */
  deadline?: number;
}

/** The timers of a test's own time. */
function clock() {
  let time = 0;
  const timers: { at: number; run: () => void }[] = [];
  const at = (moment: number, run: () => void) => {
    const timer = { at: moment, run };
    timers.push(timer);
    return () =>
      void timers.splice(0, Infinity, ...timers.filter((one) => one !== timer));
  };
  return {
    now: () => time,
    at,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const cancel = at(time + ms, resolve);
        signal?.addEventListener("abort", () => {
          cancel();
          resolve();
        });
        if (signal?.aborted) resolve();
      }),
    /** Lets time pass until the promise is settled; resolves to how many timers were left. */
    pass: async (promise: Promise<unknown>): Promise<number> => {
      let isOver = false;
      promise.finally(() => isOver = true).catch(() => {});
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (isOver) return timers.length;
        timers.sort((a, b) => a.at - b.at);
        const next = timers.shift();
        if (!next) throw new Error("nothing is left that the gate waits for");
        time = next.at;
        next.run();
      }
    },
  };
}

/** Plays a scene to a gate; resolves to the verdict, its time, and the times of the looks and checks. */
async function play(
  {
    at = () => ({}),
    check = () => undefined,
    takes = 50,
    events = [],
    told = events[0] ?? Infinity,
    lost = Infinity,
    needs = "healthy",
    deadline = 60_000,
  }: Scene,
) {
  const { now, sleep, pass, ...time } = clock();
  const stop = new AbortController();
  const looks: number[] = [];
  const checks: number[] = [];
  const cancel = [time.at(deadline, () => stop.abort())];
  let isEnded = false;
  const playing = awaitReady({
    inspect: () => {
      looks.push(now());
      const { look, ...found } = at(now());
      const state = {
        status: "running",
        exitCode: 0,
        startedAt: "1",
        health: "starting" as const,
        lastProbe: undefined,
      };
      return Promise.resolve(
        look ?? { kind: "known", state: { ...state, ...found } },
      );
    },
    check: async (signal) => {
      const result = check(now());
      checks.push(now());
      if (result) await sleep(takes, signal);
      return result;
    },
  }, {
    signal: stop.signal,
    needs,
    now,
    sleep,
    follow: (onEvent) => {
      for (const moment of events) cancel.push(time.at(moment, onEvent));
      cancel.push(time.at(lost, onEvent));
      return {
        isTold: () => now() >= told && now() < lost,
        end: () => isEnded = true,
      };
    },
  });
  void playing.then(() => cancel.forEach((one) => one()));
  const left = await pass(playing);
  assertEquals([left, isEnded], [0, true], "timers that outlive the gate");
  return { verdict: await playing, time: now(), looks, checks };
}

/** The state of a container that the engine calls healthy from a time on. */
const healthyAt = (since: number) => (time: number) =>
  time >= since ? { health: "healthy" as const } : {};

Deno.test("the engine's verdict opens the gate at its event, and hardly any look comes before", async () => {
  const { verdict, time, looks } = await play({
    at: healthyAt(9_000),
    events: [10, 9_000],
  });
  assertEquals([verdict, time], [{ ready: true }, 9_000]);
  assert(looks.length <= 8, `${looks}`);
});

Deno.test("without events, the gate looks as often as it always did", async () => {
  const { verdict, time, looks } = await play({ at: healthyAt(9_000) });
  assertEquals([verdict, time], [{ ready: true }, 9_000]);
  assertEquals(looks.length, 91);
});

Deno.test("a container in which no check can run is seldom asked for one, while events tell of the engine's verdict", async () => {
  const at = healthyAt(9_000);
  const { checks } = await play({ at, events: [10, 9_000] });
  assert(checks.length <= 25, `${checks}`);
  // One that has failed for once is repeated soon.
  assert(checks[2]! <= 300, `${checks}`);
});

Deno.test("an event that never comes makes the gate at most two seconds late", async () => {
  const { verdict, time } = await play({ at: healthyAt(9_000), events: [10] });
  assertEquals(verdict, { ready: true });
  assert(time <= 11_000, `${time}`);
});

Deno.test("a gate that loses its events looks as often as without", async () => {
  const { verdict, time } = await play({
    at: healthyAt(9_000),
    events: [10],
    lost: 3_000,
  });
  assertEquals([verdict, time], [{ ready: true }, 9_000]);
});

Deno.test("a container that ends during a long check fails the gate at once", async () => {
  const { verdict, time } = await play({
    at: (time) => time >= 700 ? { status: "exited", exitCode: 3 } : {},
    check: () => CLOSED,
    takes: 5_000,
    events: [10, 700],
  });
  assertEquals([verdict, time], [
    { ready: false, reason: "exited with code 3" },
    700,
  ]);
});

Deno.test("a container that is removed or replaced fails the gate at once", async () => {
  for (const kind of ["gone", "foreign"] as const) {
    const { verdict, time } = await play({
      at: (time) => time >= 1_234 ? { look: { kind } } : {},
      check: () => CLOSED,
      takes: 5_000,
      events: [10, 1_234],
    });
    assertEquals([verdict.ready, time], [false, 1_234]);
  }
});

Deno.test("checks follow each other as without events, with a look every two seconds", async () => {
  const scene = {
    check: (time: number) => time >= 9_000 ? OPEN : FAILING,
    takes: 200,
  };
  const before = await play(scene);
  const after = await play({ ...scene, events: [10] });
  assertEquals(after.verdict, { ready: true });
  assertEquals([after.time, after.checks], [before.time, before.checks]);
  assertEquals(before.looks.length, before.checks.length);
  assert(after.looks.length <= 7, `${after.looks}`);
});

Deno.test("an event proves nothing: a gate opens only on what a look or a check says", async () => {
  const events = Array.from({ length: 100 }, (_, i) => 10 + i * 10);
  const { verdict, looks } = await play({
    check: () => FAILING,
    events,
    deadline: 5_000,
  });
  assertEquals(verdict, {
    ready: false,
    reason: "is not ready yet; its last probe ended with 1: refused",
  });
  assert(looks.length >= 100, `${looks.length} looks`);
});

Deno.test("an event during a look makes another one due", async () => {
  let looks = 0;
  let onEvent = () => {};
  const verdict = await awaitReady({
    inspect: async () => {
      looks++;
      const state = {
        status: looks === 1 ? "running" : "exited",
        exitCode: 5,
        startedAt: "1",
        health: "starting" as const,
        lastProbe: undefined,
      };
      await Promise.resolve();
      // After the engine has read the state.
      if (looks === 1) onEvent();
      return { kind: "known", state };
    },
    check: () => new Promise(() => {}),
  }, {
    signal: new AbortController().signal,
    needs: "healthy",
    // The time of the next look never comes.
    sleep: () => new Promise(() => {}),
    now: () => 0,
    follow: (listener) => {
      onEvent = listener;
      return { isTold: () => true, end: () => {} };
    },
  });
  assertEquals([verdict, looks], [
    { ready: false, reason: "exited with code 5" },
    2,
  ]);
});

Deno.test("a container that restarts is looked at when it starts again", async () => {
  const { verdict, time, looks } = await play({
    at: (time) =>
      time >= 300 && time < 7_000
        ? { status: "restarting", exitCode: 1 }
        : { startedAt: time < 300 ? "1" : "2" },
    check: (time) => time >= 7_000 ? OPEN : CLOSED,
    takes: 250,
    events: [10, 300, 7_000],
  });
  assertEquals([verdict, time], [{ ready: true }, 7_250]);
  assert(looks.length <= 8, `${looks}`);
});

Deno.test("a worker without a port of its own is ready ten seconds after the engine's verdict", async () => {
  const { verdict, time } = await play({
    at: healthyAt(1_000),
    check: () => CLOSED,
    takes: 5_000,
    events: [10, 1_000],
  });
  assertEquals([verdict, time], [{ ready: true }, 11_000]);
});

Deno.test("a container without a health check is looked at again when it has run for a second, or ends", async () => {
  const steady = await play({
    at: () => ({ health: undefined }),
    needs: "steady",
    events: [10],
  });
  assertEquals([steady.verdict, steady.time], [{ ready: true }, 1_000]);
  assertEquals(steady.looks, [0, 10, 1_000]);
  const ended = await play({
    at: (time) => ({
      health: undefined,
      ...(time >= 640 && { status: "exited", exitCode: 2 }),
    }),
    needs: "steady",
    events: [10, 640],
  });
  assertEquals([ended.verdict, ended.time], [
    { ready: false, reason: "exited with code 2" },
    640,
  ]);
});

Deno.test("an engine that answers seldom because it is seldom asked is not called silent", async () => {
  const { verdict } = await play({
    check: () => FAILING,
    takes: 3_000,
    events: [10],
    deadline: 20_999,
  });
  assertEquals(verdict, {
    ready: false,
    reason: "is not ready yet; its last probe ended with 1: refused",
  });
});

Deno.test("a failed look is repeated soon, and its last answer is not taken for the present one", async () => {
  const { verdict, time } = await play({
    at: (time) =>
      time >= 1_000 ? { look: { kind: "failed", detail: "no pipe" } } : {},
    check: () => FAILING,
    events: [10, 1_000, 1_100, 1_200],
  });
  assertEquals(verdict, {
    ready: false,
    reason: "cannot be inspected: no pipe",
  });
  // Events do not make three failures of one.
  assertEquals(time, 2_000);
});
