/**
 * GitLab CI: a section for each step. Sections of successful steps are folded.
 *
 * Their form: https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections; GitLab parses them by
 * `build_trace_section_regex` in https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/regex.rb.
 *
 * @module
 */

import { type Group, groupedReporter } from "./grouped.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";

/** Writes a run for GitLab CI. */
export function gitlabReporter(options: ReporterOptions): Reporter {
  return groupedReporter(options, {
    group,
    // A section needs a carriage return, and plainLine removes those.
    guard: (line) => line,
    ending: () => "",
  });
}

const ERASE = "\x1b[0K";

function group({ title, name, result, lines, start, end }: Group): string {
  const section = name.replace(/[^a-zA-Z0-9_.-]/g, "-");
  const options = result === "ok" ? "[collapsed=true]" : "";
  return [
    `${ERASE}section_start:${start}:${section}${options}\r${ERASE}${title}`,
    ...lines,
    `${ERASE}section_end:${end}:${section}\r${ERASE}`,
    "",
  ].join("\n");
}
