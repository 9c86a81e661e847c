/**
 * The wording of wrong command lines.
 *
 * @module
 */

import type { Wording } from "./explanation.ts";
import type { UsageFailure } from "./usage_failure.ts";

/** The table. */
export const USAGE_WORDING: Wording<UsageFailure["kind"]> = {
  "unknown-target": ({ word, nearest, next, told }) => ({
    headline: `Unknown target "${word}"` + meant(nearest),
    next: next ?? "todoflow --help",
    ...(told && TOLD[told]),
  }),
  "unknown-flag": ({ flag, target, nearest, next, forArgs }) => ({
    headline: `Unknown flag "${flag}"` + meant(nearest),
    ...(forArgs !== undefined && {
      why: behind(target) + (next === undefined ? "" : `: ${forArgs}`),
    }),
    next: next ?? forArgs ?? helpOf(target),
  }),
  "misplaced-flag": ({ flag, target, reason, of, next }) => ({
    headline: `Cannot use "${flag}" ` +
      (target === undefined ? "without a target: " : `with "${target}": `) +
      (reason ?? `it is a flag of ${listed(of)}`),
    next,
  }),
  "flag-value": ({ flag, problem, next }) => ({
    headline: `Cannot use "${flag}": ${problem}`,
    next,
  }),
  "unexpected-argument": ({ word, target, forArgs, next }) => ({
    headline: `Unexpected argument "${word}"`,
    why: next !== undefined
      ? "each call takes one target"
      : forArgs !== undefined
      ? behind(target)
      : `the target "${target}" takes no arguments of its own`,
    next: next ?? forArgs ?? helpOf(target),
  }),
  "argument": ({ target, word, expected }) => ({
    headline: word === undefined
      ? `Cannot use "${target}" alone: it needs one of ${expected.join(", ")}`
      : `Cannot use "${word}": expected one of ${expected.join(", ")}`,
    next: helpOf(target),
  }),
};

/** Where the arguments of a target stand. */
function behind(target: string | undefined): string {
  const whom = target === "test" ? "the tests" : `"${target}" itself`;
  return `what is for ${whom} goes after --`;
}

/** The answers to words that are targets of other tools. */
const TOLD = {
  logs: {
    why: "each run writes its logs to the folder of its reports",
    next: "ls reports/*/logs",
  },
  dev: {
    why: "docker compose runs the project while you work on it",
    next:
      "docker compose up --build   # or docker compose watch; todoflow works in projects of its own",
  },
} as const;

function meant(nearest: string | undefined): string {
  return nearest === undefined ? "" : `: did you mean "${nearest}"?`;
}

function helpOf(target: string | undefined): string {
  return target === undefined ? "todoflow --help" : `todoflow ${target} --help`;
}

/** Such as "test, release and publish". */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)]
    .filter(Boolean).join(" and ");
}
