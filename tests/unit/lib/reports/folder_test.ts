import { exitCode } from "../../../../lib/errors/exit_code.ts";
import { explain } from "../../../../lib/errors/wording.ts";
import { dirname } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { checkFolder, checkoutOf } from "../../../../lib/reports/checks.ts";
import { give, takeFolder } from "../../../../lib/reports/folder.ts";
import { withFolder, writeFiles } from "../../fakes.ts";
import { canMount, mounted, succeeds } from "../../mounts.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "", HOME: "/nonexistent" };
const isRoot = Deno.uid() === 0;

/** Where the function is that a process without root's rights calls. */
const TAKES =
  new URL("../../../../lib/reports/folder.ts", import.meta.url).href;

/** Whether another user may read this repository. */
const canDropRights = isRoot && await succeeds(
  ...["setpriv", "--reuid=12345", "--clear-groups", "test", "-r"] as const,
  new URL(TAKES).pathname,
);

interface Context {
  /** A git repository. */
  checkout: string;
  /** A folder beside it, with a file `precious`. */
  elsewhere: string;
  folder: string;
  take: (
    options?: { keep?: boolean; env?: Record<string, string> },
  ) => ReturnType<typeof takeFolder>;
  git: (...args: string[]) => Promise<void>;
}

function withCheckout(test: (context: Context) => Promise<void>) {
  return withFolder(async (outer) => {
    const checkout = `${outer}/checkout`;
    await writeFiles(outer, { "elsewhere/precious": "mine", "checkout/x": "" });
    const git = async (...args: string[]) => {
      await new Deno.Command("git", {
        args: ["-C", checkout, ...args],
        stdout: "null",
        stderr: "null",
      }).output();
    };
    await git("init", "--quiet");
    const folder = `${checkout}/reports/test`;
    await test({
      checkout,
      elsewhere: `${outer}/elsewhere`,
      folder,
      git,
      take: ({ keep = false, env = {} } = {}) =>
        takeFolder({ folder, checkout, keep, env: { ...ENV, ...env } }),
    });
  });
}

/** All that is below a folder, links as such. */
async function tree(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === ".git") continue;
    found.push(below + name);
    if (isDirectory) {
      found.push(...await tree(`${folder}/${name}`, `${below}${name}/`));
    }
  }
  return found.toSorted();
}

const RUN_START = JSON.stringify({
  kind: "run-start",
  target: "test",
  tool: "0.1.0",
  steps: [],
});

/** Folders that a run may take, and their content afterwards. */
const TAKEN: [string, Record<string, string>][] = [
  ["is not there", {}],
  ["has a marker", {
    "reports/test/.todoflow": '{"format":1}',
    "reports/test/deep/old.xml": "old",
  }],
  ["an earlier version has made", {
    "reports/test/events.jsonl": `${RUN_START}\n{}`,
    "reports/test/old.xml": "old",
  }],
];

for (const [what, files] of TAKEN) {
  Deno.test(`a folder that ${what} is taken, empty but for its marker`, () =>
    withCheckout(async ({ checkout, folder, take }) => {
      await writeFiles(checkout, { ...files, "reports/mine": "stays" });
      const { path } = await take();
      assertEquals(path, folder);
      assertEquals(await tree(`${checkout}/reports`), [
        "mine",
        "test",
        "test/.todoflow",
      ]);
      // A run takes the folder that it has made again.
      await take();
    }));
}

Deno.test("files of the same run stay", () =>
  withCheckout(async ({ folder, take }) => {
    await take();
    await writeFiles(folder, { "unit.xml": "unit" });
    await take({ keep: true });
    assertEquals(await tree(folder), [".todoflow", "unit.xml"]);
  }));

