import { assert, assertEquals, assertMatch } from "@std/assert";
import type {
  ContainerState,
  Look,
  ProbeResult,
} from "../../../../lib/engine/container_state.ts";
import {
  checkCommand,
  checkTimeout,
  probeCommand,
  readProbe,
} from "../../../../lib/engine/health_check.ts";
import {
  awaitReady,
  type ReadyOptions,
} from "../../../../lib/engine/readiness.ts";
import { verdictOf } from "../../../../lib/engine/verdict.ts";

type Check = ProbeResult & { listens: boolean };

/** The state of a container at a moment; `check` is undefined if it is unknown whether a port listens. */
interface Moment {
  state?: Partial<ContainerState>;
  /** The result of a look instead. */
  look?: Look;
  check?: Check;
}

const OPEN: Check = { listens: true, exitCode: 0, output: "" };
const CLOSED: Check = { listens: false, exitCode: 0, output: "" };
const FAILING: Check = { listens: true, exitCode: 1, output: "refused\n" };
const HEALTHY = { health: "healthy" as const };

/**
 * Plays the moments to a gate, the last one forever; resolves to the verdict, the number of moments and the elapsed
 * time.
 */
async function play(
  moments: Moment[],
  needs: ReadyOptions["needs"] = "healthy",
) {
  let time = 0;
  let round = -1;
  const said: string[] = [];
  const stop = new AbortController();
  const moment = () => moments[Math.min(round, moments.length - 1)]!;
  const verdict = await awaitReady({
    inspect: () => {
      round++;
      const starting = {
        status: "running",
        exitCode: 0,
        startedAt: "1",
        health: "starting" as const,
        lastProbe: undefined,
      };
      const { look, state } = moment();
      return Promise.resolve(
        look ?? { kind: "known", state: { ...starting, ...state } },
      );
    },
    check: () => Promise.resolve(moment().check),
  }, {
    signal: stop.signal,
    needs,
    onProbe: (line) => said.push(line),
    now: () => time,
    sleep: async (ms) => {
      // The check, which is raced with this, is done some microtasks later.
      for (let i = 0; i < 9; i++) await null;
      time += ms;
      if (time > 120_000) stop.abort();
    },
  });
  return { verdict, round, time, said };
}

Deno.test("a gate opens at the first success of the container's own check", async () => {
  const { verdict, round } = await play([
    { state: { status: "created" } },
    { check: CLOSED },
    { check: FAILING },
    { check: OPEN },
  ]);
  assertEquals([verdict, round], [{ ready: true }, 3]);
});

Deno.test("the temporary server of a database, which answers without its port, does not open the gate", async () => {
  const { verdict, round } = await play([
    { check: CLOSED },
    { check: CLOSED },
    { check: FAILING },
    { check: OPEN },
  ]);
  assertEquals([verdict, round], [{ ready: true }, 3]);
});

const MISSING: Check = {
  listens: true,
  exitCode: 127,
  output: "sh: 5: exec: curl: not found\n",
};
const UNABLE = {
  ready: false,
  reason:
    'has a health check that cannot run; "curl" is not in the image, or not in its PATH; install it, or check with a program that the image has',
} as const;

Deno.test("a gate fails within seconds when the program of its check is missing twice, whether or not a port listens", async () => {
  for (const listens of [true, false]) {
    const missing = { ...MISSING, listens };
    const { verdict, round, time } = await play([{ check: missing }]);
    assertEquals([verdict, round], [UNABLE, 1]);
    assert(time >= 2_000 && time < 5_000, `${time} ms`);
  }
});

Deno.test("a program that a container makes when it starts is in time for its check", async () => {
  const { verdict } = await play([
    { check: MISSING },
    { check: FAILING },
    { check: MISSING },
    { check: OPEN },
  ]);
  assertEquals(verdict, { ready: true });
});

Deno.test("a program that a container installs while its start_period lasts is in time for its check", async () => {
  const state = { startPeriod: 60_000 };
  const missing = Array.from({ length: 9 }, () => ({ check: MISSING, state }));
  const installed = await play([...missing, { check: OPEN, state }]);
  assertEquals(installed.verdict, { ready: true });
  const { verdict, time } = await play([{ check: MISSING, state }]);
  assertEquals(verdict, UNABLE);
  assert(time >= 60_000 && time < 65_000, `${time} ms`);
});

