/**
 * Causes: a program, its interpreter or a library is missing, or none of them can be executed.
 *
 * @module
 */

import { type Facts, mountOf, mountText, type Program } from "./facts.ts";
import { at, type Row } from "./row.ts";

/** A program of this name, or at this path, that the container lacks. */
export function missingProgram(name: string, facts?: Facts): string {
  if (!name.includes("/")) {
    return `"${name}" is not in the image, or not in its PATH`;
  }
  const program = facts?.program;
  if (program?.path === name && program.isThere) {
    return brokenProgram(program) ??
      `${name} cannot be executed: its interpreter is not in the image`;
  }
  return missingFile(name, facts);
}

/** A file that the container lacks. */
export function missingFile(path: string, facts?: Facts): string {
  const mount = facts && mountOf(facts, path);
  return mount
    ? `${path} is not there: ${
      mountText(mount)
    } is mounted at ${mount.target}, over the image's own files`
    : `${path} is not in the image`;
}

/** Why the file, which is there, cannot be executed; undefined where its bytes do not tell. */
function brokenProgram(program: Program): string | undefined {
  const { path, firstLine, interpreter, hasInterpreter } = program;
  if (firstLine?.endsWith("\r")) {
    return `${path} begins with "${
      firstLine.slice(0, -1)
    }\\r": its lines end in CR LF. ${convert(path)}`;
  }
  if (interpreter === undefined || hasInterpreter !== false) return undefined;
  if (firstLine !== undefined) {
    return `${path} begins with "${firstLine}", and ${interpreter} is not in the image`;
  }
  const libc = interpreter.includes("ld-musl")
    ? "musl (Alpine)"
    : interpreter.includes("ld-linux")
    ? "glibc (Debian, not Alpine)"
    : undefined;
  return `${path} needs ${interpreter}, which is not in the image` +
    (libc ? `: it is built for ${libc}` : "");
}

/** How to get rid of the line ends of Windows for good. */
function convert(file = "FILE"): string {
  return `Convert it: sed -i 's/\\r$//' ${
    file.slice(file.lastIndexOf("/") + 1)
  }, and write "* text eol=lf" into .gitattributes`;
}

/** Why the engine's machine cannot run a file or an image. */
export function foreignProgram(path: string, facts?: Facts): string {
  const program = facts?.program;
  const { machine, image, engine, firstLine } = program ?? {};
  if (machine !== undefined && engine !== undefined && machine !== engine) {
    return `${path} is made for ${machine}, and this engine runs ${engine}`;
  }
  if (image !== undefined && engine !== undefined && image !== engine) {
    return `the image is made for ${image}, and this engine runs ${engine}`;
  }
  if (
    program?.isThere && machine === undefined && firstLine !== undefined &&
    !firstLine.startsWith("#!")
  ) {
    return `${path} is no program, and does not begin with a line such as #!/bin/sh`;
  }
  return FOREIGN;
}

/** The cause where the processors have no names. */
const FOREIGN =
  "the program, or the image, is made for another processor architecture";

const NAME = "[\\w@%+=:,./~-]{1,200}";

/** The shells, and what they say before a program: dash, bash, ash and zsh. */
const SHELL = "^(?:\\S{1,200}: )?(?:line )?(?:\\d+: )?(?:exec: )?";

const NOT_FOUND = new RegExp(
  `${SHELL}(?<name>${NAME}): (?:command )?not found$`,
);

const CLOSED = new RegExp(
  `${SHELL}(?<path>/${NAME}): (?:cannot execute: )?[Pp]ermission denied$`,
);

