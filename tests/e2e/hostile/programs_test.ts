/**
 * Programs around the tool that do harm: an engine that hangs or is slow, a git that executes what a checkout names.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  ALL,
  type Checkout,
  output,
  type Run,
  spawn,
  withCheckout,
} from "../harness.ts";
import { type FaultyEngine, withFaultyEngine } from "../proxy.ts";
import { assertWell, watchBystander } from "./hostile.ts";

watchBystander();

const TINY = new URL("../fixtures/tiny", import.meta.url).pathname;

/** A release whose migration does not end. */
const STUCK = {
  "compose.yaml": `
services:
  migrate:
    image: debian:bookworm-slim
    command: [sh, -c, "echo migrating; sleep infinity"]
    volumes: ["data:/data"]
  app:
    image: debian:bookworm-slim
    depends_on: { migrate: { condition: service_completed_successfully } }
volumes: { data: }
`,
};

/** The requests to the engine after a run was stopped. Guards: only the removal of a one-shot was without a bound. */
const REMOVALS = [
  "POST /containers/*/stop",
  "DELETE /containers/*",
  "DELETE /networks/*",
  "DELETE /volumes/*",
  "GET /containers/json",
  "GET /containers/*/json",
  "GET /networks",
  "GET /volumes",
  "*",
];

/** How long (ms) a run may take after the second signal, on a machine that is busy with all other tests. */
const GONE_WITHIN = 20_000;

for (const request of REMOVALS) {
  Deno.test({
    name:
      `an engine that hangs at "${request}" when a release is stopped: the second signal ends it`,
    // hang_test.ts has those that stand for the others where time counts.
    ignore: !ALL,
    fn: () =>
      withFaultyEngine(async (checkout, engine) => {
        const run = spawn(checkout, "release");
        await run.shows("| migrating");
        engine.begin();
        await assertStopped(checkout, { run, engine });
      }, {
        ...{ files: STUCK, requests: [request], isLater: true },
        fault: { kind: "hangs" },
      }),
  });
}

Deno.test("an engine that does not remove a one-shot that has ended: the second signal ends a release", () =>
  withFaultyEngine(async (checkout, engine) => {
    const run = spawn(checkout, "release");
    await engine.happens(run.ended);
    await assertStopped(checkout, { run, engine });
  }, {
    from: TINY,
    requests: ["DELETE /containers/*"],
    fault: { kind: "hangs" },
  }));

/** Stops a run by two signals; asserts that it ends, and that nothing is left as soon as the engine is well. */
async function assertStopped(
  checkout: Checkout,
  { run, engine }: { run: Run; engine: FaultyEngine },
): Promise<void> {
  const code = await stopTwice(run, () => engine.happens(run.ended));
  engine.end();
  const cleaned = await checkout.todoflow("clean");
  await assertWell(checkout, cleaned);
  await run.status;
  assertEquals(code, 143, run.stderr());
}

/**
 * Sends SIGTERM, again a second after the run was made to hang, and SIGKILL to a run that is still there; resolves to its
 * exit code.
 */
