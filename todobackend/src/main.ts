/** The commands, and the spine that runs one of them: arguments to exit code. @module */

import { CommandError, errorMessage, type World } from "./command.ts";

const USAGE = `Usage: todobackend <command>

  serve          Answer HTTP requests until SIGTERM
  migrate        Bring the database schema up to date
  collectstatic  Collect the static files in STATIC_ROOT
  healthcheck    Ask the server on this machine whether it is ready

Settings are environment variables, see README.md`;

// Only what the command needs is loaded: the database waits for `migrate`, and the users for `serve`.
const COMMANDS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  serve: async (world) => (await import("./serve.ts")).serve(world),
  migrate: async (world) => (await import("./migrate.ts")).migrate(world),
  collectstatic: async (world) =>
    (await import("./static.ts")).collectStatic(world),
  healthcheck,
};

/**
 * Runs the command that the arguments name.
 * @returns the exit code: 0 done, 1 failed, 2 called or configured wrongly
 */
export async function main(
  [name = "", ...rest]: readonly string[],
  world: World,
): Promise<number> {
  try {
    const isHelp = /(^| )(-h|--help)( |$)/.test([name, ...rest].join(" "));
    if (isHelp) world.out(USAGE);
    else await find(name, rest.join(" "))(world);
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
  const unknown = name ? `Unknown command "${name}"` : "No command given";
  const why = command
    ? `Command "${name}" takes no arguments, got "${rest}"`
    : `${unknown}\n\n${USAGE}`;
  throw new CommandError(why, 2);
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
