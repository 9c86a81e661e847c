/**
 * Records, locks and folders of the state that another user, another version or an accident has written.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { observeEndpoint } from "../../../lib/engine/current.ts";
import { recordKey } from "../../../lib/state/paths.ts";
import {
  ALL,
  type Checkout,
  exec,
  output,
  spawn,
  twinOf,
  withCheckout,
} from "../harness.ts";
import { assertWell, bounded, project, watchBystander } from "./hostile.ts";

watchBystander();

const IS_ROOT = Deno.uid() === 0;

const ENGINE = await observeEndpoint((...args) =>
  exec(["docker", ...args] as const)
);

/** The path of a project's files in the state of a checkout, without ending; its folder is there. */
async function stateOf({ env }: Checkout, name: string): Promise<string> {
  const folder = `${env.XDG_STATE_HOME}/todoflow`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  return `${folder}/${await recordKey(name, ENGINE)}`;
}

const BASE = { project: "SHAPE", directory: "/nowhere", engine: ENGINE };

const RUN = {
  ...{ id: "q", target: "test", pid: 1, host: "h", reports: "/nowhere/r" },
  ...{ started: "2026-01-01T00:00:00Z", collected: [] },
};

const OWNS = {
  ...{ project: "SHAPE", whole: false, containers: [], networks: [] },
  ...{ volumes: [], images: [] },
};

/** Texts of records that no run of this version has written. */
const SHAPES: Readonly<Record<string, string>> = {
  "nothing": "",
  "half of a record": '{"project":"x"',
  "null": "null",
  "an array": "[]",
  "a number": "5",
  "a string": '"str"',
  "left as a string": '{"left":"x"}',
  "a run alone": '{"run":{"id":"q"}}',
  "a run that is a number": JSON.stringify({ ...BASE, run: 5 }),
  "a run without owns": JSON.stringify({ ...BASE, run: RUN }),
  "a run that owns nothing": JSON.stringify({
    ...BASE,
    run: { ...RUN, owns: null },
  }),
  "a run that owns an empty object": JSON.stringify({
    ...BASE,
    run: { ...RUN, owns: {} },
  }),
  "a run that owns a text": JSON.stringify({
    ...BASE,
    run: { ...RUN, owns: { ...OWNS, containers: "x" } },
  }),
  "a run without collected": JSON.stringify({
    ...BASE,
    run: { ...RUN, owns: OWNS, collected: undefined },
  }),
  "a run whose project is a number": JSON.stringify({
    ...BASE,
    project: 7,
    run: { ...RUN, owns: OWNS },
  }),
  "a format of the future": JSON.stringify({
    format: 999,
    ...BASE,
    run: { ...RUN, owns: { ...OWNS, whole: true } },
  }),
  "100,000 levels": "[".repeat(100_000) + "]".repeat(100_000),
};

Deno.test("every target names each record of another shape, leaves it alone, and runs", (t) =>
  withCheckout(async (checkout) => {
    const paths = await Promise.all(
      Object.entries(SHAPES).map(async ([what, text], i) => {
        const path = `${await stateOf(checkout, `shape${i}`)}.json`;
        await Deno.writeTextFile(path, text.replaceAll("SHAPE", `shape${i}`));
        return [what, `shape${i}.`, path, await Deno.readTextFile(path)];
      }),
    );
    let told = "";
    for (const target of ["ls", "test", "release", "clean"]) {
      await t.step(`${target} runs`, async () => {
        const outcome = await bounded(checkout, target);
        told += outcome.stderr + outcome.stdout;
        assert(!/Uncaught/.test(outcome.stderr), outcome.stderr);
        assertEquals(outcome.code, 0, outcome.stderr);
      });
    }
    for (const [what = "", name = "", path = "", text] of paths) {
      await t.step(`${what} is reported and left alone`, async () => {
        assertEquals(await Deno.readTextFile(path), text);
        assertStringIncludes(told, name);
      });
    }
  }, { files: project("true") }));

/** What is no file where a record is expected, made by a shell script that gets the path. */
const NO_FILES = {
  "a FIFO": 'mkfifo "$0"',
  "a folder": 'mkdir "$0"',
  "a link to nothing": 'ln -s nothing "$0"',
  "a link to a device": 'ln -s /dev/null "$0"',
  "a device": 'mknod "$0" c 1 3',
};