async function stopTwice(
  run: Run,
  happens: () => Promise<void>,
): Promise<number> {
  const kill = (signal: Deno.Signal) => {
    try {
      run.kill(signal);
    } catch {
      // It has ended.
    }
  };
  kill("SIGTERM");
  await happens();
  // A signal within a second of the first one counts as the same.
  await pause(1_100);
  kill("SIGTERM");
  const timer = setTimeout(() => kill("SIGKILL"), GONE_WITHIN);
  const { code } = await run.ended;
  clearTimeout(timer);
  return code;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A stopped process keeps its connections: no wait for it may last forever. */
Deno.test("an engine whose log goes no further, and does not end: the second signal ends a release", () => {
  const { promise: from, resolve } = Promise.withResolvers<void>();
  return withFaultyEngine(async (checkout, engine) => {
    const run = spawn(checkout, "release");
    await run.shows("| migrating");
    resolve();
    await assertStopped(checkout, { run, engine });
  }, {
    files: STUCK,
    requests: ["GET /containers/*/logs"],
    fault: { kind: "stalls", from },
  });
});

/** slow_test.ts has the first answer of each kind, and those of docker. */
Deno.test({
  name:
    "each answer about an application after its acceptance test is 8 s late: a healthy release succeeds, and has a receipt",
  ignore: !ALL,
  fn: () =>
    withFaultyEngine(async ({ todoflow, directory }) => {
      const { code, stderr } = await todoflow("release");
      assertEquals(code, 0, stderr);
      await Deno.stat(`${directory}/reports/release/receipt.json`);
    }, {
      from: TINY,
      requests: ["GET /containers/*-app-1/json"],
      after: "POST /containers/*-acceptance-1/wait",
      fault: { kind: "is late", ms: 8_000 },
    }),
});

/** Keys of git's configuration that name a program, as far as they can be tried together: one may keep another from it. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  "a monitor of files": ["core.fsmonitor"],
  "a filter": ["filter.evil.clean", "filter.evil.smudge"],
  "a filter that is a process": ["filter.evil.process"],
  // Guards all: they held before.
  "others": [
    ...["core.pager", "core.editor", "core.askPass", "core.sshCommand"],
    ...["core.gitProxy", "diff.external", "diff.evil.textconv"],
    ...["diff.evil.command", "merge.evil.driver", "gpg.program"],
    ...["credential.helper", "sequence.editor", "alias.rev-parse"],
    ...["alias.status", "hooks"],
  ],
};

/** Targets that execute nothing of the checkout. */
const HARMLESS = [
  ["test", "--dry-run"],
  ["release", "--dry-run"],
  ["publish", "--dry-run"],
  ["clean", "--dry-run"],
  ["version"],
  ["doctor"],
  ["ls"],
  ["show"],
] as const;

/** Names a program for a key, or as hooks, that writes the key into a file. */
async function configure(directory: string, key: string, ran: string) {
  const text = `#!/bin/sh\necho ${key} >> ${ran}\nexit 1\n`;
  const write = (path: string) =>
    Deno.writeTextFile(`${directory}/.git/${path}`, text, { mode: 0o755 });
  if (key === "hooks") {
    for (const name of ["post-checkout", "post-index-change", "pre-commit"]) {
      await write(`hooks/${name}`);
    }
    return;
  }
  await write(`${key}.sh`);
  const program = `${directory}/.git/${key}.sh`;
  const value = key.startsWith("alias.") ? `!${program}` : program;
  await output(["git", "config", key, value], { cwd: directory });
}

for (const [what, keys] of Object.entries(PROGRAMS)) {
  const title =
    `a checkout's configuration of git names ${what}: no dry run, version, doctor and ls executes it`;
  // hostile_git_test.ts has every kind of filter.
  const ignore = what === "a filter that is a process" && !ALL;
  Deno.test(title, { ignore }, (t) =>
    withCheckout(async (checkout) => {
      const { directory } = checkout;
      const ran = `${directory}-ran`;
      for (const key of keys) await configure(directory, key, ran);
      for (const args of HARMLESS) {
        await t.step(args.join(" "), async () => {
          // So that git has to look at the file.
          await output(["touch", `${directory}/compose.yaml`]);
          const { stderr } = await checkout.todoflow(...args);
          const names = await Deno.readTextFile(ran).catch(() => "");
          await Deno.remove(ran).catch(() => {});
          assertEquals(names, "", stderr);
        });
      }
      for (const key of keys) {
        if (key === "hooks") continue;
        await output(["git", "config", "--unset", key], { cwd: directory });
      }
    }, {
      files: {
        "Dockerfile": "FROM debian:bookworm-slim\n",
        ".gitattributes": "* filter=evil diff=evil merge=evil\n",
        "compose.yaml": `services:
  test: { image: "debian:bookworm-slim" }
  app: { build: ., image: "127.0.0.1:1/evil" }
`,
      },
    }));
}
