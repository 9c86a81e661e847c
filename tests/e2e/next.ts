/**
 * Pastes the commands that a failure proposes into a shell.
 *
 * @module
 */

import { assert, assertEquals, assertNotMatch } from "@std/assert";
import type { TimedEvent } from "../../lib/plan/events.ts";
import { type Checkout, exec, type Outcome, TODOFLOW } from "./harness.ts";

/** The commands that change nothing but images and git, and need no person. */
const HARMLESS =
  /^(\w+=\S+ |\(cd \S+ && )*(docker (compose (-\S+ \S+ )*(build|config)\b|inspect|ps|info|version)|git|ls|grep)\b/;

/** Words of a shell, of docker or of todoflow for a command that makes no sense. */
const SENSELESS =
  /Unknown (flag|target)|Unexpected argument|Cannot use "-|unknown (shorthand )?flag|no configuration file provided|\.ya?ml: no such file|syntax error|command not found/;

/** The lines to type after a run's failure; with `--json` its explanation is on stdout. */
export function nextOf({ stdout }: Outcome): string[] {
  const events = stdout.split("\n").filter(Boolean)
    .map((line): TimedEvent => JSON.parse(line));
  return events.flatMap((event) =>
    event.kind === "failure" ? event.explanation.next?.split("\n") ?? [] : []
  );
}

/** Runs a text in a shell whose `todoflow` is the CLI of this repository. */
export async function paste(
  text: string,
  { directory, env }: Pick<Checkout, "directory" | "env">,
): Promise<Outcome> {
  const own = TODOFLOW.map((word) => `'${word}'`).join(" ");
  const script = `todoflow() { ${own} "$@"; }\n${text}\n`;
  return await exec(["bash", "-c", script], { cwd: directory, env });
}

/**
 * Asserts that a shell understands the lines that a run proposes after its failure, and pastes those that do no harm: of
 * todoflow's own as dry runs.
 */
export async function assertNext(
  outcome: Outcome,
  checkout: Pick<Checkout, "directory" | "env">,
): Promise<void> {
  for (const line of nextOf(outcome)) {
    const isOwn = /^todoflow (test|release|publish|clean)\b/.test(line);
    if (!isOwn && !HARMLESS.test(line)) continue;
    const read = await exec(["bash", "-n", "-c", line]);
    assertEquals([read.code, read.stderr], [0, ""], line);
    const text = isOwn ? line.replace(/^todoflow \w+/, "$& --dry-run") : line;
    const { code, stdout, stderr } = await paste(text, checkout);
    assertNotMatch(stdout + stderr, SENSELESS, line);
    assert(!isOwn || code !== 2, `${line}\n${stderr}`);
  }
}
