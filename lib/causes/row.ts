/**
 * A row of the table of causes.
 *
 * @module
 */

import type { Cause, Place } from "../errors/diagnosis.ts";
import type { Facts } from "./facts.ts";

/** The named groups of an expression; undefined where a group has matched nothing. */
export type Groups = Readonly<Record<string, string | undefined>>;

/** Where a line was found. */
export interface Context {
  /** Undefined where there is no container, as in a build. */
  facts: Facts | undefined;
  /** The lines in which the program says why it ends. */
  lines: readonly string[];
  /** The index of the line. */
  at: number;
}

/** The words of a program, and the cause that they mean. */
export interface Row {
  /** Linear, because containers are not trusted. */
  words: RegExp;
  /** The cause; undefined where the facts contradict it, or do not suffice. */
  cause: (groups: Groups, context: Context) => Told;
}

/** A cause, alone in words where its place is not known. */
export type Told = string | Cause | undefined;

/** A cause with its place in the service of the container. */
export function at(
  why: string,
  facts: Facts | undefined,
  place: Omit<Place, "service">,
): Cause {
  return facts ? { why, place: { service: facts.service, ...place } } : { why };
}

/** A cause as an object. */
export function causeFrom(told: Told): Cause | undefined {
  return typeof told === "string" ? { why: told } : told;
}
