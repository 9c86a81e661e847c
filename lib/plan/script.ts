/**
 * Commands as shell text that a person could paste.
 *
 * @module
 */

import { CHARACTERS, COMMANDS } from "../text/untrusted.ts";
import type { Step } from "./plan.ts";

/**
 * Quotes one word for a POSIX shell, and only if it needs quoting. A word is shown before it is pasted, so `printf` makes
 * the characters that a terminal or a CI system would obey.
 */
export function quote(word: string): string {
  const isPlain = [CHARACTERS, COMMANDS].every((all) => word.search(all) < 0);
  if (isPlain && /^[\w@%+=:,./-]+$/.test(word)) return word;
  if (isPlain) return `'${word.replaceAll("'", `'\\''`)}'`;
  // What a command prints loses the ends of lines at its end.
  const [, text = "", ends = ""] = /^([^]*?)(\n*)$/.exec(word) ?? [];
  const octal = (char: string) =>
    [...new TextEncoder().encode(char)]
      .map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const format = text.replace(/^-|[\\']/g, octal).replaceAll("%", "%%")
    .replace(COMMANDS, octal).replace(CHARACTERS, octal);
  return `"$(printf '${format}')${ends}"`;
}

/** An argv as one line of POSIX shell. */
export function toShell(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}

/** A step as it is written down by a recording shell. */
export interface Recorded {
  step: Step;
  /** Program and arguments, exactly. */
  argv: readonly string[];
}

/**
 * The plan as a shell script that can be pasted: what `--dry-run` prints. A one-shot is started detached, so its line is
 * followed by the wait that the runner does itself; clean-up that only a failure needs is shown as a comment.
 *
 * @param env exported before the first step
 */
export function script(
  recorded: readonly Recorded[],
  env: Readonly<Record<string, string>>,
  reports = "reports",
): string {
  const lines = Object.entries(env).map(([name, value]) =>
    `export ${name}=${quote(value)}`
  );
  for (const { step, argv } of recorded) {
    const failure = step.cleanup === "failure";
    const when = failure ? " (only after a failure)" : "";
    lines.push("", `# ${step.name}: ${step.why}${when}`);
    const line = toShell(argv);
    const comment = `# ${line.replaceAll("\n", "\n# ")}`;
    lines.push(...(failure ? [comment] : shellLines(step, { line, reports })));
  }
  return lines.join("\n") + "\n";
}

function shellLines(
  { does }: Step,
  { line, reports: folder }: { line: string; reports: string },
): string[] {
  if (does.kind !== "oneshot") return [line];
  const { container, reports } = does;
  const wait = `test "$(${toShell(["docker", "wait", container])})" = 0`;
  const copies = reports.map((path) =>
    toShell(["docker", "cp", `${container}:${path}`, folder])
  );
  return [line, wait, ...copies];
}
