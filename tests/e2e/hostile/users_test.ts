/**
 * Two users of one machine in one checkout: one run per project, whichever user began it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { identities } from "../foreign.ts";
import { ALL, spawn } from "../harness.ts";
import {
  assertWell,
  project,
  type UserCheckout,
  watchBystander,
  withUser,
} from "./hostile.ts";

watchBystander();

/** Its test lasts until there is a file `go`. */
const LONG = project(
  "echo waiting; until [ -e /checkout/go ]; do sleep 0.1; done",
);

/** Where root's runs are recorded. */
const STATE = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(STATE, { recursive: true }));

/** The state of root in that checkout: records of its own, and the permission of git. */
function rootIn({ env }: UserCheckout): UserCheckout["env"] {
  const { HOME: _, DENO_DIR: __, ...rest } = env;
  return {
    ...rest,
    // A folder in one of the user's would be refused.
    XDG_STATE_HOME: STATE,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
}

for (const target of ["test", "release", "clean"] as const) {
  Deno.test({
    name:
      `root's ${target} while another user's test runs: exit code 4, and the test passes`,
    // What a run holds is the same for every target; clean is the one that would remove most.
    ignore: Deno.uid() !== 0 || target !== "clean" && !ALL,
    fn: () =>
      withUser(async (checkout) => {
        const { directory, project } = checkout;
        const run = spawn(checkout, "test");
        await run.shows("| waiting");
        const things = [`container ${project}--test-test-run`];
        const before = await identities(things);
        const root = spawn({ directory, env: rootIn(checkout) }, target);
        await root.until((stderr) => stderr.includes("| waiting"));
        const after = await identities(things);
        await Deno.writeTextFile(`${directory}/go`, "");
        const refused = await root.status;
        const { code } = await run.status;
        assertEquals(after, before, root.stderr());
        assertEquals(refused.code, 4, root.stderr());
        assert(!root.stderr().includes("dubious"), root.stderr());
        await assertWell(checkout, { code, stderr: run.stderr() });
      }, { files: LONG }),
  });
}

Deno.test({
  name:
    "another user's test while root's runs: exit code 4, and root's test passes",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withUser(async (checkout) => {
      const { directory, project } = checkout;
      const run = spawn({ directory, env: rootIn(checkout) }, "test");
      await run.shows("| waiting");
      const things = [`container ${project}--test-test-run`];
      const before = await identities(things);
      const other = spawn(checkout, "test");
      await other.until((stderr) => stderr.includes("| waiting"));
      const between = await identities(things);
      await Deno.writeTextFile(`${directory}/go`, "");
      const refused = await other.status;
      const { code } = await run.status;
      assertEquals(between, before, other.stderr());
      assertEquals(refused.code, 4, other.stderr());
      await assertWell(checkout, { code, stderr: run.stderr() });
      // The files that root has written there are root's: the user's next run must say so, not fail for it.
      const after = await checkout.todoflow("test");
      await assertWell(checkout, after, [0, 4]);
    }, { files: LONG }),
});