Deno.test("a restart gives a missing program another chance", async () => {
  const { verdict } = await play([
    { check: MISSING },
    { check: MISSING, state: { startedAt: "2" } },
    { check: OPEN, state: { startedAt: "2" } },
  ]);
  assertEquals(verdict, { ready: true });
});

Deno.test("an engine that has run a check without its program says so, not only that it is unhealthy", () => {
  const state = {
    ...{ status: "running", exitCode: 0, startedAt: "1" },
    health: "unhealthy" as const,
    lastProbe: {
      exitCode: -1,
      output:
        'OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',
    },
  };
  assertEquals(verdictOf(state, undefined, { needs: "healthy" }), UNABLE);
});

Deno.test("a gate tells what its probes say, if it is new, and at most once a second", async () => {
  const failing = (output: string) => ({ check: { ...FAILING, output } });
  const { said } = await play([
    { check: CLOSED },
    ...Array(15).fill(failing("trace\nrefused\n")),
    // A turn takes half a second.
    ...["a", "b", "c", "d", "", ""].map(failing),
    { check: OPEN },
  ]);
  assertEquals(said, [
    "no exposed port listens yet",
    ...["refused", "a", "c"].map((line) =>
      `its last probe ended with 1: ${line}`
    ),
    "its last probe ended with 1",
  ]);
});

Deno.test("a gate tells what the engine's probes say if it cannot probe itself", async () => {
  const lastProbe = { exitCode: 127, output: "curl: not found\n" };
  const { said } = await play([{ state: { lastProbe } }, {
    state: { ...HEALTHY, lastProbe },
  }]);
  assertEquals(said, ["its last probe ended with 127: curl: not found"]);
});

Deno.test("nor does the engine's verdict, as long as it may be about the temporary server", async () => {
  const { verdict, time } = await play([
    { state: HEALTHY, check: CLOSED },
    { state: HEALTHY, check: CLOSED },
    { state: HEALTHY, check: OPEN },
  ]);
  assert(verdict.ready);
  assert(time < 10_000);
});

Deno.test("a worker without a port of its own is ready when the engine says so for long enough", async () => {
  const { verdict, time } = await play([{ state: HEALTHY, check: CLOSED }]);
  assert(verdict.ready);
  assert(time >= 10_000);
});

Deno.test("a gate waits for the engine's verdict if it is unknown whether a port listens", async () => {
  const { verdict, round } = await play([{}, {}, { state: HEALTHY }]);
  assertEquals([verdict, round], [{ ready: true }, 2]);
});

Deno.test("without a health check running is enough, except for those who need it healthy", async () => {
  const none = { state: { health: undefined } };
  assertEquals((await play([none], "ready")).verdict, { ready: true });
  assertEquals((await play([none], "started")).verdict, { ready: true });
  assertEquals((await play([none], "healthy")).verdict, {
    ready: false,
    reason: "must be healthy, but has no health check",
  });
});

Deno.test("a dependent that needs a service only started does not wait for its health", async () => {
  const { verdict, round } = await play([{ check: FAILING }], "started");
  assertEquals([verdict, round], [{ ready: true }, 0]);
});

for (const status of ["exited", "dead"]) {
  Deno.test(`a container that is ${status} closes the gate for good`, async () => {
    const { verdict } = await play([
      { check: CLOSED },
      { state: { status, exitCode: 7 } },
    ]);
    assertEquals(verdict, { ready: false, reason: "exited with code 7" });
  });
}

Deno.test("a container that the engine does not have closes the gate for good", async () => {
  const { verdict } = await play([{ check: CLOSED }, {
    look: { kind: "gone" },
  }]);
  const reason = "is gone: something has removed it";
  assertEquals(verdict, { ready: false, reason });
});

Deno.test("an engine that does not answer says nothing of a container: it is asked again", async () => {
  const silent = { look: { kind: "silent" } as const };
  const { verdict } = await play([silent, silent, silent, { check: OPEN }]);
  assertEquals(verdict, { ready: true });
});

Deno.test("the reason at the deadline is the engine, if it has not answered", async () => {
  const { verdict } = await play([{ look: { kind: "silent" } }]);
  assert(!verdict.ready);
  assertEquals(
    verdict.reason.replace(/\d+/, "n"),
    "is not known to be ready: the engine has not answered for n s",
  );
});

