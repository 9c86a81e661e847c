/**
 * The reasons why an accepted release may not be published from this checkout.
 *
 * @module
 */

import type { Publishable } from "../compose/published.ts";
import type { Unpublishable } from "../errors/publish_failure.ts";
import type { Surroundings } from "../child.ts";
import type { Source } from "../git/source.ts";
import { commitProblem } from "../git/version.ts";
import { notAccepted } from "./acceptance.ts";
import type { ReceiptImage } from "./images.ts";
import type { Receipt } from "./receipt.ts";
import { type Released, releasedOf, type ReleasedOptions } from "./released.ts";

/** The checkout, and what the caller allows. */
export interface RefusalOptions extends ReleasedOptions {
  surroundings: Surroundings;
  version: string | undefined;
  /** The commit of the checkout. */
  source: Source | undefined;
  /** Whether changes and files that are in no commit may be published. */
  allowDirty: boolean;
  /** Whether what no test has accepted may be published. */
  unaccepted: boolean;
}

/** The first reason; undefined if the images of the receipt may be published under these names. */
export async function refusalOf(
  receipt: Receipt,
  named: readonly Publishable[],
  options: RefusalOptions,
): Promise<Unpublishable | undefined> {
  return await checkoutProblem(receipt, options) ??
    otherImages(receipt, named) ?? unsaidProblem(receipt, options);
}

/** The reason why the receipt does not match this checkout. */
async function checkoutProblem(
  receipt: Receipt,
  options: RefusalOptions,
): Promise<Unpublishable | undefined> {
  const { source, version = "" } = options;
  const { commit: accepted } = receipt;
  if (!source) {
    const { detail, remedy } = await commitProblem(options.surroundings);
    return {
      ...{ kind: "other commit", accepted, now: undefined, detail },
      ...(remedy !== undefined && { remedy }),
    };
  }
  if (source.commit !== accepted) {
    return { kind: "other commit", accepted, now: source.commit };
  }
  if (version !== receipt.version) {
    const accepted = receipt.version;
    return { kind: "other version", accepted, now: version };
  }
  return otherRelease(receipt, await releasedOf(options));
}

/** The first difference between the accepted release and a release of this checkout with the same flags. */
function otherRelease(
  receipt: Released,
  now: Released,
): Unpublishable | undefined {
  const parts = [
    ["Compose file", ({ files }: Released) => files.join(", ")],
    ["project", ({ project }: Released) => project],
  ] as const;
  for (const [what, of] of parts) {
    if (of(receipt) === of(now)) continue;
    return {
      kind: "other release",
      what,
      accepted: of(receipt),
      now: of(now),
    };
  }
  return undefined;
}

/** The difference between the images of the receipt and those that this checkout names. */
function otherImages(
  receipt: Receipt,
  named: readonly Publishable[],
): Unpublishable | undefined {
  const missing = named.find((one) => !acceptedImage(receipt, one));
  if (!missing) return undefined;
  const accepted = receipt.images.flatMap(({ service, repository }) =>
    repository === undefined ? [] : `${repository} of "${service}"`
  );
  const { whole, services } = missing;
  return {
    kind: "other release",
    what: "image",
    accepted: accepted.join(", ") || "none",
    now: `${whole} of ${services.map((name) => `"${name}"`).join(", ")}`,
  };
}

/**
 * The first thing that the caller has not allowed: a guess that has changed, files that are in no commit, or a release that
 * no test has accepted.
 */
function unsaidProblem(
  receipt: Receipt,
  { source, allowDirty, unaccepted }: RefusalOptions,
): Unpublishable | undefined {
  const { acceptance, dirty, hidden, uncommitted, unconfirmed } = receipt;
  const [changed] = unconfirmed ?? [];
  if (changed) return { kind: "unconfirmed", changed };
  if (!allowDirty) {
    if (source?.dirty) return { kind: "dirty tree", filters: source.filters };
    if (dirty) return { kind: "dirty release" };
    if (uncommitted.count > 0) {
      return { kind: "uncommitted files", ...uncommitted };
    }
  }
  if (unaccepted) return undefined;
  if (!acceptance?.passed) {
    const why = acceptance && notAccepted(acceptance);
    return { kind: "not accepted", ...(why !== undefined && { why }) };
  }
  return hidden.length === 0 ? undefined : { kind: "hidden files", hidden };
}

/** The image of the receipt that is to have a name; undefined if it names no such image. */
export function acceptedImage(
  { images }: Receipt,
  { services, whole }: Pick<Publishable, "services" | "whole">,
): ReceiptImage | undefined {
  return images.find(({ service, repository }) =>
    services.includes(service) && repository === whole
  );
}
