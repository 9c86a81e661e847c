/**
 * Reads a receipt as the run with which another one is compared.
 *
 * @module
 */

import { engineName, readImageName } from "../image_name.ts";
import type { ReceiptImage } from "../publish/images.ts";
import type { Receipt } from "../publish/receipt.ts";
import type { GreenImage, Past } from "../state/green.ts";

/** The release of a receipt. It knows neither Compose keys nor times of steps. */
export function pastOfReceipt(
  { commit, dirty, version, images, tool, engine, compose, at }: Receipt,
): Past {
  return {
    ...{ at, version, commit, dirty },
    images: images.flatMap(imagesOf),
    versions: {
      todoflow: tool,
      ...(engine !== undefined && { engine }),
      ...(compose !== undefined && { compose }),
    },
  };
}

/** The bases of an image that the release has built; another image itself. */
function imagesOf(
  { built, bases = [], name, id, digests = [] }: ReceiptImage,
): GreenImage[] {
  if (built) {
    return bases.flatMap(({ name, digest }) =>
      digest === undefined ? [] : [{ name: engineName(name), digest }]
    );
  }
  const { whole } = readImageName(name);
  const { digest } = digests.map(readImageName)
    .find((one) => one.whole === whole) ?? {};
  return [{
    name: engineName(name),
    id,
    ...(digest !== undefined && { digest }),
  }];
}
