/**
 * The receipt of a release without fault, for tests of what becomes of it.
 *
 * @module
 */

import type { ReceiptImage } from "../../lib/publish/images.ts";
import type { Receipt } from "../../lib/publish/receipt.ts";

/** The ID of the image of every service. */
export const IMAGE = `sha256:${"1".repeat(64)}`;

/** The image of a service that the release has built. */
export function builtImage(
  service: string,
  repository?: string,
): ReceiptImage {
  return {
    ...{ service, name: repository ?? `shop-${service}`, id: IMAGE },
    ...{ built: true, bases: [], ...(repository && { repository }) },
  };
}

/** The receipt of an accepted release of "shop", whose service "app" has this image. */
export function receiptFor(
  repository: string,
  change: Partial<Receipt> = {},
): Receipt {
  return {
    format: 2,
    ...{ project: "shop", builtIn: "shop", files: ["compose.yaml"] },
    ...{ commit: "abc", dirty: false, version: "1.0" },
    acceptance: { service: "acceptance", passed: true },
    images: [builtImage("app", repository)],
    hidden: [],
    uncommitted: { files: [], count: 0 },
    tests: { tests: 0, passed: 0, failed: 0, skipped: 0 },
    tool: "0.1.0",
    at: "2024-06-07T08:09:10.000Z",
    ...change,
  };
}
