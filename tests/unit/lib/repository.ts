/**
 * Repositories for tests that look at a checkout.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { withFolder, writeFiles } from "../fakes.ts";

/** A repository whose user has a home of its own. */
export interface Repository {
  /** Absolute path, with the home around it. */
  directory: string;
  env: Record<string, string>;
  /** Runs git in it. */
  git(...args: string[]): Promise<string>;
  /** Writes files, and makes git look at them again. */
  write(files: Record<string, string>): Promise<void>;
  commit(): Promise<void>;
}

/** Gives the test a repository with these files in one commit. */
export function withRepository(
  files: Record<string, string>,
  test: (repository: Repository) => Promise<void>,
): Promise<void> {
  return withFolder(async (home) => {
    const directory = `${home}/checkout`;
    const env = {
      PATH: Deno.env.get("PATH")!,
      HOME: home,
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.com",
      GIT_COMMITTER_NAME: "c",
      GIT_COMMITTER_EMAIL: "c@example.com",
      GIT_COMMITTER_DATE: "@1700000000 +0200",
    };
    const git = async (...args: string[]) => {
      const { success, stdout, stderr } = await new Deno.Command("git", {
        args: ["-C", directory, ...args],
        env,
        clearEnv: true,
      }).output();
      const text = new TextDecoder();
      assertEquals(success, true, `${args.join(" ")}: ${text.decode(stderr)}`);
      return text.decode(stdout).trim();
    };
    const commit = async () => {
      await git("add", "--all");
      await git("commit", "--quiet", "--message", "x");
    };
    const write = (files: Record<string, string>) =>
      writeFiles(directory, files);
    await write(files);
    await git("init", "--quiet");
    await commit();
    await test({ directory, env, git, write, commit });
  });
}
