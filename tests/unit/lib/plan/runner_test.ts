import { assert, assertEquals, assertMatch } from "@std/assert";
import { exitCode } from "../../../../lib/errors/exit_code.ts";
import type { Failure, Fault } from "../../../../lib/errors/failure.ts";
import { pause, type Sleep } from "../../../../lib/pause.ts";
import type { Event } from "../../../../lib/plan/events.ts";
import type { ChildOptions, Executor } from "../../../../lib/plan/executor.ts";
import {
  type Command,
  type Plan,
  type Step,
  step,
} from "../../../../lib/plan/plan.ts";
import { run } from "../../../../lib/plan/runner.ts";
import { endlessPause, noPauses, owned } from "../../fakes.ts";

/** A command whose end the test decides: `"ok"`, an exit code, or `"hangs"` until it is stopped. */
type Behavior = "ok" | "hangs" | number;

interface Setup {
  steps: (Partial<Step> & {
    name: string;
    behavior?: Behavior;
    stdout?: string;
  })[];
  leaves?: NonNullable<Plan["leaves"]>;
  onStart?: (
    name: string,
    stop: AbortController,
    giveUp: AbortController,
  ) => void;
  onOutput?: (line: string, stop: AbortController) => void;
  executor?: Partial<Executor>;
  sleep?: Sleep;
}

/** Runs steps whose commands are their own behavior; resolves to the failures and the events, in order. */
async function runSteps(
  { steps, leaves, onStart, onOutput, executor = {}, sleep = noPauses }: Setup,
) {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const log: string[] = [];
  const behaviors = new Map<Command, Behavior>();
  const outputs = new Map<Command, string>();
  const plan = {
    ...(leaves && { leaves }),
    steps: steps.map(({ behavior = "ok", stdout = "", ...init }) => {
      const command = {} as Command;
      outputs.set(command, stdout);
      behaviors.set(command, behavior);
      return step(60_000, { why: "reasons", command, ...init });
    }),
  };
  const moved: string[] = [];
  const failures = await run(plan, {
    onMoved: (image) => void moved.push(image),
    executor: {
      execute: (command, options) => end(behaviors.get(command)!, options),
      executeWithHooks: (command, options) =>
        end(behaviors.get(command)!, options),
      capture: (command) =>
        Promise.resolve({ code: 0, stdout: outputs.get(command)!, stderr: "" }),
      awaitReady: () => Promise.resolve({ ready: true }),
      follow: () => Promise.resolve(0),
      attest: () => Promise.resolve({ code: 0 }),
      remove: (container) => {
        log.push(`remove ${container}`);
        return Promise.resolve(true);
      },
      tearDown: ({ owns }, how) => {
        const { made, thorough, stop: { aborted: stopped } } = how;
        const words = Object.entries({ made, thorough, stopped })
          .filter(([, is]) => is).map(([word]) => word);
        log.push(["tear down", owns.project, ...words].join(" "));
        return Promise.resolve(true);
      },
      collect: (container) => {
        log.push(`collect ${container}`);
        return Promise.resolve();
      },
      madeVolume: () => Promise.resolve(true),
      imageId: (name) => Promise.resolve(`id of ${name}`),
      diagnose: () => Promise.resolve(undefined),
      postMortem: () => Promise.resolve(undefined),
      push: () => Promise.resolve({ code: 0, unchanged: false }),
      prove: ([address], { path }) =>
        Promise.resolve(`http://${address}${path}`),
      ...executor,
    },
    emit: (event) => {
      log.push(textOf(event));
      if (event.kind === "step-start") onStart?.(event.step, stop, giveUp);
      if (event.kind === "output") onOutput?.(event.line, stop);
    },
    stop: stop.signal,
    giveUp: giveUp.signal,
    target: "release",
    shell: ({ name }) => `docker ${name}`,
    reports: "reports/release",
    again: AGAIN,
    sleep,
  });
  return { failures, log, moved };
}

function textOf(event: Event): string {
  switch (event.kind) {
    case "step-start":
      return `> ${event.step}`;
    case "step-end":
      return `< ${event.step} ${event.result}`;
    case "output":
      return `${event.step} ${event.progress ? "…" : "|"}${
        event.service ?? ""
      } ${event.line}`;
    case "image":
      return `${event.services} ${event.id} ${event.unchanged}`;
    case "url":
      return event.url;
    default:
      return event.kind;
  }
}

function end(behavior: Behavior, { signal }: ChildOptions): Promise<number> {
  if (behavior === "ok") return Promise.resolve(0);
  if (behavior !== "hangs") return Promise.resolve(behavior);
  if (signal.aborted) return Promise.resolve(143);
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(143))
  );
}

