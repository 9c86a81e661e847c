/**
 * Completion scripts for shells, from the same tables as help.
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

/** The script for a shell: one of the words of the target `completions`. */
export function completions(
  shell: string,
  targets: readonly Target[],
): string {
  return SHELLS[shell]!(targets);
}
