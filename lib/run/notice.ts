/**
 * Prints lines on stderr that belong to no step.
 *
 * @module
 */

import type { Redactor } from "../secrets/redact.ts";
import { plainLine } from "../text/plain_line.ts";
import type { World } from "../world.ts";

/** Options of {@linkcode notice}. */
export interface NoticeOptions {
  world: Pick<World, "stderr">;
  /** Hides the values of secrets; default: the text contains none. */
  redactor?: Pick<Redactor, "text">;
  /** The word that the line begins with; default: `todoflow`. */
  from?: string;
}

/** Prints a line. */
export function notice(
  text: string,
  { world, redactor, from = "todoflow" }: NoticeOptions,
): void {
  // A line that is printed over another one shows its last part only: that would hide what todoflow says before it.
  const hidden = (redactor?.text(text) ?? text).replaceAll("\r", " ");
  world.stderr.write(`${from}: ${plainLine(hidden, { color: false })}\n`);
}
