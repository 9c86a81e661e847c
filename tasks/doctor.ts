/**
 * `todoflow doctor`: what is wrong with the machine and the project.
 *
 * @module
 */

import { COLOR } from "../lib/cli/flags.ts";
import type { RunTarget } from "../lib/target.ts";

/** Looks at everything that the other targets need, and changes nothing. */
export const doctor: RunTarget = {
  kind: "run",
  name: "doctor",
  summary: "Say what is wrong with machine and project, and how to mend it",
  details:
    "Looks at Docker, Compose, buildx, the disk and the lock, and at what makes the\n" +
    "project slow, unsafe or unable to run twice on one machine. Each finding has\n" +
    "its file and line, and the fix as text to paste. Changes nothing. The exit\n" +
    "code is 1 when something breaks the workflow, else 0.",
  flags: [{ name: "json", summary: "Print one JSON document" }, COLOR],
  run: async (context) => {
    const { doctor } = await import("../lib/doctor/perform.ts");
    return await doctor(context);
  },
};
