/**
 * What a completion script knows: the tables of targets and flags, in the form that all shells need.
 *
 * @module
 */

import { flagsOf, TOOL_FLAGS } from "../flags.ts";
import type { Flag, Target } from "../../target.ts";

/** What may follow at a place of the command line. */
export interface Place {
  /** The target that was given; empty before there is one. */
  target: string;
  flags: readonly Flag[];
  /** The words that may follow. */
  words: readonly { name: string; summary: string }[];
}

/** What the value of a flag is. */
type Value =
  | { kind: "file" }
  | { kind: "folder" }
  | { kind: "choice"; words: readonly string[] }
  /** Nobody knows. */
  | { kind: "free" };

/** The place before a target, and that behind each of them. */
export function places(targets: readonly Target[]): Place[] {
  return [
    { target: "", flags: TOOL_FLAGS, words: targets },
    ...targets.map((target) => ({
      target: target.name,
      flags: flagsOf(target),
      words: (target.words ?? []).map((name) => ({ name, summary: "" })),
    })),
  ];
}

/** What can be told of the value of a flag, by the name that it has in help; undefined for a switch. */
export function valueOf({ value, choices }: Flag): Value | undefined {
  if (value === undefined) return undefined;
  if (choices) return { kind: "choice", words: choices };
  if (value === "FILE") return { kind: "file" };
  return { kind: value === "DIR" ? "folder" : "free" };
}

/** Both names of a flag as they are typed, the long one first. */
export function namesOf({ name, short }: Flag): string[] {
  return [`--${name}`, ...(short ? [`-${short}`] : [])];
}

/** A text as one word of any of the shells. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
