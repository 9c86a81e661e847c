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

/** Makes a log of what writes lines. */
export function createLog(write: (line: string) => void): Log {
  return (entry) =>
    write(JSON.stringify({ time: new Date().toISOString(), ...entry }));
}
