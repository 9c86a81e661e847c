/**
 * The publication: the image that acceptance has accepted, under its names.
 *
 * @module
 */

import type { Receipt } from "./receipt.ts";

/** The image to publish, and its names. */
export interface Publication {
  /** The receipt of the accepted image. */
  receipt: Receipt;
  /** The name in the Compose file, without a tag. */
  name: string;
  /** The name with docker's defaults, such as "docker.io/library/shop". */
  whole: string;
  /** The version, and the tags that the caller has added. */
  tags: readonly string[];
  /** IDs of the images that have these names on the engine now, by tag. */
  before: ReadonlyMap<string, string>;
  /** Whether the image already has a name on the engine, so that it stays when the names for the registry go. */
  isNamed: boolean;
  /** How many layers the image has; absent in a dry run without an engine. */
  layers?: number;
}