const AGAIN = { command: "todoflow release" };

const SIGNAL: Failure = { kind: "signal", signal: "SIGINT" };

const kinds = (failures: Failure[]) => failures.map(({ kind }) => kind);

Deno.test("a step starts when the steps that it waits for have succeeded; branches run in parallel", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "join", after: ["left", "right"] },
      { name: "left" },
      { name: "right" },
    ],
  });
  assertEquals(failures, []);
  assertEquals(log, [
    "> left",
    "> right",
    "< left ok",
    "< right ok",
    "> join",
    "< join ok",
  ]);
});

Deno.test("the first failure stops the others, starts nothing else and is the only one reported", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "slow", behavior: "hangs" },
      { name: "bad", behavior: 3 },
      { name: "next", after: ["bad"] },
    ],
  });
  assertEquals(failures, [{
    kind: "step-failed",
    step: "bad",
    shell: "docker bad",
    target: "release",
    code: 3,
    diagnosis: { again: AGAIN },
  }]);
  assertEquals(log, ["> slow", "> bad", "< bad failed", "< slow stopped"]);
});

Deno.test("the failure of a step that fails alone stops no other one, and is reported with all others", async () => {
  const steps = [
    { name: "unit", behavior: 1, failsAlone: true as const },
    { name: "lint", failsAlone: true as const },
    { name: "e2e", behavior: 2, failsAlone: true as const, after: ["lint"] },
    { name: "next", after: ["unit"] },
    { name: "down", cleanup: "always" as const },
  ];
  const { failures, log } = await runSteps({ steps });
  assertEquals(
    failures.map((failure) => "step" in failure && failure.step),
    ["unit", "e2e"],
  );
  assertEquals(log.includes("< lint ok"), true);
  assertEquals(log.includes("> next"), false);
  assertEquals(log.at(-1), "< down ok");
});

Deno.test("a signal after a step that fails alone decides, and clean-up after success runs", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "unit", behavior: 1, failsAlone: true },
      { name: "after", failsAlone: true, behavior: "hangs" },
      { name: "down", cleanup: "success" },
    ],
    onStart: (name, stop) => {
      if (name === "after") setTimeout(() => stop.abort(SIGNAL), 20);
    },
  });
  assertEquals(kinds(failures), ["signal", "step-failed"]);
  assertEquals(log.at(-1), "< down ok");
});

Deno.test("clean-up after success does not run after a failure", async () => {
  const down = { name: "down", cleanup: "success" as const };
  const good = await runSteps({ steps: [{ name: "work" }, down] });
  assertEquals(good.log.at(-1), "< down ok");
  const bad = await runSteps({ steps: [{ name: "work", behavior: 1 }, down] });
  assertEquals(bad.log.includes("> down"), false);
});

Deno.test("clean-up runs in order: always, and after a failure only when there was one", async () => {
  const steps = [
    { name: "work" },
    { name: "one", cleanup: "always" as const },
    { name: "two", cleanup: "failure" as const },
  ];
  const good = await runSteps({ steps });
  assertEquals(good.log.slice(2), ["> one", "< one ok"]);
  const bad = await runSteps({
    steps: [{ name: "work", behavior: 1 }, ...steps.slice(1)],
  });
  assertEquals(bad.log.slice(2), ["> one", "< one ok", "> two", "< two ok"]);
  assertEquals(kinds(bad.failures), ["step-failed"]);
});

Deno.test("clean-up that fails is tried once more, then it is a failure with the command to type, after the first cause", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "work", behavior: 1 },
      { name: "down", cleanup: "always", behavior: 1 },
    ],
  });
  assertEquals(kinds(failures), ["step-failed", "clean-up-failed"]);
  assertEquals(failures[1], {
    kind: "clean-up-failed",
    shell: ["docker down"],
  });
  assertEquals(log.filter((line) => line === "< down failed").length, 2);
});

Deno.test("clean-up that succeeds at its second attempt is no failure", async () => {
  const codes = [0, 1, 0];
  const { failures, log } = await runSteps({
    steps: [{ name: "work" }, { name: "down", cleanup: "always" }],
    executor: { execute: () => Promise.resolve(codes.shift()!) },
  });
  assertEquals(failures, []);
  assertEquals(log.slice(2), [
    "> down",
    "< down failed",
    "> down",
    "< down ok",
  ]);
});

