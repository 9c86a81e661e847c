/**
 * `todoflow version`: prints the version that a build would have here.
 *
 * @module
 */

import type { RunTarget } from "../lib/target.ts";

/** `make version`: `@ echo '{"Version": "$(APP_VERSION)"}'`. */
export const version: RunTarget = {
  kind: "run",
  name: "version",
  summary: "Print the version as JSON",
  details:
    "The version is the short hash of the git commit; a non-empty APP_VERSION in\n" +
    "the environment wins. Needs neither Docker nor a Compose file.",
  flags: [{ name: "json", summary: "Changes nothing: it is JSON anyway" }],
  place: ["directory"],
  run: async ({ world, surroundings }) => {
    const { appVersion } = await import("../lib/git/version.ts");
    const version = JSON.stringify(await appVersion(surroundings));
    world.stdout.write(`{"Version": ${version}}\n`);
    return 0;
  },
};
