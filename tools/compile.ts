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

/** The target and the output of a compilation. */
export interface CompileOptions {
  target?: string;
  output: string;
  /** The configuration to compile with. */
  configuration: string;
}

/** The arguments of `deno` that compile the tool. */
export function compileArgs(
  { target, output, configuration }: CompileOptions,
): string[] {
  return [
    "compile",
    "--config",
    configuration,
    ...runFlags(config.tasks.release.command),
    "--include",
    COMMIT_FILE.pathname,
    ...(target ? ["--target", target] : []),
    "--output",
    output,
    `${ROOT}mod.ts`,
  ];
}

/**
 * Runs something while there is a configuration that names only the packages that the tool imports. `deno compile` packs
 * all packages of a configuration, and a binary reads all of them when it starts.
 */
async function withConfiguration<T>(
  run: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const used = await specifiersOf(`${ROOT}mod.ts`);
    const { imports, nodeModulesDir, permissions } = config;
    const own = Object.entries(imports).filter(([name]) => used.has(name));
    const path = `${folder}/deno.json`;
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        nodeModulesDir,
        permissions,
        imports: Object.fromEntries(own),
        compilerOptions: {
          ...config.compilerOptions,
          types: [`${ROOT}types/std.d.ts`],
        },
      }),
    );
    await Deno.copyFile(`${ROOT}deno.lock`, `${folder}/deno.lock`);
    return await run(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The names by which a module and all modules below it import others. */
async function specifiersOf(module: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--quiet", "--json", module],
  }).output();
  const graph: {
    modules: { dependencies?: { specifier: string }[] }[];
  } = JSON.parse(new TextDecoder().decode(stdout));
  return new Set(
    graph.modules.flatMap(({ dependencies = [] }) =>
      dependencies.map(({ specifier }) => specifier)
    ),
  );
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
  { configuration, signal }: { configuration: string; signal: AbortSignal },
) {
  const deno = (args: string[], options: Deno.CommandOptions) =>
    new Deno.Command(Deno.execPath(), { args, signal, ...options });
  if (all) {
    return await makeRelease(output, {
      compile: (target, output) =>
        deno(compileArgs({ target, output, configuration }), {
          stdin: "null",
          env: { NO_COLOR: "1" },
        }).output(),
      say: (text) => {
        Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
      },
      signal,
    });
  }
  const args = compileArgs({
    ...(target && { target }),
    ...{ output, configuration },
  });
  return (await deno(args, {}).spawn().status).code;
}

if (import.meta.main) {
  // Unfinished files are removed before this ends.
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const asked = request(Deno.args);
  Deno.exit(
    await withCommit(() =>
      withConfiguration((configuration) =>
        main(asked, { configuration, signal: stop.signal })
      )
    ),
  );
}
