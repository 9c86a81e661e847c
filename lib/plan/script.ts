/**
 * Commands as shell text that a person could paste.
 *
 * @module
 */

import { noCommand, plainLine } from "../text/plain_line.ts";
import { CHARACTERS, COMMANDS } from "../text/untrusted.ts";
import type { Step } from "./plan.ts";

/**
 * Quotes one word for a POSIX shell if it needs quoting. Characters that a terminal or a CI system would obey become
 * `printf` escapes, because the word is shown before it is pasted.
 */
export function quote(word: string): string {
  const isPlain = [CHARACTERS, COMMANDS].every((all) => word.search(all) < 0);
  if (isPlain && /^[\w@%+=:,./-]+$/.test(word)) return word;
  if (isPlain) return `'${word.replaceAll("'", `'\\''`)}'`;
  // A command substitution drops trailing newlines.
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

/** A step as a recording shell records it. */
export interface Recorded {
  step: Step;
  /** Program and arguments, exactly. */
  argv: readonly string[];
}

/**
 * The plan as a shell script that can be pasted: the output of `--dry-run`. A one-shot is started detached, so the wait
 * that the runner does itself follows its line; clean-up that only a failure needs is a comment.
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
    const about = `${step.name}: ${step.why}${when}`;
    lines.push("", `# ${noCommand(plainLine(about, { color: false }))}`);
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
