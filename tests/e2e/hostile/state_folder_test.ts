/**
 * Folders of the state that others can write to: what stands there is not todoflow's.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { observeEndpoint } from "../../../lib/engine/current.ts";
import { recordKey } from "../../../lib/state/paths.ts";
import { identities } from "../foreign.ts";
import {
  type Checkout,
  exec,
  output,
  spawn,
  TODOFLOW,
  twinOf,
  withCheckout,
} from "../harness.ts";
import {
  assertWell,
  bounded,
  project,
  USER,
  watchBystander,
} from "./hostile.ts";

watchBystander();

const IS_ROOT = Deno.uid() === 0;

const ENGINE = await observeEndpoint((...args) =>
  exec(["docker", ...args] as const)
);

/** Folders of the state that are not private, made by a shell script that gets the path. */
const FOLDERS = {
  "that everybody may write": 'mkdir -p "$0"; chmod 0777 "$0"',
  "that its group may write": 'mkdir -p "$0"; chmod 0770 "$0"; chgrp 100 "$0"',
  "of another user": `mkdir -p "$0"; chown ${USER} "$0"`,
  "that is a link": 'mkdir -p "$0-else"; ln -s "$0-else" "$0"',
  // A guard: it held before.
  "that is a file": 'mkdir -p "$(dirname "$0")"; echo precious > "$0"',
};

for (const [what, script] of Object.entries(FOLDERS)) {
  Deno.test({
    name:
      `a folder of the state ${what}: exit code 4, named, nothing is written there`,
    ignore: !IS_ROOT,
    fn: () =>
      withCheckout(async (checkout) => {
        const folder = `${checkout.env.XDG_STATE_HOME}/todoflow`;
        await output(["sh", "-euc", script, folder]);
        for (const target of ["test", "release", "clean"]) {
          const outcome = await checkout.todoflow(target);
          await assertWell(checkout, outcome, [4]);
          assertStringIncludes(outcome.stderr, folder);
        }
        const files = await output(["find", `${folder}/`, "-type", "f"])
          .catch(() => "");
        assertEquals(files, "");
        await Deno.remove(folder, { recursive: true });
      }, { files: project("true") }),
  });
}

/** A project whose test does not end. */
const ENDLESS = project("echo waiting; sleep infinity");

Deno.test({
  name:
    "without HOME, todoflow reads and follows nothing that another user has planted in the folder for temporary files",
  ignore: !IS_ROOT,
  fn: () =>
    withCheckout((victim) =>
      withCheckout(async (checkout) => {
        const TMPDIR = `${checkout.directory}-tmp`;
        const precious = `${checkout.directory}-precious`;
        await Deno.writeTextFile(precious, "precious", { mode: 0o600 });
        const env = { ...victim.env, XDG_STATE_HOME: TMPDIR };
        const dead = spawn({ ...victim, env }, "test");
        await dead.shows("| waiting");
        dead.kill("SIGKILL");
        await dead.status;
        const things = [`container ${twinOf(victim.project, "test")}-test-run`];
        const before = await identities(things);
        const twin = twinOf(checkout.project, "test");
        const key = await recordKey(twin, ENGINE);
        await Deno.symlink(precious, `${TMPDIR}/todoflow/${key}.json.new`);
        await output(["chown", "-hR", `${USER}`, TMPDIR]);
        await output(["chmod", "0777", `${TMPDIR}/todoflow`]);
        const outcome = await withoutHome(checkout, TMPDIR);
        assertEquals(await identities(things), before, outcome.stderr);
        assertEquals(await Deno.readTextFile(precious), "precious");
        await assertWell(checkout, outcome, [0, 4]);
        // The victim itself finds its own records, and cleans up.
        await output(["chown", "-hR", "0", TMPDIR]);
        await output(["chmod", "0700", `${TMPDIR}/todoflow`]);
        await Deno.remove(`${TMPDIR}/todoflow/${key}.json.new`)
          .catch(() => {});
        await bounded({ ...victim, env }, "clean");
      }, { files: project("true") }), { files: ENDLESS }),
});

/** Runs `todoflow test` as a service of systemd does that has no user. */
async function withoutHome(checkout: Checkout, TMPDIR: string) {
  const { denoDir } = JSON.parse(
    await output([Deno.execPath(), "info", "--json"]),
  );
  const { XDG_STATE_HOME: _, ...env } = checkout.env;
  const unset = ["--unset=HOME", "--unset=XDG_STATE_HOME"];
  return await bounded({
    ...checkout,
    env: { ...env, TMPDIR, DENO_DIR: denoDir },
    command: ["env", ...unset, ...TODOFLOW],
  }, "test");
}
