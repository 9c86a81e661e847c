/**
 * Programs around the tool that do harm: a docker that hangs, is slow or talks, a git that executes what a checkout names.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  ALL,
  appears,
  exec,
  output,
  type Run,
  spawn,
  withCheckout,
  withDocker,
} from "../harness.ts";
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

/** Commands of docker that hang once a run is stopped. Guards: only the removal of a one-shot was without a bound. */
const REMOVALS = {
  "docker rm": '[ "$1" = rm ]',
  "docker network rm": '[ "$1 $2" = "network rm" ]',
  "docker volume rm": '[ "$1 $2" = "volume rm" ]',
  "docker stop": '[ "$1" = stop ]',
  "docker ps": '[ "$1" = ps ]',
  "docker inspect": '[ "$1 $2" = "container inspect" ]',
  "docker logs": '[ "$1" = logs ]',
  "docker image prune": '[ "$1 $2" = "image prune" ]',
  "every docker": "true",
};

/** How long (ms) a run may take after the second signal, on a machine that is busy with all other tests. */
const GONE_WITHIN = 20_000;

for (const [what, condition] of Object.entries(REMOVALS)) {
  Deno.test({
    name: `${what} hangs when a release is stopped: the second signal ends it`,
    // hang_test.ts has those that stand for the others where time counts.
    ignore: !ALL,
    fn: () =>
      withDocker(
        `[ -e $FOLDER/hangs ] && ${condition} && { touch $FOLDER/hung; exec sleep 600; }`,
        ({ PATH, folder }) =>
          withCheckout(async (checkout) => {
            const env = { ...checkout.env, PATH };
            const run = spawn({ ...checkout, env }, "release");
            await run.shows("| migrating");
            await Deno.writeTextFile(`${folder}/hangs`, "");
            const code = await stopTwice(run);
            await Deno.remove(`${folder}/hangs`);
            const cleaned = await checkout.todoflow("clean");
            await run.status;
            await assertWell(checkout, cleaned);
            assertEquals(code, 143, run.stderr());
          }, { files: STUCK }),
      ),
  });
}

Deno.test("docker rm hangs when a one-shot has ended: the second signal ends a release", () =>
  withDocker(
    `[ ! -e $FOLDER/well ] && [ "$1" = rm ] && { touch $FOLDER/hung; exec sleep 600; }`,
    ({ PATH, folder }) =>
      withCheckout(async (checkout) => {
        const env = { ...checkout.env, PATH };
        const run = spawn({ ...checkout, env }, "release");
        await Promise.race([appears(`${folder}/hung`), run.status]);
        const code = await stopTwice(run);
        await Deno.writeTextFile(`${folder}/well`, "");
        const cleaned = await checkout.todoflow("clean");
        await assertWell(checkout, cleaned);
        await run.status;
        assertEquals(code, 143, run.stderr());
      }, { from: TINY }),
  ));

/** Sends SIGTERM, again after a second, and SIGKILL to a run that is still there; resolves to its exit code. */
async function stopTwice(run: Run): Promise<number> {
  const kill = (signal: Deno.Signal) => {
    try {
      run.kill(signal);
    } catch {
      // It has ended.
    }
  };
  kill("SIGTERM");
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

/** SIGSTOP stops a process without ending it: no wait for it may last forever. */
Deno.test("docker logs is stopped by SIGSTOP: the second signal ends a release", () =>
  withDocker(
    '[ "$1" = logs ] && echo $$ >> $FOLDER/logs',
    ({ PATH, folder }) =>
      withCheckout(async (checkout) => {
        const env = { ...checkout.env, PATH };
        const run = spawn({ ...checkout, env }, "release");
        await run.shows("| migrating");
        const pids = await Deno.readTextFile(`${folder}/logs`).catch(() => "");
        for (const pid of pids.split("\n").filter(Boolean)) {
          Deno.kill(Number(pid), "SIGSTOP");
        }
        const code = await stopTwice(run);
        for (const pid of pids.split("\n").filter(Boolean)) {
          await exec(["kill", "-KILL", pid]);
        }
        await run.status;
        await checkout.todoflow("clean");
        await assertWell(checkout, { code, stderr: run.stderr() }, [143]);
      }, { files: STUCK }),
  ));

/** Questions whose answer comes once, 8 s late. */
const SLOW = {
  "the first look at a container": '[ "$1 $2" = "container inspect" ]',
  "the look at the image of the accepted application":
    'case "$*" in *"{{.Image}}"*) true;; *) false;; esac',
  "the list of containers": '[ "$1" = ps ]',
  "the list of images": '[ "$1 $2" = "image ls" ]',
  "the published port": '[ "$1" = port ]',
  "the health check": '[ "$1" = exec ]',
  "the wait for a one-shot": '[ "$1" = wait ]',
  "docker compose config":
    'case "$*" in compose*" config"*) true;; *) false;; esac',
};

for (const [what, condition] of Object.entries(SLOW)) {
  Deno.test({
    name:
      `${what} is answered 8 s late: a healthy release succeeds, and has a receipt`,
    // slow_test.ts has the most dangerous ones.
    ignore: !ALL,
    fn: () =>
      withDocker(
        `${condition} && [ ! -e $FOLDER/once ] && { touch $FOLDER/once; sleep 8; }`,
        ({ PATH }) =>
          withCheckout(async (checkout) => {
            const { code, stderr } = await checkout.todoflow("release");
            assertEquals(code, 0, stderr);
            const { directory } = checkout;
            await Deno.stat(`${directory}/reports/release/receipt.json`);
          }, { from: TINY, env: { PATH } }),
      ),
  });
}

/** Wrappers of docker that say something on stdout before the answer. */
const CHATTY = {
  "a look at a container": '[ "$1 $2" = "container inspect" ]',
  "a list of containers": '[ "$1" = ps ]',
};

for (const [what, condition] of Object.entries(CHATTY)) {
  const title =
    `a notice on stdout before ${what}: no exception, and nothing is left`;
  // trouble_test.ts has one before every answer.
  Deno.test(title, { ignore: !ALL }, () =>
    withDocker(
      `${condition} && echo "WARNING: your Docker is old"`,
      ({ PATH }) =>
        withCheckout(async (checkout) => {
          const env = { ...checkout.env, PATH };
          const run = spawn({ ...checkout, env }, "release");
          const { code } = await run.status;
          const cleaned = await checkout.todoflow("clean");
          assert(!/Uncaught/.test(run.stderr()), run.stderr());
          // Understood, or refused: what counts is that it is no exception, and that nothing is left.
          assertEquals([0, 1, 4].includes(code), true, run.stderr());
          await assertWell(checkout, cleaned);
        }, { from: TINY }),
    ));
}

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
