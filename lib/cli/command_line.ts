/**
 * Writes a request down as a person would type it.
 *
 * @module
 */

import { toShell } from "../plan/script.ts";
import type { RunRequest } from "./request.ts";
import { REPORTS } from "./flags.ts";

/** The target, and its own word and flags that were given, as words. */
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

/** What a person would type to run a target, given as words, where a request was meant to run. */
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
