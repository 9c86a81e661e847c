/**
 * The publication: the images that acceptance has accepted, under their names.
 *
 * @module
 */

import type { Receipt } from "./receipt.ts";

/** The images to publish. */
export interface Publication {
  /** The receipt that names them. */
  receipt: Receipt;
  /** That of the app first. */
  images: readonly PushedImage[];
  /** How statements about the images are signed; absent if none is made. */
  attest?: { key?: string };
  /** The version, and the tags that the caller has added; each image gets all of them. */
  tags: readonly string[];
}

/** An image to publish, and its name. */
export interface PushedImage {
  /** The predicate of the statement about it, as JSON; absent if none is made. */
  predicate?: string;
  /** A service that runs it. */
  service: string;
  /** Such as "sha256:…". */
  id: string;
  /** The name in the Compose file, without a tag. */
  name: string;
  /** The name with docker's defaults, such as "docker.io/library/shop". */
  whole: string;
  /** IDs of the images that have these names on the engine now, by tag. */
  before: ReadonlyMap<string, string>;
  /** Whether the image already has a name on the engine, so that it stays when the names for the registry go. */
  isNamed: boolean;
  /** How many layers the image has; absent in a dry run without an engine. */
  layers?: number;
}
