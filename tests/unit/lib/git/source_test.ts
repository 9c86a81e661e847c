import { assertEquals, assertMatch } from "@std/assert";
import { releaseLabels } from "../../../../lib/compose/labels.ts";
import { addressOf, observeSource } from "../../../../lib/git/source.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { madeIn } from "../../../../lib/reports/place.ts";
import { MODEL, withFolder, writeFiles } from "../../fakes.ts";

/** The marker of a folder of reports. */
const MARK = '{"format":1}';

const ENV = {
  PATH: Deno.env.get("PATH")!,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "c",
  GIT_COMMITTER_EMAIL: "c@example.com",
  GIT_COMMITTER_DATE: "@1700000000 +0200",
};

async function git(directory: string, ...args: string[]) {
  const { success } = await new Deno.Command("git", {
    args: ["-C", directory, ...args],
    env: ENV,
    clearEnv: true,
    stdout: "null",
    stderr: "null",
  }).output();
  assertEquals(success, true, args.join(" "));
}

/** Looks at a checkout whose reports are there. */
function lookAt(directory: string, place: Parameters<typeof madeIn>[1]) {
  return observeSource(
    { directory, env: ENV },
    () => madeIn(directory, place),
  );
}

/** Nothing but the checkout's own files. */
const NONE = () => Promise.resolve([]);

/** Gives the test a repository with one commit, and looks at it from a folder in it. */
function withRepository(
  test: (repository: {
    directory: string;
    look: (below?: string) => ReturnType<typeof observeSource>;
  }) => Promise<void>,
) {
  return withFolder(async (directory) => {
    await writeFiles(directory, {
      "file": "1",
      "below/file": "1",
      ".gitignore": "ignored\n",
    });
    await git(directory, "init", "--quiet");
    await git(directory, "add", "--all");
    await git(directory, "commit", "--quiet", "--message", "first");
    await test({
      directory,
      look: (below = "") =>
        lookAt(`${directory}/${below}`, {
          checkout: directory,
          shown: "reports",
        }),
    });
  });
}

Deno.test("a checkout is its commit, the commit's time and its remote's address", () =>
  withRepository(async ({ directory, look }) => {
    await git(directory, "remote", "add", "origin", "https://u:p@h/me/x.git");
    const { commit, ...rest } = (await look())!;
    assertMatch(commit, /^[0-9a-f]{40}$/);
    assertEquals(rest, {
      epoch: "1700000000",
      dirty: false,
      filters: [],
      changes: [],
      url: "https://h/me/x",
    });
  }));

const CHANGES: [string, string, boolean][] = [
  ["a changed file", "file", true],
  ["a new file", "new", true],
  ["an ignored file", "ignored", false],
  ["a report", "reports/release/run.html", false],
];

for (const [what, path, dirty] of CHANGES) {
  Deno.test(`${what} makes a checkout ${dirty ? "" : "no "}dirty one`, () =>
    withRepository(async ({ directory, look }) => {
      await writeFiles(directory, {
        [path]: "changed",
        // Of an earlier run.
        "reports/release/.todoflow": MARK,
      });
      assertEquals((await look())?.dirty, dirty);
    }));
}

Deno.test("only the folders of targets are todoflow's: all else in the folder of reports is the caller's", () =>
  withRepository(async ({ directory, look }) => {
    await writeFiles(directory, { "reports/models.py": "mine" });
    assertEquals((await look())?.dirty, true);
    const elsewhere = () =>
      lookAt(`${directory}/below`, { checkout: directory, shown: "../out" });
    await Deno.remove(`${directory}/reports`, { recursive: true });
    await writeFiles(directory, {
      "out/test/x": "",
      "out/test/.todoflow": MARK,
    });
    assertEquals((await elsewhere())?.dirty, false);
    await writeFiles(directory, {
      "reports/test/x": "",
      "reports/test/.todoflow": MARK,
    });
    assertEquals((await elsewhere())?.dirty, true);
    const outside = await lookAt(directory, { shown: "/elsewhere" });
    assertEquals(outside?.dirty, true);
  }));

