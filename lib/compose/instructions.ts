/**
 * Reads the instructions of a Dockerfile, as BuildKit does.
 *
 * The rules are those of https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser. No parser from npm: the
 * only one (dockerfile-ast) loads in 45 ms and yields words, while the meaning of the words is the hard part.
 *
 * @module
 */

/** An instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  keyword: string;
  /** The flags behind it, such as `--from=test`, without quotes. */
  flags: readonly string[];
  /** The text behind the flags: continuation lines joined, here-documents left out. */
  rest: string;
  /** The words of that text: of a JSON array its items, of ARG and LABEL with their quotes. */
  words: readonly string[];
  /** Of the keyword, counted from 1. */
  line: number;
}

/** Where a RUN mounts files from. */
interface MountSource {
  /** In lower case. */
  type: string;
  /** A stage, a named context or an image; undefined for the build context. */
  from: string | undefined;
  /** Path in there. */
  source: string;
}

/** Splits the text of an instruction, which depends on the escape character of the file. */
interface Syntax {
  /** The end of a line that the next line continues. */
  continuation: RegExp;
  /** A flag at the start of a text. */
  flag: RegExp;
  /** A quote or an escape in a flag. */
  quoting: RegExp;
  /** Words that may have quotes in them. */
  quotedWord: RegExp;
}

const BACKSLASH = syntaxOf("\\\\");
const BACKTICK = syntaxOf("`");

/** @param escape as in a regular expression */
function syntaxOf(escape: string): Syntax {
  const inWord = `[^\\s"'${escape}]`;
  const double = `"(?:${escape}.|[^"${escape}])*(?:"|$)`;
  const single = `'[^']*(?:'|$)`;
  // In a flag, unlike in a word, a quote of both kinds can be escaped.
  const flagSingle = `'(?:${escape}.|[^'${escape}])*(?:'|$)`;
  return {
    continuation: new RegExp(`(?<!${escape})${escape}[ \\t]*$`),
    flag: new RegExp(
      `^--(?:${double}|${flagSingle}|${escape}.?|${inWord})*`,
      "s",
    ),
    quoting: new RegExp(`${escape}(.?)|["']`, "gs"),
    quotedWord: new RegExp(
      `(?:${double}|${single}|${escape}.|${inWord})+`,
      "gs",
    ),
  };
}

/** Reads the instructions; comments, empty lines and here-documents are none. */
export function readInstructions(text: string): Instruction[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n")
    .map((line) => line.replace(/\r+$/, ""));
  const syntax = syntaxIn(lines);
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    if (isNothing(lines[at]!)) {
      at++;
      continue;
    }
    const { joined, next } = joinedFrom(at, lines, syntax);
    const instruction = instructionOf(joined, at + 1, syntax);
    found.push(instruction);
    at = next;
    if (!holdsHeredocs(instruction)) continue;
    for (const heredoc of heredocsIn(joined)) {
      at = behind(heredoc, lines, at) ?? at;
    }
  }
  return found;
}

/** The parser directives: https://docs.docker.com/reference/dockerfile/#parser-directives */
const DIRECTIVE = /^\s*#\s*(syntax|escape|check)\s*=\s*(.+?)\s*$/i;

/** Directives stand above everything else, other comments included. */
function syntaxIn(lines: readonly string[]): Syntax {
  for (const line of lines) {
    const [, name, value] = DIRECTIVE.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === "escape" && value === "`") return BACKTICK;
  }
  return BACKSLASH;
}

function isNothing(line: string): boolean {
  return /^\s*(#|$)/.test(line);
}

/** The lines of one instruction as one, and the index of the line behind them. */
function joinedFrom(
  start: number,
  lines: readonly string[],
  { continuation }: Syntax,
): { joined: string; next: number } {
  let joined = "";
  let next = start;
  for (let open = true; open && next < lines.length; next++) {
    const line = lines[next]!;
    // Neither a comment nor an empty line ends a continued instruction.
    if (isNothing(line)) continue;
    const part = line.replace(continuation, "");
    open = part !== line;
    joined += part;
  }
  return { joined, next };
}

function instructionOf(
  text: string,
  line: number,
  syntax: Syntax,
): Instruction {
  const [, keyword = "", all = ""] = /^(\S*)\s*(.*)$/s.exec(text.trim()) ?? [];
  const { flags, rest } = splitFlags(all, syntax);
  const common = { keyword: keyword.toUpperCase(), flags, rest, line };
  return { ...common, words: wordsOf(common, syntax) };
}

function splitFlags(
  text: string,
  { flag, quoting }: Syntax,
): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let rest = text;
  for (;;) {
    const [word] = flag.exec(rest) ?? [];
    if (word === undefined) return { flags, rest };
    rest = rest.slice(word.length).trim();
    // As in other programs, a lone "--" ends the flags.
    if (word === "--") return { flags, rest };
    flags.push(word.replace(quoting, (_, escaped = "") => escaped));
  }
}

