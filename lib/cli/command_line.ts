/**
 * Writes a request as the command line that a person would type.
 *
 * @module
 */

import { toShell } from "../plan/script.ts";
import type { RunRequest } from "./request.ts";
import { REPORTS } from "./flags.ts";

/** The target, its word and its own flags of a request, as words of a command line. */
export function ownWords(
  { target, word, flags, values }: Pick<
    RunRequest,
    "target" | "word" | "flags" | "values"
  >,
): string[] {
  return [
    target.name,
    ...(word === undefined ? [] : [word]),
    ...target.flags.flatMap(({ name, value }) =>
      value
        ? (values.get(name) ?? []).flatMap((given) => [`--${name}`, given])
        : flags.has(name)
        ? [`--${name}`]
        : []
    ),
  ];
}

/** The command line that runs a target, given as words, in the same place as a request. */
export function commandLine(
  words: readonly string[],
  { directory, files, project, values, args }: RunRequest,
): string {
  return toShell([
    "todoflow",
    ...words,
    ...(directory === undefined ? [] : ["-C", directory]),
    ...files.flatMap((file) => ["-f", file]),
    ...(project === undefined ? [] : ["-p", project]),
    ...(values.get(REPORTS.name) ?? []).flatMap((folder) => [
      `--${REPORTS.name}`,
      folder,
    ]),
    ...(args.length === 0 ? [] : ["--", ...args]),
  ]);
}