Deno.test("a signal during clean-up stops a run that leaves nothing, and not one whose application is up", async () => {
  const stopped = (leaves?: Plan["leaves"]) =>
    runSteps({
      steps: [{ name: "work" }, { name: "down", cleanup: "always" }],
      ...(leaves && { leaves }),
      onStart: (name, stop) => name === "down" && stop.abort(SIGNAL),
    });
  const { failures, log } = await stopped();
  assertEquals(failures, [SIGNAL]);
  assertEquals(log.at(-1), "< down ok");
  const released = await stopped({ success: true, failure: false });
  assertEquals(released.failures, []);
});

Deno.test("clean-up that is given up is not tried again, nor are later steps, and all of them are reported", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "work" },
      { name: "down", cleanup: "always", behavior: "hangs" },
      { name: "prune", cleanup: "always" },
    ],
    onStart: (name, _, giveUp) => name === "down" && giveUp.abort(),
  });
  assertEquals(failures, [{
    kind: "clean-up-failed",
    shell: ["docker down", "docker prune"],
  }]);
  assertEquals(log.slice(2), ["> down", "< down stopped"]);
});

Deno.test("a signal stops the step, is the cause of the failure, and clean-up still runs", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "work", behavior: "hangs" },
      { name: "next", after: ["work"] },
      { name: "down", cleanup: "failure" },
    ],
    onStart: (_, stop) => stop.abort({ kind: "signal", signal: "SIGTERM" }),
  });
  assertEquals(failures, [{ kind: "signal", signal: "SIGTERM" }]);
  assertEquals(log, ["> work", "< work stopped", "> down", "< down ok"]);
});

Deno.test("a signal between two steps keeps the next from starting", async () => {
  const { failures, log } = await runSteps({
    steps: [{ name: "work" }, { name: "next", after: ["work"] }],
    onStart: (_, stop) => stop.abort({ kind: "signal", signal: "SIGINT" }),
  });
  assertEquals(failures, [{ kind: "signal", signal: "SIGINT" }]);
  assertEquals(log, ["> work", "< work ok"]);
});

Deno.test("a step that exceeds its deadline is stopped, and its last line is shown", async () => {
  const { failures } = await runSteps({
    steps: [{ name: "slow", deadline: 1 }],
    executor: {
      execute: (_, options) => {
        options.output("still waiting");
        return end("hangs", options);
      },
    },
  });
  assertEquals(failures, [{
    kind: "deadline",
    step: "slow",
    shell: "docker slow",
    target: "release",
    seconds: 0.001,
    detail: "still waiting",
    diagnosis: {
      again: AGAIN,
      evidence: { title: "docker's last lines", lines: ["still waiting"] },
    },
  }]);
});

/** A step that fetches a base whose ID was "old" before. */
function base(image: string, behavior: Behavior = "ok") {
  return {
    name: `pull ${image}`,
    behavior,
    does: { kind: "base" as const, image, before: "old" },
  };
}

Deno.test("a base that has moved stops the other steps, is no failure, and clean-up runs", async () => {
  const { failures, log, moved } = await runSteps({
    steps: [
      base("base:1"),
      { name: "build", behavior: "hangs" },
      { name: "run", after: ["build"] },
      { name: "down", cleanup: "always" },
    ],
  });
  assertEquals([failures, moved], [[], ["base:1"]]);
  assertEquals(log, [
    "> pull base:1",
    "> build",
    "pull base:1 | base:1 has moved from old to id of base:1",
    "< pull base:1 ok",
    "< build stopped",
    "> down",
    "< down ok",
  ]);
});

Deno.test("a base that is the registry's stops no step", async () => {
  const { failures, log, moved } = await runSteps({
    steps: [base("base:1"), { name: "build" }],
    executor: { imageId: () => Promise.resolve("old") },
  });
  assertEquals([failures, moved], [[], []]);
  assert(log.includes("< build ok"));
});

Deno.test("a failure on a base that has moved proves nothing; each base is compared to its end", async () => {
  const { failures, moved } = await runSteps({
    steps: [base("slow"), base("base:1"), { name: "build", behavior: 1 }],
    sleep: endlessPause,
    executor: {
      imageId: async () => {
        // Until the build has failed.
        await pause(5);
        return "new";
      },
    },
  });
  assertEquals([failures, moved], [[], ["slow", "base:1"]]);
});

Deno.test("a comparison of bases that does not end keeps no failure back", async () => {
  const { failures, moved } = await runSteps({
    steps: [base("base:1", "hangs"), { name: "build", behavior: 1 }],
    sleep: () => Promise.resolve(),
  });
  assertEquals([kinds(failures), moved], [["step-failed"], []]);
});

