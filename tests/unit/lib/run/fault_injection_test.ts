/**
 * Lets each call of the executor and of the artifacts fail in turn: clean-up must run, and the fault must be reported.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { build$, CommandBuilder, type CommandContext } from "dax";
import {
  type Artifacts,
  NO_ARTIFACTS,
} from "../../../../lib/artifacts/collect.ts";
import type { Event } from "../../../../lib/plan/events.ts";
import { executor } from "../../../../lib/run/docker_executor.ts";
import { journal } from "../../../../lib/artifacts/journal.ts";
import type { Failure } from "../../../../lib/errors/failure.ts";
import { notedFaults } from "../../../../lib/errors/own_fault.ts";
import { pause, type Sleep, within } from "../../../../lib/pause.ts";
import type { Executor } from "../../../../lib/plan/executor.ts";
import type { Shell } from "../../../../lib/plan/plan.ts";
import { run } from "../../../../lib/plan/runner.ts";
import { apiBy } from "../../docker_engine.ts";
import { MODEL, recordedTarget } from "../../fakes.ts";

const CONTAINER = JSON.stringify({
  State: { Status: "running", ExitCode: 0, Health: { Status: "healthy" } },
  Config: {},
});

/** The folder of the Compose file. */
const DIRECTORY = "/src/shop";

