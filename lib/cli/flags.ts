/**
 * The tables of flags. Help, parsing and completion use them.
 *
 * @module
 */

import { type Flag, needs, type PlaceFlag, type Target } from "../target.ts";

const HELP: Flag = { name: "help", short: "h", summary: "Show this help" };

/** Only without a target: behind a target it would be that target's own flag, and `-v` is `--verbose`. */
export const TOOL_VERSION: Flag = {
  name: "version",
  short: "V",
  summary: "Show the version of todoflow itself; also -v",
};

/** The flags that say where a target works. */
const PLACE_FLAGS: readonly (Flag & { name: PlaceFlag })[] = [
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
  {
    name: "directory",
    short: "C",
    value: "DIR",
    summary: "Run as if started in DIR",
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

/** For a target that verifies images. */
export const SIGNER: readonly Flag[] = [
  {
    name: "certificate-identity",
    value: "NAME",
    summary: "Who must have signed without a key",
  },
  {
    name: "certificate-oidc-issuer",
    value: "URL",
    summary: "Who must vouch for that identity",
  },
  {
    name: "policy",
    value: "WORDS",
    summary: "Refuse unless also: clean, younger=AGE",
  },
];

/** A target without a plan prints little else, so most of them need not look at it. */
const QUIET: Flag = {
  name: "quiet",
  short: "q",
  summary: "Print the answer only",
};

/** For a target that writes reports, or reads them. */
export const REPORTS: Flag = {
  name: "reports",
  value: "DIR",
  summary: "Folder of reports and logs; default: reports",
};

/** The flags that may stand before any target, in help order. */
export const TOOL_FLAGS: readonly Flag[] = [
  ...PLACE_FLAGS,
  HELP,
  TOOL_VERSION,
];

/** The flags that say where a target works, and where its reports are. */
export const PLACES: readonly Flag[] = [...PLACE_FLAGS, REPORTS];

/** Every flag that a target accepts, in help order. One of its own takes the place of a common one. */
export function flagsOf(target: Target): readonly Flag[] {
  const { flags, place } = target;
  const common = [
    ...(target.kind === "run" ? [QUIET] : [
      ...[DRY_RUN, ...OUTPUT_FLAGS],
      ...(needs(target, "workflow") ? [REPORTS] : []),
    ]),
    ...PLACE_FLAGS.filter(({ name }) => place?.includes(name) ?? true),
    HELP,
  ].filter(({ name }) => !flags.some((own) => own.name === name));
  return [...flags, ...common.map((flag) => withoutShort(flag, flags))];
}

/** The flag, without its letter where the target gives that to a flag of its own. */
function withoutShort(flag: Flag, own: readonly Flag[]): Flag {
  const { short, ...rest } = flag;
  return own.some((one) => one.short === short) ? rest : flag;
}
