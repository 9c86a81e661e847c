/**
 * Condenses the output of docker: of BuildKit's plain progress it keeps slow and failed parts, of Compose's only problems.
 *
 * @module
 */

import { cut } from "../text/width.ts";

/** A line, condensed. */
interface Condensed {
  /** The lines to show instead; absent if the line only reports progress. */
  show?: readonly string[];
  /** Whether these lines cannot show why the step fails: a slow part of a build, a warning. */
  isNews?: boolean;
  /** The current work of the step; absent if the line says nothing new about it. */
  now?: string;
}

/** Condenses the lines of one step. */
export interface Condenser {
  /** Takes a line as {@linkcode plainLine} makes it. */
  take(line: string): Condensed;
  /** A summary at the end of the step, if there is one. */
  end(): string | undefined;
}

/** A part of a build gets a line if it takes at least so many seconds. */
const SLOW = 0.5;

/** Cells for the name of a part of a build, because a RUN can have any length. */
const NAME = 52;

/** Lines of output to show of a part that fails. */
const OUTPUT = 50;

/** A container, a network or the like and its new state; Compose 2 has one or two spaces between them. */
const STATE =
  /^ (?:Container|Network|Volume|Image|Config|Secret) .+ (?!Error|Warning)[A-Z][a-z]+ *$/;

/** Progress of a pull, of an image or a layer. */
const PULL = /^ (?:\S+ (?:Pulling|Pulled)|[0-9a-f]{12} [A-Z][a-z]+( .*)?) *$/;

/** Progress of a push, of an image or a layer, and the removal of a name. */
const PUSH =
  /^(?:The push refers to repository \[.*\]|[0-9a-f]{12}: [A-Z].*|\S+: digest: \S+ size: \d+|Untagged: \S+)$/;

/** A layer and its state during a push. */
const LAYER =
  /^([0-9a-f]{12}): (Preparing|Waiting|Pushing|Pushed|Layer already exists|Mounted from)/;

/** A name or ID such as "shop-db-1": docker prints it after it has started, created or pulled something. */
const ANSWER = /^(?=.*[-:/\d])[\w.:@/-]+$/;

/**
 * A line of BuildKit in which a program such as dpkg has overwritten its text: only the last text stays. BuildKit's own
 * words come only once, before the first text, so they must be kept.
 */
export function lastWritten(line: string): string {
  return line.replace(/^(#\d+ \d+\.\d+ ).*\r(?=[^\r\n])/s, "$1");
}

/** A condenser for one step. */
export function condenser(): Condenser {
  const build = buildCondenser();
  const layers = layerCount();
  let hasShown = false;
  const take = (line: string): Condensed => {
    const part = /^#(\d+) (.*)$/.exec(line);
    if (part) return build.take(part[1]!, part[2]!);
    if (!line.trim() || build.repeats(line)) return {};
    if ([STATE, PULL, PUSH].some((known) => known.test(line))) {
      return { now: layers(line) ?? line.trim().replace(/ +/g, " ") };
    }
    // After a shown line, a single word may belong to it.
    if (ANSWER.test(line) && !hasShown) return {};
    const warning = warningOf(line);
    const show = warning ?? line.trimEnd();
    return { show: [show], now: show, isNews: warning !== undefined };
  };
  return {
    take: (line) => {
      const condensed = take(line);
      hasShown ||= condensed.show !== undefined && !condensed.isNews;
      return condensed;
    },
    end: build.end,
  };
}

/** Counts the layers of a push, such as "3 of 7 layers pushed"; undefined for a line about none. */
function layerCount() {
  const states = new Map<string, string>();
  return (line: string): string | undefined => {
    const [, layer, state] = LAYER.exec(line) ?? [];
    if (layer === undefined || state === undefined) return undefined;
    states.set(layer, state);
    const done = [...states.values()]
      .filter((state) => !/^(?:Preparing|Waiting|Pushing)$/.test(state));
    return `${done.length} of ${states.size} layers pushed`;
  };
}

/** The message of `time="…" level=warning msg="…"`. */
function warningOf(line: string): string | undefined {
  const [, message] = / level=warning msg="((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
  return message && `warning: ${message.replace(/\\(.)/g, "$1")}`;
}

/**
 * BuildKit's plain progress, in lines `#<id> <text>`: the name of a part when its output begins or continues, its output
 * after the seconds, and its end. `printer` in
 * https://github.com/moby/buildkit/blob/master/util/progress/progressui/printer.go.
 */
function buildCondenser() {
  const parts = new Map<string, { name: string; output: string[] }>();
  let steps = 0;
  let cached = 0;
  let isRepeating = false;
  const take = (id: string, text: string): Condensed => {
    // Another build begins, and counts from 1 again.
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
    if (Number(seconds) >= SLOW) {
      return { show: [`${short} (${seconds} s)`], isNews: true };
    }
    if (text.startsWith("WARN")) {
      return { show: [`${short}: ${text}`], isNews: true };
    }
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
    /** Whether the line is in the block in which BuildKit repeats the last lines of a failed part. */
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

/** Whether a part of a build is an instruction other than FROM, such as "[test 2/8] RUN …". */
function isStep(name: string): boolean {
  return /^\[(?:[^\]]* )?\d+\/\d+\] (?!FROM )/.test(name);
}
