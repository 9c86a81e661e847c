/** The log: one JSON object a line. @module */

/** What a line says besides the time. */
export type Entry =
  & { readonly level: "info" | "warning" | "error" }
  & Readonly<Record<string, string | number>>;

/** Takes one entry of the log. */
export type Log = (entry: Entry) => void;

// A system call for each line would be felt under load.
const MOMENT_MS = 20;
const MAX_CHARACTERS = 32_768;
// A database that is gone fails each request in the same way.
const REPEAT_MS = 1000;

/**
 * Makes a log of what writes text that ends without a newline. A warning or an error that was written less than a second
 * ago is only counted; the next one says how many there were.
 * @returns what takes entries, and what writes those that still wait for their moment
 */
export function createLog(
  write: (text: string) => void,
  now = Date.now,
): { readonly log: Log; readonly flush: () => void } {
  const said = new Map<unknown, { at: number; repeated: number }>();
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (text !== "") write(text.slice(0, -1));
    text = "";
  };
  const add = (entry: Entry) => {
    const time = new Date().toISOString();
    text += `${JSON.stringify({ time, ...entry })}\n`;
    if (entry.level !== "info" || text.length > MAX_CHARACTERS) flush();
    else timer ??= setTimeout(flush, MOMENT_MS);
  };
  const log = (entry: Entry) => {
    if (entry.level === "info") return add(entry);
    const at = now();
    const before = said.get(entry.message);
    if (before && at - before.at < REPEAT_MS) return void before.repeated++;
    if (said.size > 100) said.clear();
    said.set(entry.message, { at, repeated: 0 });
    add(before?.repeated ? { ...entry, repeated: before.repeated } : entry);
  };
  return { log, flush };
}
