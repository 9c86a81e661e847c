/**
 * The permissions of the tool: only those that it needs, in every task and in the binary.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { compileArgs, runFlags } from "../../tools/compile.ts";
import { TARGETS } from "../../tasks/mod.ts";

/** ss or lsof: who has a port that is in use. uid, gid and userInfo: whose the records of runs are, and where that user's home is without HOME. */
const PERMISSIONS = {
  run: ["docker", "git", "ps", "kill", "ss", "lsof", "cosign"],
  env: true,
  read: true,
  write: true,
  net: true,
  sys: ["hostname", "statfs", "uid", "gid", "userInfo"],
};

/** The flags of Deno that give permissions. */
function permissionsIn(args: readonly string[]): string[] {
  return args.filter((arg) => /^(-[A-Z]|--allow-|--permission-set)/.test(arg));
}

Deno.test("the tool may do what it needs, and no more", () => {
  // Showing a run again reads its events, and does nothing else.
  const show = { env: true, read: true };
  assertEquals(config.permissions, { default: PERMISSIONS, show });
});

for (const { name } of TARGETS) {
  // In this repository, `deno task verify` runs every gate.
  if (name === "completions" || name === "verify") continue;
  Deno.test(`the task ${name} has the permissions of the tool or fewer, and never asks for more`, () => {
    const task = config.tasks[name as keyof typeof config.tasks];
    const flags = runFlags(task.command);
    const set = name in config.permissions ? `=${name}` : "";
    assertEquals(permissionsIn(flags), [`--permission-set${set}`]);
    assertEquals(flags.includes("--no-prompt"), true);
  });
}

Deno.test("a binary has the permissions of the tool, and never asks for more", () => {
  const args = compileArgs({ output: "x", configuration: "y" });
  assertEquals(permissionsIn(args), ["--permission-set"]);
  assertEquals(args.includes("--no-prompt"), true);
});

Deno.test("the page for programs that import the tool has these permissions", async () => {
  const page = new URL("../../docs/library.md", import.meta.url);
  const text = (await Deno.readTextFile(page)).replaceAll(/\s+(\\\s+)?/g, " ");
  const flags = Object.entries(PERMISSIONS).map(([name, value]) =>
    `--allow-${name}${value === true ? "" : `=${value}`}`
  );
  assertStringIncludes(text, flags.join(" "));
});
