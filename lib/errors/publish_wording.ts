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
  "unpublishable": ({ reason, again }, { git }) => {
    // The table is indexed by the own kind of the reason, which TypeScript cannot follow.
    const word = REFUSALS[reason.kind] as Refusal;
    return word(reason, { ...again, status: git(["status"]) });
  },
  "no-image-name": ({ service, problem, name, other }) => {
    const called = (service: string | undefined, name: string | undefined) =>
      name === undefined
        // Only the caller knows the registry.
        ? `add image: to service "${service}", with the registry and the name to push to`
        : `image: ${name}   # in service "${service}"`;
    switch (problem) {
      case "no build":
        return {
          headline: `Cannot publish: service "${service}" builds no image`,
          why: "todoflow publishes only images that this project builds",
          next:
            "name a service that has build: and image: by x-todoflow.release.image",
        };
      case "no name":
        return {
          headline: `Cannot publish: service "${service}" names no image`,
          why:
            "without a name there is no registry and no repository to push to",
          next: called(service, name),
        };
      case "a digest":
        return {
          headline:
            `Cannot publish: service "${service}" names its image by a digest`,
          why: "a digest names an image that a registry already has",
          next: called(service, name),
        };
      case "other build":
        return {
          headline:
            `Cannot publish: "${other}" runs another image than "${service}" builds`,
          why: "only an image that has run can be accepted",
          next: called(other, name),
        };
      case "two images":
        return {
          headline: `Cannot publish: two images have the name ${name}`,
          why:
            `"${other}" and "${service}" build different images; each is pushed with the version as its tag`,
          next: called(service, name && `${name}-${service}`),
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

/** Words one reason for publishing nothing. */
type Refusal<R extends Unpublishable = Unpublishable> = (
  reason: R,
  again: Commands,
) => Explanation;

/** Commands to type after a refusal. */
interface Commands extends AgainPublish {
  /** Shows what is in no commit. */
  status: string;
}

const REFUSALS: {
  [K in Unpublishable["kind"]]: Refusal<Extract<Unpublishable, { kind: K }>>;
} = {
  "no receipt": ({ file }, { release }) => ({
    headline: "Cannot publish: no release of this checkout was accepted",
    why: `${file} is missing: a successful release writes it`,
    next: release,
  }),
  "unreadable receipt": ({ file }, { release }) => ({
    headline: "Cannot publish: the receipt cannot be read",
    why: `${file} is not a receipt that a release has written`,
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
      ? `the accepted commit is ${accepted}, that of the checkout is not known` +
        (detail === undefined ? "" : `: ${detail}`)
      : `the accepted commit is ${accepted}, the checkout is at ${now}`,
    next: remedy ?? release,
  }),
  "other release": ({ accepted, now, what }, { release }) => ({
    headline: `Cannot publish: the accepted release is of another ${what}`,
    why: `the accepted ${what} is ${accepted}, this one is ${now}`,
    next: release,
  }),
  "other image": ({ expected, found, image, label }, { release }) => ({
    headline: "Cannot publish: the receipt and its image do not agree",
    why: `the label ${label} of ${image} is ` +
      (found === undefined ? "missing" : `"${found}"`) +
      `, the receipt says "${expected}"`,
    next: release,
  }),
  "other version": ({ accepted, now }, { release, publish }) => ({
    headline: `Cannot publish as ${now}: the accepted version is ${accepted}`,
    why: "the image carries the version that it was built as",
    next: `${release}   # or: APP_VERSION=${accepted} ${publish}`,
  }),
  "dirty release": (_, again) => ({
    headline:
      "Cannot publish: the accepted image has changes that are in no commit",
    why: "files differed from the commit when the image was built",
    next: `${commitFirst(again)}; or publish it as it is: ${again.dirty}`,
  }),
  "dirty tree": ({ filters }, again) => ({
    headline: "Cannot publish: the checkout has changes that are in no commit",
    why: filters?.length
      ? `files differ unless their filter runs, and todoflow runs no filter of .git/config: ${
        filters.join(", ")
      }`
      : "the accepted image may not have them",
    next: filters?.length
      ? `${again.status}   # runs the filter, then: ${again.publish}; or publish it as it is: ${again.dirty}`
      : `${commitFirst(again)}; or publish it as it is: ${again.dirty}`,
  }),
  "uncommitted files": ({ files, count }, again) => ({
    headline:
      "Cannot publish: the accepted image may have files that are in no commit",
    why: `the build takes them, and git ignores them: ${
      listText(files, count)
    }`,
    next:
      `${again.status} --ignored   # .dockerignore keeps them out, then: ${again.release}; or publish it as it is: ${again.dirty}`,
  }),
  "not accepted": ({ why }, { release, unaccepted }) => ({
    headline: "Cannot publish: the release is not accepted by any test",
    why: why ?? "the release has no acceptance tests",
    next: `${release}   # ${
      why === undefined ? 'with a service "acceptance"' : "when its tests pass"
    }; or publish it as it is: ${unaccepted}`,
  }),
  "unconfirmed": ({ changed: { role, service, before } }, { release }) => ({
    headline:
      `Cannot publish: "${service}" is the ${role} of this release by a guess alone`,
    why: `it was "${before}" in an earlier release`,
    next:
      `x-todoflow: {release: {${role}: ${service}}}   # in the Compose file; commit, then: ${release}`,
  }),
  "hidden files": ({ hidden }, { release, unaccepted }) => ({
    headline: "Cannot publish: the accepted release ran other files",
    why: hidden.map(({ service, folder, target }) =>
      `"${service}" had ${folder} at ${target}, over the files of its image`
    ).join("\n"),
    next:
      `${release}   # without these volumes; or publish it as it is: ${unaccepted}`,
  }),
  "no image": ({ at, image }, { release }) => ({
    headline: "Cannot publish: the accepted image is no longer on this engine",
    why: `the image is ${image}, accepted at ${at}`,
    next: release,
  }),
};

/** Such as ".env, node_modules/ and 3 more". */
function listText(files: readonly string[], count: number): string {
  const shown = files.slice(0, 3);
  const more = count - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The command that shows what to commit before the release. */
function commitFirst({ release, status }: Commands): string {
  return `${status}   # commit, then: ${release}`;
}