Deno.test("a target's folder that todoflow has not made is the caller's, and so is what git tracks in one that it has", () =>
  withRepository(async ({ directory, look }) => {
    const file = `${directory}/reports/test/view.py`;
    await writeFiles(directory, { "reports/test/view.py": "mine" });
    assertEquals((await look())?.dirty, true);
    const marker = `${directory}/reports/test/.todoflow`;
    await Deno.symlink("view.py", marker);
    assertEquals((await look())?.dirty, true);
    await Deno.remove(marker);
    await git(directory, "add", "--all");
    await git(directory, "commit", "--quiet", "--message", "second");
    await writeFiles(directory, { "reports/test/.todoflow": MARK });
    assertEquals((await look())?.dirty, false);
    await Deno.writeTextFile(file, "changed");
    assertEquals((await look())?.dirty, true);
    await git(directory, "rm", "--quiet", "--cached", "reports/test/view.py");
    assertEquals((await look())?.dirty, true);
  }));

Deno.test("a change outside of the folder makes its checkout dirty, too", () =>
  withRepository(async ({ directory, look }) => {
    assertEquals((await look("below"))?.dirty, false);
    await writeFiles(directory, { file: "changed" });
    assertEquals((await look("below"))?.dirty, true);
  }));

Deno.test("a checkout names its uncommitted changes, each with a stamp that changes when something is written there", () =>
  withRepository(async ({ directory, look }) => {
    await writeFiles(directory, { "b/file": "1", "b/c/file": "1", a: "1" });
    await Deno.remove(`${directory}/file`);
    await writeFiles(directory, { "below/file": "changed" });
    const changes = async () =>
      Object.fromEntries(
        (await look("below"))!.changes.map(({ path, stamp }) => [path, stamp]),
      );
    const before = await changes();
    assertEquals(Object.keys(before), ["a", "b/", "below/file", "file"]);
    assertEquals(await changes(), before);
    await writeFiles(directory, { "b/c/file": "more", a: "2" });
    await Deno.utime(`${directory}/a`, 1, 1);
    const after = await changes();
    assertEquals(Object.values(after).includes(undefined), false);
    assertEquals(
      Object.keys(after).filter((path) => after[path] !== before[path]),
      ["a", "b/"],
    );
  }));

Deno.test("of many changes only the first ones have a stamp, and a new folder with many files has none", () =>
  withRepository(async ({ directory, look }) => {
    const names = Array.from({ length: 201 }, (_, i) => `f${1000 + i}`);
    const files = names.map((name) => [name, "1"] as const);
    await writeFiles(`${directory}/all`, Object.fromEntries(files));
    assertEquals((await look())?.changes, [{ path: "all/", stamp: undefined }]);
    await writeFiles(directory, Object.fromEntries(files));
    const { changes } = (await look())!;
    assertEquals(changes.length, 202);
    const known = changes.filter(({ stamp }) => stamp !== undefined);
    assertEquals(known.length, 99);
  }));

Deno.test("without a commit, a repository or git an image has no source", () =>
  withFolder(async (directory) => {
    const env = { ...ENV, GIT_CEILING_DIRECTORIES: directory };
    const here = { directory, env };
    assertEquals(await observeSource(here, NONE), undefined);
    await git(directory, "init", "--quiet");
    assertEquals(await observeSource(here, NONE), undefined);
    assertEquals(
      await observeSource({ directory, env: { PATH: directory } }, NONE),
      undefined,
    );
  }));

const ADDRESSES: [string, string | undefined][] = [
  ["https://user:token@github.com/me/shop.git", "https://github.com/me/shop"],
  ["http://host:3000/me/shop/", "http://host:3000/me/shop"],
  ["git@github.com:me/shop.git", "https://github.com/me/shop"],
  ["ssh://git@host:2222/me/shop.git", "https://host/me/shop"],
  ["https://host/me/shop?token=secret#x", "https://host/me/shop"],
  ["/srv/git/shop.git", undefined],
  ["file:///srv/git/shop.git", undefined],
  ["../shop", undefined],
  ["", undefined],
];

