/**
 * Lines of todoflow's own on stderr, which belong to no step.
 *
 * @module
 */

import type { Redactor } from "../secrets/redact.ts";
import { plainLine } from "../text/plain_line.ts";
import type { World } from "../world.ts";

/** What a line may say, and where it goes. */
export interface NoticeOptions {
  world: Pick<World, "stderr">;
  /** Hides values of secrets; default: none are in the text. */
  redactor?: Pick<Redactor, "text">;
  /** What the line begins with; default: `todoflow`. */
  from?: string;
}

/** Tells a line. */
export function notice(
  text: string,
  { world, redactor, from = "todoflow" }: NoticeOptions,
): void {
  const hidden = redactor?.text(text) ?? text;
  world.stderr.write(`${from}: ${plainLine(hidden, { color: false })}\n`);
}
