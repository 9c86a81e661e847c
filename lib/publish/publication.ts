/**
 * What is published: the image that acceptance has accepted, under its names.
 *
 * @module
 */

import type { Receipt } from "./receipt.ts";

/** What is published. */
export interface Publication {
  /** Which image was accepted. */
  receipt: Receipt;
  /** As the Compose file has it, without a tag. */
  name: string;
  /** With what docker adds to it, such as "docker.io/library/shop". */
  whole: string;
  /** The version, and what was asked for besides. */
  tags: readonly string[];
  /** IDs of the images that have these names on the engine now, by tag. */
  before: ReadonlyMap<string, string>;
  /** Whether the image has a name on the engine already, so that it stays when those of the registry go. */
  isNamed: boolean;
  /** How many layers the image has; absent in a dry run without an engine. */
  layers?: number;
}
