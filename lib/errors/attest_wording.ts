/**
 * The wording of statements about images that cannot be made, or that are not good.
 *
 * @module
 */

import { toShell } from "../text/shell.ts";
import type { Wording } from "./explanation.ts";

/** The table. */
export const ATTEST_WORDING: Wording<
  "no-cosign" | "unverifiable" | "not-verified"
> = {
  "no-cosign": ({ detail, key }) => ({
    headline: key === undefined
      ? "Cannot use cosign, which signs and checks statements about images"
      : `Cannot use the key "${key}"`,
    why: detail,
    next: key === undefined
      ? "cosign version"
      : toShell(["cosign", "public-key", "--key", key]),
  }),
  "unverifiable": ({ reference, why, next }) => ({
    headline: `Cannot tell whether "${reference}" was accepted`,
    why,
    next,
  }),
  "not-verified": ({ reference, why, next }) => ({
    headline: `Cannot verify "${reference}": it is not what was accepted`,
    why,
    next,
  }),
};
