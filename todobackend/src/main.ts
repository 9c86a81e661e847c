/**
 * The commands, and the spine that runs one of them: arguments to exit code.
 *
 * @module
 */

import { CommandError } from "./errors.ts";
import type { World } from "./world.ts";

interface Command {
  readonly summary: string;
  readonly run: (world: World) => Promise<void>;
}

// Only what the command needs is loaded: the database waits for `migrate`, and the users for `serve`.
const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    summary: "Answer HTTP requests until SIGTERM",
    run: async (world) => await (await import("./serve.ts")).serve(world),
  },
  migrate: {
    summary: "Bring the database schema up to date",
    run: async (world) => await (await import("./migrate.ts")).migrate(world),
  },
  collectstatic: {
    summary: "Collect the static files in STATIC_ROOT",
    run: async (world) =>
      await (await import("./collectstatic.ts")).collectStatic(world),
  },
  healthcheck: {
    summary: "Ask the server on this machine whether it is ready",
    run: async (world) =>
      await (await import("./healthcheck.ts")).healthcheck(world),
  },
};

/**
 * Runs the command that the arguments name.
 *
 * @returns the exit code: 0 done, 1 failed, 2 called or configured wrongly
 */
export async function main(
  args: readonly string[],
  world: World,
): Promise<number> {
  try {
    if (args.includes("--help") || args.includes("-h")) {
      world.out(help());
      return 0;
    }
    await findCommand(args).run(world);
    return 0;
  } catch (error) {
    return report(error, world);
  }
}

function findCommand(args: readonly string[]): Command {
  const [name, ...rest] = args;
  const command = name !== undefined && Object.hasOwn(COMMANDS, name)
    ? COMMANDS[name]
    : undefined;
  if (command === undefined) {
    const problem = name === undefined
      ? "No command given"
      : `Unknown command "${name}"`;
    throw new CommandError(`${problem}\n\n${help()}`, 2);
  }
  if (rest.length > 0) {
    throw new CommandError(
      `Command "${name}" takes no arguments, got "${rest.join(" ")}"`,
      2,
    );
  }
  return command;
}

function help(): string {
  const lines = Object.entries(COMMANDS)
    .map(([name, { summary }]) => `  ${name.padEnd(15)}${summary}`);
  return [
    "Usage: todobackend <command>",
    "",
    ...lines,
    "",
    "Settings are environment variables, see README.md",
  ].join("\n");
}

function report(error: unknown, world: World): number {
  if (error instanceof CommandError) {
    world.err(`todobackend: ${error.message}`);
    return error.exitCode;
  }
  // Not foreseen, so a bug: the stack is what its finder needs.
  world.err(
    error instanceof Error ? error.stack ?? error.message : String(error),
  );
  return 1;
}