Deno.test("a registry that does not answer for a base that is there fails no run, and is told", async () => {
  const { failures, log, moved } = await runSteps({
    steps: [base("base:1"), { name: "build" }],
    executor: {
      execute: (_, { output }) => {
        output("no route to host");
        return Promise.resolve(1);
      },
    },
  });
  // The fake gives all commands one end.
  assertEquals([kinds(failures), moved], [["step-failed"], []]);
  assert(
    log.includes(
      "pull base:1 | base:1 was not compared with its registry: no route to host",
    ),
  );
  assert(log.includes("< pull base:1 ok"));
});

Deno.test("a signal while a base is compared is the cause, also after the base has moved", async () => {
  for (const behavior of ["hangs", "ok"] as const) {
    const { failures } = await runSteps({
      steps: [base("base:1", behavior), { name: "build", behavior: "hangs" }],
      onStart: (name, stop) => name === "build" && stop.abort(SIGNAL),
    });
    assertEquals(failures, [SIGNAL]);
  }
});

const does = {
  kind: "oneshot" as const,
  service: "migrate",
  container: "shop-migrate-1",
  reports: ["/app/reports"],
  remove: "always" as const,
};

Deno.test("a one-shot's exit code is its container's, whose reports are collected before it is removed", async () => {
  const { failures, log } = await runSteps({
    steps: [{ name: "run migrate", does }],
    executor: {
      follow: (_, { output }) => {
        output("boom");
        return Promise.resolve(7);
      },
    },
  });
  assert(failures[0]?.kind === "step-failed");
  assertEquals(failures[0].code, 7);
  assertEquals(log, [
    "> run migrate",
    "run migrate |migrate boom",
    "collect shop-migrate-1",
    "< run migrate failed",
    "remove shop-migrate-1",
  ]);
});

Deno.test("a one-shot is collected if its reports are named or are to be found, and not if it has none", async () => {
  const isCollected = async (reports: readonly string[] | undefined) => {
    const { log } = await runSteps({
      steps: [{ name: "run migrate", does: { ...does, reports } }],
      executor: { follow: () => Promise.resolve(0) },
    });
    return log.includes("collect shop-migrate-1");
  };
  assertEquals(
    [await isCollected(["/r"]), await isCollected(undefined)],
    [true, true],
  );
  assertEquals(await isCollected([]), false);
});

for (
  const [remove, afterSuccess, afterFailure] of [
    ["always", true, true],
    ["success", true, false],
    ["never", false, false],
  ] as const
) {
  Deno.test(`a one-shot's container that is removed: ${remove}`, async () => {
    const removed = async (code: number, behavior: Behavior = "ok") => {
      const { log } = await runSteps({
        steps: [{
          name: "run migrate",
          does: { ...does, remove },
          behavior,
        }],
        executor: { follow: () => Promise.resolve(code) },
      });
      return log.includes("remove shop-migrate-1");
    };
    assertEquals([await removed(0), await removed(1)], [
      afterSuccess,
      afterFailure,
    ]);
    // It was not made: a container of that name is another one's.
    assertEquals(await removed(0, 1), false);
  });
}

Deno.test("containers that are removed during other steps are gone before clean-up begins", async () => {
  const { log } = await runSteps({
    steps: [
      { name: "run migrate", does },
      { name: "down", cleanup: "always" },
    ],
    executor: {
      remove: async (container) => {
        for (let i = 0; i < 9; i++) await null;
        removed.push(container);
        return true;
      },
    },
    onStart: (name) => {
      if (name === "down") assertEquals(removed, ["shop-migrate-1"]);
    },
  });
  assertEquals(log.at(-1), "< down ok");
});

const removed: string[] = [];

Deno.test("the URL is made from the output of the step, and printed once it is proven", async () => {
  const { failures, log } = await runSteps({
    steps: [{
      name: "url",
      does: {
        ...{ kind: "url", service: "app", container: "shop-app-1" },
        ...{ port: 8000, path: "/x" },
      },
      stdout: "127.0.0.1:4711\n",
    }],
  });
  assertEquals(failures, []);
  assertEquals(log, ["> url", "http://127.0.0.1:4711/x", "< url ok"]);
});

Deno.test("images are reported by service, and whether they are the ones from before", async () => {
  const { log } = await runSteps({
    steps: [{
      name: "images",
      does: {
        kind: "images",
        images: [
          { services: ["app"], before: "sha256:1", taken: [] },
          { services: ["test"], before: "sha256:0", taken: [] },
        ],
      },
      stdout: "sha256:1\nsha256:2\n",
    }],
  });
  assertEquals(log.slice(1, 3), ["app sha256:1 true", "test sha256:2 false"]);
});

