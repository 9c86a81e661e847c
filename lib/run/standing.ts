/**
 * Whether a run may change the project, or is a guest there, which only publishes an image.
 *
 * @module
 */

import type { Standing } from "./manner.ts";
import { publicationOf } from "./publishing.ts";
import { guestKeeper, ownKeeper } from "./record.ts";
import { inTheWay } from "./refusals.ts";

/** The run changes the project, so it is refused if something is in its way. */
export const OWNER: Standing = {
  publication: () => Promise.resolve(undefined),
  inTheWay,
  keeper: ownKeeper,
};

/** The run only pushes an image, so the rest of the project does not matter, not even whose it is. */
export const GUEST: Standing = {
  publication: publicationOf,
  inTheWay: () => Promise.resolve(undefined),
  keeper: guestKeeper,
};
