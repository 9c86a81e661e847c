/**
 * Condenses what docker writes: of BuildKit's plain progress what took long or failed, of Compose's nothing but problems.
 *
 * @module
 */

import { cut } from "../text/width.ts";

/** What becomes of a line. */
interface Condensed {
  /** The lines that are shown instead of it; absent where it only tells progress. */
  show?: readonly string[];
  /** What it says that is being done; absent where it says nothing new. */
  now?: string;
  /** Whether a line that is not shown may tell why the step failed. */
  keep?: boolean;
}

/** Condenses the lines of one step. */
export interface Condenser {
  /** Takes a line as {@linkcode plainLine} makes it. */
  take(line: string): Condensed;
  /** What there is to say when the step has ended. */
  end(): string | undefined;
}

/** Seconds from which on a part of a build is worth a line. */
const SLOW = 0.5;

/** Cells of the name of a part of a build; a RUN can have any length. */
const NAME = 52;

/** Lines of output that are shown of a part that fails. */
const OUTPUT = 50;

/** A container, a network or the like and its new state; Compose 2 has one or two spaces between them. */
const STATE =
  /^ (?:Container|Network|Volume|Image|Config|Secret) .+ (?!Error|Warning)[A-Z][a-z]+ *$/;

/** An image or a layer that is pulled. */
const PULL = /^ (?:\S+ (?:Pulling|Pulled)|[0-9a-f]{12} [A-Z][a-z]+( .*)?) *$/;

/** An image or a layer that is pushed, and a name that is taken away. */
const PUSH =
  /^(?:The push refers to repository \[.*\]|[0-9a-f]{12}: [A-Z].*|\S+: digest: \S+ size: \d+|Untagged: \S+)$/;

/** Name or id, such as "shop-db-1": what docker answers about what it has started, created or pulled. */
const ANSWER = /^(?=.*[-:/\d])[\w.:@/-]+$/;

/**
 * A line of BuildKit's with only the last text of what a program, such as dpkg, has overwritten in it. BuildKit's own words
 * stand in front once, and would be overwritten, too.
 */
export function lastWritten(line: string): string {
  return line.replace(/^(#\d+ \d+\.\d+ ).*\r(?=[^\r\n])/s, "$1");
}

/** A condenser for one step. */
export function condenser(): Condenser {
  const build = buildCondenser();
  let hasShown = false;
  const take = (line: string): Condensed => {
    const part = /^#(\d+) (.*)$/.exec(line);
    if (part) return build.take(part[1]!, part[2]!);
    if (!line.trim() || build.repeats(line)) return {};
    if ([STATE, PULL, PUSH].some((known) => known.test(line))) {
      return { now: line.trim().replace(/ +/g, " "), keep: true };
    }
    // Once there is more to say, a single word is a part of it.
    if (ANSWER.test(line) && !hasShown) return { keep: true };
    const show = warningOf(line) ?? line.trimEnd();
    return { show: [show], now: show };
  };
  return {
    take: (line) => {
      const condensed = take(line);
      hasShown ||= condensed.show !== undefined;
      return condensed;
    },
    end: build.end,
  };
}

/** Of `time="…" level=warning msg="…"` what it says. */
function warningOf(line: string): string | undefined {
  const [, message] = / level=warning msg="((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
  return message && `warning: ${message.replace(/\\(.)/g, "$1")}`;
}

/**
 * BuildKit's plain progress, which is `#<id> <text>`: a part's name whenever its output begins or goes on, its output with
 * the seconds before it, and its end. `printer` in
 * https://github.com/moby/buildkit/blob/master/util/progress/progressui/printer.go.
 */
function buildCondenser() {
  const parts = new Map<string, { name: string; output: string[] }>();
  let steps = 0;
  let cached = 0;
  let isRepeating = false;
  const take = (id: string, text: string): Condensed => {
    // Another build has begun, and counts from 1 again.
    if (id === "0") parts.clear();
    const part = parts.get(id);
    if (!part || text.startsWith("[")) {
      if (part?.name !== text) {
        parts.set(id, { name: text, output: [] });
        if (isStep(text)) steps++;
      }
      return { now: text };
    }
    const { name, output } = part;
    const short = cut(name.replace(/\s+/g, " "), NAME);
    const [, seconds] = /^DONE (\d+(?:\.\d+)?)s$/.exec(text) ?? [];
    if (Number(seconds) >= SLOW) return { show: [`${short} (${seconds} s)`] };
    if (text.startsWith("WARN")) return { show: [`${short}: ${text}`] };
    if (text.startsWith("ERROR")) return { show: [name, ...output, text] };
    if (text === "CACHED" && isStep(name)) cached++;
    const [, line] = /^\d+\.\d+ (.*\S)/.exec(text) ?? [];
    if (!line) return {};
    output.push(line);
    if (output.length > OUTPUT) output.shift();
    const [stage] = /^\[.*?\]/.exec(name) ?? [short];
    return { now: `${stage} ${line}` };
  };
  return {
    take,
    /** Whether the line is of the block in which BuildKit repeats the last lines of a part that failed. */
    repeats: (line: string) => {
      if (line === "------") isRepeating = !isRepeating;
      return isRepeating || line === "------";
    },
    end: () =>
      steps > 0
        ? `${steps} ${steps === 1 ? "step" : "steps"}, ${cached} cached`
        : undefined,
  };
}

/** Whether a part of a build is a line of a Dockerfile that does something, such as "[test 2/8] RUN …". */
function isStep(name: string): boolean {
  return /^\[(?:[^\]]* )?\d+\/\d+\] (?!FROM )/.test(name);
}