Deno.test("a gate that does not open is a failure, with the reason as its output", async () => {
  const { failures, log } = await runSteps({
    steps: [{
      name: "ready db",
      does: {
        kind: "gate",
        service: "db",
        container: "shop-db-1",
        needs: "healthy",
        serves: true,
      },
      behavior: 99, // a gate's command is only shown
    }],
    executor: {
      awaitReady: (container, { needs }) =>
        Promise.resolve({ ready: false, reason: `${container} ${needs}` }),
    },
  });
  assertEquals(kinds(failures), ["step-failed"]);
  assertEquals(log[1], 'ready db | "db" shop-db-1 healthy');
});

Deno.test("a service that ends where only its start matters is told once, with the condition that waits for its end", async () => {
  const gate = (needs: "started" | "steady") => ({
    name: `${needs} seed`,
    does: {
      ...{ kind: "gate" as const, service: "seed", container: "c", needs },
      ...{ mayEnd: true as const, serves: false },
    },
  });
  const { failures, log } = await runSteps({
    steps: [gate("started"), { ...gate("steady"), after: ["started seed"] }],
    executor: {
      awaitReady: () => Promise.resolve({ ready: true, ended: true }),
    },
  });
  assertEquals(failures, []);
  assertEquals(log.filter((line) => line.includes("|")), [
    'started seed | "seed" has ended with exit code 0; service_completed_successfully in depends_on would wait for that',
  ]);
});

Deno.test("a service whose name says that it ends is told if it runs on, and one that nothing needs if it ends", async () => {
  const told = async (
    ended: boolean,
    how: { ends?: true; isAlone?: true },
  ) => {
    const { log } = await runSteps({
      steps: [{
        name: "steady",
        does: {
          ...{ kind: "gate", service: "seed", container: "c" },
          ...{ needs: "steady", mayEnd: true, serves: false, ...how },
        },
      }],
      executor: {
        awaitReady: () =>
          Promise.resolve({ ready: true, ...(ended && { ended: true }) }),
      },
    });
    return log.filter((line) => line.includes("|")).join();
  };
  assertEquals(await told(true, { ends: true }), "");
  assertMatch(await told(false, { ends: true }), /still runs, although/);
  assertEquals(await told(false, {}), "");
  assertMatch(await told(true, { isAlone: true }), /nothing starts it again/);
});

Deno.test("a failure names the state of the container, which is inspected before its removal", async () => {
  const looks: string[] = [];
  const { failures, log } = await runSteps({
    steps: [
      { name: "run migrate", does },
      { name: "start app", after: ["run migrate"] },
      {
        name: "ready app",
        after: ["start app"],
        does: {
          kind: "gate",
          service: "app",
          container: "shop-app-1",
          needs: "healthy",
          serves: true,
        },
      },
    ],
    executor: {
      follow: () => Promise.resolve(7),
      postMortem: (container) => {
        looks.push(container);
        return Promise.resolve({
          runs: false,
          exitCode: 7,
          outOfMemory: false,
          memory: 0,
          peakMemory: undefined,
          error: "",
          lines: ["no such table"],
        });
      },
      remove: (container) => {
        looks.push(`remove ${container}`);
        return Promise.resolve(true);
      },
    },
  });
  assert(failures[0]?.kind === "step-failed");
  assertEquals(failures[0].diagnosis, {
    service: "migrate",
    state: "ended with exit code 7",
    evidence: {
      title: 'last lines of "migrate"',
      lines: ["no such table"],
      logs: "reports/release/logs/migrate.log",
    },
    container: "shop-migrate-1",
    again: AGAIN,
  });
  assertEquals(looks, ["shop-migrate-1", "remove shop-migrate-1"]);
  assertEquals(log.at(-1), "< run migrate failed");
});

Deno.test("the failure of a test names the service that has ended meanwhile", async () => {
  const mortem = {
    runs: false,
    exitCode: 3,
    outOfMemory: false,
    memory: 0,
    peakMemory: undefined,
    error: "",
  };
  const { failures } = await runSteps({
    steps: [
      {
        name: "ready db",
        does: {
          kind: "gate",
          service: "db",
          container: "shop-db-1",
          needs: "healthy",
          serves: true,
        },
      },
      { name: "run migrate", after: ["ready db"], does },
    ],
    executor: {
      follow: () => Promise.resolve(1),
      postMortem: (container) =>
        Promise.resolve(
          container === "shop-db-1"
            ? { ...mortem, lines: ["cannot allocate"] }
            : { ...mortem, exitCode: 1, lines: ["connection refused"] },
        ),
    },
  });
  assert(failures[0]?.kind === "step-failed");
  assertEquals(
    failures[0].diagnosis?.meaning,
    '"db" has ended meanwhile with exit code 3',
  );
  assertEquals(failures[0].diagnosis?.evidence, {
    title: 'last lines of "db"',
    lines: ["cannot allocate"],
    logs: "reports/release/logs/db.log",
  });
});