/** Foreign folders: how they are made, and the reason of the refusal. */
const REFUSED: [string, (context: Context) => Promise<void>, RegExp][] = [
  ["has files without a marker", async ({ checkout }) => {
    await writeFiles(checkout, { "reports/test/models.py": "" });
  }, /would remove .*\/reports\/test\/models\.py/],
  ["has a marker that is none", async ({ checkout }) => {
    await writeFiles(checkout, { "reports/test/.todoflow": "mine" });
  }, /would remove .*\.todoflow/],
  ["has a marker that is a link", async ({ checkout, folder }) => {
    await writeFiles(checkout, { "marker": '{"format":1}' });
    await Deno.mkdir(folder, { recursive: true });
    await Deno.symlink("../../marker", `${folder}/.todoflow`);
  }, /would remove .*\.todoflow/],
  ["a later version has made", async ({ checkout }) => {
    await writeFiles(checkout, { "reports/test/.todoflow": '{"format":2}' });
  }, /a later version .*\.todoflow$/],
  ["has another program's events", async ({ checkout }) => {
    await writeFiles(checkout, {
      "reports/test/events.jsonl": '{"kind":"run-start"}\n',
    });
  }, /would remove .*events\.jsonl/],
  ["another target has made", async ({ checkout }) => {
    await writeFiles(checkout, {
      "reports/test/events.jsonl": RUN_START.replace("test", "release"),
    });
  }, /would remove .*events\.jsonl/],
  ["has tracked files beside its marker", async ({ checkout, git }) => {
    await writeFiles(checkout, {
      "reports/test/.todoflow": '{"format":1}',
      "reports/test/test_reports.py": "",
    });
    await git("add", "reports/test/test_reports.py");
  }, /would remove reports\/test\/test_reports\.py, which git tracks/],
  ["has tracked files that are not there now", async ({ checkout, git }) => {
    await writeFiles(checkout, { "reports/test/a": "" });
    await git("add", "reports/test/a");
    await Deno.remove(`${checkout}/reports`, { recursive: true });
  }, /would remove reports\/test\/a, which git tracks/],
  ["is a file", async ({ checkout }) => {
    await writeFiles(checkout, { "reports/test": "" });
  }, /reports\/test is not a folder/],
  ["is below a file", async ({ checkout }) => {
    await writeFiles(checkout, { "reports": "" });
  }, /reports is not a folder/],
  ["is a link", async ({ checkout, elsewhere }) => {
    await Deno.mkdir(`${checkout}/reports`);
    await Deno.symlink(elsewhere, `${checkout}/reports/test`);
  }, /reports\/test is a symbolic link/],
  ["is a link inside of the checkout", async ({ checkout }) => {
    await writeFiles(checkout, { "other/.todoflow": '{"format":1}' });
    await Deno.mkdir(`${checkout}/reports`);
    await Deno.symlink("../other", `${checkout}/reports/test`);
  }, /reports\/test is a symbolic link/],
  ["is reached through a link out of the checkout", async (context) => {
    const { checkout, elsewhere } = context;
    await writeFiles(elsewhere, { "test/.todoflow": '{"format":1}' });
    await Deno.symlink(elsewhere, `${checkout}/reports`);
  }, /reports leads out of the checkout, to .*\/elsewhere/],
  ["is reached through a link that leads nowhere", async ({ checkout }) => {
    await Deno.symlink("../nowhere", `${checkout}/reports`);
  }, /reports is a symbolic link/],
];

for (const [what, make, why] of REFUSED) {
  Deno.test(`a folder that ${what} is refused, and nothing is changed`, () =>
    withCheckout(async (context) => {
      const { checkout, elsewhere, folder, take } = context;
      await make(context);
      const before = [await tree(checkout), await tree(elsewhere)];
      const { failure } = await assertRejects(() => take(), TodoflowError);
      assertEquals(failure.kind, "foreign-reports");
      assertEquals(exitCode(failure), 4);
      const { headline, why: told = "" } = explain(failure);
      assert(headline.includes(folder), headline);
      assert(why.test(told), told);
      assertEquals([await tree(checkout), await tree(elsewhere)], before);
    }));
}

Deno.test("tracked files are seen even if the caller's environment names another repository, as in a hook", () =>
  withCheckout(async ({ checkout, folder, git, take }) => {
    await take();
    await writeFiles(folder, { mine: "mine" });
    await git("add", "--force", "reports/test/mine");
    const envs = [
      { GIT_DIR: ".git" },
      // The variables that git gives the hooks of a linked worktree.
      { GIT_DIR: `${checkout}/.git` },
      { GIT_DIR: "/nonexistent" },
      { GIT_WORK_TREE: "/tmp" },
      { GIT_INDEX_FILE: "/nonexistent" },
      { GIT_CEILING_DIRECTORIES: checkout },
    ];
    for (const env of envs) {
      const { failure } = await assertRejects(
        () => take({ env }),
        TodoflowError,
      );
      assert(failure.kind === "foreign-reports", failure.kind);
      assertEquals(failure.problem, "tracked");
    }
    assertEquals(await tree(folder), [".todoflow", "mine"]);
  }));

