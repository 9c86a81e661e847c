import { assertEquals, assertMatch } from "@std/assert";
import {
  changedSince,
  pastOf,
  type Present,
} from "../../../../lib/changes/changed.ts";
import { keysOf } from "../../../../lib/changes/compose_keys.ts";
import { pastOfReceipt } from "../../../../lib/changes/receipt.ts";
import { observeSource } from "../../../../lib/git/source.ts";
import { NOTHING_HIDDEN } from "../../../../lib/secrets/redact.ts";
import type { Past } from "../../../../lib/state/green.ts";
import { receiptFor } from "../../receipts.ts";
import { type Repository, withRepository } from "../repository.ts";

const idOf = (digit: string) => `sha256:${digit.repeat(64)}`;

/** The keys of a service with this image. */
function keysWith(image: string) {
  return keysOf({ name: "shop", services: { db: { image } } }, {
    ...{ redactor: NOTHING_HIDDEN, named: [] },
  });
}

/** A run in the repository as it is now. */
async function presentIn(
  repository: Repository,
  change: Partial<Present> = {},
): Promise<Present> {
  return {
    version: "1",
    source: await observeSource(repository, () => Promise.resolve([])),
    keys: keysWith("db:1"),
    images: [{ name: "db:1", id: idOf("a") }],
    versions: { todoflow: "1.0", engine: "26.1.5", compose: "2.26.1" },
    steps: new Map([["build", 900]]),
    ...change,
  };
}

/** The lines that tell of a run after an earlier one. */
async function linesOf(
  repository: Repository,
  past: Past,
  change: Partial<Present> = {},
) {
  const { lines } = await changedSince(
    past,
    await presentIn(repository, change),
    {
      what: "the last green test",
      renames: [],
      asking: repository,
      now: Date.now(),
    },
  );
  return lines;
}

/** Gives the test a repository and what a green run in it has recorded. */
function withGreen(
  test: (repository: Repository, green: Past, short: string) => Promise<void>,
  { before = () => Promise.resolve() }: {
    before?: (repository: Repository) => Promise<void>;
  } = {},
) {
  return withRepository({ file: "1" }, async (repository) => {
    await before(repository);
    const present = await presentIn(repository);
    const commit = present.source!.commit;
    await test(repository, await pastOf(present), commit.slice(0, 7));
  });
}

const NOTHING = "nothing else is known to have changed";

Deno.test("a run like the green one says that nothing has changed", () =>
  withGreen(async (repository, green, short) => {
    assertEquals(await linesOf(repository, green), [
      `nothing in the repository has changed: commit ${short}`,
      NOTHING,
    ]);
  }));

/** A difference, and its line. */
const OUTSIDE: [string, Partial<Present>, string][] = [
  [
    "an image",
    { images: [{ name: "db:1", id: idOf("b") }] },
    "db:1 has moved from aaaaaaaaaaaa to bbbbbbbbbbbb",
  ],
  [
    "the programs",
    { versions: { todoflow: "2.0", engine: "27.0", compose: "2.26.1" } },
    "Docker Engine is 27.0 now, and was 26.1.5; todoflow is 2.0 now, and was 1.0",
  ],
  [
    "a slow step",
    { steps: new Map([["build", 1_901]]) },
    'step "build" took 1.9 s, and 0.9 s then',
  ],
];

for (const [what, change, line] of OUTSIDE) {
  Deno.test(`where only ${what} has changed, the repository has not`, () =>
    withGreen(async (repository, green, short) => {
      assertEquals(await linesOf(repository, green, change), [
        `nothing in the repository has changed: commit ${short}`,
        line,
      ]);
    }));
}

Deno.test("a step that is not twice as slow, or not by a second, or that the green run did not have is no slow step", () =>
  withGreen(async (repository, green) => {
    const steps = { "a": 2_000, "b": 100, "c": 1_000 };
    for (const now of [["a", 4_000], ["b", 1_100], ["constructor", 9_000]]) {
      const lines = await linesOf(repository, { ...green, steps }, {
        steps: new Map([now as [string, number]]),
      });
      assertEquals(lines.at(-1), NOTHING);
    }
  }));

Deno.test("commits, uncommitted changes, keys, images, versions and slow steps are told in this order", () =>
  withGreen(async (repository, green, short) => {
    const { write, git } = repository;
    await write({ file: "2" });
    await git("commit", "--quiet", "--all", "--message", "Fix \x1b[2Jit");
    await write({ file: "3", "new.txt": "1" });
    const [commit = "", ...rest] = await linesOf(repository, green, {
      keys: keysWith("db:2"),
      images: [{ name: "db:1", id: idOf("b") }],
      versions: { todoflow: "1.0", compose: "2.30.0" },
      steps: new Map([["build", 5_000]]),
    });
    assertMatch(commit, /^1 commit: [0-9a-f]{7,} Fix it$/);
    assertEquals(commit.includes(short), false);
    assertEquals(rest, [
      "2 uncommitted changes: file, new.txt",
      "services.db.image is db:2 now",
      "db:1 has moved from aaaaaaaaaaaa to bbbbbbbbbbbb",
      "Compose is 2.30.0 now, and was 2.26.1",
      'step "build" took 5.0 s, and 0.9 s then',
    ]);
  }));