Deno.test("a run that was stopped looks at no container", async () => {
  const looks: string[] = [];
  await runSteps({
    steps: [{ name: "run migrate", does, behavior: "hangs" }],
    onStart: (_, stop) => stop.abort(SIGNAL),
    executor: {
      postMortem: (container) => {
        looks.push(container);
        return Promise.resolve(undefined);
      },
    },
  });
  assertEquals(looks, []);
});

Deno.test("a one-shot that was stopped is left to clean-up: it is not removed", async () => {
  let stop = new AbortController();
  const { log } = await runSteps({
    steps: [{ name: "run migrate", does }],
    onStart: (_, controller) => void (stop = controller),
    executor: {
      follow: (_, options) => {
        stop.abort(SIGNAL);
        return end("hangs", options);
      },
    },
  });
  assertEquals(log.filter((line) => line.startsWith("remove")), []);
  assertEquals(log.at(-1), "< run migrate stopped");
});

Deno.test("a one-shot whose start was stopped is left to clean-up, too: it may be there", async () => {
  const { log } = await runSteps({
    steps: [{ name: "run migrate", does, behavior: "hangs" }],
    onStart: (_, stop) => stop.abort(SIGNAL),
  });
  assertEquals(log, ["> run migrate", "< run migrate stopped"]);
});

Deno.test("a removal that leaves something is a failure: of its step, or of clean-up", async () => {
  const failed = async (cleanup?: "always") => {
    const step = { name: "down", does: REMOVE, ...(cleanup && { cleanup }) };
    const { failures } = await runSteps({
      steps: [step],
      executor: { tearDown: () => Promise.resolve(false) },
    });
    return kinds(failures);
  };
  assertEquals(await failed(), ["step-failed"]);
  assertEquals(await failed("always"), ["clean-up-failed"]);
});

const REMOVE = {
  kind: "remove" as const,
  owns: owned(),
  grace: 2,
  keepsImages: true,
};

const REMOVALS: [string, Setup, string][] = [
  ["before anything has failed looks once", {
    steps: [{ name: "fresh", does: REMOVE }],
  }, "tear down shop"],
  ["after success looks once", {
    steps: [{ name: "work" }, {
      name: "down",
      does: REMOVE,
      cleanup: "always",
    }],
  }, "tear down shop made"],
  ["after a failure is thorough", {
    steps: [{ name: "work", behavior: 1 }, {
      name: "down",
      does: REMOVE,
      cleanup: "failure",
    }],
  }, "tear down shop made thorough"],
  ["after a signal is thorough, and told that there was one", {
    steps: [{ name: "work", behavior: "hangs" }, {
      name: "down",
      does: REMOVE,
      cleanup: "failure",
    }],
    onStart: (_, stop) => stop.abort({ kind: "signal", signal: "SIGTERM" }),
  }, "tear down shop made thorough stopped"],
];

for (const [what, setup, expected] of REMOVALS) {
  Deno.test(`a removal ${what}`, async () => {
    const { log } = await runSteps(setup);
    assertEquals(log.filter((line) => line.startsWith("tear")), [expected]);
  });
}

Deno.test("leftovers of clean-up are reported exactly if they are known, else as the step's own command", async () => {
  for (const commands of [["docker network rm shop_default"], undefined]) {
    const { failures } = await runSteps({
      steps: [{ name: "down", does: REMOVE, cleanup: "always" }],
      executor: {
        tearDown: (_, { remains }) => {
          if (commands) remains?.(commands);
          return Promise.resolve(false);
        },
      },
    });
    assertEquals(failures, [{
      kind: "clean-up-failed",
      shell: commands ?? ["docker down"],
    }]);
  }
});

Deno.test("a removal gets the objects that its step owns, and its reasons are reported", async () => {
  const seen: unknown[] = [];
  const { log } = await runSteps({
    steps: [{ name: "fresh", does: REMOVE, behavior: 99 }],
    executor: {
      tearDown: (what, { output }) => {
        seen.push(what);
        output("has active endpoints");
        return Promise.resolve(true);
      },
    },
  });
  assertEquals(seen, [REMOVE]);
  assertEquals(log, [
    "> fresh",
    // What is lost is told before it is.
    "fresh | reasons",
    "fresh | has active endpoints",
    "< fresh ok",
  ]);
});

