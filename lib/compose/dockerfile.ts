/**
 * Reads from a Dockerfile which images a build stands on.
 *
 * `docker build --pull` resolves the newest base, but leaves an older local tag as it is, and a later build without
 * `--pull` takes that one. Whoever pulls each base by its name, once, builds everything on the same.
 *
 * The rules are those of BuildKit: https://docs.docker.com/reference/dockerfile/. No parser from npm: the one there is
 * (dockerfile-ast) loads in 45 ms and yields words, and what is hard here is what the words mean.
 *
 * @module
 */

/** What a build is told besides its Dockerfile. */
export interface BaseOptions {
  /** Build arguments. */
  args?: Readonly<Record<string, string>>;
  /** Name of a stage; default: the last one. */
  target?: string | undefined;
  /** Named contexts (Compose: `additional_contexts`), which come before stages and images of exactly that name. */
  contexts?: Readonly<Record<string, string>>;
}

interface Instruction {
  /** In capitals. */
  keyword: string;
  /** What follows it: continuation lines joined, here-documents left out. */
  rest: string;
}

interface Stage {
  index: number;
  name: string | undefined;
  base: string;
  /** What `COPY --from` and `RUN --mount=from=` name. */
  sources: string[];
}

/** Stands for a value that only the engine knows; no name of an image contains it. */
const UNKNOWN = "\0";

/** Arguments that are there without being declared: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope. */
const PLATFORM = /^(TARGET|BUILD)(PLATFORM|OS|OSVERSION|ARCH|VARIANT)$/;

/** Roughly what a reference may be; whatever the engine makes of the rest is an error or cannot be told. */
const REFERENCE = /^[a-zA-Z0-9]([\w.:/@+-]*\w)?$/;

/**
 * Names of the images that the target stage stands on, as they are in the Dockerfile, each once; `scratch` is none, and
 * neither is what only other stages need or the frontend in `# syntax=`.
 *
 * Undefined when that cannot be told: there is no such stage, or a name depends on what only the engine knows.
 */
export function baseImages(
  text: string,
  { args = {}, target, contexts = {} }: BaseOptions = {},
): string[] | undefined {
  const stages = stagesOf(instructionsOf(text), args);
  const last = target === undefined ? stages.at(-1) : named(target, stages);
  if (!last) return undefined;
  const images = imagesOf(last, stages, contexts);
  return images.every((image) => REFERENCE.test(image)) ? images : undefined;
}