Deno.test("a Compose key may differ at the same commit, because of a variable", () =>
  withGreen(async (repository, green, short) => {
    const keys = keysWith("db:2");
    assertEquals(await linesOf(repository, green, { keys }), [
      `the commit is the same: ${short}`,
      "services.db.image is db:2 now",
    ]);
  }));

Deno.test("a green commit that is not in this clone is told, and so is a rewritten history", () =>
  withGreen(async (repository, green, short) => {
    const lost = { ...green, commit: "0".repeat(40) };
    assertEquals(await linesOf(repository, lost), [
      `the green commit is not in this clone, whose commit is ${short}`,
    ]);
    await repository.git("commit", "--quiet", "--amend", "--message", "Other");
    const lines = await linesOf(repository, green);
    assertMatch(lines[0]!, /^1 commit: [0-9a-f]{7,} Other$/);
    assertMatch(lines[1]!, /^without 1 commit of the green run: /);
  }));

Deno.test("a run behind the green one is told as such", () =>
  withRepository({ file: "1" }, async (repository) => {
    const { write, commit, git } = repository;
    await write({ file: "2" });
    await commit();
    const green = await pastOf(await presentIn(repository));
    await git("reset", "--quiet", "--hard", "HEAD~1");
    assertMatch(
      (await linesOf(repository, green))[0]!,
      /^back at [0-9a-f]{7}, without 1 commit of the green run$/,
    );
  }));

const DIRTY = {
  before: ({ write }: Repository) => write({ file: "changed", new: "1" }),
};

Deno.test("uncommitted changes that the green run had, too, are no change until something is written", () =>
  withGreen(async (repository, green, short) => {
    assertEquals(await linesOf(repository, green), [
      `nothing in the repository has changed: commit ${short} with the same uncommitted changes`,
      NOTHING,
    ]);
    await repository.write({ file: "changed again", more: "1" });
    await Deno.remove(`${repository.directory}/new`);
    assertEquals(await linesOf(repository, green), [
      "2 files written since: file, more",
      "no longer uncommitted: new",
    ]);
    await repository.git("stash", "--include-untracked", "--quiet");
    assertEquals(await linesOf(repository, green), [
      "the green run had uncommitted changes",
    ]);
  }, DIRTY));

Deno.test("uncommitted changes that are not known cannot be compared, and nothing is said to be the same", () =>
  withGreen(async (repository, green) => {
    const { changes: _, ...unknown } = green;
    assertEquals(await linesOf(repository, unknown), [
      "both runs have uncommitted changes, which cannot be compared",
    ]);
  }, DIRTY));

Deno.test("without a commit, nothing is said about the repository", () =>
  withGreen(async (repository, green) => {
    assertEquals(await linesOf(repository, green, { source: undefined }), [
      "the commits cannot be compared: one of them is not known",
      NOTHING,
    ]);
  }));

Deno.test("the title names the green run, its commit and its age", () =>
  withGreen(async (repository, green, short) => {
    const titleOf = async (past: Past) =>
      (await changedSince(past, await presentIn(repository), {
        what: "the last green test",
        renames: [],
        asking: repository,
        now: Date.parse("2026-11-29T12:00:00Z"),
      })).title;
    const at = "2026-11-29T10:00:00Z";
    const { commit: _, ...without } = green;
    assertEquals(
      await titleOf({ ...green, at }),
      `changed since the last green test, ${short} of 2 h ago`,
    );
    assertEquals(
      await titleOf({ ...green, at, dirty: true }),
      `changed since the last green test, ${short} with uncommitted changes of 2 h ago`,
    );
    assertEquals(
      await titleOf({ ...without, at }),
      "changed since the last green test of 2 h ago",
    );
  }));

Deno.test("a receipt is a green run that knows commit, bases, images and versions", () =>
  withRepository({ file: "1" }, async (repository) => {
    const commit = await repository.git("rev-parse", "HEAD");
    const receipt = receiptFor("h/shop", {
      commit,
      engine: "25.0.3",
      images: [
        {
          ...{ service: "app", name: "h/shop", id: idOf("1"), built: true },
          bases: [{ name: "debian", digest: idOf("c") }, { name: "local" }],
        },
        {
          ...{ service: "db", name: "db:1", id: idOf("b"), built: false },
          digests: [`other@${idOf("e")}`, `db@${idOf("d")}`],
        },
      ],
    });
    const past = pastOfReceipt(receipt);
    assertEquals(past.images, [
      { name: "debian:latest", digest: idOf("c") },
      { name: "db:1", id: idOf("b"), digest: idOf("d") },
    ]);
    assertEquals(await linesOf(repository, past), [
      `nothing in the repository has changed: commit ${commit.slice(0, 7)}`,
      "db:1 has moved from bbbbbbbbbbbb to aaaaaaaaaaaa",
      "Docker Engine is 26.1.5 now, and was 25.0.3; todoflow is 1.0 now, and was 0.1.0",
    ]);
  }));
