/**
 * Follows the publication of images to its end.
 *
 * @module
 */

import type { Failure } from "../errors/failure.ts";
import { readImageName } from "../image_name.ts";
import { type LocalImage, lookUp, type Pointer, pointsAt } from "./registry.ts";
import { receiptText } from "./receipt.ts";
import type { Publication } from "./publication.ts";
import type { Shell } from "../plan/plan.ts";
import type { Event } from "../plan/events.ts";

/** How long (ms) a registry may take to answer after a failed run. */
const ANSWERS_WITHIN = 3_000;

/** Follows the publication of images to its end. */
export interface Publisher {
  see(event: Event): void;
  /** The failure when not all tags point at their images, with the state of each tag. */
  shortfall(giveUp: AbortSignal): Promise<Failure>;
  /** The receipt with the publication; undefined if the receipt has it already. */
  receipt(): string | undefined;
}

/** The publisher of images. */
export function publisher(
  { receipt, images, tags }: Publication,
  { $, again }: { $: Shell; again: string },
): Publisher {
  const digests = new Map<string, string>();
  const pushed = images.flatMap((image) =>
    tags.map((tag) => ({ image, reference: `${image.name}:${tag}` }))
  );
  return {
    see: (event) => {
      if (event.kind !== "published") return;
      digests.set(readImageName(event.reference).name, event.digest);
    },
    shortfall: async (giveUp) => {
      const signal = AbortSignal.any([
        giveUp,
        AbortSignal.timeout(ANSWERS_WITHIN),
      ]);
      return {
        kind: "not-published",
        again,
        tags: await Promise.all(pushed.map(async ({ image, reference }) => {
          const pointer = await lookUp($, reference, { signal, trusted: true });
          return { reference, ...tellPointer(pointer, image) };
        })),
      };
    },
    receipt: () => {
      const known = (receipt.published ?? []).map(({ at: _, ...one }) => one);
      const now = images.map(({ name }) => ({
        name,
        digest: digests.get(name) ?? "",
        tags,
      }));
      if (JSON.stringify(known) === JSON.stringify(now)) return undefined;
      const at = new Date().toISOString();
      const published = now.map((one) => ({ ...one, at }));
      return receiptText({ ...receipt, published });
    },
  };
}

function tellPointer(
  pointer: Pointer,
  image: LocalImage,
): { is: boolean | undefined; detail: string } {
  switch (pointer.kind) {
    case "image": {
      const is = pointsAt(pointer, image);
      const other = is ? "" : ", another image";
      return { is, detail: `points at ${pointer.digest}${other}` };
    }
    case "absent":
      return { is: false, detail: "is not in the registry" };
    case "unknown":
      return {
        is: undefined,
        detail: `cannot be looked up: ${pointer.detail}`,
      };
  }
}
