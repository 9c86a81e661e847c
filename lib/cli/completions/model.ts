/**
 * The tables of targets and flags, in the form that the completion scripts of all shells need.
 *
 * @module
 */

import { flagsOf, TOOL_FLAGS } from "../flags.ts";
import type { Flag, Target } from "../../target.ts";

/** A place of the command line, and what may follow there. */
export interface Place {
  /** The target before this place; empty at the place before a target. */
  target: string;
  flags: readonly Flag[];
  /** The words that may follow. */
  words: readonly { name: string; summary: string }[];
  /** Whether a file may follow. */
  takesFile: boolean;
}

/** The kind of a flag's value. */
type Value =
  | { kind: "file" }
  /** A Compose file. */
  | { kind: "yaml" }
  | { kind: "folder" }
  /** A project that is on record: the scripts read the names of the records, which starts nothing and asks no engine. */
  | { kind: "project" }
  | { kind: "choice"; words: readonly string[] }
  /** Any text: nothing to complete. */
  | { kind: "free" };

/** The place before a target, and the place after each of them. */
export function places(targets: readonly Target[]): Place[] {
  return [
    { target: "", flags: TOOL_FLAGS, words: targets, takesFile: false },
    ...targets.map((target) => ({
      target: target.name,
      flags: flagsOf(target),
      words: (target.words ?? []).map((name) => ({ name, summary: "" })),
      takesFile: target.operand === "FILE",
    })),
  ];
}

/** The kind of a flag's value, by its choices or its name; undefined for a switch. */
export function valueOf({ name, value, choices }: Flag): Value | undefined {
  if (value === undefined) return undefined;
  if (choices) return { kind: "choice", words: choices };
  if (name === "project-name") return { kind: "project" };
  if (name === "file") return { kind: "yaml" };
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
