/**
 * `todoflow verify`: says whether an image of a registry was accepted, and by which tests.
 *
 * @module
 */

import { SIGNER } from "../lib/cli/flags.ts";
import type { RunTarget } from "../lib/target.ts";

/** Needs neither Docker nor git nor a checkout: a registry, cosign and a key or an identity. */
export const verify: RunTarget = {
  kind: "run",
  name: "verify",
  summary: "Say whether a registry's image was accepted, and by which tests",
  details:
    "Checks the statement that `publish --attest` has put beside the image REF, such\n" +
    "as registry.example/team/shop:1.0 or …/shop@sha256:…: its signature, that\n" +
    "it is about this very image, and that tests have accepted it. Prints what was\n" +
    "accepted, when, by which tests, from which commit. REF with a tag and a digest\n" +
    "is good only while the tag points at the digest. Needs cosign, and neither\n" +
    "Docker nor a checkout. The exit code is 0 when the image was accepted, 1 when\n" +
    "it is not what was accepted, 4 when that cannot be told.\n" +
    "WORDS of --policy, with commas between: accepted (always), clean (nothing that\n" +
    "is in no commit), younger=AGE (such as 36h or 7d; since its acceptance).",
  flags: [
    { name: "key", value: "KEY", summary: "Public key, as cosign takes it" },
    ...SIGNER,
    { name: "json", summary: "Print one JSON object" },
  ],
  operand: "REF",
  place: ["directory"],
  run: async (context) => {
    const { verify } = await import("../lib/verify/verify.ts");
    return await verify(context);
  },
};
