/**
 * The meaning of a failure: the cause in the words of docker and of the container, by its exit code and its memory.
 *
 * @module
 */

import { causeIn } from "../causes/cause.ts";
import type { Cause } from "../errors/diagnosis.ts";
import { at } from "../causes/row.ts";
import type { PostMortem } from "./post_mortem.ts";
import { CODES, meaningOf } from "./signs.ts";
import { isNearLimit, memoryText } from "./usage.ts";

/** The input of {@linkcode meaningIn}. */
interface Words {
  /** The last lines of docker itself. */
  docker: readonly string[];
  container: PostMortem | undefined;
  /** Why the URL does not answer, if that is known. */
  reason: string | undefined;
  /** The apps that were up while a one-shot failed: an app that answers with an error tells why. */
  apps: readonly { service: string; container: PostMortem }[] | undefined;
  /** Of a failed build: the lines of its failed step, and the exit code of its command. */
  build: { lines: readonly string[]; code: number } | undefined;
}

/** The meaning of a failure, each cause on a line of its own; undefined where nothing tells it. */
export function meaningIn(
  { docker, container, apps = [], reason, build }: Words,
): Cause | undefined {
  const { facts, probe = [], lines = build?.lines.map(untimed) ?? [] } =
    container ?? {};
  const wasKilled = container && killed(container);
  if (wasKilled !== undefined) return wasKilled;
  const cause = meaningOf(docker, facts) ?? causeIn(lines, facts) ??
    causeIn(probe, facts) ?? causeInApps(apps);
  if (reason !== undefined) {
    return cause
      ? { ...cause, why: `${reason}\n${cause.why}` }
      : { why: reason };
  }
  const code = CODES[container?.exitCode ?? build?.code ?? 0];
  return cause ?? (code === undefined ? undefined : { why: code, isEnd: true });
}

/** The cause in the last words of an app. */
function causeInApps(
  apps: NonNullable<Words["apps"]>,
): Cause | undefined {
  for (const { service, container: { lines, facts } } of apps) {
    const cause = causeIn(lines, facts);
    if (cause) return { ...cause, why: `in "${service}": ${cause.why}` };
  }
  return undefined;
}

/** A line of a build's command without the time that BuildKit puts before it. */
function untimed(line: string): string {
  return line.replace(/^\d+\.\d+ /, "");
}

/** The cause where another container has ended during the step. */
export function goneMeanwhile(
  { service, container }: { service: string; container: PostMortem },
): Cause {
  const { exitCode, lines, facts } = container;
  const cause = killed(container) ?? causeIn(lines, facts);
  const why = cause?.why ?? CODES[exitCode];
  const ended = `"${service}" has ended meanwhile with exit code ${exitCode}`;
  return {
    ...cause ?? { isEnd: true },
    why: why === undefined ? ended : `${ended}: ${why}`,
  };
}

/** Why a container was killed, judged by its memory; undefined where it has no limit and the engine saw nothing. */
function killed(
  { exitCode, outOfMemory, memory, peakMemory, facts }: PostMortem,
): Cause | undefined {
  const limit = limitText({ memory, peakMemory });
  const limited = (why: string) =>
    memory > 0 ? at(why, facts, { path: ["mem_limit"] }) : { why };
  if (outOfMemory) {
    return limited(
      `the kernel has killed it because memory ran out (137): ${limit}`,
    );
  }
  // The engine misses a program that uses up its memory within 30 ms of its start (Docker 26.1, cgroup v1).
  return exitCode === 137 && memory > 0
    ? limited(`${CODES[137]}, possibly because memory ran out: ${limit}`)
    : undefined;
}

/** The limit of a container that was killed and the most that it used. */
function limitText(
  { memory, peakMemory }: Pick<PostMortem, "memory" | "peakMemory">,
): string {
  if (memory === 0) {
    const advice = "use less, or give the machine more";
    return peakMemory === undefined
      ? advice
      : `it used ${memoryText({ peakMemory })}; ${advice}`;
  }
  // The measurements of a program that took its memory in less than a second miss the peak, which is then the limit.
  const isSeen = peakMemory !== undefined &&
    isNearLimit({ peakMemory, limit: memory });
  return isSeen
    ? `it used ${memoryText({ peakMemory, limit: memory })}, see mem_limit`
    : `its limit is ${Math.round(memory / 2 ** 20)} MiB, see mem_limit`;
}
