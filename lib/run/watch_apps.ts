/**
 * Looks, while acceptance tests run, whether they can reach the applications.
 *
 * @module
 */

import type { EngineApi } from "../engine/api.ts";
import { listenersIn, loopbackOnly } from "../engine/listening.ts";
import { pause, type Sleep } from "../pause.ts";
import type { Around } from "./around.ts";

/** After how long (ms) the applications are looked at: a test that waits for them may take minutes. */
const LOOK_AFTER = 3_000;

/** Options of {@linkcode watchApps}. */
interface WatchOptions {
  api: EngineApi;
  around: Around;
  /** Takes a line about an application that the tests cannot reach. */
  tell: (line: string) => void;
  /** Aborted when the tests have ended. */
  signal: AbortSignal;
  sleep?: Sleep | undefined;
}

/** Tells of each application that only its own container reaches, once. */
export async function watchApps(
  { api, around: { workflow }, tell, signal, sleep = pause }: WatchOptions,
): Promise<void> {
  await sleep(LOOK_AFTER, signal);
  for (const { entrance, port } of workflow.release.apps) {
    const container = workflow.services.get(entrance)?.container;
    if (signal.aborted || container === undefined) continue;
    const listeners = await listenersIn(api, container, signal);
    const why = listeners && loopbackOnly(listeners, port);
    if (why !== undefined && !signal.aborted) tell(`"${entrance}" ${why}`);
  }
}
