import { assertEquals, assertMatch } from "@std/assert";
import { historyBetween } from "../../../../lib/git/history.ts";
import { type Repository, withRepository } from "../repository.ts";

/** Commits something under a subject; resolves to the hash. */
async function commit({ git }: Repository, subject: string): Promise<string> {
  await git("commit", "--quiet", "--allow-empty", "--message", subject);
  return await git("rev-parse", "HEAD");
}

Deno.test("the commits since another one are counted, and the newest are named", () =>
  withRepository({ file: "1" }, async (repository) => {
    const [first, ...rest] = [
      await commit(repository, "zero"),
      await commit(repository, "one"),
      await commit(repository, "two"),
      await commit(repository, "three"),
      await commit(repository, `commit ${"a".repeat(40)}`),
    ];
    const last = rest.at(-1)!;
    const found = await historyBetween(repository, first!, last);
    assertEquals(found?.added, 4);
    assertEquals(found?.lost, 0);
    assertEquals(
      found?.newest.map((line) => line.replace(/^[0-9a-f]{7,} /, "")),
      [`commit ${"a".repeat(40)}`, "three", "two"],
    );
    assertEquals(await historyBetween(repository, last, last), {
      ...{ added: 0, lost: 0, newest: [] },
    });
    const back = await historyBetween(repository, last, first!);
    assertEquals(back, { added: 0, lost: 4, newest: [] });
  }));

Deno.test("of a rewritten history, the commits of both sides count", () =>
  withRepository({ file: "1" }, async (repository) => {
    const before = await commit(repository, "before");
    await repository.git(
      "commit",
      "--quiet",
      "--amend",
      "--allow-empty",
      "-m",
      "after",
    );
    const now = await repository.git("rev-parse", "HEAD");
    const found = await historyBetween(repository, before, now);
    assertEquals([found?.added, found?.lost], [1, 1]);
    assertMatch(found!.newest[0]!, /^[0-9a-f]{7,} after$/);
  }));

Deno.test("a commit that the repository does not have is unknown, and so is any text that is no hash", () =>
  withRepository({ file: "1" }, async (repository) => {
    const head = await repository.git("rev-parse", "HEAD");
    const { directory } = repository;
    for (const earlier of ["0".repeat(40), "--output=stolen", "HEAD", ""]) {
      assertEquals(await historyBetween(repository, earlier, head), undefined);
    }
    assertEquals(
      [...Deno.readDirSync(directory)].map(({ name }) => name).toSorted(),
      [".git", "file"],
    );
  }));

Deno.test("looking at history runs no program of the checkout's configuration", () =>
  withRepository({ file: "1" }, async (repository) => {
    const first = await repository.git("rev-parse", "HEAD");
    const last = await commit(repository, "signed");
    const { git, directory } = repository;
    await Deno.writeTextFile(
      `${directory}/program`,
      `#!/bin/sh\ntouch '${directory}/ran'\n`,
      { mode: 0o755 },
    );
    const keys = ["gpg.program", "core.pager", "core.fsmonitor"];
    for (const key of keys) await git("config", key, `${directory}/program`);
    await git("config", "log.showSignature", "true");
    assertEquals((await historyBetween(repository, first, last))?.added, 1);
    assertEquals(await Deno.stat(`${directory}/ran`).catch(() => 0), 0);
  }));
