/**
 * The application that this repository releases, released, for tests of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Checkout, withCheckout } from "./harness.ts";

/** A released todobackend. */
export interface Released extends Checkout {
  /** Where it answers. */
  url: string;
  /** The name of a service's container. */
  container(service: string): string;
}

/** Gives the test a released todobackend of its own. */
export function withReleased(
  test: (released: Released) => Promise<void>,
): Promise<void> {
  return withCheckout(async (checkout) => {
    const { code, stdout, stderr } = await checkout.todoflow("release");
    assertEquals(code, 0, stderr);
    const url = /http:\S+/.exec(stdout)?.[0];
    assert(url, stdout);
    const container = (service: string) =>
      `${checkout.project}--release-${service}-1`;
    await test({ ...checkout, url, container });
  });
}