for (const [remote, address] of ADDRESSES) {
  Deno.test(`the address of the remote "${remote}" is ${address}`, () => {
    assertEquals(addressOf(remote), address);
  });
}

const SOURCE = {
  commit: "0123abc",
  epoch: "1700000000",
  dirty: false,
  filters: [],
  changes: [],
  url: "https://host/me/shop",
};

async function labeled(
  model: string,
  { env = {}, dockerfile = "FROM scratch", ...source }:
    & Partial<typeof SOURCE>
    & {
      env?: Record<string, string>;
      dockerfile?: string;
    } = {},
) {
  const text = await releaseLabels(await readWorkflow(model), {
    source: { ...SOURCE, ...source },
    version: "$1.0",
    env,
    readTextFile: () => Promise.resolve(dockerfile),
  });
  return text === undefined ? undefined : JSON.parse(text).services;
}

Deno.test("every service that shares the release image's build gets its labels and its time, so that it stays one image", async () => {
  const services = await labeled(MODEL);
  assertEquals(
    Object.keys(services),
    ["app", "collectstatic", "migrate", "release"],
  );
  for (const { build } of Object.values<{ build: unknown }>(services)) {
    assertEquals(build, {
      labels: {
        "org.opencontainers.image.revision": "0123abc",
        // For Compose.
        "org.opencontainers.image.version": "$$1.0",
        "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
        "org.opencontainers.image.source": "https://host/me/shop",
      },
      args: { SOURCE_DATE_EPOCH: "1700000000" },
    });
  }
});

Deno.test("a dirty build says so; SOURCE_DATE_EPOCH of the caller wins where it is a time", async () => {
  const of = async (epoch: string) =>
    (await labeled(MODEL, { dirty: true, env: { SOURCE_DATE_EPOCH: epoch } }))
      .app.build;
  const { labels, args } = await of("86400");
  assertEquals(labels["org.opencontainers.image.revision"], "0123abc-dirty");
  assertEquals(
    labels["org.opencontainers.image.created"],
    "1970-01-02T00:00:00Z",
  );
  assertEquals(args.SOURCE_DATE_EPOCH, "86400");
  assertEquals((await of("now")).args.SOURCE_DATE_EPOCH, "1700000000");
});

Deno.test("labels of the Compose file take precedence; a service without a build gets none", async () => {
  const { app } = await labeled(`
name: shop
services:
  app:
    build:
      context: /src
      labels: { org.opencontainers.image.version: own }
      args: { SOURCE_DATE_EPOCH: "0" }
`);
  assertEquals("org.opencontainers.image.version" in app.build.labels, false);
  assertEquals(app.build.args, {});
  assertEquals(
    await labeled("name: shop\nservices: { app: { image: nginx } }"),
    undefined,
  );
});

Deno.test("labels that the Dockerfile sets itself win, those of its base do not matter", async () => {
  const dockerfile =
    'FROM base\nLABEL org.opencontainers.image.version="2" org.opencontainers.image.source=x';
  const { app: { build } } = await labeled(MODEL, { dockerfile });
  assertEquals(Object.keys(build.labels), [
    "org.opencontainers.image.revision",
    "org.opencontainers.image.created",
  ]);
});

Deno.test("every image that can be published gets labels, and no image of tests", async () => {
  const model = MODEL.replace(
    "  db:\n    image: mariadb:10.11\n",
    "  db: { image: me/db, build: { context: /db } }\n",
  ).replace("  acceptance:\n", "  acceptance:\n    image: me/tests\n");
  assertEquals(Object.keys(await labeled(model)), [
    ...["db", "app", "collectstatic", "migrate", "release"],
  ]);
});
