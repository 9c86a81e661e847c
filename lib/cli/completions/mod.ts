/**
 * Completion scripts for shells, from the tables that help is rendered from.
 *
 * @module
 */

import type { Target } from "../../target.ts";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { zsh } from "./zsh.ts";

const SHELLS: Readonly<
  Record<string, (targets: readonly Target[]) => string>
> = { bash, zsh, fish };

/** The script for a shell, which must be one that the target `completions` names. */
export function completions(
  shell: string,
  targets: readonly Target[],
): string {
  return SHELLS[shell]!(targets);
}
