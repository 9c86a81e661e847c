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

/** The arguments of `deno` that compile the tool. */
export function compileArgs(
  { target, output }: { target?: string; output: string },
): string[] {
  return [
    "compile",
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
  const child = new Deno.Command(Deno.execPath(), {
    args: compileArgs({ ...(target && { target }), output }),
  });
  Deno.exitCode = (await child.spawn().status).code;
}