Deno.test("a docker that fails three times in a row closes the gate, one that fails twice does not", async () => {
  const failed = { look: { kind: "failed", detail: "no pipe" } as const };
  const { verdict } = await play([failed, failed, failed]);
  assertEquals(verdict, {
    ready: false,
    reason: "cannot be inspected: no pipe",
  });
  const twice = [failed, failed, { check: CLOSED }, failed, failed];
  assertEquals((await play([...twice, { check: OPEN }])).verdict, {
    ready: true,
  });
});

Deno.test("an end with exit code 0 opens the gate of a service that need only start, and is told apart", () => {
  const ended = (exitCode: number, mayEnd: boolean) =>
    verdictOf(
      {
        ...{ status: "exited", exitCode, startedAt: "" },
        ...{ health: undefined, lastProbe: undefined },
      },
      undefined,
      { needs: "started", mayEnd },
    );
  assertEquals(ended(0, true), { ready: true, ended: true });
  assertEquals(ended(0, false), { ready: false, reason: "exited with code 0" });
  assertEquals(ended(1, true), { ready: false, reason: "exited with code 1" });
});

Deno.test("an app that ends with exit code 0 has failed, even if its restart policy starts it again", () => {
  const restarting = (exitCode: number, staysUp: boolean) =>
    verdictOf(
      {
        ...{ status: "restarting", exitCode, startedAt: "" },
        ...{ health: undefined, lastProbe: undefined },
      },
      undefined,
      { needs: "ready", staysUp },
    );
  assertEquals(restarting(0, true)?.ready, false);
  // The next start may succeed, for example once the database answers.
  assertEquals(restarting(1, true), undefined);
  assertEquals(restarting(0, false), undefined);
});

Deno.test("a container that restarts is waited for", async () => {
  const { verdict } = await play([
    { check: CLOSED },
    { state: { status: "restarting" } },
    { check: OPEN },
  ]);
  assertEquals(verdict, { ready: true });
});

Deno.test("the engine's unhealthy closes the gate, with the last probe", async () => {
  const { verdict } = await play([
    { check: FAILING },
    { state: { health: "unhealthy" } },
  ]);
  assertEquals(verdict, {
    ready: false,
    reason: "is unhealthy; its last probe ended with 1: refused",
  });
  const engine = await play([{
    state: {
      health: "unhealthy",
      lastProbe: { exitCode: 2, output: "from the engine" },
    },
  }]);
  assert(!engine.verdict.ready);
  assertMatch(engine.verdict.reason, /ended with 2: from the engine/);
});

Deno.test("a wait that is stopped names the last probe", async () => {
  const { verdict } = await play([{ check: FAILING }]);
  assertEquals(verdict, {
    ready: false,
    reason: "is not ready yet; its last probe ended with 1: refused",
  });
});

const UNCHECKED = { state: { health: undefined } };

Deno.test("a container without a health check is steady when it has run for a second", async () => {
  const { verdict, time } = await play([UNCHECKED], "steady");
  assertEquals([verdict, time >= 1_000], [{ ready: true }, true]);
});

Deno.test("a container that restarts is not steady before it has run for a second since", async () => {
  const again = { state: { health: undefined, startedAt: "2" } };
  const nine = Array.from({ length: 9 }, () => UNCHECKED);
  const { round } = await play([...nine, again], "steady");
  assert(round >= 19, `${round} looks`);
});

Deno.test("a container that ends soon after its start is not steady", async () => {
  const { verdict } = await play([
    UNCHECKED,
    UNCHECKED,
    { state: { status: "exited", exitCode: 3, health: undefined } },
  ], "steady");
  assertEquals(verdict, { ready: false, reason: "exited with code 3" });
});

Deno.test("a container that an earlier wait has seen to run a while ago is steady at once", async () => {
  let looks = 0;
  const verdict = await awaitReady({
    inspect: () => {
      looks++;
      return Promise.resolve({
        kind: "known",
        state: {
          status: "running",
          exitCode: 0,
          startedAt: "1",
          health: undefined,
          lastProbe: undefined,
        },
      });
    },
    check: () => Promise.reject(new Error("There is none")),
  }, {
    signal: new AbortController().signal,
    needs: "steady",
    seen: { startedAt: "1", at: 4_000 },
    now: () => 5_000,
  });
  assertEquals([verdict, looks], [{ ready: true }, 1]);
});