Deno.test("a link that stays in the checkout is followed, and the folder is where it leads", () =>
  withCheckout(async ({ checkout, take }) => {
    await Deno.mkdir(`${checkout}/build`);
    await Deno.symlink("build", `${checkout}/reports`);
    assertEquals((await take()).path, `${checkout}/build/test`);
  }));

Deno.test("a folder out of the checkout may be named; the same marker counts there", () =>
  withCheckout(async ({ elsewhere }) => {
    const take = (folder: string) => takeFolder({ folder, env: ENV });
    await take(`${elsewhere}/new/test`);
    assertEquals(await tree(elsewhere), [
      "new",
      "new/test",
      "new/test/.todoflow",
      "precious",
    ]);
    await assertRejects(() => take(elsewhere), TodoflowError);
    assertEquals(await Deno.readTextFile(`${elsewhere}/precious`), "mine");
  }));

Deno.test({
  name:
    "another user's folder is refused, and so is another's marker; under sudo the caller's is taken",
  // Only root may give files away.
  ignore: !isRoot,
  fn: () =>
    withCheckout(async ({ folder, take }) => {
      await take();
      for (const path of [folder, `${folder}/.todoflow`]) {
        await Deno.chown(path, 12345, 12345);
        const { failure } = await assertRejects(() => take(), TodoflowError);
        assertEquals(failure, {
          kind: "foreign-reports",
          ...{ folder, problem: "owner", path, uid: 12345 },
        });
        await assertRejects(() => take({ env: { SUDO_UID: "1" } }));
        await take({ env: { SUDO_UID: "12345" } });
        await Deno.chown(path, 0, 0);
      }
    }),
});

Deno.test("a folder is refused if git fails to list its tracked files, or is stopped", () =>
  withCheckout(async ({ checkout, folder, take }) => {
    const stopped = AbortSignal.abort();
    const options = { folder, checkout, env: ENV, signal: stopped };
    const { failure } = await assertRejects(
      () => takeFolder(options),
      TodoflowError,
    );
    assertEquals(failure.kind, "git-hangs");
    await Deno.writeTextFile(`${checkout}/.git/index`, "no index");
    await assertRejects(() => take(), Error, "cannot tell");
    assertEquals(await tree(checkout), ["x"]);
  }));

Deno.test("a folder is refused where git is there and cannot be started", () =>
  withCheckout(async ({ checkout, folder, git, take }) => {
    await take();
    await writeFiles(folder, { mine: "mine" });
    await git("add", "--force", "reports/test/mine");
    // More than the kernel hands on, as agents with long lists of files set it.
    const env = { LONG: "x".repeat(200_000) };
    const { failure } = await assertRejects(() => take({ env }), TodoflowError);
    assert(failure.kind === "no-git", failure.kind);
    assert(failure.detail?.includes("list too long"), failure.detail);
    assertEquals(await tree(folder), [".todoflow", "mine"]);
    // Where there is no git, there is nothing that it could track.
    await take({ env: { PATH: checkout } });
  }));

Deno.test("emptying removes folders without permissions, and follows no link", () =>
  withCheckout(async ({ elsewhere, folder, take }) => {
    await take();
    await writeFiles(folder, { "a/b/c": "" });
    await Deno.symlink(elsewhere, `${folder}/a/link`);
    await Deno.symlink(elsewhere, `${folder}/link`);
    await Deno.chmod(`${folder}/a/b`, 0);
    await Deno.chmod(`${folder}/a`, 0);
    await take();
    assertEquals(await tree(folder), [".todoflow"]);
    assertEquals(await tree(elsewhere), ["precious"]);
  }));

/** The mounts: another file system, and a part of the same one, whose device has the same number. */
const MOUNTS: [string, (elsewhere: string) => string[]][] = [
  ["another file system", () => ["-t", "tmpfs", "none"]],
  ["a folder of the same file system", (elsewhere) => ["--bind", elsewhere]],
];

