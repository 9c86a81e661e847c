/**
 * `todoflow init`: prints what a repository lacks for the other targets.
 *
 * @module
 */

import { COLOR } from "../lib/cli/flags.ts";
import type { RunTarget } from "../lib/target.ts";

/** Reads the repository, executes nothing of it, and never touches a file that is there. */
export const init: RunTarget = {
  kind: "run",
  name: "init",
  summary: "Print what the repository lacks for the other targets",
  details:
    "Prints, as text to paste, what is missing: lines of x-todoflow that cannot be\n" +
    "derived, tests, health checks, .dockerignore, and the file for the CI system\n" +
    "that the repository uses. A folder of Node, Python or Deno source gets a\n" +
    "Dockerfile and a Compose file; the exit code is 3 for other languages. Nothing\n" +
    "of the repository is executed.\n" +
    "--write writes the new files, after it has shown them as a diff. A file that is\n" +
    "there is never changed: lines for it are printed with their place.",
  flags: [{ name: "write", summary: "Write the new files" }, COLOR],
  run: async (context) => {
    const { init } = await import("../lib/init/init.ts");
    return await init(context);
  },
};
