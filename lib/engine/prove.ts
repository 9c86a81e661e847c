/**
 * Proves a URL by requests.
 *
 * @module
 */

import type { ChildOptions } from "../plan/executor.ts";
import { pause } from "../pause.ts";

/** The time (ms) between two requests to a URL that does not answer yet. */
const PROVE_EVERY = 100;

/** See {@linkcode Executor.prove}. */
export async function prove(
  url: URL,
  { signal, output }: ChildOptions,
  problemOf: () => Promise<string | undefined>,
): Promise<string> {
  let problem = "";
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal, redirect: "manual" });
      await response.body?.cancel();
      if (response.status < 500) return url.origin;
      problem = `${url} answers with status ${response.status}`;
    } catch (error) {
      problem = `${url} does not answer: ${(error as Error).message}`;
    }
    const ended = await problemOf();
    if (ended) {
      output(ended);
      return "";
    }
    await pause(PROVE_EVERY);
  }
  output(problem);
  return "";
}
