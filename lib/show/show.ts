/**
 * Performs `todoflow show` for a request of the command line.
 *
 * @module
 */

import { relative } from "node:path";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { toShell } from "../plan/script.ts";
import { openEvents, pageBeside } from "../reports/run_events.ts";
import type { RunContext } from "../target.ts";
import { style, wantsColor } from "../text/color.ts";
import { plainLine } from "../text/plain_line.ts";
import { count, seconds } from "../text/units.ts";
import { findEvents } from "./find.ts";
import { eachLine } from "./lines.ts";
import { type Replay, replay, type Shown } from "./replay.ts";

/**
 * Shows a run again, from its file of events; resolves to exit code 0, however that run has ended.
 *
 * @throws {TodoflowError} when there is no such file, when it cannot be read, or when it has no events.
 */
export async function show(context: RunContext): Promise<number> {
  const { given, world, surroundings: { directory, env } } = context;
  const path = await findEvents({
    ...{ given, directory, env },
    readTextFile: world.readTextFile,
  });
  const named = (path: string) => relative(world.directory, path) || path;
  const shown = given.word ?? named(path);
  const isSet = (name: string) => given.flags.has(name);
  const color = given.color ?? "auto";
  const run = replay({
    ...world,
    flags: {
      json: isSet("json"),
      quiet: isSet("quiet"),
      verbose: isSet("verbose"),
      color,
    },
  });
  if (!await readInto(run, { path, shown, context })) return 0;
  const page = await pageBeside(path);
  const end = run.end(page && named(page));
  if (end.known === 0) throw noEvents(shown, end);
  const paint = style(wantsColor({ env: world.env, color }, world.stderr));
  for (const line of remarks(end, shown)) {
    world.stderr.write(`${paint.yellow(line)}\n`);
  }
  return 0;
}

/** Hands the lines of a file to the run; resolves to false if a signal has come first, which the caller reports. */
async function readInto(
  run: Replay,
  { path, shown, context: { world } }: {
    path: string;
    shown: string;
    context: RunContext;
  },
): Promise<boolean> {
  let isStopped = false;
  const unlisten = world.onSignal(() => isStopped = true);
  let isForeign = false;
  try {
    using file = await openEvents(path);
    await eachLine(file, (line) => {
      isForeign = !run.take(line);
      return !isForeign && !isStopped;
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new TodoflowError({
      kind: "unreadable-events",
      file: shown,
      detail: error.message,
      look: toShell(["ls", "-l", path]),
    });
  } finally {
    unlisten();
  }
  if (isForeign) throw noEvents(shown);
  return !isStopped;
}

function noEvents(
  file: string,
  { isEmpty }: Pick<Shown, "isEmpty"> = { isEmpty: false },
): TodoflowError {
  const problem = isEmpty ? "it is empty" : "it has no events of todoflow";
  return new TodoflowError({ kind: "no-events", file, problem });
}

/** The most steps that are named. */
const STEPS = 5;

/** The remarks that no reporter can make: that the events end too early, and that the file has other lines. */
function remarks({ unfinished, leftOut }: Shown, file: string): string[] {
  const lines: string[] = [];
  if (unfinished) {
    const { target, ms, steps } = unfinished;
    const named = steps.slice(0, STEPS).map((step) => `"${word(step)}"`);
    const more = steps.length > STEPS ? [`${steps.length - STEPS} more`] : [];
    const at = [...named, ...more].join(", ");
    lines.push(
      `${word(target)} unfinished: its events end after ${seconds(ms)}${
        at && `, during ${at}`
      }`,
    );
  }
  if (leftOut > 0) {
    const what = count(leftOut, "line");
    lines.push(
      `todoflow: ${what} of ${word(file)} left out: no event, or too long`,
    );
  }
  return lines;
}

/** A word of a file or a command line, fit to be shown. */
function word(text: string): string {
  return plainLine(text, { color: false });
}
