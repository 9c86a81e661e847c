/**
 * Makes the witness of a run that accepts the application.
 *
 * @module
 */

import { observeSource } from "../git/source.ts";
import { type Witness, witness } from "../publish/witness.ts";
import { madeIn } from "../reports/place.ts";
import { notice } from "./notice.ts";
import type { Prepared, RunOptions } from "./prepared.ts";

/** The witness of a release, which writes its receipt. */
export function witnessOf(
  prepared: Prepared,
  { world, surroundings: { directory }, signals: { stop } }: Pick<
    RunOptions,
    "world" | "surroundings" | "signals"
  >,
): Witness {
  const { redactor, reports, surroundings } = prepared;
  return witness({
    ...{ ...prepared, stop },
    look: (signal) =>
      observeSource(
        { ...surroundings, signal: AbortSignal.any([signal, stop]) },
        () => madeIn(directory, reports),
      ),
    warn: (line) => notice(line, { world, redactor }),
  });
}