/** Instructions that may have a JSON array in place of words. */
const IN_JSON = /^(ADD|CMD|COPY|ENTRYPOINT|RUN|SHELL|VOLUME)$/;

function wordsOf(
  { keyword, rest }: Pick<Instruction, "keyword" | "rest">,
  { quotedWord }: Syntax,
): readonly string[] {
  const items = IN_JSON.test(keyword) ? execForm(rest) : undefined;
  if (items) return items;
  return keyword === "ARG" || keyword === "LABEL"
    ? rest.match(quotedWord) ?? []
    : rest.split(/\s+/).filter(Boolean);
}

/** The words of an instruction in exec form, a JSON array; undefined for the shell form. */
export function execForm(rest: string): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(rest);
    return Array.isArray(words) && words.every((one) => typeof one === "string")
      ? words
      : undefined;
  } catch {
    return undefined;
  }
}

/** The stages, named contexts and images that COPY and RUN take files from; BuildKit replaces no variable in them. */
export function sourcesOf(instruction: Instruction): string[] {
  const { keyword, flags } = instruction;
  if (keyword === "COPY") {
    return flags.flatMap((flag) => /^--from=(.+)/s.exec(flag)?.[1] ?? []);
  }
  return mountsOf(instruction).flatMap(({ from }) => from ?? []);
}

/** The mounts of a RUN: https://docs.docker.com/reference/dockerfile/#run---mount */
export function mountsOf({ keyword, flags }: Instruction): MountSource[] {
  if (keyword !== "RUN") return [];
  return flags.flatMap((flag) => {
    const [, list] = /^--mount=(.*)/s.exec(flag) ?? [];
    if (list === undefined) return [];
    const fields = new Map(
      list.split(",").map((field) => {
        const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(field) ?? [];
        return [key.toLowerCase(), value];
      }),
    );
    return [{
      type: (fields.get("type") ?? "bind").toLowerCase(),
      from: fields.get("from") || undefined,
      source: fields.get("source") ?? fields.get("src") ?? ".",
    }];
  });
}

/** A here-document, whose text follows the instruction. */
interface Heredoc {
  /** The line that ends it. */
  name: string;
  /** Whether tabs may stand in front of the name. */
  indented: boolean;
}

/** https://docs.docker.com/reference/dockerfile/#here-documents; ONBUILD has an instruction behind it. */
function holdsHeredocs({ keyword, rest }: Instruction): boolean {
  const [, inner = "", argument = ""] = keyword === "ONBUILD"
    ? /^(\S*)\s*(.*)$/s.exec(rest) ?? []
    : ["", keyword, rest];
  return /^(ADD|COPY|RUN)$/i.test(inner) && execForm(argument) === undefined;
}

function heredocsIn(text: string): Heredoc[] {
  if (!text.includes("<<")) return [];
  return shellWords(text).flatMap((word) => {
    const [, dash, quoted = ""] = /^\d*<<(-?)\s*([^<]*)$/.exec(word) ?? [];
    const name = quoted.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs,
      (_, single, double, escaped) =>
        single ?? escaped ?? double.replace(/\\(["$\\])/g, "$1"),
    );
    return name === "" ? [] : [{ name, indented: dash === "-" }];
  });
}

/** A variable in braces: BuildKit takes no other modifier, such as those of arrays. */
const VARIABLE =
  /\$\{(?:\w+|[@*#?$!-])(?:\}|:[^}]*\}|[-+?#%][^}]*\}|\/\/[^/]*\/[^}]*\}|\/(?!\/)[^/]*\/[^}]*\})/
    .source;

/** A space, a here-document's mark with the spaces behind it, a quoted text, an escape, a variable, or other characters. */
const PART = new RegExp(
  [
    ...["\\s", "<<[ \\t\\r]*", "<", "'[^']*'"],
    `"(?:\\\\.|${VARIABLE}|\\$(?!\\{)|[^"\\\\$])*"`,
    ...["\\\\.?", VARIABLE, "\\$(?!\\{)", "[^\\s<'\"\\\\$]+"],
  ].join("|"),
  "gs",
);

/** The words of a shell's command line, as written; none where BuildKit cannot split it, such as at an open quote. */
function shellWords(text: string): string[] {
  const words = [""];
  let end = 0;
  for (const { 0: part, index } of text.matchAll(PART)) {
    if (index !== end) return [];
    end += part.length;
    if (/^\s$/.test(part)) words.push("");
    else words.push(words.pop() + part);
  }
  return end === text.length ? words : [];
}

/** The index of the line behind a here-document; undefined where no line ends it, which BuildKit refuses. */
function behind(
  { name, indented }: Heredoc,
  lines: readonly string[],
  start: number,
): number | undefined {
  const end = lines.findIndex((line, at) =>
    at >= start && (indented ? line.replace(/^\t+/, "") : line) === name
  );
  return end < 0 ? undefined : end + 1;
}
