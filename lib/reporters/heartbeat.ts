/**
 * Signs of life: CI systems and people stop a silent run.
 *
 * @module
 */

import { stillRunning } from "./lines.ts";
import type { Clock, ReporterOptions } from "./reporter.ts";
import type { Story } from "./story.ts";

/** Milliseconds of silence before a sign of life. */
const SILENCE = 30_000;

/** Watches for silence. */
interface Heartbeat {
  /** The run has written something. */
  beat(): void;
  stop(): void;
}

/** Calls `speak` after each {@linkcode SILENCE}, until it is stopped. */
function heartbeat(clock: Clock, speak: () => void): Heartbeat {
  let last = clock.now();
  const wait = () => clock.after(last + SILENCE - clock.now(), look);
  const look = () => {
    if (clock.now() - last >= SILENCE) {
      last = clock.now();
      speak();
    }
    cancel = wait();
  };
  let cancel = wait();
  return {
    beat: () => void (last = clock.now()),
    stop: () => cancel(),
  };
}

/** Writes which steps still run and what they are doing, after each silence; with `--quiet` nothing. */
export function tellAlive(
  write: (text: string) => void,
  { clock, flags: { quiet }, running }:
    & Pick<ReporterOptions, "clock" | "flags">
    & Pick<Story, "running">,
): Heartbeat {
  return heartbeat(clock, () => {
    const lines = quiet ? [] : stillRunning(running(), clock.now());
    if (lines.length > 0) write(lines.map((line) => `${line}\n`).join(""));
  });
}
