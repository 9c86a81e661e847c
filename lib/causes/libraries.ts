/**
 * Causes: a library, or a module of a language, is missing.
 *
 * @module
 */

import { type Facts, type Mounted, mountOf, mountText } from "./facts.ts";
import { missingFile } from "./programs.ts";
import { at, type Row, type Told } from "./row.ts";

const LIBRARY = "(?<name>[\\w.+-]{1,100}\\.so[\\w.]{0,30})";

/** The rows. */
export const LIBRARY_ROWS: readonly Row[] = [
  {
    // glibc.
    words: new RegExp(
      `(?:(?<by>/\\S{1,200}): error while loading shared libraries: |\\b)${LIBRARY}: cannot open shared object file`,
    ),
    cause: ({ name, by }) => missingLibrary(name, by),
  },
  {
    // musl.
    words: new RegExp(
      `Error loading shared library ${LIBRARY}: .{0,100}\\(needed by (?<by>\\S{1,200})\\)`,
    ),
    cause: ({ name, by }) => missingLibrary(name, by),
  },
  {
    words:
      /version [`'](?<version>GLIBC(?:XX)?_[\d.]{1,20})' not found \(required by (?<by>\S{1,200})\)/,
    cause: ({ version, by }) =>
      `${by} needs ${version}, and the image has an older one: build and run it on the same base image`,
  },
  {
    words:
      /Error relocating (?<by>\S{1,200}): (?<name>\w{1,100}): symbol not found/,
    cause: ({ by, name }) =>
      `${by} lacks the symbol ${name}: it is built for another C library, or version of one, than the image has (glibc, musl)`,
  },
  {
    words:
      /(?<by>\S{1,200}): symbol lookup error: .{0,300}undefined symbol: (?<name>\w{1,100})/,
    cause: ({ by, name }) =>
      `${by} lacks the symbol ${name}: it is built for another version of a library than the image has`,
  },
  ...[
    // Python.
    /\bNo module named '?(?<name>[\w.]{1,100})'?/,
    // Node, which names a path where the program itself is missing.
    /Cannot find (?:module|package) '(?<name>[^']{1,200})'/,
    // Ruby.
    /cannot load such file -- (?<name>\S{1,200})/,
    // Perl.
    /Can't locate (?<name>\S{1,200}) in @INC/,
    // Deno.
    /Module not found "(?:file:\/\/)?(?<name>[^"]{1,200})"/,
    // PHP.
    /Failed opening required '(?<name>[^']{1,200})'/,
    // Java.
    /Unable to access jarfile (?<name>\S{1,200})/,
    /Could not find or load main class (?<name>\S{1,200})/,
    /java\.lang\.(?:NoClassDefFoundError|ClassNotFoundException): (?<name>[\w./$]{1,200})/,
    // .NET.
    /Could not load file or assembly '(?<name>[^',]{1,200})/,
  ].map((words): Row => ({
    words,
    cause: ({ name = "" }, { facts }) => missingModule(name, facts),
  })),
  ...[
    /can't open file '(?<path>[^']{1,200})': \[Errno 2\]/,
    /Could not open input file: (?<path>\S{1,200})/,
    /No such file or directory -- (?<path>\S{1,200}) \(LoadError\)/,
    /Could not read package\.json: .{0,100}open '(?<path>[^']{1,200})'/,
  ].map((words): Row => ({
    words,
    cause: ({ path = "" }, { facts }) => missingFile(path, facts),
  })),
];

function missingLibrary(name = "", by?: string): string {
  return by === undefined
    ? `the library ${name} is not in the image`
    : `the library ${name}, which ${by} needs, is not in the image`;
}

/** A module, by its name or its path. */
function missingModule(name: string, facts?: Facts): Told {
  if (name.startsWith("/")) return missingFile(name, facts);
  const over = facts && overModules(facts);
  const why = `the program does not find its module "${name}" in the image`;
  if (!over) return why;
  const { target } = over;
  return at(
    `${why}; ${
      mountText(over)
    } is mounted at ${target}, over the image's own files`,
    facts,
    { word: target },
  );
}

/** A folder of the host over the one in which the program starts: it hides the modules that the image has there. */
function overModules(facts: Facts): Mounted | undefined {
  const mount = mountOf(facts, facts.workingDir);
  return mount?.kind === "folder" ? mount : undefined;
}