for (const [what, from] of MOUNTS) {
  Deno.test({
    name: `emptying stops where ${what} is mounted in the folder, and says so`,
    ignore: !canMount,
    fn: () =>
      withCheckout(async ({ elsewhere, folder, take }) => {
        await take();
        const at = `${folder}/deep/mounted`;
        await Deno.mkdir(at, { recursive: true });
        await mounted(from(elsewhere), at, async () => {
          await writeFiles(at, { precious: "mine" });
          const { failure } = await assertRejects(() => take(), TodoflowError);
          assertEquals(failure, {
            kind: "foreign-reports",
            ...{ folder, problem: "mount", path: at },
          });
          assertEquals(await Deno.readTextFile(`${at}/precious`), "mine");
        });
      }),
  });
}

/** Things that take the folder's place after it was checked, while git and the records are asked. */
const SWAPS: [string, (context: Context) => Promise<void>][] = [
  ["a link", ({ folder, elsewhere }) => Deno.symlink(elsewhere, folder)],
  [
    "a link above it",
    async ({ checkout, elsewhere }) => {
      await Deno.rename(`${checkout}/old`, `${elsewhere}/test`);
      await Deno.remove(`${checkout}/reports`);
      await Deno.symlink(elsewhere, `${checkout}/reports`);
    },
  ],
  [
    "another folder",
    ({ folder, elsewhere }) => Deno.rename(elsewhere, folder),
  ],
];

for (const [what, swap] of SWAPS) {
  Deno.test(`nothing is removed when ${what} takes the folder's place after it was checked`, () =>
    withCheckout(async (context) => {
      const { checkout, folder, take } = context;
      await take();
      await writeFiles(folder, { "old.xml": "old" });
      const options = { folder, checkout, env: ENV };
      const checked = await checkFolder(options);
      await Deno.rename(folder, `${checkout}/old`);
      await swap(context);
      const before = await tree(dirname(checkout));
      await assertRejects(
        () => takeFolder({ ...options, checked }),
        Error,
        "was replaced while the run went on",
      );
      assertEquals(await tree(dirname(checkout)), before);
    }));
}

Deno.test("a folder in one that a run empties is refused, unless another user has marked that", () =>
  withCheckout(async ({ checkout, folder, take }) => {
    await take();
    const inner = { folder: `${folder}/test`, checkout, env: ENV };
    const { failure } = await assertRejects(
      () => takeFolder(inner),
      TodoflowError,
    );
    assertEquals(failure, {
      kind: "foreign-reports",
      ...{ folder: inner.folder, problem: "within", path: folder },
    });
    assertEquals(await tree(folder), [".todoflow"]);
    if (isRoot) {
      await Deno.chown(`${folder}/.todoflow`, 12345, 12345);
      await takeFolder(inner);
    }
  }));

Deno.test("a file above a folder that is called as the marker is, and is none, says nothing", () =>
  withCheckout(async ({ checkout, take }) => {
    for (const text of ["", "mine", "{}", "null"]) {
      await writeFiles(checkout, { ".todoflow": text });
      await take();
    }
  }));

Deno.test({
  name:
    "tracked files are seen where the reports are another file system than the checkout",
  ignore: !canMount,
  fn: () =>
    withCheckout(async ({ checkout, folder, git, take }) => {
      await Deno.mkdir(`${checkout}/reports`);
      await mounted(
        ["-t", "tmpfs", "none"],
        `${checkout}/reports`,
        async () => {
          await take();
          await writeFiles(folder, { mine: "mine" });
          await git("add", "--force", "reports/test/mine");
          const { failure } = await assertRejects(() => take(), TodoflowError);
          assert(failure.kind === "foreign-reports", failure.kind);
          assertEquals(failure.problem, "tracked");
        },
      );
    }),
});

