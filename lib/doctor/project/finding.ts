/**
 * The doctor's diagnosis: facts about the machine, and findings with the fix as text to paste.
 *
 * @module
 */

import type { Failure } from "../../errors/failure.ts";
import type { Typing } from "../../errors/typing.ts";
import { explain } from "../../errors/wording.ts";

/** `error` breaks the workflow, `warning` breaks it sometimes, `advice` is slow or unsafe. */
export type Severity = "error" | "warning" | "advice";

/** The severities, the worst first. */
export const SEVERITIES: readonly Severity[] = ["error", "warning", "advice"];

/** A place in a file, relative to where the caller stands; one without a line is the whole file. */
export interface Place {
  file: string;
  /** Counted from 1. */
  line?: number;
  /** Counted from 1. */
  column?: number;
}

/** A fault. */
export interface Finding {
  /** Stable, in kebab-case. */
  id: string;
  severity: Severity;
  /** The fault, without a full stop. */
  title: string;
  /** The consequence. */
  why: string;
  location?: Place;
  /** Text to paste: lines for the file of `location`, or shell; empty where none is known to work. */
  fix: string;
  /** All places, if the fault is in several: then `location` and `fix` are those of the first one. */
  places?: readonly Spot[];
}

/** One of several places of a fault. */
export interface Spot {
  /** The fault at this place. */
  title: string;
  location?: Place;
  /** As in a finding. */
  fix: string;
}

/** A fact about the machine or the project. */
export interface Fact {
  name: string;
  value: string;
  ok: boolean;
}

/** The doctor's diagnosis. */
export interface Diagnosis {
  facts: readonly Fact[];
  /** The worst first. */
  findings: readonly Finding[];
}

/** Keys and indexes from the top of a Compose file. */
export type Path = readonly (string | number)[];

/** A finding before its place is looked up. */
export interface Draft extends Omit<Finding, "location" | "places"> {
  at?: Path | Place;
  /** How it is told together with others of its kind that have the same reason; without it, it is told alone. */
  group?: Group;
}

/** The words for several findings of one kind. */
export interface Group {
  /** The title of all of them. */
  all: string;
  /** This one below that title, such as `"db": port 3306`. */
  one: string;
  /** The reason of all of them, if that of one is about one thing. */
  why?: string;
}

/** Facts and findings of one part of the examination. */
export interface Examined {
  facts: readonly Fact[];
  drafts: readonly Draft[];
}

/** 0, or 1 when there is a finding that breaks the workflow. */
export function exitCodeOf({ findings }: Diagnosis): number {
  return findings.some(({ severity }) => severity === "error") ? 1 : 0;
}

/**
 * A failure that a target would end with, in the target's words, unless `draft` replaces them.
 *
 * @param typing writes the commands in the fix; without it they have no flags
 */
export function failureDraft(
  failure: Failure,
  draft: Partial<Draft> = {},
  typing?: Typing,
): Draft {
  const { headline, why, next } = explain(failure, typing);
  return {
    id: failure.kind,
    severity: "error",
    title: headline,
    why: why ?? "test and release end here",
    fix: next ?? "",
    ...draft,
  };
}

/** Drops findings that say the same of the same place, such as of a Dockerfile that several services are built from. */
export function distinct(drafts: readonly Draft[]): Draft[] {
  const seen = new Set<string>();
  return drafts.filter(({ id, title, at }) => {
    const key = JSON.stringify([id, title, at]);
    return !seen.has(key) && seen.add(key);
  });
}