/** The rows. */
export const PROGRAM_ROWS: readonly Row[] = [
  {
    words: /^exec (?<path>\S{1,300}): no such file or directory$/,
    cause: ({ path = "" }, { facts }) =>
      at(missingProgram(path, facts), facts, { word: path }),
  },
  {
    words:
      /^(?:exec )?(?<path>\S{1,300}): exec format error$|[Ee]xec format error/,
    cause: ({ path = "the program" }, { facts }) => foreignProgram(path, facts),
  },
  {
    words: /^exec (?<path>\S{1,300}): permission denied$/,
    cause: ({ path = "" }, { facts }) =>
      at(notExecutable(path), facts, { word: path }),
  },
  {
    words:
      /\benv: (?:can't execute )?['‘"]?(?<name>[\w.+-]{1,99})(?:\\r|\r)['’"]?: No such file/,
    cause: ({ name }) =>
      `a script begins with "#!/usr/bin/env ${name}\\r": its lines end in CR LF. ${convert()}`,
  },
  {
    words:
      /\benv: (?:can't execute )?['‘"]?(?<name>[\w.+-]{1,99})['’"]?: No such file/,
    cause: ({ name = "" }) => missingProgram(name),
  },
  {
    words: /: \$'\\r': command not found/,
    cause: () => `the lines of a script end in CR LF. ${convert()}`,
  },
  {
    words:
      /(?<path>\/\S{1,200}): (?<by>\/[^\s:]{1,200}?)(?<cr>\^M|\r)?: bad interpreter/,
    cause: ({ path, by, cr }) =>
      cr
        ? `${path} begins with "#!${by}\\r": its lines end in CR LF. ${
          convert(path)
        }`
        : `${path} begins with "#!${by}", which is not in the image`,
  },
  {
    words: new RegExp(
      `${SHELL}(?<path>/${NAME}): cannot execute: required file not found$`,
    ),
    cause: ({ path = "" }, { facts }) => missingProgram(path, facts),
  },
  {
    words: NOT_FOUND,
    cause: ({ name = "" }, { facts }) =>
      at(missingProgram(name, facts), facts, { word: name }),
  },
  {
    words: CLOSED,
    cause: ({ path }, { facts }) =>
      facts?.exitCode === 126 ? notExecutable(path) : undefined,
  },
  {
    words: new RegExp(`${SHELL}(?<path>/${NAME}): No such file or directory$`),
    cause: ({ path = "" }, { facts }) =>
      facts?.exitCode === 127 ? missingProgram(path, facts) : undefined,
  },
];

/** A file without the right to be executed. */
export function notExecutable(path = "the program"): string {
  return `${path} is not executable (126): COPY --chmod=755 makes it so; or call it by sh`;
}

/** The program that the last words name as one that could not be executed; undefined where they name no path. */
export function pathIn(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    for (const words of PATHS) {
      const path = words.exec(line)?.groups?.path;
      if (path !== undefined) return path;
    }
  }
  return undefined;
}

const PATHS: readonly RegExp[] = [
  /\bexec (?<path>[./]\S{1,300}): (?:no such file or directory|exec format error)$/,
  new RegExp(
    `${SHELL}(?<path>[./]${NAME}): (?:not found|cannot execute: required file not found|No such file or directory|[Ee]xec format error)$`,
  ),
];

/** The engine's words for a program that it cannot start in a container that runs. */
const NOT_STARTED =
  /exec: \\?"(?<name>[^"\\]{1,300})\\?": (?<why>executable file not found|stat .{1,300}: no such file|permission denied)/;

/**
 * Why a health check cannot run, whatever its service does: its program, or one that it calls, is missing or not
 * executable. Undefined where it runs.
 */
export function whyUncheckable(
  { exitCode, output }: { exitCode: number; output: string },
): string | undefined {
  if (exitCode === 0) return undefined;
  const lines = output.slice(-MAX_OUTPUT).split("\n")
    .map((line) => line.trim()).filter(Boolean);
  const { name, why } = NOT_STARTED.exec(lines.at(-1) ?? "")?.groups ?? {};
  if (name !== undefined) {
    return why === "permission denied"
      ? notExecutable(name)
      : missingProgram(name);
  }
  // A check that says more has tried another program, too.
  const names = lines.map((line) => NOT_FOUND.exec(line)?.groups?.name);
  const last = names.at(-1);
  if (last !== undefined && !names.includes(undefined)) {
    return missingProgram(last);
  }
  if (exitCode === 127) {
    return "a program that it calls is not in the image (127)";
  }
  return exitCode === 126
    ? notExecutable(CLOSED.exec(lines.at(-1) ?? "")?.groups?.path)
    : undefined;
}

/** How many UTF-16 units of a check's output are read. */
const MAX_OUTPUT = 4_096;
