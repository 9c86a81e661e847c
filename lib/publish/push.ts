/**
 * Pushes an image until the registry has it under its name.
 *
 * @module
 */

import { readImageName } from "../image_name.ts";
import { execute } from "../engine/command.ts";
import { REFUSED } from "../plan/diagnosis.ts";
import { PASSING } from "../plan/faults.ts";
import { pause, type Sleep } from "../pause.ts";
import type { ChildOptions } from "../plan/executor.ts";
import type { Command, Shell, StepKind } from "../plan/plan.ts";
import { lookUp, type Pointer, pointsAt, withoutQuery } from "./registry.ts";

/** The time (ms) before each further attempt. */
const RETRY_AFTER = [1_000, 2_000, 4_000, 8_000, 15_000];

/** The time (ms) before each further look at a tag that was pushed: a registry may show it later, or from a cache. */
const LOOK_AGAIN = [500, 1_000, 2_000, 4_000, 8_000];

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
 * Makes a function that pushes references: all of one name must get the digest of the first one.
 *
 * @param sleep waits between two attempts
 */
export function pusher($: Shell, sleep: Sleep = pause): Push {
  const digests = new Map<string, string>();
  return async (command, what, options) => {
    const { reference, image: id, layers } = what;
    const { name } = readImageName(reference);
    const common = digests.get(name);
    const done = (seen: Pointer | { digest: string }, unchanged: boolean) => {
      const { digest } = seen as { digest: string };
      if (common === undefined) digests.set(name, digest);
      return { code: 0, digest, unchanged };
    };
    const { signal, output } = options;
    const image = { id, ...(layers !== undefined && { layers }) };
    const isDone = (seen: Pointer) =>
      pointsAt(seen, image) && seen.digest === (common ?? seen.digest);
    for (let attempt = 0;; attempt++) {
      const seen = await lookUp($, reference, { signal, trusted: false });
      if (isDone(seen)) return done(seen, attempt === 0);
      if (attempt === 0 && seen.kind === "image") {
        output(`${reference} pointed at ${seen.digest}, another image`);
      }
      const lines: string[] = [];
      const code = await execute(command, {
        signal,
        output: (line) => {
          lines.push(withoutQuery(line));
          output(withoutQuery(line));
        },
      });
      if (code === 0) {
        const now = await lookLater(
          () => lookUp($, reference, { signal, trusted: true }),
          {
            ...{ isDone, signal, sleep },
          },
        );
        if (isDone(now)) return done(now, false);
        const told = digestIn(lines);
        if (now.kind === "unknown" && what.unproven && told !== undefined) {
          output(`${reference} was pushed, not proven: ${now.detail}`);
          return done({ ...now, digest: told }, false);
        }
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
}

/** Asks for a tag until it is as expected, or the registry has shown something else for a while. */
async function lookLater(
  look: () => Promise<Pointer>,
  { isDone, signal, sleep }: {
    isDone: (seen: Pointer) => boolean;
    signal: AbortSignal;
    sleep: Sleep;
  },
): Promise<Pointer> {
  let now = await look();
  for (const after of LOOK_AGAIN) {
    // Where the registry cannot be asked, no other answer would come.
    if (signal.aborted || isDone(now) || now.kind === "unknown") break;
    await sleep(after, signal);
    if (!signal.aborted) now = await look();
  }
  return now;
}

/** The digest that docker has told at the end of a push. */
function digestIn(lines: readonly string[]): string | undefined {
  return lines.map((line) =>
    /\bdigest: (sha256:[0-9a-f]{64})\b/.exec(line)?.[1]
  )
    .findLast((digest) => digest !== undefined);
}

/** The reason why a pushed reference does not point at the image. */
function problemOf(
  seen: Pointer,
  { reference, common }: { reference: string; common: string | undefined },
): string {
  switch (seen.kind) {
    case "unknown":
      return `${reference} was pushed, not proven: cannot look it up: ${seen.detail}`;
    case "absent":
      return `the registry has no ${reference}, although it was pushed`;
    case "image":
      return `${reference} points at ${seen.digest}` +
        (common === undefined ? ", which is another image" : `, not ${common}`);
  }
}
