/**
 * What the tool may do: no more than it needs, in every task and in what is compiled.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { compileArgs, runFlags } from "../../tools/compile.ts";
import { TARGETS } from "../../tasks/mod.ts";

/** uid, gid and userInfo: whose the records of runs are, and where that user's home is without HOME. */
const PERMISSIONS = [
  "--allow-run=docker,git,ps,kill",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-sys=hostname,statfs,uid,gid,userInfo",
];

function permissionsIn(args: readonly string[]): string[] {
  return args.filter((arg) => arg.startsWith("--allow-"));
}

for (const { name } of TARGETS) {
  if (name === "completions") continue;
  Deno.test(`the task ${name} has the permissions that the tool needs, and no more`, () => {
    const task = config.tasks[name as keyof typeof config.tasks];
    const flags = runFlags(task.command);
    assertEquals(permissionsIn(flags), PERMISSIONS);
    assertEquals(flags.includes("-A"), false);
  });
}

Deno.test("a binary has the permissions of the tasks, and no more", () => {
  const args = compileArgs({ output: "x", help: "" });
  assertEquals(permissionsIn(args), PERMISSIONS);
  assertEquals(args.includes("-A"), false);
});

Deno.test("other programs that import the tool are told these permissions", async () => {
  const page = new URL("../../docs/library.md", import.meta.url);
  const text = (await Deno.readTextFile(page)).replaceAll(/\s+/g, " ");
  assertStringIncludes(text, PERMISSIONS.join(" "));
});
