/**
 * `todoflow show`: shows a run again, from its events.
 *
 * @module
 */

import { OUTPUT_FLAGS, REPORTS } from "../lib/cli/flags.ts";
import type { RunTarget } from "../lib/target.ts";

/** Prints the screen of a run that is over; needs neither Docker nor git nor a Compose file, and executes nothing. */
export const show: RunTarget = {
  kind: "run",
  name: "show",
  summary: "Show a run again, from its events",
  details:
    "Prints what the run has printed: on a terminal its last screen, in a pipe its\n" +
    "lines. FILE is an events.jsonl, or a folder of reports such as reports/release;\n" +
    "without it, the newest run of the project is shown. Needs neither Docker nor\n" +
    "git nor a Compose file, so that a report of a build agent can be read anywhere.\n" +
    "The lines of containers are in the folder's logs.\n" +
    "The exit code is 0 when the run was shown, however that run has ended.",
  flags: [...OUTPUT_FLAGS, REPORTS],
  operand: "FILE",
  run: async (context) => {
    const { show } = await import("../lib/show/show.ts");
    return await show(context);
  },
};
