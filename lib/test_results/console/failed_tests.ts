/**
 * Finds failed tests in the console output of programs that write no report.
 *
 * @module
 */

import type { TestCase } from "../cases.ts";
import {
  MAX_MESSAGE,
  MAX_NAME,
  newRoom,
  pathOf,
  shortened,
  takes,
} from "../limits.ts";
import { placeIn } from "../places.ts";
import { logLines } from "./log_lines.ts";
import { reasonIn } from "./reason.ts";
import type { Failure } from "./runner.ts";
import { RUNNERS } from "./runners.ts";
import { TAP } from "./tap.ts";

/** The most failed tests of a log that are read. */
const MAX_CASES = 1_000;

/** Where and why a test failed. */
interface Told {
  message: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
}

/**
 * The failed tests that runners have told in a log, in its order: those that a runner itself lists as failed. A test that
 * failed only because a test inside it has is left out, as most runners do. A log of anything else has none.
 *
 * @param log without the times of an engine; it may be only the end of one
 */
export function failedTestsIn(log: string): TestCase[] {
  const lines = logLines(log);
  const text = lines.join("\n");
  const room = { ...newRoom(), cases: MAX_CASES };
  const known = new Set<string>();
  // Several tests may share a body: it is read once.
  const told = new Map<readonly string[], Told>();
  const runners = RUNNERS.filter(({ mark }) => mark.test(text));
  // Runners that write TAP say more in lines of their own.
  return (runners.length > 0 ? runners : [TAP])
    .flatMap((runner) => runner.read(lines))
    .toSorted((one, other) => one.at - other.at)
    .slice(0, MAX_CASES)
    .map((failure) => {
      const own = told.get(failure.body) ?? toldBy(failure);
      told.set(failure.body, own);
      return caseOf(failure, own);
    })
    .filter((one) => {
      // Jest repeats all failures below the output of many files.
      const key = JSON.stringify(one);
      return !known.has(key) && known.add(key) && takes(room, one);
    });
}

function caseOf(failure: Failure, told: Told): TestCase {
  const { suite = "", name, folder } = failure;
  const message = failure.message ?? told.message;
  const { file = failure.file, line = failure.line } = told;
  const isBare = folder && file && !/[\\/]/.test(file);
  const path = pathOf(isBare ? `${folder}/${file}` : file);
  return {
    suite: shortened(suite, MAX_NAME),
    name: shortened(name, MAX_NAME),
    result: "failed",
    ...(message && { message: shortened(message, MAX_MESSAGE) }),
    ...(path && { file: path }),
    ...(path && line !== undefined && { line }),
  };
}

/** Reads a body: its place is in the file of the test, or else in the project's own code. */
function toldBy({ name, body, message, file }: Failure): Told {
  const text = body.join("\n");
  return {
    message: message ?? reasonIn(body, name),
    ...((file && placeIn(text, file)) || placeIn(text)),
  };
}
