/**
 * Publications that are refused or have failed, as data.
 *
 * @module
 */

/** A publication that is refused, or has failed. */
export type PublishFailure =
  | { kind: "unpublishable"; reason: Unpublishable; again: AgainPublish }
  | {
    kind: "no-image-name";
    service: string;
    problem: "no build" | "no name" | "a digest";
    name?: string;
  }
  | {
    kind: "not-published";
    /** In the order in which they were to be pushed. */
    tags: readonly {
      reference: string;
      /** Whether it points at the image that was accepted; undefined where the registry could not be asked. */
      is: boolean | undefined;
      /** What it points at, or why that is not known. */
      detail: string;
    }[];
    again: string;
  };

/** Why nothing is published: the image would not be the one of this commit that was accepted. */
export type Unpublishable =
  | { kind: "no receipt"; file: string }
  | { kind: "unreadable receipt"; file: string }
  | { kind: "other format"; file: string; format: unknown }
  /** The release could make no receipt. */
  | { kind: "none made"; why: string }
  | {
    kind: "other commit";
    accepted: string;
    now: string | undefined;
    /** Why no commit is known, and what helps. */
    detail?: string;
    remedy?: string;
  }
  | {
    kind: "other release";
    what: "Compose file" | "project" | "service" | "repository";
    accepted: string;
    now: string;
  }
  /** A label of the image contradicts the receipt. */
  | {
    kind: "other image";
    image: string;
    label: string;
    expected: string;
    found: string | undefined;
  }
  | { kind: "other version"; accepted: string; now: string }
  | { kind: "dirty release" }
  | {
    kind: "dirty tree";
    /** Filters that were not run, where files differ only without them. */
    filters?: readonly string[];
  }
  | { kind: "no image"; image: string; at: string };

/** What a person would type when nothing is published. */
export interface AgainPublish {
  release: string;
  publish: string;
  /** The same with what is in no commit. */
  dirty: string;
}
