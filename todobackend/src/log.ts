/**
 * The log: one JSON object a line.
 *
 * @module
 */

/** What a line says besides the time. */
export type Entry =
  & { readonly level: "info" | "warning" | "error" }
  & Readonly<Record<string, string | number>>;

/** Takes one entry of the log. */
export type Log = (entry: Entry) => void;

/** A log that collects lines for a moment: a system call for each would be felt under load. */
export interface BufferedLog {
  readonly log: Log;
  /** Writes what was collected. */
  readonly flush: () => void;
}

const MOMENT_MS = 20;
// A pipe takes 64 KiB at once.
const MAX_CHARACTERS = 32_768;

/** Says what time it is, to the millisecond; under load that is the same again and again. */
function createClock(): () => string {
  let known = { time: NaN, text: "" };
  return () => {
    const time = Date.now();
    if (time !== known.time) {
      known = { time, text: new Date(time).toISOString() };
    }
    return known.text;
  };
}

/** Makes a log of what writes text that ends without a newline. What is wrong is written at once. */
export function createLog(write: (text: string) => void): BufferedLog {
  const now = createClock();
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (text !== "") write(text.slice(0, -1));
    text = "";
  };
  return {
    flush,
    log(entry) {
      text += `{"time":"${now()}",${JSON.stringify(entry).slice(1)}\n`;
      if (entry.level !== "info" || text.length > MAX_CHARACTERS) flush();
      else timer ??= setTimeout(flush, MOMENT_MS);
    },
  };
}
