/**
 * Folders of reports that are another program's: `reports/<target>` is emptied only if todoflow has made it.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  ALL,
  type Checkout,
  exec,
  output,
  spawn,
  withCheckout,
} from "../harness.ts";
import { assertWell, project, USER, watchBystander } from "./hostile.ts";

watchBystander();

/** A folder of reports that is not todoflow's. */
interface Folder {
  what: string;
  /** Makes it, as a shell script in the checkout; `$OUT` is a folder outside of it. */
  make: string;
  /** The file that must still be there, with "precious" in it; `$OUT/…` outside of the checkout. */
  precious: string;
  /** The path that must be named; default: `reports/test`. */
  named?: string;
  target?: "test" | "release";
  /** Whether the target has run before, so that the folder is todoflow's. */
  ran?: boolean;
  /** Whether it needs the right to give files away. */
  root?: boolean;
  env?: Record<string, string>;
  /** Whether another row stands for it. */
  long?: boolean;
}

const TABLE: readonly Folder[] = [
  {
    what: "a tracked file",
    make:
      "mkdir -p reports/test; echo precious > reports/test/models.py; git add -f reports/test",
    precious: "reports/test/models.py",
  },
  {
    what: "a file in no commit",
    make: "mkdir -p reports/test; echo precious > reports/test/new.py",
    precious: "reports/test/new.py",
  },
  {
    what: "a file in no commit, and the target is release",
    make: "mkdir -p reports/release; echo precious > reports/release/notes.md",
    precious: "reports/release/notes.md",
    named: "reports/release",
    target: "release",
  },
  {
    what: "a hidden file",
    long: true,
    make: "mkdir -p reports/test; echo precious > reports/test/.env",
    precious: "reports/test/.env",
  },
  {
    what: "a file deep below",
    long: true,
    make: "mkdir -p reports/test/a/b; echo precious > reports/test/a/b/c",
    precious: "reports/test/a/b/c",
  },
  {
    what: "a file with a name of a report",
    make: "mkdir -p reports/test; echo precious > reports/test/events.jsonl",
    precious: "reports/test/events.jsonl",
  },
  {
    what: "a link reports that leads out of the checkout",
    make: "mkdir $OUT/test; echo precious > $OUT/test/mine; ln -s $OUT reports",
    precious: "$OUT/test/mine",
    named: "reports",
  },
  {
    what: "a link reports/test that leads out of the checkout",
    make: "mkdir reports; echo precious > $OUT/mine; ln -s $OUT reports/test",
    precious: "$OUT/mine",
  },
  {
    what: "a link reports/test within the checkout",
    long: true,
    make:
      "mkdir reports src; echo precious > src/mine; ln -s ../src reports/test",
    precious: "src/mine",
  },
  {
    // A guard: it held before.
    what: "a file reports",
    make: "echo precious > reports",
    precious: "reports",
    named: "reports",
  },
  {
    // A guard: it held before.
    what: "a file reports/test",
    long: true,
    make: "mkdir reports; echo precious > reports/test",
    precious: "reports/test",
  },
  {
    what: "a marker that a commit has brought, beside a tracked file",
    ran: true,
    make: "echo precious > reports/test/mine; git add -f reports/test",
    precious: "reports/test/mine",
  },
  {
    what: "a folder of another user",
    make: `mkdir -p reports/test; echo precious > reports/test/mine
chown -R ${USER}:${USER} reports`,
    precious: "reports/test/mine",
    root: true,
  },
  {
    what: "a folder of another user that has the marker",
    ran: true,
    make: `echo precious > reports/test/mine; chown -R ${USER}:${USER} reports`,
    precious: "reports/test/mine",
    root: true,
  },
  {
    what: "a link, under sudo",
    make: "mkdir $OUT/test; echo precious > $OUT/test/mine; ln -s $OUT reports",
    precious: "$OUT/test/mine",
    named: "reports",
    root: true,
    env: { SUDO_UID: `${USER}`, SUDO_GID: `${USER}` },
  },
];

