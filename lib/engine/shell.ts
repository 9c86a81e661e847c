/**
 * The shell of dax that runs steps, with docker as a command of our own.
 *
 * @module
 */

import type { Recorded } from "../plan/script.ts";
import type { Shell, Step } from "../plan/plan.ts";
import { childEnv, runChild, type Surroundings } from "../child.ts";
import type { EngineApi } from "./api.ts";
import { codeOf, killed } from "./ending.ts";
import { answerSmall } from "./small_commands.ts";
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
      ).registerCommand("cosign", ({ args }) => {
        last = ["cosign", ...args];
        return { code: 0 };
      }),
  });
  return {
    $: $ as Shell,
    record: async (steps) => {
      const recorded: Recorded[] = [];
      for (const step of steps) {
        last = undefined;
        await step.command;
        if (!last) {
          throw new Error(`Step "${step.name}" does not call docker or cosign`);
        }
        recorded.push({ step, argv: last });
      }
      return recorded;
    },
  };
}

/**
 * The real `$`: commands run in `directory`, see only `env`, and report failure by their exit code. A stopped command
 * ends within two seconds, whatever it does.
 *
 * @param api answers the small commands of docker; without it, the CLI does
 */
export async function shell(
  { directory, env, giveUp }: Surroundings,
  api?: EngineApi,
): Promise<Shell> {
  const isSameEngine = (own: CommandContext["env"]) =>
    ENGINE_VARIABLES.every((name) => own[name] === env[name]);
  const { build$, CommandBuilder } = await import("dax");
  return build$({
    commandBuilder: new CommandBuilder()
      .cwd(directory).clearEnv().env(childEnv(env)).stdin("null").noThrow()
      .registerCommand("docker", (context) =>
        runDocker(context, {
          giveUp,
          ...(isSameEngine(context.env) && api && { api }),
        })),
  }) as Shell;
}

/** The variables by which docker finds its engine: a command may set one for itself. */
const ENGINE_VARIABLES = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"];

/** Runs docker for dax, which by itself takes a killed docker (out of memory, for example) for a success. */
async function runDocker(
  { args, cwd, env, stdout, stderr, signal }: CommandContext,
  { giveUp, api }: { giveUp: AbortSignal | undefined; api?: EngineApi },
): Promise<{ code: number }> {
  const stop = new AbortController();
  const onKill = () => stop.abort();
  if (signal.aborted) stop.abort();
  signal.addListener(onKill);
  const signals = [stop.signal, ...(giveUp ? [giveUp] : [])];
  try {
    const answer = api &&
      await answerSmall(args, { api, signal: AbortSignal.any(signals) });
    if (answer) {
      await stdout.writeText(answer.stdout);
      await stderr.writeText(answer.stderr);
      return { code: answer.code };
    }
    const ending = await runChild("docker", {
      ...{ args, cwd, env, signals },
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
