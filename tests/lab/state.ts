/**
 * The state that the lab remembers between two calls, and the place of its files.
 *
 * @module
 */
import type { ProcessMark } from "./processes.ts";

/** Kept across boots: the state, the registry's data. */
export const HOME = "/var/lib/todoflow-lab";
/** The logs of the lab's own commands, of the engine and of the registry. */
export const LOGS = "/var/log/todoflow-lab";

const STATE = `${HOME}/state.json`;

/** The things that the lab started and built. */
export interface LabState {
  /** The loopback port of the registry mirror; absent where Docker Hub is reached. */
  mirror?: number;
  /** The processes that the lab started, by their command name. They may be long gone. */
  processes: Record<string, ProcessMark>;
  /** The images in the mirror, by name, with the digest of the recipe that each was made by. */
  images: Record<string, string>;
}

/** Reads the state; one that is absent, or cut off by a crash, is an empty one. */
export function readState(): LabState {
  const empty: LabState = { processes: {}, images: {} };
  try {
    return { ...empty, ...JSON.parse(Deno.readTextFileSync(STATE)) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) {
      return empty;
    }
    throw error;
  }
}

/** Writes the state, so that a reader sees the old one or the new one. */
export function writeState(state: LabState): void {
  Deno.writeTextFileSync(`${STATE}.new`, JSON.stringify(state, null, 2));
  Deno.renameSync(`${STATE}.new`, STATE);
}

/** Makes the lab's folders and waits until no other lab runs. The lock ends with its file, or its holder. */
export async function lockLab(): Promise<Deno.FsFile> {
  for (const folder of [HOME, LOGS]) {
    Deno.mkdirSync(folder, { recursive: true });
  }
  const file = await Deno.open(`${HOME}/lock`, { create: true, write: true });
  await file.lock(true);
  return file;
}
