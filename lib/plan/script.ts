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
 * @param options.reports the folder of reports
 */
export function script(
  recorded: readonly Recorded[],
  { env, reports = "reports", override }: {
    /** Exported before the first step. */
    env: Readonly<Record<string, string>>;
    reports?: string;
    /** A file that Compose merges last, written before the first step. */
    override?: { file: string; text: string };
  },
): string {
  const lines = [
    ...Object.entries(env).map(([name, value]) =>
      `export ${name}=${quote(value)}`
    ),
    ...(override ? fileLines(override) : []),
  ];
  for (const { step, argv } of recorded) {
    const failure = step.cleanup === "failure";
    const when = failure
      ? " (only after a failure)"
      : step.cleanup === "success"
      ? " (unless a step has failed)"
      : "";
    const about = `${step.name}: ${step.why}${when}`;
    lines.push("", `# ${noCommand(plainLine(about, { color: false }))}`);
    const line = toShell(argv);
    const comment = `# ${line.replaceAll("\n", "\n# ")}`;
    lines.push(...(failure ? [comment] : shellLines(step, { line, reports })));
  }
  return lines.join("\n") + "\n";
}

/** The lines that write a file. */
function fileLines({ file, text }: { file: string; text: string }): string[] {
  const folder = file.slice(0, file.lastIndexOf("/"));
  const lines = text.trimEnd().split("\n");
  // A line that a CI system would obey, or that would end the text early, needs quotes.
  const isPlain = !lines.includes("EOF") &&
    lines.every((line) =>
      noCommand(plainLine(line, { color: false })) === line
    );
  return [
    "",
    "# gives Compose the names of the project's twin",
    toShell(["mkdir", "-p", folder]),
    ...(isPlain
      ? [`cat > ${quote(file)} <<'EOF'`, ...lines, "EOF"]
      : [`printf %s ${quote(text)} > ${quote(file)}`]),
  ];
}

function shellLines(
  { does }: Step,
  { line, reports: folder }: { line: string; reports: string },
): string[] {
  if (does.kind !== "oneshot") return [line];
  const { container, reports = [] } = does;
  const wait = `test "$(${toShell(["docker", "wait", container])})" = 0`;
  const copies = reports.map((path) =>
    toShell(["docker", "cp", `${container}:${path}`, folder])
  );
  return [line, wait, ...copies];
}