Deno.test({
  name:
    "a mount in a read-only folder is not removed by a user without root's rights",
  ignore: !canMount || !canDropRights,
  fn: () =>
    withCheckout(async ({ checkout, elsewhere, folder, take }) => {
      await take();
      const at = `${folder}/mounted`;
      await Deno.mkdir(at);
      const paths = [checkout, `${checkout}/reports`, folder];
      for (const path of [...paths, `${folder}/.todoflow`]) {
        await Deno.chown(path, 12345, 12345);
      }
      await Deno.chmod(dirname(checkout), 0o777);
      const deno = `${dirname(checkout)}/deno`;
      await Deno.copyFile(Deno.execPath(), deno);
      await Deno.chmod(deno, 0o755);
      await Deno.chmod(elsewhere, 0o777);
      await mounted(["--bind", elsewhere], at, async () => {
        for (const mode of [0o555, 0o755]) {
          await Deno.chmod(folder, mode);
          const { success, stdout, stderr } = await new Deno.Command(
            "setpriv",
            {
              args: [
                ...["--reuid=12345", "--regid=12345", "--clear-groups"],
                ...[deno, "eval", "--quiet", "--no-lock"],
                `import { takeFolder } from "${TAKES}";
await takeFolder({ folder: "${folder}", checkout: "${checkout}", env: {} })
  .catch((error) => console.log(error.failure?.problem));`,
              ],
              env: {
                DENO_DIR: `${dirname(checkout)}/cache`,
                HOME: "/nonexistent",
              },
            },
          ).output();
          assert(success, new TextDecoder().decode(stderr));
          assertEquals(new TextDecoder().decode(stdout), "mount\n");
          assertEquals(await tree(elsewhere), ["precious"]);
        }
      });
    }),
});

Deno.test("a folder that two checkouts name is the first one's, as long as there is that", () =>
  withCheckout(async ({ checkout, elsewhere }) => {
    const folder = `${elsewhere}/shared/test`;
    const other = `${elsewhere}/other`;
    await Deno.mkdir(other);
    await takeFolder({ folder, directory: other, env: ENV });
    await writeFiles(folder, { "unit.xml": "theirs" });
    const { failure } = await assertRejects(
      () => takeFolder({ folder, directory: checkout, env: ENV }),
      TodoflowError,
    );
    assertEquals(failure, {
      kind: "foreign-reports",
      ...{ folder, problem: "project", path: other },
    });
    assertEquals(await Deno.readTextFile(`${folder}/unit.xml`), "theirs");
    await takeFolder({ folder, directory: other, env: ENV });
    await Deno.remove(other);
    // It then has another owner, which the first one's return does not change.
    await takeFolder({ folder, directory: checkout, env: ENV });
    await Deno.mkdir(other);
    await assertRejects(
      () => takeFolder({ folder, directory: other, env: ENV }),
      TodoflowError,
    );
    // A sweep does not know whether a checkout has the folder.
    await takeFolder({ folder, directory: checkout, keep: true, env: ENV });
  }));

Deno.test("a checkout that was moved takes the reports that are in it", () =>
  withCheckout(async ({ checkout, elsewhere }) => {
    const options = (directory: string) => ({
      ...{ folder: `${directory}/reports/test`, checkout: directory },
      ...{ directory, env: ENV },
    });
    await takeFolder(options(checkout));
    await Deno.rename(checkout, `${elsewhere}/moved`);
    await Deno.mkdir(checkout);
    await takeFolder(options(`${elsewhere}/moved`));
  }));

Deno.test("a folder is refused that has the records of runs in it", () =>
  withCheckout(async ({ folder, take }) => {
    await take();
    const env = { XDG_STATE_HOME: `${folder}/state` };
    await writeFiles(folder, { "state/todoflow/a.json": "{}" });
    const { failure } = await assertRejects(() => take({ env }), TodoflowError);
    assert(failure.kind === "foreign-reports", failure.kind);
    assertEquals(failure.problem, "state");
    assertEquals(
      await Deno.readTextFile(`${folder}/state/todoflow/a.json`),
      "{}",
    );
  }));

Deno.test("a folder that is removed while the run goes on is made again, with its marker", () =>
  withCheckout(async ({ checkout, folder, take }) => {
    const { ensure } = await take();
    assertEquals(await ensure(), false);
    await Deno.remove(`${checkout}/reports`, { recursive: true });
    assertEquals(await ensure(), true);
    assertEquals(await tree(folder), [".todoflow"]);
    // A test that begins with `rm -rf reports; mkdir -p reports/test`
    await Deno.remove(folder, { recursive: true });
    await Deno.mkdir(folder);
    await ensure();
    assertEquals(await ensure(), false);
    assertEquals(await tree(folder), [".todoflow"]);
  }));

Deno.test("a folder that is emptied while the run goes on gets its marker again, so that the next run takes it", () =>
  withCheckout(async ({ folder, take }) => {
    const { ensure } = await take();
    await Deno.remove(`${folder}/.todoflow`);
    await writeFiles(folder, { "unit.xml": "unit" });
    assertEquals(await ensure(), false);
    assertEquals(await tree(folder), [".todoflow", "unit.xml"]);
    await take();
    assertEquals(await tree(folder), [".todoflow"]);
  }));

