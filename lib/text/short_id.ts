/**
 * Shortens IDs of images.
 *
 * @module
 */

/** An ID as docker lists it, of twelve digits; anything else as it is. */
export function shortId(id: string): string {
  return id.replace(/^(?:sha256:)?(\w{12})\w*$/, "$1");
}
