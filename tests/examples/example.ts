/**
 * The base of the tests of `examples/`: each runs in a fresh repository of its own, by the compiled binary where one is
 * named by TODOFLOW_BINARY, as CI does.
 *
 * @module
 */

import {
  type Checkout,
  type CheckoutOptions,
  ROOT,
  TODOFLOW,
  withCheckout,
} from "../e2e/harness.ts";

const BINARY = Deno.env.get("TODOFLOW_BINARY");

/** The command line of the tool that the examples are run by. */
export const COMMAND: readonly [string, ...string[]] = BINARY
  ? [BINARY]
  : TODOFLOW;

/** Gives the test a fresh checkout of an example; asserts that nothing of it is left on the engine. */
export async function withExample(
  name: string,
  test: (checkout: Checkout) => Promise<void>,
  options: CheckoutOptions = {},
): Promise<void> {
  const from = `${ROOT}examples/${name}`;
  await withCheckout(test, { command: COMMAND, from, ...options });
}
