import { assertEquals } from "@std/assert";
import { dirtOf, filtersOf } from "../../../../lib/git/dirty.ts";
import type { Asking } from "../../../../lib/git/git.ts";
import { writeFiles } from "../../fakes.ts";
import { type Repository, withRepository } from "../repository.ts";

/** Of a filter that makes small letters of capital ones. */
const LOWER = `[filter "lower"]\n\tclean = tr A-Z a-z\n`;
const ATTRIBUTES = { ".gitattributes": "*.txt filter=lower\n" };

/** Whether a checkout is dirty, and the filters that were not run. */
async function dirtIn(asking: Asking) {
  const { dirty, filters } = (await dirtOf(asking))!;
  return { dirty, filters };
}

/** Changes the time of a file, so that git has to look into it. */
function touch({ directory }: Repository, file: string) {
  return Deno.utime(`${directory}/${file}`, 1, 1);
}

/** A commit of a file in the form that the user's filter gives it, and then the file itself. */
async function withFiltered(repository: Repository, config: string) {
  const { directory, write, commit } = repository;
  await write({ ...ATTRIBUTES, "a.txt": "text\n" });
  await commit();
  await writeFiles(directory, { [config]: LOWER, "a.txt": "TEXT\n" });
}

Deno.test("a file with a filter of the user's own is what the filter makes of it", () =>
  withRepository({ file: "1" }, async (repository) => {
    await withFiltered(repository, "../.gitconfig");
    assertEquals(await dirtIn(repository), { dirty: false, filters: [] });
    await repository.write({ "a.txt": "OTHER\n" });
    assertEquals(await dirtIn(repository), { dirty: true, filters: [] });
  }));

Deno.test("a file with a filter of the checkout's own counts as changed, and the filter is named, until git itself has looked", () =>
  withRepository({ file: "1" }, async (repository) => {
    const { git } = repository;
    await withFiltered(repository, "../mine");
    await git("config", "include.path", "../../mine");
    await touch(repository, "a.txt");
    assertEquals(await dirtIn(repository), {
      dirty: true,
      filters: ["lower"],
    });
    // The remedy of a person, and of a build agent.
    assertEquals(await git("status", "--porcelain"), "");
    assertEquals(await dirtIn(repository), { dirty: false, filters: [] });
  }));

for (const format of ["sha1", "sha256"]) {
  Deno.test(`a file of git-lfs is compared by its pointer, without git-lfs, in a repository of ${format}`, () =>
    withRepository({ file: "1" }, async (repository) => {
      const { git, directory, write, commit } = repository;
      await Deno.remove(`${directory}/.git`, { recursive: true });
      await git("init", "--quiet", `--object-format=${format}`);
      await write({
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        // As `printf x | git lfs clean` writes it.
        "a.bin": `version https://git-lfs.github.com/spec/v1
oid sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881
size 1
`,
      });
      await commit();
      await git("config", "filter.lfs.process", "git-lfs filter-process");
      await git("config", "filter.lfs.clean", "git-lfs clean -- %f");
      await git("config", "filter.lfs.required", "true");
      await write({ "a.bin": "x" });
      assertEquals(await dirtIn(repository), { dirty: false, filters: [] });
      await write({ "a.bin": "y" });
      assertEquals((await dirtOf(repository))?.changes, ["a.bin"]);
      await Deno.remove(`${directory}/a.bin`);
      assertEquals((await dirtOf(repository))?.dirty, true);
    }));
}

/** A repository with a submodule that is checked out, and what is done to it. */
const SUBMODULES: [string, boolean, (sub: string) => Promise<unknown>][] = [
  ["is as it was committed", false, () => Promise.resolve()],
  ["has a changed file", true, (sub) => writeFiles(sub, { file: "changed" })],
  ["has a new file", true, (sub) => writeFiles(sub, { new: "x" })],
  ["is not checked out", false, async (sub) => {
    await Deno.remove(sub, { recursive: true });
    await Deno.mkdir(sub);
  }],
  ["is broken", true, async (sub) => {
    await Deno.remove(`${sub}/.git`, { recursive: true });
    await Deno.mkdir(`${sub}/.git`);
  }],
];

for (const [what, dirty, change] of SUBMODULES) {
  Deno.test(`a submodule that ${what} makes a checkout ${dirty ? "" : "no "}dirty one`, () =>
    withRepository({ file: "1" }, async ({ directory, env, git, commit }) => {
      const sub = `${directory}/below/sub`;
      await writeFiles(sub, { file: "1" });
      await git("init", "--quiet", sub);
      await git("-C", sub, "add", "--all");
      await git("-C", sub, "commit", "--quiet", "--message", "x");
      await commit();
      await change(sub);
      // The variables of a hook are about the repository around it.
      const hook = { GIT_DIR: `${directory}/.git`, GIT_WORK_TREE: directory };
      for (const more of [{}, hook]) {
        const found = await dirtOf({ directory, env: { ...env, ...more } });
        assertEquals(found?.dirty, dirty);
        assertEquals(found?.changes, dirty ? ["below/sub"] : []);
      }
    }));
}

Deno.test("a submodule at another commit makes a checkout a dirty one", () =>
  withRepository({ file: "1" }, async ({ directory, env, git, commit }) => {
    const sub = `${directory}/sub`;
    await git("init", "--quiet", sub);
    const advance = () =>
      git("-C", sub, "commit", "--quiet", "--allow-empty", "--message", "x");
    await advance();
    await commit();
    assertEquals((await dirtOf({ directory, env }))?.dirty, false);
    await advance();
    await advance();
    await git("-C", sub, "reset", "--quiet", "--hard", "HEAD");
    assertEquals((await dirtOf({ directory, env }))?.dirty, true);
  }));

Deno.test("settings that hide new files do not hide them here", () =>
  withRepository({ file: "1" }, async ({ directory, env, git, write }) => {
    await git("config", "status.showUntrackedFiles", "no");
    await write({ new: "x" });
    assertEquals((await dirtOf({ directory, env }))?.dirty, true);
  }));

Deno.test("a git that does not name the scope of a setting runs no filter", () =>
  withRepository({ file: "1" }, async (repository) => {
    const { directory, env } = repository;
    await withFiltered(repository, "../.gitconfig");
    await Deno.mkdir(`${directory}/../bin`);
    await Deno.writeTextFile(
      `${directory}/../bin/git`,
      `#!/bin/sh\ncase "$*" in *--show-scope*) exit 129 ;; esac\nPATH='${env.PATH}' exec git "$@"\n`,
      { mode: 0o755 },
    );
    const PATH = `${directory}/../bin:${env.PATH}`;
    const found = await dirtIn({ directory, env: { ...env, PATH } });
    assertEquals(found, { dirty: true, filters: ["lower"] });
  }));

Deno.test("a filter that the checkout sets is off, unless the user has set it the same way", () => {
  const { silenced, settings } = filtersOf([
    { scope: "global", key: "filter.a.b.clean", value: "mine" },
    { scope: "global", key: "filter.other.clean", value: "mine" },
    { scope: "local", key: "filter.a.b.clean", value: "theirs" },
    { scope: "worktree", key: "filter.other.clean", value: "mine" },
    { scope: "local", key: "remote.origin.url", value: "u" },
  ]);
  assertEquals([...silenced], ["a.b"]);
  assertEquals(settings, [
    ...["-c", "filter.a.b.clean="],
    ...["-c", "filter.a.b.process="],
    ...["-c", "filter.a.b.required=false"],
  ]);
});
