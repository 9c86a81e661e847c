/**
 * Makes the witness of a run that accepts the application.
 *
 * @module
 */

import { observeSource } from "../git/source.ts";
import { uncommittedFiles } from "../publish/contents.ts";
import { type Witness, witness } from "../publish/witness.ts";
import { checkoutOf } from "../reports/checks.ts";
import { madeIn } from "../reports/place.ts";
import { realPath } from "../world.ts";
import { notice } from "./notice.ts";
import type { Prepared } from "./prepared.ts";
import type { ClaimedOptions, Start } from "./started.ts";

/** The witness of a release, which writes its receipt. */
export function witnessOf(
  prepared: Prepared,
  { world, surroundings: { directory }, signals: { stop }, bases, start }:
    & Pick<
      ClaimedOptions,
      "world" | "surroundings" | "signals" | "bases"
    >
    & { start: Start },
): Witness {
  const { redactor, reports, surroundings, workflow } = prepared;
  const { readTextFile } = world;
  return witness({
    ...{ ...prepared, stop, bases, readTextFile, before: start.before },
    look: async (signal) => {
      const asking = {
        ...surroundings,
        signal: AbortSignal.any([signal, stop]),
      };
      const source = await observeSource(
        asking,
        () => madeIn(directory, reports),
      );
      const uncommitted = await uncommittedFiles(workflow, {
        ...{ asking, bases, readTextFile },
        checkout: await checkoutOf(await realPath(directory)),
        besides: [await realPath(reports.folder)],
      });
      return { source, uncommitted };
    },
    warn: (line) => notice(line, { world, redactor }),
  });
}