/** Makes the folder in a fresh checkout, runs the target, and asserts that it refuses and that nothing is gone. */
async function refuses(one: Folder, checkout: Checkout) {
  const { directory } = checkout;
  const { make, precious, named = "reports/test", target = "test" } = one;
  const OUT = `${directory}-out`;
  await Deno.mkdir(OUT);
  if (one.ran) await assertWell(checkout, await checkout.todoflow(target));
  await output(["sh", "-euc", make], { cwd: directory, env: { OUT } });
  const list = () =>
    output(
      [
        "find",
        directory,
        OUT,
        "-not",
        "-path",
        "*/.git*",
        "-printf",
        "%p %U %m\n",
      ],
    );
  const before = await list();
  const outcome = await checkout.todoflow(target);
  await assertWell(checkout, outcome, [4]);
  assertStringIncludes(outcome.stderr, named);
  const file = precious.startsWith("$OUT")
    ? precious.replace("$OUT", OUT)
    : `${directory}/${precious}`;
  assertEquals((await Deno.readTextFile(file)).trim(), "precious");
  assertEquals(await list(), before, "what a refusal has changed");
}

for (const one of TABLE) {
  Deno.test({
    name:
      `the folder of reports holds ${one.what}: exit code 4, named, nothing is deleted or given away`,
    ignore: one.root === true && Deno.uid() !== 0 || one.long === true && !ALL,
    fn: () =>
      withCheckout((checkout) => refuses(one, checkout), {
        files: project("true"),
        env: one.env ?? {},
      }),
  });
}

Deno.test("an empty folder reports/test, and one of an earlier run, may be used", () =>
  withCheckout(async (checkout) => {
    await Deno.mkdir(`${checkout.directory}/reports/test`, { recursive: true });
    for (let time = 0; time < 2; time++) {
      await assertWell(checkout, await checkout.todoflow("test"));
    }
    await Deno.stat(`${checkout.directory}/reports/test/.todoflow`);
  }, { files: project("true") }));

/** Changes that another program makes to the reports while the tests run. */
const MEANWHILE = {
  "rm -rf reports": "rm -rf reports",
  "git clean -fdx": "git clean -fdxq",
  "rm -rf reports/test/logs": "rm -rf reports/test/logs",
  "a file instead of the folder": "rm -rf reports; echo x > reports",
  "a link instead of the folder":
    "rm -rf reports; mkdir $OUT/test; echo precious > $OUT/test/mine; ln -s $OUT reports",
  "a folder that nobody may write": "chmod 0 reports/test reports/test/logs",
};

for (const [what, script] of Object.entries(MEANWHILE)) {
  const title =
    `${what} while the tests run: nothing is left, and nothing is lost`;
  // The first row stands for the others that remove.
  const ignore =
    ["git clean -fdx", "rm -rf reports/test/logs"].includes(what) &&
    !ALL;
  Deno.test(title, { ignore }, () =>
    withCheckout(async (checkout) => {
      const { directory } = checkout;
      const OUT = `${directory}-out`;
      await Deno.mkdir(OUT);
      const run = spawn(checkout, "test");
      await run.shows("| waiting");
      await output(["sh", "-euc", script], { cwd: directory, env: { OUT } });
      await Deno.writeTextFile(`${directory}/go`, "");
      const { code } = await run.status;
      // The tests have passed, their reports are lost: either is a right end.
      await assertWell(checkout, { code, stderr: run.stderr() }, [0, 1, 4]);
      const files = await output(["find", OUT, "-type", "f", "-printf", "%P"]);
      assertEquals(files, script.includes("mine") ? "test/mine" : "");
      await exec(["chmod", "-R", "u+rwx", "reports"], { cwd: directory });
    }, {
      files: project(
        "echo waiting; until [ -e /checkout/go ]; do sleep 0.1; done; mkdir /r; echo 1 > /r/1",
      ),
    }));
}
