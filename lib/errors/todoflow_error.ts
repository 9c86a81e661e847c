/**
 * A failure that is thrown.
 *
 * @module
 */

import { explain } from "./wording.ts";
import type { Failure } from "./failure.ts";

/** A failure on its way to {@linkcode explain}. */
export class TodoflowError extends Error {
  override name = "TodoflowError";
  constructor(readonly failure: Failure) {
    super(explain(failure).headline);
  }
}
