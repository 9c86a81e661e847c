/**
 * The shell of dax that steps are written in, with docker as a command of our own.
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

/** Loads dax, which takes some time, while something else is done. */
export async function preload(): Promise<void> {
  await import("dax");
}

/**
 * A `$` whose `docker` writes down its argv instead of running, and `record`, which reads what it wrote for each step. No
 * other program is found by it: `record` rejects for a step that calls one.
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
 * The real `$`: commands run in `directory`, see only `env`, and report failure by their exit code. A stopped one ends
 * within a second or two, whatever it does.
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

/** How a run is stopped, which may reach docker sooner than this process. */
const ASKED = ["SIGHUP", "SIGINT", "SIGTERM"];

/** The line that tells of a docker that somebody has killed, or that has crashed; else nothing. */
export function killed({ signal, stopped }: Ending): string {
  return signal === null || stopped || ASKED.includes(signal)
    ? ""
    : `docker was killed (${signal})\n`;
}

/** `docker exec` exits with 0 when it is told to end, whatever its command would have come to. */
export function codeOf({ code, stopped }: Ending): number {
  return code || (stopped ? TERMINATED : 0);
}

/** Runs docker for dax, whose own way takes a docker that a signal has ended (for want of memory, say) for a success. */
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
