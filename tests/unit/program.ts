/**
 * A program that imports todoflow, calls `main` with its arguments and never ends its process. The last line of its stderr
 * is the exit code of `main`, or says what has outlived the run.
 *
 * @module
 */

import { getActiveResourcesInfo } from "node:process";
import { main, processWorld } from "../../mod.ts";

/** How often, and with which pause (ms), this program checks whether it is still alive. */
const LOOKS = 3;
const LOOK_EVERY = 100;

function tell(line: string) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** The listeners that have been added and not removed, by what they listen to. */
const listening = new Map<unknown, string>();
// A listener keeps no process alive, so the functions that add and remove one are replaced.
const { addSignalListener, removeSignalListener } = Deno;
Deno.addSignalListener = (signal, listener) => {
  listening.set(listener, signal);
  addSignalListener(signal, listener);
};
Deno.removeSignalListener = (signal, listener) => {
  listening.delete(listener);
  removeSignalListener(signal, listener);
};
const { addEventListener, removeEventListener } = globalThis;
globalThis.addEventListener = (type: string, listener: unknown) => {
  listening.set(listener, type);
  addEventListener(type, listener as EventListener);
};
globalThis.removeEventListener = (type: string, listener: unknown) => {
  listening.delete(listener);
  removeEventListener(type, listener as EventListener);
};

tell(`main: ${await main(Deno.args, processWorld())}`);

for (const name of listening.values()) tell(`still listens: ${name}`);

// An unref'ed interval keeps no process alive: its calls go on only where something else does.
let looks = 0;
const interval = setInterval(() => {
  if (++looks < LOOKS) return;
  tell(
    `still alive: ${
      getActiveResourcesInfo().join() || "an operation or a time limit"
    }`,
  );
  Deno.exit(1);
}, LOOK_EVERY);
Deno.unrefTimer(interval);
