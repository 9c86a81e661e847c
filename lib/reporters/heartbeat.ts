/**
 * Says that a run is alive: CI systems end what is silent, and people do, too.
 *
 * @module
 */

import { stillRunning } from "./lines.ts";
import type { Clock, ReporterOptions } from "./reporter.ts";
import type { Story } from "./story.ts";

/** Milliseconds of silence after which something is said. */
const SILENCE = 30_000;

/** Watches for silence. */
interface Heartbeat {
  /** Something was said. */
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

/** Writes which steps still run, after each silence; with `--quiet` nothing. */
export function tellAlive(
  write: (text: string) => void,
  { clock, flags: { quiet }, running }:
    & Pick<ReporterOptions, "clock" | "flags">
    & Pick<Story, "running">,
): Heartbeat {
  return heartbeat(clock, () => {
    const text = quiet ? undefined : stillRunning(running(), clock.now());
    if (text) write(`${text}\n`);
  });
}
