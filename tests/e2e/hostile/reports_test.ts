/**
 * Trees of reports that a container makes, and what of them comes to the host.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ALL,
  type Checkout,
  type Outcome,
  output,
  withCheckout,
} from "../harness.ts";
import {
  assertWell,
  bounded,
  measured,
  project,
  watchBystander,
  withUser,
} from "./hostile.ts";
import { ENTRIES, type Entry, TREE } from "./tree.ts";

watchBystander();

/** Asserts what of an entry is on the host. */
async function assertEntry(
  { path, taken, what, unseen }: Entry,
  { folder, stderr }: { folder: string; stderr: string },
) {
  const there = await Deno.lstat(`${folder}/${path}`).catch(() => undefined);
  if (taken === undefined) {
    assertEquals(there, undefined, `${what} is on the host`);
    if (!unseen) assertStringIncludes(stderr, path, `${what} is not told`);
    return;
  }
  assert(there?.isFile, `${what} is not on the host\n${stderr}`);
  assertEquals(await Deno.readTextFile(`${folder}/${path}`), taken);
  const bits = there.mode! & 0o7777;
  assertEquals(bits & 0o7000, 0, `${what} has mode ${bits.toString(8)}`);
  assertEquals(bits & 0o600, 0o600, `${what} has mode ${bits.toString(8)}`);
}

/** Holds for every tree: nothing on the host is odd, and no text of a container reaches the terminal raw. */
async function assertHarmless(folder: string, { stderr }: Outcome) {
  const odd = ["!", "-type", "f", "!", "-type", "d"];
  assertEquals(await output(["find", folder, ...odd]), "");
  assertEquals(await output(["find", folder, "-perm", "/7000"]), "");
  assert(!stderr.includes("\x1b]"), "raw text on the terminal");
  assert(!/^::error/m.test(stderr), "raw text on the terminal");
  const marker = await Deno.readTextFile(`${folder}/.todoflow`).catch(() => "");
  assert(!marker.includes("hostile"), "the container has written the marker");
}

/** Runs the tests, which make the tree, and looks at each entry. */
async function assertTree(checkout: Checkout, t: Deno.TestContext) {
  const outcome = await checkout.todoflow("test");
  const folder = `${checkout.directory}/reports/test`;
  await t.step("the run ends well, and keep.txt is on the host", async () => {
    await assertWell(checkout, outcome);
    assertEquals(await Deno.readTextFile(`${folder}/keep.txt`), "keep\n");
  });
  await t.step(
    "nothing on the host or on the terminal is odd",
    () => assertHarmless(folder, outcome),
  );
  for (const entry of ENTRIES) {
    await t.step(
      entry.what,
      () => assertEntry(entry, { folder, stderr: outcome.stderr }),
    );
  }
  await t.step(
    "the next run can remove all of it",
    async () => await assertWell(checkout, await checkout.todoflow("test")),
  );
}

Deno.test("a tree of hostile reports: each entry is on the host with a plain mode, or named as lost", (t) =>
  withCheckout(async (checkout) => {
    const outcome = await checkout.todoflow("test");
    await assertWell(checkout, outcome);
    const folder = `${checkout.directory}/reports/test`;
    assertEquals(await Deno.readTextFile(`${folder}/keep.txt`), "keep\n");
    await assertHarmless(folder, outcome);
    for (const entry of ENTRIES) {
      await t.step(
        entry.what,
        () => assertEntry(entry, { folder, stderr: outcome.stderr }),
      );
    }
    // The next run must be able to remove all of it.
    await assertWell(checkout, await checkout.todoflow("test"));
  }, { files: project(TREE) }));

Deno.test({
  name: "the same tree for a user who is not root",
  ignore: Deno.uid() !== 0,
  fn: (t) =>
    withUser(async (checkout) => {
      await assertTree(checkout, t);
    }, { files: project(TREE) }),
});

/** Paths of reports that are no files. */
const NO_FILES = ENTRIES.filter(({ taken }) => taken === undefined);

Deno.test("a run names each report whose path is no file and no folder, and copies the others", (t) =>
  withCheckout(async (checkout) => {
    const { code, stdout, stderr } = await bounded(checkout, "test");
    await assertWell(checkout, { code, stderr });
    assertEquals(stdout, "");
    const { directory } = checkout;
    assertEquals(
      await Deno.readTextFile(`${directory}/reports/test/keep.txt`),
      "keep\n",
    );
    for (const { what, path } of NO_FILES) {
      await t.step(
        what,
        () => assertStringIncludes(stderr, `no report /r/${path}: `),
      );
    }
  }, {
    files: project(TREE, {
      reports: [...NO_FILES.map(({ path }) => `/r/${path}`), "/r/keep.txt"],
    }),
  }));

Deno.test("a run names reports on a tmpfs, which are gone with the container", () =>
  withCheckout(async (checkout) => {
    const outcome = await checkout.todoflow("test");
    await assertWell(checkout, outcome);
    assertStringIncludes(outcome.stderr, "no report /r");
  }, {
    files: project("echo x > /r/x.xml", { test: "tmpfs: [/r]" }),
  }));

/** A JUnit report of 10 MB at most, and a hard link to it for each number. */
const LINKED = `mkdir -p /r; cd /r
{ echo '<testsuite name="s">'; for i in $(seq 60000); do
echo '<testcase classname="a.b.c.d.e.f.g.h.i.j" name="test of the hostile input number '$i'" time="0.001"/>'
done; echo '</testsuite>'; } | head -c 9900000 > 0.xml; echo '</testsuite>' >> 0.xml
for i in $(seq 480); do ln 0.xml $i.xml; done`;

Deno.test({
  name: "480 reports of megabytes each: the run ends well in less than 300 MB",
  ignore: !ALL,
  fn: () =>
    withCheckout(async (checkout) => {
      const outcome = await measured({ ...checkout, hung: 600_000 }, "test");
      await assertWell(checkout, outcome);
      assert(outcome.peak < 300, `${outcome.peak} MB`);
      const { directory } = checkout;
      await Deno.stat(`${directory}/reports/test/junit.xml`);
    }, { files: project(LINKED) }),
});

Deno.test({
  name:
    "a run leaves out and names a sparse file of 2 GB, and copies the report next to it",
  ignore: !ALL,
  fn: () =>
    withCheckout(async (checkout) => {
      const outcome = await bounded(
        { ...checkout, hung: 600_000 },
        "test",
      );
      await assertWell(checkout, outcome);
      const folder = `${checkout.directory}/reports/test`;
      assertEquals(await Deno.readTextFile(`${folder}/keep.txt`), "keep\n");
      assertStringIncludes(outcome.stderr, "sparse");
      const megabytes = Number(
        (await output(["du", "-sm", folder])).split("\t")[0],
      );
      assert(megabytes < 1_500, `${megabytes} MB on the host`);
    }, {
      files: project(
        "mkdir -p /r; cd /r; truncate -s 2G sparse; echo keep > keep.txt",
      ),
    }),
});

Deno.test({
  // A guard: it held before.
  name: "100,000 files: the run ends well",
  ignore: !ALL,
  fn: () =>
    withCheckout(async (checkout) => {
      const outcome = await bounded({ ...checkout, hung: 600_000 }, "test");
      await assertWell(checkout, outcome);
    }, {
      files: project(
        "mkdir -p /r; cd /r; seq -f f%.0f 100000 | xargs touch",
      ),
    }),
});
