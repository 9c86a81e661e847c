/**
 * The wording of a refusal to publish.
 *
 * @module
 */

import type { AgainPublish, Explanation, Unpublishable } from "./failure.ts";

/** A refusal to publish in words. */
export function refusal(
  reason: Unpublishable,
  { release, publish, dirty }: AgainPublish,
): Explanation {
  const commit = `git status   # commit, then: ${release}`;
  switch (reason.kind) {
    case "no receipt":
      return {
        headline: "Cannot publish: no release of this checkout was accepted",
        why: `there is no ${reason.file}, which a release that succeeds writes`,
        next: release,
      };
    case "unreadable receipt":
      return {
        headline: "Cannot publish: the receipt cannot be read",
        why: `${reason.file} is not what a release writes`,
        next: release,
      };
    case "other format":
      return {
        headline:
          "Cannot publish: the receipt was written by another version of todoflow",
        why: `${reason.file} has ` +
          (reason.format === undefined
            ? "no format"
            : `the format ${JSON.stringify(reason.format)}`),
        next: release,
      };
    case "none made":
      return {
        headline: "Cannot publish: the last release has no receipt",
        why: reason.why,
        next: release,
      };
    case "other commit":
      return {
        headline: "Cannot publish: another commit was accepted",
        why: reason.now === undefined
          ? `accepted was ${reason.accepted}, and git tells no commit here` +
            (reason.detail === undefined ? "" : `: ${reason.detail}`)
          : `accepted was ${reason.accepted}, the checkout is at ${reason.now}`,
        next: reason.remedy ?? release,
      };
    case "other release":
      return {
        headline:
          `Cannot publish: the accepted release is of another ${reason.what}`,
        why: `accepted was ${reason.accepted}, this is ${reason.now}`,
        next: release,
      };
    case "other image":
      return {
        headline: "Cannot publish: the receipt and its image do not agree",
        why: `the label ${reason.label} of ${reason.image} is ` +
          (reason.found === undefined ? "not there" : `"${reason.found}"`) +
          `, the receipt says "${reason.expected}"`,
        next: release,
      };
    case "other version":
      return {
        headline:
          `Cannot publish as ${reason.now}: accepted was ${reason.accepted}`,
        why: "the image carries the version that it was built as",
        next: `${release}   # or: APP_VERSION=${reason.accepted} ${publish}`,
      };
    case "dirty release":
      return {
        headline:
          "Cannot publish: the accepted image has changes that are in no commit",
        why: "files differed from the commit when it was built",
        next: `${commit}; as it is: ${dirty}`,
      };
    case "dirty tree":
      return {
        headline:
          "Cannot publish: the checkout has changes that are in no commit",
        why: reason.filters?.length
          ? `files differ without their filter, and todoflow runs none of .git/config: ${
            reason.filters.join(", ")
          }`
          : "nobody could tell whether the image has them",
        next: reason.filters?.length
          ? `git status   # runs the filter, then: ${publish}; as it is: ${dirty}`
          : `${commit}; as it is: ${dirty}`,
      };
    case "no image":
      return {
        headline: "Cannot publish: the engine has the accepted image no more",
        why: `accepted was ${reason.image}, ${reason.at}`,
        next: release,
      };
  }
}
