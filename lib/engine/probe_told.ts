/**
 * Tells what the probes of a container say, for a reader who waits for it.
 *
 * @module
 */

import type { ProbeResult } from "./container_state.ts";

/** How long (ms) at least between two lines: probes come ten times a second. */
const SELDOM = 1_000;

/** The most UTF-16 units of a line. */
const MOST = 300;

/** A probe of ours, which knows whether a port listens, or one of the engine. */
type Told = ProbeResult & { listens?: boolean };

/** Makes a function that tells the last line of each failed probe that says something new. */
export function probeTeller(
  { onProbe, now }: {
    onProbe: ((said: string) => void) | undefined;
    now: () => number;
  },
): (probe: Told | undefined) => void {
  let last = "";
  let at = -Infinity;
  return (probe) => {
    if (!probe || !onProbe || now() < at + SELDOM) return;
    const text = textOf(probe);
    if (text === last) return;
    [last, at] = [text, now()];
    onProbe(text);
  };
}

function textOf({ exitCode, output, listens }: Told): string {
  if (listens === false) return "no exposed port listens yet";
  const line = output.trim().split("\n").at(-1)!.trim();
  const text = `its last probe ended with ${exitCode}${line && `: ${line}`}`;
  return text.slice(0, MOST);
}
