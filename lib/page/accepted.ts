/**
 * The verdict of a release, out of the receipt in the folder of its page.
 *
 * @module
 */

import { shortId } from "../text/short_id.ts";

/** The images that a release has accepted, and its tests. */
export interface Accepted {
  /** The service whose tests have accepted it; absent if none has. */
  by?: string;
  /** The images that were built and can be published, with the first digits of their IDs. */
  images: { services: string[]; id: string }[];
}

/** The parts of a receipt that the page shows. */
interface Receipt {
  acceptance?: { service: string; passed: boolean };
  images: readonly { service: string; id: string; built: boolean }[];
}

/** The content of a receipt; undefined for the file of a release that could make none. */
export function acceptedIn(text: string): Accepted | undefined {
  const receipt: Receipt | { none: string } = JSON.parse(text);
  if ("none" in receipt) return undefined;
  const { acceptance } = receipt;
  const own = receipt.images.filter(({ service, built }) =>
    built && service !== acceptance?.service
  );
  const byId = Map.groupBy(own, ({ id }) => id);
  return {
    ...(acceptance?.passed && { by: acceptance.service }),
    images: [...byId].map(([id, services]) => ({
      services: services.map(({ service }) => service),
      id: shortId(id),
    })),
  };
}