Deno.test("a folder that was moved away is not written to through a link in the place of the one above it", () =>
  withCheckout(async ({ checkout, elsewhere, take }) => {
    const { ensure } = await take();
    await Deno.rename(`${checkout}/reports`, `${elsewhere}/reports`);
    await Deno.symlink(`${elsewhere}/reports`, `${checkout}/reports`);
    await assertRejects(ensure, Error, "was replaced while");
  }));

Deno.test("nothing is written through a link, or into a foreign folder, that takes the folder's place", () =>
  withCheckout(async ({ checkout, elsewhere, folder, take }) => {
    const { ensure } = await take();
    await Deno.remove(folder, { recursive: true });
    await Deno.symlink(elsewhere, folder);
    await assertRejects(ensure, Error, "was replaced while the run went on");
    await Deno.remove(folder);
    await writeFiles(folder, { mine: "" });
    await assertRejects(ensure, Error, "was replaced while the run went on");
    await Deno.remove(`${checkout}/reports`, { recursive: true });
    await Deno.symlink(elsewhere, `${checkout}/reports`);
    await assertRejects(ensure, Error, "was replaced while the run went on");
    assertEquals(await tree(elsewhere), ["precious"]);
  }));

Deno.test({
  name:
    "under sudo the caller gets what the run has made: no link's target, no other's file, no folder that was there",
  ignore: !isRoot,
  fn: () =>
    withCheckout(async ({ checkout, elsewhere, folder, take }) => {
      const env = { SUDO_UID: "12345", SUDO_GID: "54321" };
      await Deno.mkdir(`${checkout}/reports`);
      const taken = await take({ env });
      await writeFiles(folder, { "deep/a": "", "others": "" });
      await Deno.chown(`${folder}/others`, 7, 7);
      await Deno.symlink(`${elsewhere}/precious`, `${folder}/link`);
      await Deno.symlink(elsewhere, `${folder}/folder`);
      await taken.give();
      const owner = async (path: string) => (await Deno.lstat(path)).uid;
      const owners: [string, number][] = [
        [checkout, 0],
        [`${checkout}/reports`, 0],
        [folder, 12345],
        [`${folder}/.todoflow`, 12345],
        [`${folder}/deep/a`, 12345],
        [`${folder}/others`, 7],
        [elsewhere, 0],
        [`${elsewhere}/precious`, 0],
      ];
      for (const [path, uid] of owners) assertEquals(await owner(path), uid);
      // A folder that was made for it, too, also one that a test has removed meanwhile; one that was empty is whose it was.
      await Deno.remove(`${checkout}/reports`, { recursive: true });
      const again = await take({ env });
      assertEquals(await owner(`${checkout}/reports`), 12345);
      await Deno.remove(`${checkout}/reports`, { recursive: true });
      await again.ensure();
      assertEquals(await owner(`${checkout}/reports`), 12345);
      assertEquals(await owner(checkout), 0);
      await Deno.remove(folder, { recursive: true });
      await Deno.mkdir(folder);
      const empty = await take({ env });
      await Deno.link(`${elsewhere}/precious`, `${folder}/second`);
      await writeFiles(folder, { "deep/one": "" });
      await Deno.link(`${folder}/deep/one`, `${folder}/two`);
      await empty.give();
      // A link has taken the place of the folder above it.
      await Deno.symlink(elsewhere, `${checkout}/link`);
      await give(`${checkout}/link/precious`, { uid: 0, env });
      // All names of a file are in the folder.
      assertEquals(await owner(`${folder}/two`), 12345);
      assertEquals(await owner(folder), 0);
      assertEquals(await owner(`${elsewhere}/precious`), 0);
    }),
});

Deno.test("without sudo, no file changes its owner", () =>
  withFolder(async (folder) => {
    await give(folder, { uid: Deno.uid(), env: {} });
    assertEquals((await Deno.lstat(folder)).uid, Deno.uid());
  }));

Deno.test("a checkout is the nearest folder with a .git, or the folder itself", () =>
  withFolder(async (folder) => {
    assertEquals(await checkoutOf(`${folder}/a/b`), `${folder}/a/b`);
    await writeFiles(folder, { "a/.git": "gitdir: elsewhere" });
    assertEquals(await checkoutOf(`${folder}/a/b/c`), `${folder}/a`);
  }));
