/**
 * Statements about images that cannot be made, or that are not good, as data.
 *
 * @module
 */

/** A statement cannot be made or checked, or an image is not what a statement says. */
export type AttestFailure =
  | {
    kind: "no-cosign";
    /** In cosign's words, or ours. */
    detail: string;
    /** The key that cosign cannot use. */
    key?: string;
  }
  | {
    /** It cannot be told whether an image was accepted. */
    kind: "unverifiable";
    reference: string;
    why: string;
    next: string;
  }
  | {
    /** A tag points at an image that this signer has made no statement about. */
    kind: "foreign-tag";
    reference: string;
    /** Name and digest. */
    image: string;
  }
  | {
    /** An image is not what was accepted. */
    kind: "not-verified";
    reference: string;
    /** The causes, one a line. */
    why: string;
    next: string;
  };
