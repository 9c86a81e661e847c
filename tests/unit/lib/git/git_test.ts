import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Surroundings } from "../../../../lib/child.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { gitIn, trackedFiles } from "../../../../lib/git/git.ts";
import { observeSource } from "../../../../lib/git/source.ts";
import { appVersion, gitVersion } from "../../../../lib/git/version.ts";
import { cli, withFolder } from "../../fakes.ts";
import { withRepository } from "../repository.ts";

/** Gives the test a `git` that is a wrapper and never answers, and says which of its processes there are. */
function withHanging(
  test: (
    context: Surroundings & {
      /** Resolves when git was asked. */
      asked: () => Promise<void>;
      left: () => Promise<string[]>;
    },
  ) => Promise<void>,
) {
  return withFolder(async (directory) => {
    await Deno.writeTextFile(
      `${directory}/git`,
      `#!/bin/sh\n: > '${directory}/asked'\nsleep 600\n`,
      { mode: 0o755 },
    );
    const mark = crypto.randomUUID();
    await test({
      directory,
      env: { PATH: `${directory}:/usr/bin:/bin`, MARK: mark },
      asked: async () => {
        const { stat } = Deno;
        while (!await stat(`${directory}/asked`).catch(() => undefined)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      left: async () => {
        const { stdout } = await new Deno.Command("ps", {
          args: ["axeww", "-o", "args="],
        }).output();
        return new TextDecoder().decode(stdout).split("\n")
          .filter((line) => line.includes(`MARK=${mark}`));
      },
    });
  });
}

Deno.test("a git that does not answer is given up, with all that it has started", () =>
  withHanging(async ({ left, ...surroundings }) => {
    const { failure } = await assertRejects(
      () => gitVersion({ ...surroundings, within: 300 }),
      TodoflowError,
    );
    const { directory } = surroundings;
    assertEquals(failure, { kind: "git-hangs", directory, seconds: 0.3 });
    assertEquals(await left(), []);
    assertEquals(await trackedFiles({ ...surroundings, within: 300 }), []);
    assertEquals(
      await observeSource(
        { ...surroundings, within: 300 },
        () => Promise.resolve([]),
      ),
      undefined,
    );
    assertEquals(await left(), []);
  }));

Deno.test("a question of git ends with its signal, and is not asked after it", () =>
  withHanging(async ({ left, asked, ...surroundings }) => {
    const stop = new AbortController();
    const { signal } = stop;
    const answer = assertRejects(() => gitVersion({ ...surroundings, signal }));
    await asked();
    stop.abort();
    await answer;
    await assertRejects(() => gitVersion({ ...surroundings, signal }));
    await assertRejects(() => gitVersion({ ...surroundings, giveUp: signal }));
    assertEquals(await left(), []);
  }));

for (const target of ["version", "doctor", "test", "publish"]) {
  Deno.test(`a signal ends ${target} while git does not answer, and git with it`, () =>
    withHanging(async ({ directory, env, asked, left }) => {
      const listeners = new Set<(signal: string) => void>();
      const ended = cli([target], {
        directory,
        env,
        onSignal: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      });
      await asked();
      listeners.forEach((listener) => listener("SIGTERM"));
      const { code, stderr } = await ended;
      assertEquals(code, 143, stderr);
      assertEquals(await left(), []);
    }));
}

Deno.test("a refusal of another user's repository has git's own remedy", () =>
  withRepository({ file: "1" }, async ({ directory, env }) => {
    const others = { ...env, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    const { code, stderr } = await cli(["version"], { directory, env: others });
    assertEquals(code, 4);
    const remedy = `git config --global --add safe.directory ${directory}`;
    assert(stderr.includes(`Next: ${remedy}\n`), stderr);
    assert(stderr.includes("detected dubious ownership in repository"), stderr);
    assertEquals(stderr.includes("APP_VERSION"), false, stderr);
  }));

Deno.test("git asks the repository that the variables of a hook name", () =>
  withRepository({ file: "1" }, async ({ directory, env, git }) => {
    const worktree = `${directory}/../worktree`;
    await git("worktree", "add", "--quiet", "--detach", worktree);
    const inWorktree = { directory: worktree, env };
    const commit = await gitVersion(inWorktree);
    // As git sets them for the hooks of a worktree.
    const hook = {
      ...env,
      GIT_DIR: await git("-C", worktree, "rev-parse", "--absolute-git-dir"),
      GIT_INDEX_FILE: `${directory}/.git/worktrees/worktree/index`,
    };
    const inHook = { directory: worktree, env: hook };
    assertEquals(await gitVersion(inHook), commit);
    assertEquals(
      (await observeSource(inHook, () => Promise.resolve([])))?.dirty,
      false,
    );
    await Deno.writeTextFile(`${worktree}/file`, "2");
    assertEquals(
      (await observeSource(inHook, () => Promise.resolve([])))?.dirty,
      true,
    );
  }));

Deno.test("git reads the input that it is given", () =>
  withRepository({ file: "1" }, async (repository) => {
    const git = gitIn(repository);
    const { stdout } = await git(["hash-object", "--stdin"], "1");
    const ids = await git(["ls-files", "--stage", "file"]);
    assert(ids.stdout.includes(stdout.trim()));
    // One that reads nothing has ended before it is written.
    const { code } = await git(["rev-parse", "HEAD"], "x".repeat(1_000_000));
    assertEquals(code, 0);
  }));

Deno.test("APP_VERSION needs no git", async () => {
  const env = { PATH: "/nowhere", APP_VERSION: "1.0" };
  assertEquals(await appVersion({ directory: "/", env }), "1.0");
});

for (const target of ["test", "release", "clean", "publish"]) {
  const isAsked = target === "publish";
  Deno.test(`a dry run of ${target} ${isAsked ? "asks" : "does not ask"} git what is in no commit`, () =>
    withFolder(async (directory) => {
      for (const [name, log] of [["git", "asked"], ["docker", "calls"]]) {
        await Deno.writeTextFile(
          `${directory}/${name}`,
          `#!/bin/sh\necho "$*" >> '${directory}/${log}'\necho 'name: x\nservices: { app: { build: . } }'\n`,
          { mode: 0o755 },
        );
      }
      const env = { PATH: `${directory}:/usr/bin:/bin` };
      await cli([target, "--dry-run"], { directory, env });
      const asked = await Deno.readTextFile(`${directory}/asked`);
      assert(asked.includes("rev-parse --short HEAD"), asked);
      assertEquals(asked.includes(" status "), isAsked, asked);
    }));
}
