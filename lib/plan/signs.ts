/**
 * The meaning of docker's words and of exit codes.
 *
 * @module
 */

import type { Facts } from "../causes/facts.ts";
import {
  foreignProgram,
  missingProgram,
  notExecutable,
} from "../causes/programs.ts";
import { at, causeFrom, type Row } from "../causes/row.ts";
import type { Cause } from "../errors/diagnosis.ts";

/** The meaning of docker's words: those of the engine, runc, BuildKit and Compose. */
export const SIGNS: readonly Row[] = [
  {
    words:
      /image with reference (?<image>\S{1,300}) was found but .{0,60}platform: wanted (?<wanted>[\w/]+), actual: (?<actual>[\w/]+)/,
    cause: ({ image, wanted, actual }) =>
      `the image ${image} is made for ${actual}, and ${wanted} is wanted`,
  },
  {
    words: /no matching manifest for (?<wanted>[\w/]+)/,
    cause: ({ wanted }) => `the registry has no image for ${wanted}`,
  },
  {
    words:
      /exec format error|does not match the (?:detected|specified) host platform/,
    cause: (_, { facts }) =>
      foreignProgram(facts?.program?.path ?? "the program", facts),
  },
  {
    words:
      /exec: \\?"(?<name>[^"\\]{1,300})\\?": (?:executable file not found in \$PATH|stat .{1,300}: no such file or directory)/,
    cause: ({ name = "" }, { facts }) =>
      at(missingProgram(name, facts), facts, { word: name }),
  },
  {
    words:
      /executable file not found in \$PATH|exec:? .*no such file or directory/,
    cause: () =>
      "the program is not in the image (127), or its interpreter is not",
  },
  {
    words:
      /exec: \\?"(?<name>[^"\\]{1,300})\\?": (?:permission denied|is a directory)/,
    cause: ({ name }, { facts }) =>
      at(notExecutable(name), facts, { word: name ?? "" }),
  },
  {
    words: /(?:exec|OCI runtime).*permission denied/,
    cause: () => notExecutable(),
  },
  {
    words:
      /error mounting "(?<source>[^"]{1,300})" to rootfs at "(?<target>[^"]{1,300})".*not a directory/,
    cause: ({ source, target = "" }, { facts }) =>
      at(
        `${source} is mounted at ${target}, and one is a file, the other a folder: Docker makes a folder where the file to mount is missing`,
        facts,
        { word: target },
      ),
  },
  {
    words: /bind source path does not exist: (?<source>\S{1,300})/,
    cause: ({ source }) => `${source}, which is to be mounted, does not exist`,
  },
  {
    words: /unable to find (?<kind>user|group) (?<name>\S{1,100}): no matching/,
    cause: ({ kind, name }, { facts }) =>
      at(`the image has no ${kind} "${name}"`, facts, { path: ["user"] }),
  },
  {
    words:
      /pull access denied|repository does not exist|insufficient_scope|authorization failed/,
    cause: () =>
      "the image is not in the registry, or needs a login: docker login",
  },
  {
    words:
      /manifest unknown|failed to resolve source metadata.*not found|manifest for .* not found|^\S{1,300}:[\w.-]{1,128}: not found$/,
    cause: () =>
      "the registry does not have this image: is its name right, and its tag?",
  },
  {
    words:
      /no such host|i\/o timeout|TLS handshake timeout|dial tcp|network is unreachable/,
    cause: () =>
      "the registry, or a server that the build needs, cannot be reached",
  },
  {
    words:
      /environment variable "(?<name>[^"]{1,100})" required by .* is not set/,
    cause: ({ name }) =>
      `a secret or config has no value: export ${name}, or write it into .env`,
  },
];

/** The meaning of exit codes: https://docs.docker.com/engine/containers/run/#exit-status, and 128+n for signals. */
export const CODES: Readonly<Record<number, string>> = {
  125: "the engine could not start the container",
  126: "the program is not executable (126)",
  127: "the program is not in the image (127), or one that a script calls",
  132: "the program has an instruction that this processor lacks (SIGILL)",
  134: "the program has aborted itself (SIGABRT)",
  137: "the program was killed (137 is SIGKILL)",
  139: "the program has crashed (139 is SIGSEGV)",
  143: "the program was stopped (143 is SIGTERM)",
};

/** The meaning of the last line that has one; undefined if none has. */
export function meaningOf(
  lines: readonly string[],
  facts?: Facts,
): Cause | undefined {
  for (const [i, line] of [...lines.entries()].toReversed()) {
    for (const { words, cause } of SIGNS) {
      const match = words.exec(line);
      const found = match &&
        causeFrom(cause(match.groups ?? {}, { facts, lines, at: i }));
      if (found) return found;
    }
  }
  return undefined;
}
