/**
 * The commands, and the spine that runs one of them: arguments to exit code.
 * @module
 */

import { CommandError, errorMessage, type World } from "./command.ts";

// Only what the command needs is loaded: the database waits for `migrate`, and the users for `serve`.
const COMMANDS: Readonly<
  Record<string, { summary: string; run: (world: World) => Promise<void> }>
> = {
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
      await (await import("./static.ts")).collectStatic(world),
  },
  healthcheck: {
    summary: "Ask the server on this machine whether it is ready",
    run: healthcheck,
  },
};

/**
 * Runs the command that the arguments name.
 *
 * @returns the exit code: 0 done, 1 failed, 2 called or configured wrongly
 */
export async function main(
  [name = "", ...rest]: readonly string[],
  world: World,
): Promise<number> {
  try {
    const help = ["--help", "-h"];
    if ([name, ...rest].some((arg) => help.includes(arg))) world.out(usage());
    else await find(name, rest.join(" ")).run(world);
    return 0;
  } catch (error) {
    const isExpected = error instanceof CommandError;
    // What is not foreseen is a bug: the stack is what its finder needs.
    const bug = error instanceof Error ? error.stack : undefined;
    const message = errorMessage(error);
    world.err(isExpected ? `todobackend: ${message}` : bug ?? message);
    return isExpected ? error.exitCode : 1;
  }
}

function find(name: string, rest: string) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command && rest === "") return command;
  if (command) {
    const why = `Command "${name}" takes no arguments, got "${rest}"`;
    throw new CommandError(why, 2);
  }
  const problem = name ? `Unknown command "${name}"` : "No command given";
  throw new CommandError(`${problem}\n\n${usage()}`, 2);
}

function usage(): string {
  const lines = Object.entries(COMMANDS)
    .map(([name, { summary }]) => `  ${name.padEnd(15)}${summary}\n`).join("");
  return `Usage: todobackend <command>\n\n${lines}\nSettings are environment variables, see README.md`;
}

async function healthcheck({ env, out }: World): Promise<void> {
  const url = `http://127.0.0.1:${env("PORT") || 8000}/health/ready`;
  const response = await fetch(url).catch((error) => {
    throw new CommandError(`Cannot reach ${url}: ${errorMessage(error)}`, 1);
  });
  const text = await response.text();
  if (!response.ok) throw new CommandError(`Not ready: ${text}`, 1);
  out(text);
}