Deno.test("a removal that tells what it has removed, and clean-up, say nothing before", async () => {
  const { log } = await runSteps({
    steps: [
      { name: "down", does: { ...REMOVE, tells: [] }, behavior: 99 },
      { name: "prune", does: REMOVE, behavior: 99, cleanup: "always" },
    ],
    executor: { tearDown: () => Promise.resolve(true) },
  });
  assertEquals(log, ["> down", "< down ok", "> prune", "< prune ok"]);
});

Deno.test("what a gate's probes say is progress, not output", async () => {
  const { log } = await runSteps({
    steps: [{
      name: "ready db",
      does: {
        ...{ kind: "gate", service: "db", container: "c", serves: true },
        needs: "healthy",
      },
    }],
    executor: {
      awaitReady: (_, { onProbe }) => {
        onProbe?.("its last probe ended with 1");
        return Promise.resolve({ ready: true });
      },
    },
  });
  assertEquals(log, [
    "> ready db",
    "ready db …db its last probe ended with 1",
    "< ready db ok",
  ]);
});

/** Runs one step that ends with these codes in turn, and says this of its failures. */
async function runFaulty(
  codes: number[],
  fault: Fault | undefined,
  options: Partial<Setup> = {},
) {
  let attempts = 0;
  const diagnosed: (readonly string[])[] = [];
  const outcome = await runSteps({
    steps: [{ name: "up" }],
    ...options,
    executor: {
      execute: (_, { output }) => {
        output(`attempt ${++attempts}`);
        return Promise.resolve(codes.shift()!);
      },
      diagnose: (lines) => {
        diagnosed.push([...lines]);
        return Promise.resolve(fault);
      },
      ...options.executor,
    },
  });
  return { ...outcome, attempts, diagnosed };
}

const TAKEN: Fault = { kind: "port-taken", detail: "8000 is taken" };

Deno.test("a fault that may pass is tried again, and none once it has passed", async () => {
  const { failures, log } = await runFaulty([1, 1, 0], TAKEN);
  assertEquals(failures, []);
  assertEquals(log, [
    "> up",
    "up | attempt 1",
    "up | trying again in 1 s: 8000 is taken",
    "up | attempt 2",
    "up | trying again in 1 s: 8000 is taken",
    "up | attempt 3",
    "< up ok",
  ]);
});

Deno.test("a fault that may pass is tried three times at most, then it is the failure: exit code 4", async () => {
  const { failures, attempts } = await runFaulty([1, 1, 1, 0], TAKEN);
  assertEquals(attempts, 3);
  assertEquals(failures, [
    { ...TAKEN, step: "up", shell: "docker up", target: "release" },
  ]);
  assertEquals(failures.map(exitCode), [4]);
});

for (const kind of ["engine-lost", "disk-full"] as const) {
  Deno.test(`${kind} does not pass: the step is tried once, and the failure is of its kind: exit code 4`, async () => {
    const fault = { kind, detail: "in docker's words" };
    const { failures, attempts } = await runFaulty([1, 0], fault);
    assertEquals(attempts, 1);
    assertEquals(failures, [
      { ...fault, step: "up", shell: "docker up", target: "release" },
    ]);
    assertEquals(failures.map(exitCode), [4]);
  });
}

Deno.test("the command of a push is not proposed: the run takes the name away that it needs", async () => {
  const fault: Fault = { kind: "no-registry", detail: "connection refused" };
  const { failures } = await runFaulty([], fault, {
    steps: [{
      name: "push 1.0",
      does: { kind: "push", reference: "h/shop:1.0", image: "sha256:1" },
    }],
    executor: { push: () => Promise.resolve({ code: 1, unchanged: false }) },
  });
  assertEquals(failures, [{ ...fault, step: "push 1.0", target: "release" }]);
});

Deno.test("a one-shot whose start may pass is still there at the next attempt", async () => {
  const { failures, log } = await runFaulty([1, 0], TAKEN, {
    steps: [{ name: "run migrate", does }],
  });
  assertEquals(failures, []);
  assertEquals(log, [
    "> run migrate",
    "run migrate | attempt 1",
    "run migrate | trying again in 1 s: 8000 is taken",
    "run migrate | attempt 2",
    "collect shop-migrate-1",
    "remove shop-migrate-1",
    "< run migrate ok",
  ]);
});

