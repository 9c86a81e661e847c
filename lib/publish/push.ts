/**
 * Pushes an image until the registry has it under its name.
 *
 * @module
 */

import { execute } from "../engine/command.ts";
import { REFUSED } from "../plan/diagnosis.ts";
import { PASSING } from "../plan/faults.ts";
import { pause, type Sleep } from "../pause.ts";
import type { ChildOptions } from "../plan/executor.ts";
import type { Command, Shell, StepKind } from "../plan/plan.ts";
import { lookUp, type Pointer, pointsAt, withoutQuery } from "./registry.ts";

/** The time (ms) before each further attempt. */
const RETRY_AFTER = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Whether the output of docker shows a fault that may pass. */
export function isPassing(lines: readonly string[]): boolean {
  const text = lines.join("\n");
  return PASSING.test(text) && !REFUSED.test(text);
}

/** The step's reference and image. */
type Pushed = Extract<StepKind, { kind: "push" }>;

/** Options of {@linkcode pusher}. */
type PushOptions = ChildOptions;

/** Pushes one reference; see {@linkcode pusher}. */
export type Push = (
  command: Command,
  what: Pushed,
  options: PushOptions,
) => Promise<{ code: number; digest?: string; unchanged: boolean }>;

/**
 * Makes a function that pushes the references of one image: all must get the digest of the first one.
 *
 * @param sleep waits between two attempts
 */
export function pusher($: Shell, sleep: Sleep = pause): Push {
  let common: string | undefined;
  return async (command, what, options) => {
    const { reference, image: id, layers } = what;
    const { signal, output } = options;
    const image = { id, ...(layers !== undefined && { layers }) };
    const isDone = (seen: Pointer) =>
      pointsAt(seen, image) && seen.digest === (common ?? seen.digest);
    for (let attempt = 0;; attempt++) {
      const seen = await lookUp($, reference, { signal, trusted: false });
      if (isDone(seen)) return done(seen, attempt === 0);
      const lines: string[] = [];
      const code = await execute(command, {
        signal,
        output: (line) => {
          lines.push(withoutQuery(line));
          output(withoutQuery(line));
        },
      });
      if (code === 0) {
        const now = await lookUp($, reference, { signal, trusted: true });
        if (isDone(now)) return done(now, false);
        lines.splice(0, Infinity, problemOf(now, { reference, common }));
        lines.forEach(output);
      }
      const after = RETRY_AFTER[attempt];
      if (signal.aborted || after === undefined || !isPassing(lines)) {
        return { code: code || 1, unchanged: false };
      }
      output(`trying again in ${after / 1000} s: ${lines.at(-1)}`);
      await sleep(after, signal);
      if (signal.aborted) return { code: 1, unchanged: false };
    }
  };

  function done(seen: Pointer, unchanged: boolean) {
    const { digest } = seen as Extract<Pointer, { kind: "image" }>;
    common ??= digest;
    return { code: 0, digest, unchanged };
  }
}

/** The reason why a pushed reference does not point at the image. */
function problemOf(
  seen: Pointer,
  { reference, common }: { reference: string; common: string | undefined },
): string {
  switch (seen.kind) {
    case "unknown":
      return `cannot look up ${reference}: ${seen.detail}`;
    case "absent":
      return `the registry has no ${reference}, although it was pushed`;
    case "image":
      return `${reference} points at ${seen.digest}` +
        (common === undefined ? ", which is another image" : `, not ${common}`);
  }
}