/** An engine in memory: what is on it, and the `$` that reaches it. */
function fakeEngine(exitCode: number) {
  const made = new Set<string>();
  const remove = (names: readonly string[]) =>
    names.forEach((name) => made.delete(name));
  // The name is the ID, too.
  const list = (of: RegExp, ...more: string[]) =>
    [...made].filter((name) => of.test(name))
      .map((name) => `${JSON.stringify(["shop", name, name, "", ...more])}\n`)
      .join("");
  const answers: [RegExp, (words: string[]) => string | void][] = [
    [/^compose (create|up|run) /, (words) => {
      made.add("shop_default");
      const at = words.indexOf("--name");
      if (at > 0) made.add(words[at + 1]!);
      else {
        words.slice(2).filter((word) => /^[a-z]/.test(word))
          .forEach((service) => made.add(`shop-${service}-1`));
      }
    }],
    [/^container inspect /, () => `${CONTAINER}\n`],
    [/^wait /, () => `${exitCode}\n`],
    [/^port |^compose port /, () => "0.0.0.0:1\n"],
    [/^ps /, () => list(/-/, "exited", "app", DIRECTORY)],
    [/^network ls /, () => list(/_default$/)],
    [/^image inspect --format \{\{\.Id/, () => `sha256:${"0".repeat(64)}\n`],
    [/^(network )?rm /, remove],
  ];
  const answered = (args: readonly string[]) => {
    const line = args.join(" ");
    const [, answer] = answers.find(([command]) => command.test(line)) ?? [];
    return answer?.([...args]) ?? "";
  };
  const docker = async ({ args, stdout }: CommandContext) => {
    await stdout.writeText(answered(args));
    return { code: 0 };
  };
  const api = apiBy((...args) =>
    Promise.resolve({ code: 0, stdout: answered(args), stderr: "" })
  );
  const $ = build$({
    commandBuilder: new CommandBuilder().clearEnv().noThrow()
      .registerCommand("docker", docker),
  }) as Shell;
  return { $, api, made };
}

/** How a call fails. */
const MODES = ["throws", "rejects", "is late", "hangs"] as const;
type Mode = typeof MODES[number];

/** Which call fails, counted from 0, and how. */
interface Injection {
  at: number;
  mode: Mode;
}

interface Injected {
  /** The method whose call has failed, and whether that was in clean-up. */
  name: string;
  inCleanUp: boolean;
}

const MESSAGE = "injected";

/** A call that returns no promise can only throw. */
const SYNCHRONOUS = ["record", "watch", "report", "usageOf"];

/** The same object, of whose calls one fails; `calls` has the names of all. */
function failing<T extends object>(
  object: T,
  { at, mode }: Injection,
  onFail: (name: string) => void,
): { calls: string[]; object: T } {
  const result = { calls: [] as string[], object: {} as T };
  const fail = (call: () => unknown) => {
    switch (mode) {
      case "throws":
        throw new Error(MESSAGE);
      case "rejects":
        return Promise.reject(new Error(MESSAGE));
      case "is late":
        return new Promise((resolve) => setTimeout(resolve, 10)).then(call);
      case "hangs":
        return new Promise(() => {});
    }
  };
  const wrap =
    (name: string, method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      const call = () => method(...args);
      if (result.calls.push(name) - 1 !== at) return call();
      onFail(name);
      return fail(call);
    };
  for (const [name, method] of Object.entries(object)) {
    Object.assign(result.object, { [name]: wrap(name, method) });
  }
  return result;
}

/** Every fault of these calls: of those that only hear what happens, which are many, the first and the last one. */
function injections(calls: readonly string[]): Injection[] {
  return calls.flatMap((name, at) => {
    if (!SYNCHRONOUS.includes(name)) return MODES.map((mode) => ({ at, mode }));
    const isEnd = [calls.indexOf(name), calls.lastIndexOf(name)].includes(at);
    return isEnd ? [{ at, mode: "throws" }] : [];
  });
}

/** The run: a target, and the exit code of its one-shots. */
interface Scene {
  target: "test" | "release";
  exitCode: number;
  faulty: "executor" | "artifacts" | "reporter";
}

/** Runs a target with a fault, as `perform` does; after it has hung, a signal comes, and later another one. */
async function play(scene: Scene, injection: Injection) {
  const { target, exitCode, faulty } = scene;
  const { $, api, made } = fakeEngine(exitCode);
  const networks = "networks: { default: { name: shop_default } }\n";
  const model = MODEL.replace("  app:\n", `$&    pre_start: [{}]\n`) + networks;
  const plan = await recordedTarget(target, { model });
  const stop = new AbortController();
  const giveUp = new AbortController();
  const faults = notedFaults();
  const events: Event[] = [];
  const cleaned: string[] = [];
  const cleanup = new Set(
    plan.steps.filter(({ cleanup }) => cleanup).map(({ name }) => name),
  );
  let injected: Injected | undefined;
  const timers: ReturnType<typeof setTimeout>[] = [];
  const onFail = (name: string) => {
    injected = { name, inCleanUp: cleaned.length > 0 };
    if (injection.mode !== "hangs") return;
    stop.abort({ kind: "signal", signal: "SIGTERM" } satisfies Failure);
    const needsTwo = injected.inCleanUp ||
      ["remove", "finish", "close"].includes(name);
    timers.push(setTimeout(() => giveUp.abort(), needsTwo ? 50 : LONG));
  };
  const inject = <T extends object>(kind: Scene["faulty"], object: T) =>
    failing(object, kind === faulty ? injection : NEVER, onFail);
  const artifacts = inject("artifacts", {
    ...NO_ARTIFACTS,
    // Its logs are written in the background.
    watch: () => {},
  } as Artifacts);
  const reporter = inject("reporter", {
    report: (event: Event) => void events.push(event),
  });
  const told = journal({
    artifacts: artifacts.object,
    hasPages: true,
    report: reporter.object.report,
    testService: "test",
    oneShots: [],
    files: () => Promise.resolve([]),
    onFault: (error) => void faults.note(error),
    giveUp: giveUp.signal,
    sleep,
  });
  const real = executor({
    $,
    artifacts: artifacts.object,
    api,
    surroundings: { directory: DIRECTORY, env: {} },
    proof: { run: crypto.randomUUID(), directory: DIRECTORY },
    onCollected: told.read,
    sleep,
  });
  const executing = inject("executor", {
    ...real,
    prove: () => Promise.resolve("http://localhost:1"),
  } as Executor);
  const failures = await run({
    ...plan,
    steps: plan.steps.map((step) => ({
      ...step,
      command: $`docker ${step.argv.slice(1)}`,
    })),
  }, {
    executor: executing.object,
    emit: (event) => {
      if (event.kind === "step-start" && cleanup.has(event.step)) {
        cleaned.push(event.step);
      }
      told.emit(event);
    },
    stop: stop.signal,
    giveUp: giveUp.signal,
    target,
    shell: ({ name }) => `docker ${name}`,
    reports: `reports/${target}`,
    again: { command: `todoflow ${target}` },
    faults,
    sleep,
  });
  const ending = told.end(failures).then(() => undefined, String);
  const unwritten = await within(ending, { signal: giveUp.signal });
  timers.forEach(clearTimeout);
  // Waits that the run no longer needs end, so that the test leaves no timer.
  await sleep(0);
  const calls = { executor: executing, artifacts, reporter }[faulty].calls;
  return { failures, made, cleaned, injected, calls, faults, unwritten };
}

const NEVER: Injection = { at: -1, mode: "throws" };

/** Any wait is over at once. */
const sleep: Sleep = (_, signal) => pause(0, signal);

/** Milliseconds after which a run that has hung is taken for one that the first signal does not end. */
const LONG = 10_000;

/** Runs the test where no program is found: what looks for children of a run finds none. */
async function withoutPrograms(test: () => Promise<void>): Promise<void> {
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", "/nowhere");
  try {
    await test();
  } finally {
    Deno.env.set("PATH", path);
  }
}

/** Asserts what must hold after a run in which a call has failed. */
function check(
  { target, exitCode }: Scene,
  { mode }: Injection,
  { failures, made, cleaned, injected, faults, unwritten }: Awaited<
    ReturnType<typeof play>
  >,
) {
  const kinds = failures.map(({ kind }) => kind);
  const what = JSON.stringify({ mode, injected, failures, unwritten });
  if (mode === "throws" || mode === "rejects") {
    const isTold = unwritten?.includes(MESSAGE) || faults.all().some((fault) =>
      fault.kind === "own-fault" && fault.message === MESSAGE
    ) || SILENT.includes(injected!.name);
    assert(isTold, what);
    assertEquals(kinds.includes("clean-up-failed"), false, what);
  }
  if (mode === "is late") {
    assertEquals(kinds, exitCode === 0 ? [] : ["step-failed"], what);
  }
  if (mode === "hangs" && kinds.includes("clean-up-failed")) {
    // Only a removal that hangs keeps a run from removing.
    assert(injected!.name === "remove" || injected!.inCleanUp, what);
    return;
  }
  const isReleased = target === "release" && kinds.length === 0;
  if (isReleased) return;
  assert(cleaned.length > 0, what);
  assertEquals([...made], [], what);
}

/** Its answer does not matter when it fails: the last lines of a log are only shown. */
const SILENT = ["lastLines"];

for (const target of ["test", "release"] as const) {
  for (const exitCode of [0, 1]) {
    for (const faulty of ["executor", "artifacts", "reporter"] as const) {
      const scene = { target, exitCode, faulty };
      const how = exitCode === 0 ? "succeeds" : "fails";
      Deno.test(`whatever call of the ${faulty} fails in a ${target} that ${how}, clean-up runs and it is told`, async () => {
        await withoutPrograms(async () => {
          const whole = await play(scene, NEVER);
          assertEquals(
            whole.failures.map(({ kind }) => kind),
            exitCode === 0 ? [] : ["step-failed"],
          );
          assert(whole.calls.length > 3);
          for (const injection of injections(whole.calls)) {
            const played = await play(scene, injection);
            // Which calls are made depends on time.
            if (played.injected) check(scene, injection, played);
          }
        });
      });
    }
  }
}
