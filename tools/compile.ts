/**
 * `deno task compile [--target TARGET] [--output FILE]`: makes the binary, by default for this platform. `deno task
 * compile --all [--output FOLDER]`: makes the files of a release, by default in `dist`.
 *
 * The permissions are those of the tasks, which stand in deno.json, baked in; the commit is that of the checkout.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import config from "../deno.json" with { type: "json" };
import { COMMIT_FILE, commitOf } from "../lib/cli/tool_version.ts";
import { makeRelease } from "./release_files.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** The Deno flags between `deno run` and `mod.ts` in a task's command. */
export function runFlags(command: string): string[] {
  return command.match(/^deno run (.*) mod\.ts/)?.[1]?.split(" ") ?? [];
}

/** Leaves out the packages that only tests import; Deno 2.7 does not have it yet. */
const SMALLER = "--exclude-unused-npm";

/** The target and the output of a compilation. */
export interface CompileOptions {
  target?: string;
  output: string;
  /** The help of `deno compile`, as the running Deno prints it. */
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
    "--include",
    COMMIT_FILE.pathname,
    ...(target ? ["--target", target] : []),
    "--output",
    output,
    `${ROOT}mod.ts`,
  ];
}

/** Runs something while the file that names a binary's commit is there. */
async function withCommit<T>(run: () => Promise<T>): Promise<T> {
  const commit = await commitOf(ROOT, Deno.env.toObject());
  await Deno.writeTextFile(COMMIT_FILE, commit ?? "unknown commit");
  try {
    return await run();
  } finally {
    await Deno.remove(COMMIT_FILE);
  }
}

/** Reads the command line. */
export function request(argv: readonly string[]) {
  const { all, target, output } = parseArgs([...argv], {
    string: ["target", "output"],
    boolean: ["all"],
    unknown: (argument) => {
      throw new Error(`Unknown argument "${argument}"`);
    },
  }) as { all?: boolean; target?: string; output?: string };
  if (all && target) {
    throw new Error("Cannot use --target with --all: it is every target");
  }
  return {
    all: all === true,
    target,
    output: output ?? (all ? "dist" : "todoflow"),
  };
}

async function main(
  { all, target, output }: ReturnType<typeof request>,
  signal: AbortSignal,
) {
  const deno = (args: string[], options: Deno.CommandOptions) =>
    new Deno.Command(Deno.execPath(), { args, signal, ...options });
  const { stdout } = await deno(["compile", "--help"], {}).output();
  const help = new TextDecoder().decode(stdout);
  if (all) {
    return await makeRelease(output, {
      compile: (target, output) =>
        deno(compileArgs({ target, output, help }), {
          stdin: "null",
          env: { NO_COLOR: "1" },
        }).output(),
      say: (text) => {
        Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
      },
      signal,
    });
  }
  const args = compileArgs({ ...(target && { target }), output, help });
  return (await deno(args, {}).spawn().status).code;
}

if (import.meta.main) {
  // Unfinished files are removed before this ends.
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const asked = request(Deno.args);
  Deno.exit(await withCommit(() => main(asked, stop.signal)));
}
