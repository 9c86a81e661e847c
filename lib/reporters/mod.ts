/**
 * Reporters show the events of a run to a terminal, a pipe, a program, GitHub Actions or GitLab CI: the answer on stdout,
 * everything else on stderr.
 *
 * @module
 */

import { githubReporter } from "./github.ts";
import { gitlabReporter } from "./gitlab.ts";
import { jsonReporter } from "./json.ts";
import { plainReporter } from "./plain.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { terminalReporter } from "./terminal.ts";

export type { Clock, Reporter, ReporterOptions } from "./reporter.ts";

/** Chooses the reporter for these flags, environment and terminal. */
export function chooseReporter(options: ReporterOptions): Reporter {
  const { env, flags, stderr } = options;
  if (flags.json) return jsonReporter(options);
  if (env.GITHUB_ACTIONS === "true") return githubReporter(options);
  if (env.GITLAB_CI === "true") return gitlabReporter(options);
  const isAgent = !["", "0", "false"].includes(env.CI ?? "");
  const isLive = stderr.isTerminal && env.TERM !== "dumb" && !isAgent;
  return isLive && !flags.quiet
    ? terminalReporter(options)
    : plainReporter(options);
}