/** Those that stand for the others: what blocks who opens it, and what can be opened by no name. */
const TYPICAL = ["a FIFO", "a link to nothing"];

for (const [what, script] of Object.entries(NO_FILES)) {
  Deno.test({
    name: `${what} as a record: every target runs, names it, and leaves it`,
    ignore: what === "a device" && !IS_ROOT ||
      !TYPICAL.includes(what) && !ALL,
    fn: () =>
      withCheckout(async (checkout) => {
        const path = `${await stateOf(checkout, "odd")}.json`;
        await output(["sh", "-euc", script, path]);
        try {
          let told = "";
          for (const target of ["ls", "test", "clean"]) {
            const options = { ...checkout, hung: 20_000 };
            const outcome = await bounded(options, target);
            await assertWell(checkout, outcome);
            told += outcome.stdout + outcome.stderr;
          }
          assertStringIncludes(told, "odd.");
          await Deno.lstat(path);
        } finally {
          // Else the clean-up of this test would meet it.
          await Deno.remove(path).catch(() => {});
        }
      }, { files: project("true") }),
  });
}

for (
  const ending of ["json.new", "json", "lock", "build.yaml", "compose.yaml"]
) {
  Deno.test(`a link to a precious file as the .${ending} of the project and of its twin: the file is as it was`, () =>
    withCheckout(async (checkout) => {
      const precious = `${checkout.directory}-precious`;
      await Deno.writeTextFile(precious, "precious");
      const { project } = checkout;
      for (const name of [project, twinOf(project, "test")]) {
        const path = `${await stateOf(checkout, name)}.${ending}`;
        await Deno.symlink(precious, path);
        await assertWell(checkout, await checkout.todoflow("test"), [0, 4]);
        assertEquals(await Deno.readTextFile(precious), "precious");
        await Deno.remove(path).catch(() => {});
      }
    }, {
      files: {
        "Dockerfile": "FROM debian:bookworm-slim\n",
        "compose.yaml":
          'services:\n  test: { build: ., command: ["true"] }\n  app: { build: ., ports: ["8000"] }\n',
      },
    }));
}

/** A project whose test does not end. */
const ENDLESS = project("echo waiting; sleep infinity");

Deno.test("a dead run's process id that a stranger has now: the stranger lives", () =>
  withCheckout(async (checkout) => {
    const dead = spawn(checkout, "test");
    await dead.shows("| waiting");
    dead.kill("SIGKILL");
    await dead.status;
    const stranger = new Deno.Command("sleep", { args: ["600"] }).spawn();
    try {
      const twin = twinOf(checkout.project, "test");
      const path = `${await stateOf(checkout, twin)}.json`;
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(
        path,
        text.replace(`"pid":${dead.pid}`, `"pid":${stranger.pid}`),
      );
      await assertWell(checkout, await checkout.todoflow("clean"));
      // A guard: it held before.
      Deno.kill(stranger.pid, "SIGCONT");
    } finally {
      stranger.kill("SIGKILL");
      await stranger.status;
    }
  }, { files: ENDLESS }));

Deno.test("the folder of a dead run with a hostile name: neither sweep nor ls writes it raw", async () => {
  const state = await Deno.makeTempDir();
  const env = { XDG_STATE_HOME: state };
  const files = {
    "compose.yaml": `services:
  test:
    image: debian:bookworm-slim
    command: [sh, -c, "echo waiting; sleep infinity"]
  app: { image: "debian:bookworm-slim" }
`,
  };
  await withCheckout((dead) =>
    withCheckout(async (checkout) => {
      const run = spawn(dead, "test");
      await run.shows("| waiting");
      run.kill("SIGKILL");
      await run.status;
      const listed = await checkout.todoflow("ls");
      const swept = await checkout.todoflow("clean");
      await assertWell(checkout, swept);
      await assertWell(dead, swept);
      const text = listed.stdout + listed.stderr + swept.stdout + swept.stderr;
      assertStringIncludes(text, "odd");
      assert(!text.includes("\x1b"), JSON.stringify(text));
      assert(!/^::error/m.test(text), text);
    }, { files, env }), {
    files,
    env,
    folder: "odd\x1b]0;pwn\x07\n::error::x",
  });
  await Deno.remove(state, { recursive: true });
});
