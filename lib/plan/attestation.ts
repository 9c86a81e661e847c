/**
 * The kind of statement that is made about a published image.
 *
 * @module
 */

/** The type of its predicate: https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md. */
export const TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1";

/** Signs a statement about an image that was pushed. */
export interface AttestStep {
  /** Tells it from other kinds of steps. */
  kind: "attest";
  /** Name and tag. */
  reference: string;
  /** ID of the accepted image; nothing else is attested. */
  image: string;
  /** The number of its layers. */
  layers?: number;
  /** The predicate of the statement, as JSON. */
  predicate: string;
  /** The key, as cosign takes it; without it, the agent's identity signs. */
  key?: string;
}
