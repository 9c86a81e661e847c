/**
 * `todoflow doctor`: finds problems of the machine and the project.
 *
 * @module
 */

import { COLOR } from "../lib/cli/flags.ts";
import type { RunTarget } from "../lib/target.ts";

/** Checks everything that the other targets need, and changes nothing. */
export const doctor: RunTarget = {
  kind: "run",
  name: "doctor",
  summary: "Find problems of machine and project, and say how to fix them",
  details:
    "Checks Docker, Compose, buildx, the disk and the lock, shows the roles of\n" +
    "services, and looks for causes that make the project fail, slow, unsafe or\n" +
    "unable to run twice on one machine. Each finding has its file and line and, if\n" +
    "one is known to work, the fix as text to paste. Changes nothing.\n" +
    "The exit code is 1 when a finding breaks the workflow, else 0.",
  flags: [
    { name: "json", summary: "Print one JSON document" },
    { name: "quiet", short: "q", summary: "Print findings only" },
    COLOR,
  ],
  run: async (context) => {
    const { doctor } = await import("../lib/doctor/doctor.ts");
    return await doctor(context);
  },
};