Deno.test("the end of a long probe output, such as a traceback, is shown", async () => {
  const frames = Array.from({ length: 50 }, (_, i) => `frame ${i}`).join("\n");
  const { verdict } = await play([{
    check: { ...FAILING, output: `${frames}\nHTTP Error 500\n` },
  }]);
  assert(!verdict.ready);
  assertEquals(
    verdict.reason,
    "is not ready yet; its last probe ended with 1: frame 48\nframe 49\nHTTP Error 500",
  );
});

Deno.test("while a check takes long, the engine may come to its verdict", async () => {
  const health = ["starting", "starting", "unhealthy"] as const;
  let looks = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let stopped = false;
  const verdict = await awaitReady({
    inspect: () =>
      Promise.resolve({
        kind: "known",
        state: {
          status: "running",
          exitCode: 0,
          startedAt: "1",
          health: health[looks++]!,
          lastProbe: undefined,
        },
      }),
    check: (signal) => {
      signal.addEventListener("abort", () => {
        stopped = true;
        resolve(undefined);
      });
      return promise;
    },
  }, {
    signal: new AbortController().signal,
    needs: "healthy",
    now: () => 0,
    sleep: () => Promise.resolve(),
  });
  assertEquals(verdict, { ready: false, reason: "is unhealthy" });
  assertEquals([looks, stopped], [3, true]);
});

Deno.test("the check is what the engine would run", () => {
  assertEquals(checkCommand({ Test: ["CMD", "a", "b c"] }, undefined), [
    "a",
    "b c",
  ]);
  assertEquals(checkCommand({ Test: ["CMD-SHELL", "a | b"] }, []), [
    "/bin/sh",
    "-c",
    "a | b",
  ]);
  assertEquals(
    checkCommand({ Test: ["CMD-SHELL", "a"] }, ["/bin/bash", "-ec"]),
    ["/bin/bash", "-ec", "a"],
  );
  assertEquals(checkCommand({ Test: ["NONE"] }, undefined), undefined);
  assertEquals(checkCommand({}, undefined), undefined);
  assertEquals([checkTimeout({ Timeout: 5e9 }), checkTimeout({})], [
    5_000,
    30_000,
  ]);
});

/** A table of the kernel: 3306 and 80 (IPv6) listen, 8080 is connected. */
const TABLE =
  `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1 1 0
   1: 0100007F:1F90 0100007F:0CEA 01 00000000:00000000 00:00000000 00000000   999        0 1 1 0
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000`;

/** Runs a probe in a real shell whose `cat` shows the table, and which does not sleep. */
async function probe(ports: number[], table = TABLE) {
  const [program, ...args] = probeCommand(
    ["sh", "-c", "echo hello; exit 7"],
    ports,
  );
  const { code, stdout } = await new Deno.Command(program!, {
    args: args.map((arg) =>
      arg.startsWith("i=0")
        ? `cat() { echo "$TABLE"; }\nsleep() { :; }\n${arg}`
        : arg
    ),
    env: { TABLE: table },
  }).output();
  return { code, read: readProbe(new TextDecoder().decode(stdout)) };
}

for (
  const [ports, listens] of [[[3306], true], [[80], true], [[1, 80], true], [[
    8080,
  ], false], [[33060], false]] as const
) {
  Deno.test(`a probe for ${ports} ${listens ? "runs" : "does not run"} the check`, async () => {
    const { code, read } = await probe([...ports]);
    assertEquals(read, { listens, output: listens ? "hello\n" : "" });
    assertEquals(code, listens ? 7 : 0);
  });
}

Deno.test("a probe is read whichever of its two streams comes first", () => {
  const lines = ["todoflow: a port listens", "refused"];
  for (const order of [lines, lines.toReversed()]) {
    assertEquals(readProbe(order.join("\n")), {
      listens: true,
      output: "refused",
    });
  }
});

Deno.test("a container without a kernel's table, or without a shell, gives no verdict", async () => {
  assertEquals((await probe([80], "")).read, undefined);
  assertEquals(readProbe("OCI runtime exec failed"), undefined);
});
