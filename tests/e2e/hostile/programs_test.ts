/**
 * Programs around the tool that do harm: a docker that hangs, is slow or talks, a git that executes what a checkout names.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  appears,
  exec,
  output,
  spawn,
  withCheckout,
  withDocker,
} from "../harness.ts";
import { ALL, assertWell, project, watchBystander } from "./hostile.ts";

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

/** Commands of docker that hang once a run is stopped. The first two are red, the others guards, or not met. */
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

for (const [i, [what, condition]] of Object.entries(REMOVALS).entries()) {
  Deno.test({
    name: `${what} hangs when a release is stopped: the second signal ends it`,
    // Two of them stand for the others where time counts.
    ignore: i > 1 && !ALL,
    fn: () =>
      withDocker(
        `[ -e $FOLDER/hangs ] && ${condition} && { touch $FOLDER/hung; exec sleep 600; }`,
        ({ PATH, folder }) =>
          withCheckout(async (checkout) => {
            const env = { ...checkout.env, PATH };
            const run = spawn({ ...checkout, env }, "release");
            await run.shows("| migrating");
            await Deno.writeTextFile(`${folder}/hangs`, "");
            run.kill("SIGTERM");
            await Promise.race([appears(`${folder}/hung`), run.status]);
            // What comes within a second of the first is taken for the same.
            await pause(1_100);
            const timer = setTimeout(() => run.kill("SIGKILL"), GONE_WITHIN);
            try {
              run.kill("SIGTERM");
            } catch {
              // It does not use this command, and has ended.
            }
            const { code } = await run.ended;
            clearTimeout(timer);
            await Deno.remove(`${folder}/hangs`);
            const cleaned = await checkout.todoflow("clean");
            await run.status;
            await assertWell(checkout, cleaned);
            assertEquals(code, 143, run.stderr());
          }, { files: STUCK }),
      ),
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What stops a process without ending it: nothing that waits for it may wait for ever. */
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
        run.kill("SIGTERM");
        await pause(1_100);
        const timer = setTimeout(() => run.kill("SIGKILL"), GONE_WITHIN);
        try {
          run.kill("SIGTERM");
        } catch {
          // It has ended.
        }
        const { code } = await run.ended;
        clearTimeout(timer);
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

for (const [i, [what, condition]] of Object.entries(SLOW).entries()) {
  Deno.test({
    name:
      `${what} is answered 8 s late: a healthy release succeeds, and has a receipt`,
    ignore: i > 1 && !ALL,
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
  Deno.test(`a notice on stdout before ${what}: no exception, and nothing is left`, () =>
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

/** What of a repository's configuration names a program, and what must not run. Names without a mark are guards. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "core.fsmonitor": "red before",
  "filter.evil.clean": "red before",
  "filter.evil.smudge": "",
  "filter.evil.process": "",
  "core.pager": "",
  "core.editor": "",
  "core.askPass": "",
  "core.sshCommand": "",
  "core.gitProxy": "",
  "diff.external": "",
  "diff.evil.textconv": "",
  "diff.evil.command": "",
  "merge.evil.driver": "",
  "gpg.program": "",
  "credential.helper": "",
  "sequence.editor": "",
  "alias.rev-parse": "",
  "alias.status": "",
};

/** What executes nothing of the checkout. */
const HARMLESS = [
  ["test", "--dry-run"],
  ["release", "--dry-run"],
  ["publish", "--dry-run"],
  ["clean", "--dry-run"],
  ["version"],
  ["doctor"],
  ["ls"],
] as const;

Deno.test("programs that a checkout's configuration of git names: no dry run, version, doctor and ls executes one", (t) =>
  withCheckout(async (checkout) => {
    const { directory } = checkout;
    const ran = `${directory}-ran`;
    for (const name of Object.keys(PROGRAMS)) {
      const program = `${directory}/.git/${name}.sh`;
      await Deno.writeTextFile(
        program,
        `#!/bin/sh\necho ${name} >> ${ran}\nexit 1\n`,
        { mode: 0o755 },
      );
      const value = name.startsWith("alias.") ? `!${program}` : program;
      await output(["git", "config", name, value], { cwd: directory });
    }
    const hook = `#!/bin/sh\necho hook >> ${ran}\n`;
    for (const name of ["post-checkout", "post-index-change", "pre-commit"]) {
      const path = `${directory}/.git/hooks/${name}`;
      await Deno.writeTextFile(path, hook, { mode: 0o755 });
    }
    // As after an unpacked archive: what git believes of the files is out of date.
    await output(["touch", `${directory}/compose.yaml`]);
    for (const args of HARMLESS) {
      await t.step(args.join(" "), async () => {
        await output(["touch", `${directory}/compose.yaml`]);
        const { stderr } = await checkout.todoflow(...args);
        const names = await Deno.readTextFile(ran).catch(() => "");
        await Deno.remove(ran).catch(() => {});
        assertEquals(names, "", stderr);
      });
    }
  }, {
    files: {
      ...project("true"),
      ".gitattributes": "* filter=evil diff=evil merge=evil\n",
    },
  }));
