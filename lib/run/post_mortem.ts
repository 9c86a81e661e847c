/**
 * Finds out why a step has failed.
 *
 * @module
 */

import type { Fault } from "../errors/failure.ts";
import type { Shell } from "../plan/plan.ts";
import { deadline, pause, type Sleep, within } from "../pause.ts";
import { faultIn } from "../plan/faults.ts";
import type { PostMortem } from "../plan/post_mortem.ts";
import type { EngineApi } from "../engine/api.ts";
import { inspect } from "../engine/container.ts";
import { capture } from "../engine/command.ts";
import type { Artifacts } from "../artifacts/collect.ts";
import type { Around } from "./around.ts";
import { factsOf } from "./circumstances.ts";
import { hasEnded } from "../engine/container_state.ts";

/** How many of a container's last lines are searched for a cause: a trace of Node or Java has more than a screen. */
export const LAST_LINES = 200;

/** Inspects a container that has failed; undefined where it is gone or the engine does not answer. */
export async function postMortem(
  api: EngineApi,
  container: string,
  { artifacts, around, reason, signal }: {
    artifacts: Artifacts;
    /** The run, without which the words of the container become no cause. */
    around?: Around | undefined;
    /** Why the wait for it has failed, if it was waited for. */
    reason?: string | undefined;
    signal: AbortSignal;
  },
): Promise<PostMortem | undefined> {
  const [answer, lines = []] = await Promise.all([
    inspect(api, container, signal),
    // A log that cannot be read must not hide the failure itself.
    within(
      artifacts.lastLines(container, LAST_LINES).catch(() => []),
      { ms: ANSWERS_WITHIN, signal },
    ),
  ]);
  if (answer.kind !== "known") return undefined;
  const { State, HostConfig } = answer.value;
  const probe = reason?.split("\n") ?? [];
  const words = [...probe, ...lines, State.Error ?? ""];
  const facts = around && await within(
    factsOf(answer.value, { api, container, around, words, signal }),
    { ms: ANSWERS_WITHIN, signal },
  );
  return {
    runs: !hasEnded(State.Status),
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled ?? false,
    memory: HostConfig?.Memory ?? 0,
    peakMemory: artifacts.usageOf(container)?.peakMemory,
    error: State.Error ?? "",
    lines,
    ...(probe.length > 0 && { probe }),
    ...(facts && { facts }),
  };
}

/** A signal that is aborted together with `signal`, or some time after `stop`. */
export function hurried(
  signal: AbortSignal,
  { stop, sleep = pause }: { stop: AbortSignal; sleep?: Sleep | undefined },
) {
  const late = new AbortController();
  const over = new AbortController();
  const begin = async () => {
    await sleep(HURRY, over.signal);
    if (!over.signal.aborted) late.abort();
  };
  if (stop.aborted) begin();
  else stop.addEventListener("abort", begin);
  const cancel = () => {
    stop.removeEventListener("abort", begin);
    over.abort();
  };
  return { signal: AbortSignal.any([signal, late.signal]), cancel };
}

/** The fault of an engine that no longer answers: it is the cause of every other failure. */
export async function diagnose(
  $: Shell,
  lines: readonly string[],
  { signal, sleep }: { signal: AbortSignal; sleep?: Sleep | undefined },
): Promise<Fault | undefined> {
  const fault = faultIn(lines);
  if (fault) return fault;
  const { late, cancel } = deadline(ANSWERS_WITHIN, sleep);
  const { code, stderr } = await capture(
    $`docker version --format ${"{{.Server.Version}}"}`,
    AbortSignal.any([signal, late]),
  ).finally(cancel);
  // A canceled query proves nothing.
  return code === 0 || signal.aborted ? undefined : {
    kind: "engine-lost",
    detail: stderr.trim().split("\n").at(-1) || "it does not answer",
  };
}

/** How long (ms) the collection of logs and reports may take after a signal. */
export const HURRY = 1_500;

/** How long (ms) the engine may take to answer about itself, and about a container. */
export const ANSWERS_WITHIN = 30_000;