/** The defaults of the build arguments that a Dockerfile declares, as far as they hold no variables. */
export function argumentDefaults(
  text: string,
): [name: string, value: string][] {
  return instructionsOf(text).filter(({ keyword }) => keyword === "ARG")
    .flatMap(({ rest }) => wordsOf(rest))
    .flatMap((word): [string, string][] => {
      const [, name, value] = /^(\w+)=([^$]+)$/s.exec(word) ?? [];
      if (name === undefined || value === undefined) return [];
      return [[name, value.replace(/\\(.)|["']/gs, "$1")]];
    });
}

function imagesOf(
  last: Stage,
  stages: readonly Stage[],
  contexts: Readonly<Record<string, string>>,
): string[] {
  const images = new Set<string>();
  const visited = new Set<Stage>();
  const visit = (stage: Stage) => {
    if (visited.has(stage)) return;
    visited.add(stage);
    // FROM sees the stages above it only, and no numbers.
    reach(stage.base, named(stage.base, stages.slice(0, stage.index)));
    for (const source of stage.sources) {
      reach(source, stages[Number(source)] ?? named(source, stages));
    }
  };
  const reach = (name: string, stage: Stage | undefined) => {
    const context = contexts[name];
    const image = context === undefined
      ? name
      : /^docker-image:\/\/(.*)/.exec(context)?.[1];
    if (stage && context === undefined) visit(stage);
    else if (image !== undefined && image !== "scratch") images.add(image);
  };
  visit(last);
  return [...images];
}

/** Of stages with the same name the last one counts; capitals do not. */
function named(name: string, stages: readonly Stage[]): Stage | undefined {
  return stages.findLast((stage) => stage.name === name.toLowerCase());
}

function stagesOf(
  instructions: readonly Instruction[],
  args: Readonly<Record<string, string>>,
): Stage[] {
  const stages: Stage[] = [];
  const globals = new Map<string, string>();
  for (const { keyword, rest } of instructions) {
    const stage = stages.at(-1);
    const { flags, words } = split(rest);
    if (keyword === "FROM") {
      const [image = "", as, name] = words;
      stages.push({
        index: stages.length,
        name: as?.toLowerCase() === "as" ? name?.toLowerCase() : undefined,
        base: expand(image, globals),
        sources: [],
      });
    } else if (keyword === "ARG" && !stage) declare(words, globals, args);
    else stage?.sources.push(...sourcesOf(keyword, flags));
  }
  return stages;
}

/** Only what is declared above the first FROM is known to a FROM. */
function declare(
  words: readonly string[],
  globals: Map<string, string>,
  args: Readonly<Record<string, string>>,
) {
  for (const word of words) {
    const [, name = "", fallback] = /^([^=]*)(?:=(.*))?$/s.exec(word)!;
    const value = args[name] ?? (fallback && expand(fallback, globals));
    // Without a value, an earlier default of the same name counts no more.
    if (value === undefined) globals.delete(name);
    else globals.set(name, value);
  }
}

/** No variable is replaced here: BuildKit refuses one in `from`. */
function sourcesOf(keyword: string, flags: readonly string[]): string[] {
  const text = flags.map((flag) => flag.replace(/["']/g, ""));
  if (keyword === "COPY") {
    return text.flatMap((flag) => /^--from=(.*)/.exec(flag)?.[1] ?? []);
  }
  if (keyword !== "RUN") return [];
  return text.filter((flag) => flag.startsWith("--mount="))
    .flatMap((flag) => flag.slice("--mount=".length).split(","))
    .flatMap((field) => /^from=(.*)/i.exec(field)?.[1] ?? []);
}

/** How deep variables may stand in each other's defaults: each level is another pass over the text. */
const DEEPEST = 64;

/** Replaces variables, the innermost first, and removes quotes. */
function expand(text: string, globals: ReadonlyMap<string, string>): string {
  const literal = (value: string) => value.replaceAll("$", UNKNOWN);
  const variable =
    /\$(?:([a-zA-Z_]\w*)|\{([a-zA-Z_]\w*)(?:(:?[-+?])([^${}]*))?\})/g;
  let result = text
    .replace(/'([^']*)'/g, (_, quoted) => literal(quoted))
    .replaceAll('"', "");
  for (let before = "", level = 0; before !== result; level++) {
    if (level > DEEPEST) return UNKNOWN;
    before = result;
    result = before.replace(
      variable,
      (_, plain, braced, operator = "", word = "") => {
        const name = plain ?? braced;
        const value = globals.get(name) ??
          (PLATFORM.test(name) ? UNKNOWN : undefined);
        return substitute(value && literal(value), operator, word);
      },
    );
  }
  return result;
}

/** With a colon, an empty value counts as none, as in a POSIX shell. */
function substitute(
  value: string | undefined,
  operator: string,
  word: string,
): string {
  const isSet = operator.startsWith(":") ? !!value : value !== undefined;
  if (operator.endsWith("-")) return isSet ? value! : word;
  if (operator.endsWith("+")) return isSet ? word : "";
  if (operator.endsWith("?")) return isSet ? value! : UNKNOWN;
  return value ?? "";
}

/** The flags of an instruction, and the words after them. */
function split(rest: string): { flags: string[]; words: string[] } {
  const all = wordsOf(rest);
  const first = all.findIndex((word) => !word.startsWith("--"));
  const count = first === -1 ? all.length : first;
  return { flags: all.slice(0, count), words: all.slice(count) };
}

/** Words as they are written, quotes included. */
function wordsOf(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'])+/g) ?? [];
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const continued = continuationOf(lines);
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    let line = "";
    for (let open = true; open && at < lines.length; at++) {
      // Comments and empty lines do not end an instruction that goes on.
      if (/^\s*(#|$)/.test(lines[at]!)) continue;
      const part = lines[at]!.replace(continued, "");
      open = part !== lines[at];
      line += part;
    }
    const [, keyword = "", rest = ""] = /^\s*(\S+)\s*(.*)$/s.exec(line) ?? [];
    found.push({ keyword: keyword.toUpperCase(), rest });
    for (const { name, indented } of heredocs(found.at(-1)!)) {
      const ends = (line: string) =>
        (indented ? line.replace(/^\t+/, "") : line) === name;
      while (at < lines.length && !ends(lines[at++]!));
    }
  }
  return found;
}

/** What ends a line that goes on: a backslash, unless a directive above everything else says "escape=`". */
function continuationOf(lines: readonly string[]): RegExp {
  for (const line of lines) {
    const directive = /^\s*#\s*([a-z]\w*)\s*=\s*(\S.*?)\s*$/i.exec(line);
    if (!directive) break;
    if (directive[1]!.toLowerCase() !== "escape") continue;
    if (directive[2] === "`") return /(?<!`)`[ \t]*$/;
  }
  return /(?<!\\)\\[ \t]*$/;
}

/** Here-documents whose text follows the instruction. */
function heredocs({ keyword, rest }: Instruction) {
  if (!/^(RUN|COPY|ADD|ONBUILD)$/.test(keyword)) return [];
  return wordsOf(rest).flatMap((word) => {
    const [, dash, name] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? [];
    if (name === undefined) return [];
    return { name: name.replace(/["']/g, ""), indented: dash === "-" };
  });
}
