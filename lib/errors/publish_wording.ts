/**
 * The wording of a publication that is refused, or has failed.
 *
 * @module
 */

import type { Explanation, Wording } from "./explanation.ts";
import type { AgainPublish, Unpublishable } from "./publish_failure.ts";

/** The table. */
export const PUBLISH_WORDING: Wording<
  "unpublishable" | "no-image-name" | "not-published"
> = {
  "unpublishable": ({ reason, again }) => {
    // The table is indexed by the own kind of the reason, which TypeScript cannot follow.
    const word = REFUSALS[reason.kind] as Refusal;
    return word(reason, again);
  },
  "no-image-name": ({ service, problem, name }) => {
    const example = name ?? "registry.example/team/shop";
    switch (problem) {
      case "no build":
        return {
          headline: `Cannot publish: service "${service}" builds no image`,
          why: "what is published is what this project has built",
          next: `x-todoflow: { release: { image: SERVICE } }`,
        };
      case "no name":
        return {
          headline: `Cannot publish: service "${service}" names no image`,
          why: "the name tells the registry and the repository",
          next: `image: ${example}   # in service "${service}"`,
        };
      case "a digest":
        return {
          headline:
            `Cannot publish: service "${service}" names its image by a digest`,
          why: "a digest is for pulls: it names what a registry has already",
          next: `image: ${example}   # in service "${service}"`,
        };
    }
  },
  "not-published": ({ tags, again }) => {
    const missing = tags.filter(({ is }) => !is);
    return {
      headline:
        (missing.length === 0
          ? "All tags point at the accepted image"
          : missing.some(({ is }) => is === undefined)
          ? "Not published, or not known to be: "
          : "Not published: ") +
        missing.map(({ reference }) => reference).join(", "),
      why: tags.map(({ reference, detail }) => `${reference} ${detail}`)
        .join("\n"),
      next: again,
    };
  },
};

/** Words one reason why nothing is published. */
type Refusal<R extends Unpublishable = Unpublishable> = (
  reason: R,
  again: AgainPublish,
) => Explanation;

const REFUSALS: {
  [K in Unpublishable["kind"]]: Refusal<Extract<Unpublishable, { kind: K }>>;
} = {
  "no receipt": ({ file }, { release }) => ({
    headline: "Cannot publish: no release of this checkout was accepted",
    why: `there is no ${file}, which a release that succeeds writes`,
    next: release,
  }),
  "unreadable receipt": ({ file }, { release }) => ({
    headline: "Cannot publish: the receipt cannot be read",
    why: `${file} is not what a release writes`,
    next: release,
  }),
  "other format": ({ file, format }, { release }) => ({
    headline:
      "Cannot publish: the receipt was written by another version of todoflow",
    why: `${file} has ` +
      (format === undefined
        ? "no format"
        : `the format ${JSON.stringify(format)}`),
    next: release,
  }),
  "none made": ({ why }, { release }) => ({
    headline: "Cannot publish: the last release has no receipt",
    why,
    next: release,
  }),
  "other commit": ({ accepted, detail, now, remedy }, { release }) => ({
    headline: "Cannot publish: another commit was accepted",
    why: now === undefined
      ? `accepted was ${accepted}, and git tells no commit here` +
        (detail === undefined ? "" : `: ${detail}`)
      : `accepted was ${accepted}, the checkout is at ${now}`,
    next: remedy ?? release,
  }),
  "other release": ({ accepted, now, what }, { release }) => ({
    headline: `Cannot publish: the accepted release is of another ${what}`,
    why: `accepted was ${accepted}, this is ${now}`,
    next: release,
  }),
  "other image": ({ expected, found, image, label }, { release }) => ({
    headline: "Cannot publish: the receipt and its image do not agree",
    why: `the label ${label} of ${image} is ` +
      (found === undefined ? "not there" : `"${found}"`) +
      `, the receipt says "${expected}"`,
    next: release,
  }),
  "other version": ({ accepted, now }, { release, publish }) => ({
    headline: `Cannot publish as ${now}: accepted was ${accepted}`,
    why: "the image carries the version that it was built as",
    next: `${release}   # or: APP_VERSION=${accepted} ${publish}`,
  }),
  "dirty release": (_, again) => ({
    headline:
      "Cannot publish: the accepted image has changes that are in no commit",
    why: "files differed from the commit when it was built",
    next: `${commitFirst(again)}; as it is: ${again.dirty}`,
  }),
  "dirty tree": ({ filters }, again) => ({
    headline: "Cannot publish: the checkout has changes that are in no commit",
    why: filters?.length
      ? `files differ without their filter, and todoflow runs none of .git/config: ${
        filters.join(", ")
      }`
      : "nobody could tell whether the image has them",
    next: filters?.length
      ? `git status   # runs the filter, then: ${again.publish}; as it is: ${again.dirty}`
      : `${commitFirst(again)}; as it is: ${again.dirty}`,
  }),
  "no image": ({ at, image }, { release }) => ({
    headline: "Cannot publish: the engine has the accepted image no more",
    why: `accepted was ${image}, ${at}`,
    next: release,
  }),
};

/** The command that shows what to commit before the release. */
function commitFirst({ release }: AgainPublish): string {
  return `git status   # commit, then: ${release}`;
}
