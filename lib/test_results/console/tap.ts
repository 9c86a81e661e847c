/**
 * Reads lines of TAP that are no whole report, such as those of a script that prints them itself:
 * https://testanything.org/tap-version-14-specification.html.
 *
 * @module
 */

import { blocksOf, groupsOf, type Runner } from "./runner.ts";

/** A failed test that is neither to do nor left out. */
const TITLE = /^not ok \d{1,9} -? ?(?<name>[^#\s][^#]*?)(?: # (?<note>.*))?$/;

/** TAP itself. */
export const TAP: Runner = {
  by: "TAP",
  mark: /^not ok \d{1,9} -? ?[^#\s]/m,
  read: (lines) =>
    blocksOf(lines, {
      head: (line) => {
        const { name, note = "" } = groupsOf(TITLE, line) ?? {};
        return name === undefined || /^(?:TODO|SKIP)\b/i.test(note)
          ? undefined
          : { name };
      },
      end: /^(?![#\s])/,
    }).map(({ at, head: { name }, body }) => ({
      at,
      name,
      body: body.map((line) => line.replace(/^# ?/, "")),
    })),
};
