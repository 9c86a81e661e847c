/**
 * Two users of one machine. Only root can become another user: for anybody else these tests are skipped.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runFlags } from "../../tools/compile.ts";
import {
  type Checkout,
  exec,
  output,
  ROOT,
  running,
  spawn,
  TODOFLOW,
  withCheckout,
} from "./harness.ts";

/** The other user, whom the system does not know. */
const UID = 12345;

const ignore = Deno.uid() !== 0;

/** A migration that does not end by itself. */
const STUCK = {
  "compose.yaml": `
services:
  migrate:
    image: debian:bookworm-slim
    command: [sh, -c, "echo migrating; sleep infinity"]
  app:
    image: debian:bookworm-slim
    depends_on: { migrate: { condition: service_completed_successfully } }
`,
};

/** The files of the tool. */
const PARTS = ["deno.json", "deno.lock", "lib", "mod.ts", "tasks"];

/** How the other user runs the tool. */
interface OtherUser {
  command: [string, ...string[]];
  /** In addition to that of a checkout. */
  env: Record<string, string>;
  /** Absolute path, the user's own. */
  home: string;
}

/** Copies a file or folder; where the file system is the same, its files are links, which must not be given away. */
async function link(from: string, to: string) {
  const { code } = await exec(["cp", "--recursive", "--link", from, to]);
  if (code !== 0) await output(["cp", "--recursive", from, to]);
}

/** Gives the test another user, who has Deno, its packages and the tool where that user can read them. */
async function withOtherUser(test: (user: OtherUser) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-user-" });
  try {
    await output(["chmod", "755", folder]);
    const home = `${folder}/home`;
    const tool = `${folder}/tool`;
    const cache = `${folder}/cache`;
    for (const path of [home, tool, cache]) await Deno.mkdir(path);
    for (const part of PARTS) await link(`${ROOT}${part}`, tool);
    await link(Deno.execPath(), `${folder}/deno`);
    const { stdout } = await exec([Deno.execPath(), "info", "--json"]);
    await link(`${JSON.parse(stdout).npmCache}`, `${cache}/npm`);
    await output(["chown", `${UID}:${UID}`, home, cache]);
    const docker = Deno.statSync("/var/run/docker.sock").gid;
    await test({
      home,
      command: [
        "setpriv",
        ...[`--reuid=${UID}`, `--regid=${UID}`, `--groups=${docker}`],
        `${folder}/deno`,
        "run",
        ...runFlags(config.tasks.release.command),
        `${tool}/mod.ts`,
      ],
      env: { HOME: home, XDG_STATE_HOME: "", DENO_DIR: cache },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a checkout, which both users can read, the other user's. */
async function giveTo({ directory }: Checkout) {
  await output(["chmod", "711", `${directory}/..`]);
  await output(["chown", "-R", `${UID}:${UID}`, directory]);
}

/** Git refuses a checkout of another user: the version is named. */
const OPTIONS = { files: STUCK, env: { APP_VERSION: "1" } };

Deno.test({
  name:
    "a second run of a project by another user names the first run, ends with exit code 4, and changes nothing",
  ignore,
  fn: () =>
    withOtherUser((user) =>
      withCheckout(async (checkout) => {
        await giveTo(checkout);
        const { directory, project } = checkout;
        const theirs = { ...checkout.env, ...user.env };
        const run = { directory, env: theirs, command: user.command };
        const first = spawn(run, "release");
        await first.shows("| migrating");
        const before = await running(project);
        assert(before.length > 0);
        for (const target of ["test", "release", "publish", "clean"]) {
          // A file that is replaced, as by git or an editor, frees nothing.
          await Deno.copyFile(`${directory}/compose.yaml`, `${directory}/new`);
          await Deno.rename(`${directory}/new`, `${directory}/compose.yaml`);
          const { code, stderr } = await checkout.todoflow(target);
          assertEquals(code, 4, stderr);
          assertStringIncludes(stderr, "another user of this machine");
          assertStringIncludes(stderr, directory);
        }
        assertEquals(await running(project), before);
        // Another project of the user who has the checkout is no other user's.
        const named = { ...theirs, COMPOSE_PROJECT_NAME: `${project}-b` };
        const beside = await exec([...user.command, "clean"], {
          cwd: directory,
          env: named,
        });
        assertEquals(beside.code, 0, beside.stderr);
        first.kill("SIGINT");
        assertEquals((await first.status).code, 130, first.stderr());
        assertEquals(await running(project), []);
        const { code, stderr } = await checkout.todoflow("clean");
        assertEquals(code, 0, stderr);
      }, OPTIONS)
    ),
});

Deno.test({
  name:
    "another user is refused while root runs a target, and not after root's run was killed",
  ignore,
  fn: () =>
    withOtherUser((user) =>
      withCheckout(async (checkout) => {
        await giveTo(checkout);
        const { directory, project, env } = checkout;
        const first = spawn(checkout, "release");
        await first.shows("| migrating");
        const theirs = () =>
          exec([...user.command, "clean"], {
            cwd: directory,
            env: { ...env, ...user.env },
          });
        const { code, stderr } = await theirs();
        assertEquals(code, 4, stderr);
        assertStringIncludes(stderr, "another user of this machine");
        assert((await running(project)).length > 0);
        first.kill("SIGKILL");
        await first.status;
        const later = await theirs();
        assert(!later.stderr.includes("another user of this machine"));
      }, OPTIONS)
    ),
});

Deno.test({
  name:
    "a run does not use records that another user has planted: exit code 4, and no object on the engine is touched",
  ignore,
  fn: () =>
    withCheckout(async (checkout) => {
      const home = await Deno.makeTempDir({ prefix: "todoflow-user-" });
      const planted = `${home}/todoflow`;
      const victim = `${checkout.directory}/important`;
      await Deno.writeTextFile(victim, "important");
      await Deno.mkdir(planted);
      await Deno.writeTextFile(`${planted}/x.1.json`, "{}");
      await Deno.symlink(victim, `${planted}/x.1.json.new`);
      await output(["chmod", "777", planted]);
      await output(["chown", "-Rh", `${UID}:${UID}`, home]);
      const before = await output(["ls", "-laR", planted]);
      const env = { ...checkout.env, XDG_STATE_HOME: home };
      for (const target of ["test", "clean", "ls"]) {
        const { code, stderr } = await exec([...TODOFLOW, target], {
          cwd: checkout.directory,
          env,
        });
        assertEquals(code, 4, stderr);
        assertStringIncludes(stderr, `belongs to the user ${UID}`);
      }
      assertEquals(await output(["ls", "-laR", planted]), before);
      assertEquals(await Deno.readTextFile(victim), "important");
      await Deno.remove(home, { recursive: true });
    }, OPTIONS),
});
