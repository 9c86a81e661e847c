/**
 * Stops what the lab started, and nothing else.
 *
 * @module
 */
import { engineRuns, stopEngine } from "./engine.ts";
import { REGISTRY } from "./mirror.ts";
import { isAlive, stop } from "./processes.ts";
import { LabError, say, step } from "./report.ts";
import { lockLab, readState, writeState } from "./state.ts";

/** Stops the engine and the registry of the lab; what is installed, built and pushed stays. */
export async function down(): Promise<void> {
  if (!Object.values(readState().processes).some(isAlive)) {
    return say("nothing of the lab runs");
  }
  if (Deno.uid() !== 0) throw new LabError("Only root can stop the lab", 4);
  using _lock = await lockLab();
  const state = readState();
  const registry = state.processes[REGISTRY];
  if (engineRuns(state)) {
    await step("stop the Docker Engine", () => stopEngine(state));
  }
  if (isAlive(registry)) {
    await step("stop the registry mirror", () => stop(registry));
  }
  state.processes = {};
  writeState(state);
}
