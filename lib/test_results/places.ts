/**
 * Finds in the text of a failed test where it failed. Each test program and language writes this in its own form.
 *
 * @module
 */

/** A line of a file as the program named it, which may be a path inside a container; lines are counted from 1. */
interface Place {
  file: string;
  line: number;
}

/** A form of the line that names a place. */
interface Form {
  /** Who writes it. */
  by: string;
  /** Its groups are `file` and `line`, and for languages whose stacks name only the file's last part, `package`. */
  pattern: RegExp;
  /** Which of several such lines names the place where the test failed. */
  which: "first" | "last";
  /** Packages that the project has not written itself. */
  foreign?: RegExp;
}

const JVM_FOREIGN =
  /^(?:(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|clojure|junit|worker|net\.bytebuddy)\.|com\.google\.common\.|io\.(?:kotest|mockk)\.|org\.(?:junit|hamcrest|assertj|opentest4j|testng|mockito|gradle|apache\.maven|apache\.groovy|codehaus|spockframework|scalatest|springframework)\.)/;

/** The forms; the first one of which a text has a line names the place. */
const FORMS: readonly Form[] = [
  {
    by: "bats",
    pattern: /\bin test file (?<file>.+), line (?<line>\d+)/,
    which: "first",
  },
  {
    by: "Python",
    pattern: /^\s*File "(?<file>.+)", line (?<line>\d+)/,
    which: "last",
  },
  {
    by: "pytest",
    pattern: /^(?<file>[^\s:]+\.py):(?<line>\d+):/,
    which: "last",
  },
  {
    by: "Test::More",
    pattern: /^\s*at (?<file>.+) line (?<line>\d+)\.$/,
    which: "first",
  },
  {
    // t.Log writes the same form, but earlier than t.Error.
    by: "Go",
    pattern: /^\s+(?<file>\S+\.go):(?<line>\d+):/,
    which: "last",
  },
  {
    by: "the stack of Go's panic",
    pattern: /^\s+(?<file>\S+\.go):(?<line>\d+)(?: \+0x|$)/,
    which: "first",
  },
  {
    by: "Rust",
    pattern:
      /\b(?:panicked|not panic as expected) at (?<file>[^\s':][^:]*\.rs):(?<line>\d+):\d+:?$/,
    which: "first",
  },
  {
    by: "Rust before 1.73, after the message",
    pattern:
      /\bpanicked at '.*', (?<file>[^\s':,][^':,]*\.rs):(?<line>\d+):\d+$/,
    which: "first",
  },
  {
    by: ".NET",
    pattern: /^\s*at .+ in (?<file>.+):line (?<line>\d+)$/,
    which: "first",
  },
  {
    by: "the JVM",
    pattern:
      /^\s*(?:at )?(?:\S*\/)?(?<package>(?:[\w$]+\.)*)[\w$]+\.[^.()]+\((?<file>[^\s():]+\.(?:java|kts?|groovy|scala|clj)):(?<line>\d+)\)/,
    which: "first",
    foreign: JVM_FOREIGN,
  },
  {
    by: "vitest",
    pattern: /^\s*❯ (?:.* )?(?<file>\S+):(?<line>\d+):\d+$/,
    which: "first",
  },
  {
    by: "RSpec and minitest",
    pattern:
      /^(?:.*\[|\s*(?:# )?)(?<file>[^\s:[\]][^:[\]]*\.(?:rb|feature)):(?<line>\d+)(?::in\b|\]|$)/,
    which: "first",
  },
  {
    by: "Elixir",
    pattern: /^\s*(?!deps\/)(?<file>[^\s:()]+\.exs?):(?<line>\d+)(?::|$)/,
    which: "first",
  },
  {
    by: "PHP",
    pattern: /^(?<file>\S.*\.php):(?<line>\d+)$/,
    which: "first",
  },
  {
    by: "googletest and other programs of C and C++",
    pattern:
      /^\s*(?:at )?(?<file>[^\s:(]+\.(?:cc|cpp|cxx|c|hpp|hh|hxx|h|mm?))[:(](?<line>\d+)(?:[:)]|$)/,
    which: "first",
  },
  {
    by: "a JavaScript stack",
    pattern: /^\s*at (?:.*\()?(?<file>[^(]+?):(?<line>\d+):\d+['")]*$/,
    which: "first",
  },
  {
    by: "a JavaScript stack in TAP",
    pattern:
      /^\s*(?:async )?[\w$.<>[\] ]+ \((?<file>[^()]+):(?<line>\d+):\d+\)$/,
    which: "first",
  },
  {
    by: "a YAML block in TAP",
    pattern:
      /^\s*(?:at|location): (?:.*\()?['"]?(?<file>[^('"]+?):(?<line>\d+):\d+['")]*$/,
    which: "first",
  },
];

/** Paths of code that the project has not written itself. */
const FOREIGN =
  /^(?:node|ext|npm|jsr|https?):|^<|(?:^|[\\/])(?:node_modules|site-packages|dist-packages|deno-dir|vendor|npm[\\/][\w-]+\.[\w.-]+)[\\/]|\/lib\/(?:python\d|ruby\b)|^\/usr\/(?:local|lib)\/go|\/pkg\/mod\/|[\\/]gems[\\/][\w.-]+-\d|^\/rustc\/|[\\/]\.cargo[\\/]|^\/_\/|^\/usr\/(?:share\/php|include|src)\//;

/** The most UTF-16 units of a line that is matched: longer ones would be slow, and name neither a place nor a reason. */
export const MAX_LINE = 1_000;

/** The most UTF-16 units of each end of a text that are read. */
const MAX_END = 100_000;

/** The lines of a text that are read: long ones are left out, and so is the middle of a long text. */
export function linesOf(text: string): string[] {
  const ends = text.length > 2 * MAX_END
    ? `${text.slice(0, MAX_END)}\n${text.slice(-MAX_END)}`
    : text;
  return ends.split(/\r?\n/).filter(({ length }) => length <= MAX_LINE);
}

/** The path in a line of a stack, without the text around it. */
function pathOf(text: string): string {
  const path = text.replace(/^async |^['"]/, "");
  if (!path.startsWith("file://")) return path;
  try {
    return decodeURIComponent(path.slice("file://".length));
  } catch {
    return path.slice("file://".length);
  }
}

/** Whether a file is one that the project has not written itself, such as one of a standard library. */
export function isForeign(file: string): boolean {
  return FOREIGN.test(pathOf(file));
}

/** The place that a line names in a form; undefined for another line, and for a place in foreign code. */
function placeOf(
  line: string,
  { pattern, foreign }: Form,
): Place | undefined {
  const { file, line: number, package: packages = "" } =
    pattern.exec(line)?.groups ?? {};
  if (!file || isForeign(file) || foreign?.test(packages)) return undefined;
  const place = {
    file: packages.replaceAll(".", "/") + pathOf(file),
    line: Number(number),
  };
  return Number.isSafeInteger(place.line) && place.line > 0 ? place : undefined;
}

/** Whether one of two paths is the end of the other. */
function isSame(one: string, other: string): boolean {
  return `/${one}`.endsWith(`/${other}`) || `/${other}`.endsWith(`/${one}`);
}

/**
 * The innermost place in the project's own code that the text of a failure names. With `file`, the place is in this file;
 * of its path, the text may have only a part, or this parameter.
 */
export function placeIn(text: string, file?: string): Place | undefined {
  const lines = linesOf(text);
  const plain = (path: string) => path.replace(/^\.?\//, "");
  for (const form of FORMS) {
    const places = lines.flatMap((line) => placeOf(line, form) ?? [])
      .filter((place) =>
        file === undefined || isSame(plain(place.file), plain(file))
      );
    const place = form.which === "first" ? places[0] : places.at(-1);
    if (place) return place;
  }
  return undefined;
}
