/**
 * A plan as a shell script that a person could paste.
 *
 * @module
 */

import { noCommand, plainLine } from "../text/plain_line.ts";
import { quote, toShell } from "../text/shell.ts";
import type { Step } from "./plan.ts";

export { quote, toShell };

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
