/**
 * The wording of statements about images that cannot be made, or that are not good.
 *
 * @module
 */

import { toShell } from "../text/shell.ts";
import type { Wording } from "./explanation.ts";

/** The table. */
export const ATTEST_WORDING: Wording<
  "no-cosign" | "unverifiable" | "foreign-tag" | "not-verified"
> = {
  "no-cosign": ({ detail, key }) => ({
    headline: key === undefined
      ? "Cannot use cosign, which signs and checks statements about images"
      : `Cannot use the key "${key}"`,
    why: detail,
    next: key === undefined
      ? "install cosign 2: https://docs.sigstore.dev/cosign/system_config/installation/"
      : toShell(["cosign", "public-key", "--key", key]),
  }),
  "unverifiable": ({ reference, why, next }) => ({
    headline: `Cannot tell whether "${reference}" was accepted`,
    why,
    next,
  }),
  "foreign-tag": ({ reference, image }) => ({
    headline: `Cannot move "${reference}": its image is not todoflow's`,
    why: `no statement about ${image} has this signature`,
    next: toShell(["cosign", "tree", image]),
  }),
  "not-verified": ({ reference, why, next }) => ({
    headline: `Cannot verify "${reference}": it is not what was accepted`,
    why,
    next,
  }),
};
