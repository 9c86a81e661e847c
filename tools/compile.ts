/**
 * `deno task compile [--target TARGET] [--output FILE]`: makes the binary, for this platform unless told otherwise.
 *
 * The permissions are those of `deno task release`, baked in.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import config from "../deno.json" with { type: "json" };

/** The Deno flags between `deno run` and `mod.ts` in a task's command. */
export function runFlags(command: string): string[] {
  return command.match(/^deno run (.*) mod\.ts/)?.[1]?.split(" ") ?? [];
}

/** Leaves out the packages that only tests import; Deno 2.7 does not have it yet. */
const SMALLER = "--exclude-unused-npm";

/** What to compile. */
export interface CompileOptions {
  target?: string;
  output: string;
  /** What the running Deno prints as the help of `deno compile`. */
  help: string;
}

/** The arguments of `deno` that compile the tool. */
export function compileArgs(
  { target, output, help }: CompileOptions,
): string[] {
  return [
    "compile",
    ...(help.includes(SMALLER) ? [SMALLER] : []),
    ...runFlags(config.tasks.release.command),
    ...(target ? ["--target", target] : []),
    "--output",
    output,
    new URL("../mod.ts", import.meta.url).pathname,
  ];
}

if (import.meta.main) {
  const { target, output = "todoflow" } = parseArgs(Deno.args, {
    string: ["target", "output"],
    unknown: (flag) => {
      throw new Error(`Unknown argument "${flag}"`);
    },
  }) as { target?: string; output?: string };
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--help"],
  }).output();
  const help = new TextDecoder().decode(stdout);
  const child = new Deno.Command(Deno.execPath(), {
    args: compileArgs({ ...(target && { target }), output, help }),
  });
  Deno.exitCode = (await child.spawn().status).code;
}
