/**
 * `todoflow version`: which version would be built here.
 *
 * @module
 */

import type { Target } from "../lib/cli.ts";

/** `make version`: `@ echo '{"Version": "$(APP_VERSION)"}'`. */
export const version: Target = {
  kind: "answer",
  name: "version",
  summary: "Print the version as JSON",
  details:
    "The version is the short hash of the git commit; a non-empty APP_VERSION in\n" +
    "the environment wins. Needs neither Docker nor a Compose file.",
  flags: [],
  answer: ({ version }) => `{"Version": ${JSON.stringify(version)}}`,
};
