/**
 * Publications that are refused or have failed, as data.
 *
 * @module
 */

/** A publication that is refused, or has failed. */
export type PublishFailure =
  | { kind: "unpublishable"; reason: Unpublishable; again: AgainPublish }
  | NoImageName
  | {
    kind: "not-published";
    /** In the order in which they were to be pushed. */
    tags: readonly {
      reference: string;
      /** Whether the tag points at the accepted image; undefined if the registry could not be asked. */
      is: boolean | undefined;
      /** The image that it points at, or the reason why that is not known. */
      detail: string;
    }[];
    again: string;
  };

/** A release has no name to push its image under, or one that is impossible. */
export interface NoImageName {
  kind: "no-image-name";
  service: string;
  problem: "no build" | "no name" | "a digest" | "two images" | "other build";
  name?: string;
  /** The service that gives the name to another image, or that runs another one. */
  other?: string;
}

/** The reason why nothing is published: the image would not be the accepted one of this commit. */
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
    /** The reason why no commit is known. */
    detail?: string;
    remedy?: string;
  }
  | {
    kind: "other release";
    what: "Compose file" | "project" | "image";
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
    /** Filters that were not run, if files differ only without them. */
    filters?: readonly string[];
  }
  /** Builds may have taken files that git ignores, or that are outside of the checkout. */
  | { kind: "uncommitted files"; files: readonly string[]; count: number }
  | {
    kind: "not accepted";
    /** The report of the acceptance tests; absent if there are none. */
    why?: string;
  }
  /** A role has moved to another service by a guess alone. */
  | {
    kind: "unconfirmed";
    changed: { role: "app" | "acceptance"; service: string; before: string };
  }
  /** Folders of the checkout were mounted over files of the images. */
  | {
    kind: "hidden files";
    hidden: readonly { service: string; folder: string; target: string }[];
  }
  | { kind: "no image"; image: string; at: string };

/** Commands to type after a refusal to publish. */
export interface AgainPublish {
  release: string;
  publish: string;
  /** Publishes what is in no commit, too. */
  dirty: string;
  /** Publishes what no test has accepted, too. */
  unaccepted: string;
}
