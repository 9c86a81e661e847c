/**
 * The tables of flags. Help, parsing and completion use them.
 *
 * @module
 */

import type { Flag, Target } from "../target.ts";

const HELP: Flag = { name: "help", short: "h", summary: "Show this help" };

const DIRECTORY: Flag = {
  name: "directory",
  short: "C",
  value: "DIR",
  summary: "Run as if started in DIR",
};

/** Only without a target: behind a target it would be that target's own flag. */
export const TOOL_VERSION: Flag = {
  name: "version",
  short: "V",
  summary: "Show the version of todoflow itself",
};

/** Every target accepts them, so that one alias or script variable serves all; `version` ignores them. */
const COMPOSE_FLAGS: readonly Flag[] = [
  {
    name: "file",
    short: "f",
    value: "FILE",
    many: true,
    summary: "Compose file; may be given several times",
  },
  {
    name: "project-name",
    short: "p",
    value: "NAME",
    summary: "Compose project name",
  },
];

/** When output is colored. */
export const WHEN = ["auto", "always", "never"] as const;

/** For a target that colors its output; every target with a plan has it. */
export const COLOR: Flag = {
  name: "color",
  value: "WHEN",
  choices: WHEN,
  summary: "auto, always or never",
};

/** How a run is shown; every target with a plan has them. */
export const OUTPUT_FLAGS: readonly Flag[] = [
  { name: "json", summary: "Print events as JSON lines on stdout" },
  { name: "quiet", short: "q", summary: "Show failures and the result only" },
  { name: "verbose", short: "v", summary: "Show all output of docker" },
  COLOR,
];

const DRY_RUN: Flag = {
  name: "dry-run",
  short: "n",
  summary: "Print the steps as shell, run nothing",
};

/** For the targets that make what a receipt is about. */
export const LAST_GREEN: Flag = {
  name: "last-green",
  value: "FILE",
  summary: "Compare a failure with the release of this receipt",
};

/** Every target with a plan accepts it, so that one alias or script variable serves all; `clean` ignores it. */
export const REPORTS: Flag = {
  name: "reports",
  value: "DIR",
  summary: "Folder of reports and logs; default: reports",
};

/** The flags that work without a target, in help order. */
export const TOOL_FLAGS: readonly Flag[] = [
  ...COMPOSE_FLAGS,
  DIRECTORY,
  HELP,
  TOOL_VERSION,
];

/** Every flag that a target accepts, in help order. */
export function flagsOf(target: Target): readonly Flag[] {
  const plan = target.kind === "plan"
    ? [DRY_RUN, ...OUTPUT_FLAGS, REPORTS]
    : [];
  return [...target.flags, ...plan, ...COMPOSE_FLAGS, DIRECTORY, HELP];
}