Deno.test("a deadline is reported as such, not as the fault of an earlier attempt", async () => {
  const { failures } = await runFaulty([], TAKEN, {
    steps: [{ name: "up", deadline: 50 }],
    executor: (() => {
      let attempts = 0;
      return {
        execute: (_, options) =>
          ++attempts === 1 ? Promise.resolve(1) : end("hangs", options),
      } satisfies Setup["executor"];
    })(),
  });
  assertEquals(failures.map(({ kind }) => kind), ["deadline"]);
});

Deno.test("a failure that is no fault is the step's own, and is not tried again", async () => {
  const { failures, attempts } = await runFaulty([7, 0], undefined);
  assertEquals(attempts, 1);
  assert(failures[0]?.kind === "step-failed");
  assertEquals(failures[0].code, 7);
});

Deno.test("each attempt is judged by what docker said in it", async () => {
  const { diagnosed } = await runFaulty([1, 1, 1], TAKEN);
  assertEquals(diagnosed, [
    ["attempt 1"],
    ["attempt 2"],
    ["attempt 3"],
  ]);
});

Deno.test("the output of a container is no sign of a machine fault", async () => {
  const { diagnosed } = await runFaulty([0], undefined, {
    steps: [{ name: "run migrate", does }],
    executor: {
      follow: (_, { output }) => {
        output("no space left on device");
        return Promise.resolve(1);
      },
    },
  });
  assertEquals(diagnosed, [["attempt 1"]]);
});

Deno.test("a failure is judged by docker's last lines, however many there are", async () => {
  const { diagnosed: [lines = []] } = await runFaulty([], undefined, {
    executor: {
      execute: (_, { output }) => {
        for (let i = 0; i < 10_000; i++) output(`${i}`);
        return Promise.resolve(1);
      },
    },
  });
  assert(lines.length < 1_000);
  assertEquals(lines.at(-1), "9999");
});

Deno.test("the words of a hook, which Compose repeats, cannot indicate a machine fault", async () => {
  const full = "no space left on device";
  for (
    const words of [
      'service "app" pre_start[0] exited with code 3',
      "shop-app-1 hook exited with status 3",
    ]
  ) {
    const { diagnosed } = await runFaulty([], undefined, {
      executor: {
        execute: (_, { output }) => {
          ["Creating", `${words}: ${full}`, full].forEach(output);
          return Promise.resolve(1);
        },
      },
    });
    assertEquals(diagnosed, [["Creating", words]]);
  }
});

Deno.test("hooks run while Compose starts their service, and their lines are their own", async () => {
  const container = "shop-app-1";
  const { log } = await runSteps({
    steps: [{
      name: "start app",
      does: { kind: "start", service: "app", container, hooks: true },
    }],
    executor: {
      execute: () => Promise.reject(new Error("no hook is followed")),
      executeWithHooks: (_, { service, container, output, tell }) => {
        output("Starting");
        tell(`prepares ${service} in ${container}`);
        return Promise.resolve(0);
      },
    },
  });
  assertEquals(log.filter((line) => line.includes("|")), [
    "start app | Starting",
    "start app |app.pre_start prepares app in shop-app-1",
  ]);
});

Deno.test("a step that was stopped has no fault, and is not tried again", async () => {
  const { failures, diagnosed } = await runFaulty([], TAKEN, {
    executor: {
      execute: (_, options) => {
        options.output("bind: address already in use");
        return end("hangs", options);
      },
    },
    onOutput: (_, stop) => stop.abort(SIGNAL),
  });
  assertEquals(failures, [SIGNAL]);
  assertEquals(diagnosed, []);
});

Deno.test("a signal during the search for the cause ends the step, and no further attempt is announced", async () => {
  let stop = new AbortController();
  const { failures, log } = await runFaulty([1, 0], TAKEN, {
    onStart: (_, controller) => void (stop = controller),
    executor: {
      diagnose: () => {
        stop.abort(SIGNAL);
        return Promise.resolve(TAKEN);
      },
    },
  });
  assertEquals(failures, [SIGNAL]);
  assertEquals(log, ["> up", "up | attempt 1", "< up stopped"]);
});

Deno.test("a signal ends the pause, and no further attempt is made", async () => {
  const attempts: boolean[] = [];
  const { failures } = await runSteps({
    steps: [{ name: "up" }],
    executor: {
      execute: (_, { signal }) => {
        attempts.push(signal.aborted);
        return Promise.resolve(1);
      },
      diagnose: () => Promise.resolve(TAKEN),
    },
    onOutput: (_, stop) =>
      // When the pause has begun, which here is never over by itself.
      queueMicrotask(() => stop.abort(SIGNAL)),
    sleep: endlessPause,
  });
  assertEquals(failures, [SIGNAL]);
  assertEquals(attempts.filter((aborted) => !aborted).length, 1);
});
