/**
 * Trees of reports that a container makes, and what of them comes to the host.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Checkout,
  type Outcome,
  output,
  withCheckout,
} from "../harness.ts";
import {
  ALL,
  assertWell,
  bounded,
  measured,
  project,
  watchBystander,
  withUser,
} from "./hostile.ts";

watchBystander();

/** One entry of a tree of reports. */
interface Entry {
  what: string;
  /** Makes it in the folder of the reports, as a script of bash. */
  make: string;
  /** Its path below the folder of the reports, on the host. */
  path: string;
  /** Its text, which must be on the host; without, the entry must not be there, and must be told. */
  taken?: string;
}

/** Each by itself must come to the host, or be told; none may keep another from it. */
const ENTRIES: readonly Entry[] = [
  { what: "a FIFO", make: "mkfifo odd-fifo", path: "odd-fifo" },
  {
    what: "a character device",
    make: "mknod odd-zero c 1 5",
    path: "odd-zero",
  },
  { what: "a block device", make: "mknod odd-block b 7 0", path: "odd-block" },
  {
    what: "a socket",
    make:
      "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local=>q(odd-sock),Listen=>1)'",
    path: "odd-sock",
  },
  {
    what: "an absolute link",
    make: "ln -s /etc/passwd odd-absolute",
    path: "odd-absolute",
  },
  {
    what: "a relative link that leads out",
    make: "ln -s ../../../../../../etc/shadow odd-up",
    path: "odd-up",
  },
  {
    what: "a link to nothing",
    make: "ln -s nothing odd-dangling",
    path: "odd-dangling",
  },
  {
    what: "a link to itself",
    make: "ln -s odd-loop odd-loop",
    path: "odd-loop",
  },
  { what: "a link to a folder", make: "ln -s / odd-root", path: "odd-root" },
  {
    what: "a file that no one may read",
    make: "echo m0 > mode0; chmod 0 mode0",
    path: "mode0",
    taken: "m0\n",
  },
  {
    what: "a folder that no one may enter",
    make: "mkdir closed; echo c > closed/c; chmod 0 closed",
    path: "closed/c",
    taken: "c\n",
  },
  {
    what: "a read-only folder",
    make: "mkdir ro; echo ro > ro/x; chmod 555 ro",
    path: "ro/x",
    taken: "ro\n",
  },
  {
    what: "a setuid shell",
    make: "echo suid > suid; chmod 6755 suid",
    path: "suid",
    taken: "suid\n",
  },
  {
    what: "a file that everybody may write",
    make: "echo w > open; chmod 0777 open",
    path: "open",
    taken: "w\n",
  },
  {
    what: "a sticky folder that everybody may write",
    make: "mkdir sticky; echo s > sticky/s; chmod 7777 sticky",
    path: "sticky/s",
    taken: "s\n",
  },
  {
    what: "two hard links",
    make: "echo hard > hard; ln hard hard2",
    path: "hard2",
    taken: "hard\n",
  },
  {
    what: "a name with a line end",
    make: "echo nl > $'line\\nend'",
    path: "line\nend",
    taken: "nl\n",
  },
  {
    what: "a name with an escape sequence",
    make: "echo esc > $'\\e]0;pwn\\a'",
    path: "\x1b]0;pwn\x07",
    taken: "esc\n",
  },
  {
    what: "a name that is a flag",
    make: "echo dash > ./-rf",
    path: "-rf",
    taken: "dash\n",
  },
  {
    what: "a name that is a command of GitHub",
    make: "echo gh > '::error::x'",
    path: "::error::x",
    taken: "gh\n",
  },
  {
    what: "a name with a quote and a dollar",
    make: `echo q > '$(id)"'"'"`,
    path: `$(id)"'`,
    taken: "q\n",
  },
  {
    what: "a name of 255 bytes",
    make: "echo long > $(printf '%0255d' 0)",
    path: "0".repeat(255),
    taken: "long\n",
  },
  {
    what: "a path of 60 folders",
    make: `d=$(printf 'd/%.0s' {1..60}); mkdir -p $d; echo deep > $d/f`,
    path: `${"d/".repeat(60)}f`,
    taken: "deep\n",
  },
  { what: "an empty file", make: ": > empty", path: "empty", taken: "" },
  ...[
    "events.jsonl",
    "receipt.json",
    "junit.xml",
    "run.html",
    "trace.json",
    "build.log",
    "logs/test.log",
  ].map((path) => ({
    what: `todoflow's own name ${path}`,
    make: `mkdir -p logs; echo own > ${path}`,
    path: `test/${path}`,
    taken: "own\n",
  })),
];

/** Makes all entries, and three whose names lie in wait for the tool. */
const TREE = `mkdir -p /r; cd /r; echo keep > keep.txt
${ENTRIES.map(({ make }) => `(${make})`).join("\n")}
echo hostile > .todoflow; echo hostile > .copy-x; echo hostile > run.html.new
echo $'\\xff' > $'\\xff\\xfe.txt'
true`;

/** Asserts what of an entry is on the host. */
async function assertEntry(
  { path, taken, what }: Entry,
  { folder, stderr }: { folder: string; stderr: string },
) {
  const there = await Deno.lstat(`${folder}/${path}`).catch(() => undefined);
  if (taken === undefined) {
    assertEquals(there, undefined, `${what} is on the host`);
    assertStringIncludes(stderr, path, `${what} is not told`);
    return;
  }
  assert(there?.isFile, `${what} is not on the host\n${stderr}`);
  assertEquals(await Deno.readTextFile(`${folder}/${path}`), taken);
  const bits = there.mode! & 0o7777;
  assertEquals(bits & 0o7000, 0, `${what} has mode ${bits.toString(8)}`);
  assertEquals(bits & 0o600, 0o600, `${what} has mode ${bits.toString(8)}`);
}

/** What holds of every tree: nothing on the host is odd, and no text of a container reaches the terminal raw. */
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

Deno.test("a tree of hostile reports: each entry is on the host with a plain mode, or told", (t) =>
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

Deno.test("reports whose path is no file and no folder are told, and the others are on the host", (t) =>
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

Deno.test("reports on a tmpfs, which are gone with the container, are told", () =>
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
    "a sparse file of 2 GB is left out and told, and the report beside it is on the host",
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
