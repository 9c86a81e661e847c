/**
 * `todoflow ls`: lists the projects that are released or running on this machine.
 *
 * @module
 */

import type { RunTarget } from "../lib/target.ts";

/** As `docker compose ls`, for the projects of todoflow. */
export const ls: RunTarget = {
  kind: "run",
  name: "ls",
  summary: "List what is released or running on this machine",
  details:
    "Prints a line for each project that this user has released or runs a target\n" +
    "in: folder, version, URL, age, and the run that holds it. Lists dead runs,\n" +
    "too: the next test, release or clean removes their leftovers.",
  flags: [
    { name: "json", summary: "Print one JSON object per line" },
    { name: "quiet", short: "q", summary: "Print names of projects only" },
  ],
  place: [],
  run: async ({ given: { flags }, world, surroundings }) => {
    const [{ currentRecords, unreadable }, { listText }] = await Promise.all([
      import("../lib/state/current.ts"),
      import("./list_text.ts"),
    ]);
    const records = await currentRecords(surroundings);
    world.stdout.write(listText(records, {
      form: flags.has("json") ? "json" : flags.has("quiet") ? "names" : "table",
      now: Date.now(),
      unreadable: await unreadable(surroundings),
    }));
    return 0;
  },
};
