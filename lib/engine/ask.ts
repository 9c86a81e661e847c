/**
 * Asks for lists, and turns a missing answer into a failure.
 *
 * @module
 */

import { EngineError } from "./http.ts";
import type { EngineApi } from "./api.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";

/** The filter of a list, for objects with a label. */
export function labelFilter(label: string, value: string): string {
  return JSON.stringify({ label: [`${label}=${value}`] });
}

/** Turns an answer that is missing into a failure: a failed listing must not be mistaken for an empty one. */
export async function answered<T>(
  api: EngineApi,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const detail = await api.reason(error);
    throw new TodoflowError({ kind: "no-engine", detail });
  }
}
