import { assert, assertEquals } from "@std/assert";
import type { Failure } from "../../../lib/errors.ts";
import { type Command, type Step, step } from "../../../lib/plan.ts";
import {
  type ChildOptions,
  type Event,
  type Executor,
  run,
} from "../../../lib/runner.ts";

/** A command whose end the test decides: `"ok"`, an exit code, or `"hangs"` until it is stopped. */
type Behaviour = "ok" | "hangs" | number;

interface Setup {
  steps: (Partial<Step> & {
    name: string;
    behaviour?: Behaviour;
    stdout?: string;
  })[];
  onStart?: (name: string, stop: AbortController) => void;
  executor?: Partial<Executor>;
}

/** Runs steps whose commands are their own behaviour; tells the failures and what happened, in order. */
async function runSteps({ steps, onStart, executor = {} }: Setup) {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const log: string[] = [];
  const behaviours = new Map<Command, Behaviour>();
  const outputs = new Map<Command, string>();
  const plan = {
    steps: steps.map(({ behaviour = "ok", stdout = "", ...init }) => {
      const command = {} as Command;
      outputs.set(command, stdout);
      behaviours.set(command, behaviour);
      return step(60_000, { why: "reasons", command, ...init });
    }),
  };
  const failures = await run(plan, {
    executor: {
      execute: (command, options) => end(behaviours.get(command)!, options),
      capture: (command) =>
        Promise.resolve({ code: 0, stdout: outputs.get(command)!, stderr: "" }),
      awaitReady: () => Promise.resolve({ ready: true }),
      follow: () => Promise.resolve(0),
      copyReport: (container, path) => {
        log.push(`copy ${container}:${path}`);
        return Promise.resolve(undefined);
      },
      remove: (container) => {
        log.push(`remove ${container}`);
        return Promise.resolve();
      },
      prove: (address, path) => Promise.resolve(`http://${address}${path}`),
      ...executor,
    },
    emit: (event) => {
      log.push(textOf(event));
      if (event.kind === "step-start") onStart?.(event.step, stop);
    },
    stop: stop.signal,
    giveUp: giveUp.signal,
    target: "release",
    shell: ({ name }) => `docker ${name}`,
  });
  return { failures, log };
}

function textOf(event: Event): string {
  switch (event.kind) {
    case "step-start":
      return `> ${event.step}`;
    case "step-end":
      return `< ${event.step} ${event.result}`;
    case "output":
      return `${event.step} | ${event.line}`;
    case "image":
      return `${event.services} ${event.id} ${event.unchanged}`;
    case "url":
      return event.url;
  }
}

function end(behaviour: Behaviour, { signal }: ChildOptions): Promise<number> {
  if (behaviour === "ok") return Promise.resolve(0);
  if (behaviour !== "hangs") return Promise.resolve(behaviour);
  if (signal.aborted) return Promise.resolve(143);
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(143))
  );
}

const kinds = (failures: Failure[]) => failures.map(({ kind }) => kind);

Deno.test("a step starts when what it waits for has succeeded, branches run at once", async () => {
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

Deno.test("the first failure stops the others, starts nothing more and is the only one told", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "slow", behaviour: "hangs" },
      { name: "bad", behaviour: 3 },
      { name: "next", after: ["bad"] },
    ],
  });
  assertEquals(failures, [{
    kind: "step-failed",
    step: "bad",
    why: "reasons",
    shell: "docker bad",
    target: "release",
    code: 3,
  }]);
  assertEquals(log, ["> slow", "> bad", "< bad failed", "< slow stopped"]);
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
    steps: [{ name: "work", behaviour: 1 }, ...steps.slice(1)],
  });
  assertEquals(bad.log.slice(2), ["> one", "< one ok", "> two", "< two ok"]);
  assertEquals(kinds(bad.failures), ["step-failed"]);
});

Deno.test("clean-up that fails is a failure with the command to type, after the first cause", async () => {
  const { failures } = await runSteps({
    steps: [
      { name: "work", behaviour: 1 },
      { name: "down", cleanup: "always", behaviour: 1 },
    ],
  });
  assertEquals(kinds(failures), ["step-failed", "clean-up-failed"]);
  assertEquals(failures[1], {
    kind: "clean-up-failed",
    shell: ["docker down"],
  });
});

Deno.test("a signal stops the step, is the cause of the failure, and clean-up still runs", async () => {
  const { failures, log } = await runSteps({
    steps: [
      { name: "work", behaviour: "hangs" },
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

Deno.test("a step that is not done within its deadline is stopped, and its last line is told", async () => {
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
    why: "reasons",
    shell: "docker slow",
    target: "release",
    seconds: 0.001,
    detail: "still waiting",
  }]);
});

const does = {
  kind: "oneshot" as const,
  service: "migrate",
  container: "shop-migrate-1",
  reports: ["/app/reports"],
  remove: "always" as const,
};

Deno.test("a one-shot's exit code is its container's; reports are copied, then it is removed", async () => {
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
    "run migrate | boom",
    "copy shop-migrate-1:/app/reports",
    "remove shop-migrate-1",
    "< run migrate failed",
  ]);
});

for (
  const [remove, afterSuccess, afterFailure] of [
    ["always", true, true],
    ["success", true, false],
    ["failure", false, true],
  ] as const
) {
  Deno.test(`a one-shot's container that is removed: ${remove}`, async () => {
    const removed = async (behaviour: Behaviour) => {
      const steps = [{
        name: "run migrate",
        does: { ...does, remove },
        behaviour,
      }];
      return (await runSteps({ steps })).log.includes("remove shop-migrate-1");
    };
    assertEquals([await removed("ok"), await removed(1)], [
      afterSuccess,
      afterFailure,
    ]);
  });
}

Deno.test("what is removed beside other steps is gone before clean-up begins", async () => {
  const { log } = await runSteps({
    steps: [
      { name: "run migrate", does: { ...does, reports: [] } },
      { name: "down", cleanup: "always" },
    ],
    executor: {
      remove: async (container) => {
        for (let i = 0; i < 9; i++) await null;
        removed.push(container);
      },
    },
    onStart: (name) => {
      if (name === "down") assertEquals(removed, ["shop-migrate-1"]);
    },
  });
  assertEquals(log.at(-1), "< down ok");
});

const removed: string[] = [];

Deno.test("the URL is made from what the step reads, and told once it is proven", async () => {
  const { failures, log } = await runSteps({
    steps: [{
      name: "url",
      does: { kind: "url", path: "/x", container: "shop-app-1" },
      stdout: "127.0.0.1:4711\n",
    }],
  });
  assertEquals(failures, []);
  assertEquals(log, ["> url", "http://127.0.0.1:4711/x", "< url ok"]);
});

Deno.test("images are told by service, and whether they are the ones from before", async () => {
  const { log } = await runSteps({
    steps: [{
      name: "images",
      does: {
        kind: "images",
        images: [
          { services: ["app"], before: "sha256:1" },
          { services: ["test"], before: "sha256:0" },
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
      },
      behaviour: 99, // a gate's command is only shown
    }],
    executor: {
      awaitReady: (container, { needs }) =>
        Promise.resolve({ ready: false, reason: `${container} ${needs}` }),
    },
  });
  assertEquals(kinds(failures), ["step-failed"]);
  assertEquals(log[1], 'ready db | "db" shop-db-1 healthy');
});
