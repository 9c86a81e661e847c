/**
 * Writes a request as the command line that a person would type.
 *
 * @module
 */

import { type Elsewhere, placeWords, type Typing } from "../errors/typing.ts";
import type { Target } from "../target.ts";
import { toShell } from "../text/shell.ts";
import { flagsOf, REPORTS } from "./flags.ts";
import type { RunRequest } from "./request.ts";

/** A request whose command lines are not made yet. */
export type Bare = Omit<RunRequest, "typing">;

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

/** Writes command lines in the place of a request. A target gets only those flags that it takes. */
export function typingOf(
  request: Bare,
  targets: readonly Target[],
): Typing {
  const { directory, files, project, values, args } = request;
  const [reports] = values.get(REPORTS.name) ?? [];
  const given: Elsewhere = {
    files,
    ...(directory !== undefined && { directory }),
    ...(project !== undefined && { project }),
    ...(reports !== undefined && { reports }),
  };
  const placed = (target: Target | undefined, elsewhere: Elsewhere = {}) =>
    placeWords(taken({ ...given, ...elsewhere }, target));
  return {
    again: (elsewhere) =>
      toShell([
        "todoflow",
        ...(request.bare ? [] : ownWords(request)),
        ...(request.dryRun ? ["--dry-run"] : []),
        ...placed(request.target, elsewhere),
        ...(args.length === 0 ? [] : ["--", ...args]),
      ]),
    target: (words, elsewhere) => {
      const target = targets.find(({ name }) => name === words[0]);
      return toShell(["todoflow", ...words, ...placed(target, elsewhere)]);
    },
    compose: (words) => {
      // Compose takes relative paths of files from the folder in which it starts.
      const command = toShell([
        ...["docker", "compose", ...placeWords({ files })],
        ...(project === undefined ? [] : ["-p", project]),
        ...words,
      ]);
      return directory === undefined
        ? command
        : `(${toShell(["cd", directory])} && ${command})`;
    },
    git: (words) =>
      toShell([
        "git",
        ...(directory === undefined ? [] : ["-C", directory]),
        ...words,
      ]),
  };
}

/** The parts of a place that a target takes; all of them if it is not known. */
function taken(place: Elsewhere, target: Target | undefined): Elsewhere {
  if (!target) return place;
  const isTaken = (name: string) =>
    flagsOf(target).some((flag) => flag.name === name) &&
    // A flag of its own may mean something else.
    !target.flags.some((flag) => flag.name === name);
  const { directory, files, project, reports } = place;
  return {
    ...(directory !== undefined && isTaken("directory") && { directory }),
    ...(files && isTaken("file") && { files }),
    ...(project !== undefined && isTaken("project-name") && { project }),
    ...(reports !== undefined && isTaken("reports") && { reports }),
  };
}
