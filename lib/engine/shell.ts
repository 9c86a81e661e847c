/**
 * The shell of dax that runs steps, with docker as a command of our own.
 *
 * @module
 */

import type { Recorded } from "../plan/script.ts";
import type { Shell, Step } from "../plan/plan.ts";
import {
  childEnv,
  type Ending,
  runChild,
  type Surroundings,
  TERMINATED,
} from "../child.ts";
import type { CommandContext } from "dax";

/** Loads dax early, in parallel with other work, because that takes some time. */
export async function preload(): Promise<void> {
  await import("dax");
}

/**
 * A `$` whose `docker` records its argv instead of running, and `record`, which returns the argv of each step. It finds
 * no other program: `record` rejects for a step that calls one.
 */
export async function recordingShell(): Promise<
  { $: Shell; record: (steps: readonly Step[]) => Promise<Recorded[]> }
> {
  const { build$, CommandBuilder } = await import("dax");
  let last: readonly string[] | undefined;
  const $ = build$({
    commandBuilder: new CommandBuilder().clearEnv().noThrow().stderr("null")
      .registerCommand(
        "docker",
        ({ args }) => {
          last = ["docker", ...args];
          return { code: 0 };
        },
      ),
  });
  return {
    $: $ as Shell,
    record: async (steps) => {
      const recorded: Recorded[] = [];
      for (const step of steps) {
        last = undefined;
        await step.command;
        if (!last) throw new Error(`Step "${step.name}" does not call docker`);
        recorded.push({ step, argv: last });
      }
      return recorded;
    },
  };
}

/**
 * The real `$`: commands run in `directory`, see only `env`, and report failure by their exit code. A stopped command
 * ends within two seconds, whatever it does.
 */
export async function shell(
  { directory, env, giveUp }: Surroundings,
): Promise<Shell> {
  const { build$, CommandBuilder } = await import("dax");
  return build$({
    commandBuilder: new CommandBuilder()
      .cwd(directory).clearEnv().env(childEnv(env)).stdin("null").noThrow()
      .registerCommand("docker", (context) => runDocker(context, giveUp)),
  }) as Shell;
}

/** The signals that stop a run; they may reach docker before this process. */
const ASKED = ["SIGHUP", "SIGINT", "SIGTERM"];

/** The message about a docker that was killed or has crashed; "" for any other end. */
export function killed({ signal, stopped }: Ending): string {
  return signal === null || stopped || ASKED.includes(signal)
    ? ""
    : `docker was killed (${signal})\n`;
}

/** The exit code of a docker. A stopped one counts as terminated, because `docker exec` exits with 0 then. */
export function codeOf({ code, stopped }: Ending): number {
  return code || (stopped ? TERMINATED : 0);
}

/** Runs docker for dax, which by itself takes a killed docker (out of memory, for example) for a success. */
async function runDocker(
  { args, cwd, env, stdout, stderr, signal }: CommandContext,
  giveUp: AbortSignal | undefined,
): Promise<{ code: number }> {
  const stop = new AbortController();
  const onKill = () => stop.abort();
  if (signal.aborted) stop.abort();
  signal.addListener(onKill);
  try {
    const ending = await runChild("docker", {
      ...{ args, cwd, env },
      signals: [stop.signal, giveUp],
      stdout: (chunk) => stdout.writeAll(chunk),
      stderr: (chunk) => stderr.writeAll(chunk),
    });
    await stderr.writeText(killed(ending));
    return { code: codeOf(ending) };
  } catch (error) {
    await stderr.writeLine((error as Error).message);
    return { code: 127 };
  } finally {
    signal.removeListener(onKill);
  }
}
