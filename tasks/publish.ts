/**
 * `todoflow publish`: pushes the images that the acceptance tests have accepted.
 *
 * @module
 */

import { SIGNER } from "../lib/cli/flags.ts";
import { engineName } from "../lib/image_name.ts";
import {
  type Made,
  ownsNothing,
  type Plan,
  type Step,
  step,
  type Tag,
} from "../lib/plan/plan.ts";
import { TEST_RESULT } from "../lib/plan/attestation.ts";
import type { Facts, PlanInput, PlanTarget } from "../lib/target.ts";

/** `make publish`: `docker tag` and `docker push` of each image, for each tag. */
export const publish: PlanTarget = {
  kind: "plan",
  needs: ["workflow", "receipt"],
  name: "publish",
  summary: "Push the images that the release has accepted",
  details:
    "Pushes the images that reports/release/receipt.json names; a successful release\n" +
    "writes this receipt. Each image that the release has built for the application\n" +
    "and that has a name in the Compose file (image:) gets this name and the version\n" +
    "as its tag; other tags move when all images are in the registry. Refuses if no\n" +
    "test has accepted the release; if the receipt is of another commit, version,\n" +
    "project, Compose file or image; if an image's labels contradict it; or if there\n" +
    "are changes or files that are in no commit. Does not push a tag that points to\n" +
    "its image already. A receipt is signed only with --attest (cosign).\n" +
    "Uses the credentials of docker login.",
  flags: [
    {
      name: "tag",
      value: "NAME",
      many: true,
      isTag: true,
      summary: "A tag besides the version; may be given several times",
    },
    {
      name: "attest",
      summary: "Sign what was accepted, beside each image",
    },
    {
      name: "key",
      value: "KEY",
      summary: "Key to sign with; with --from, to verify",
    },
    {
      name: "from",
      value: "REF",
      summary: "Promote this image: NAME@sha256:…",
    },
    {
      name: "to",
      value: "NAME",
      summary: "Name to promote to; default: its own",
    },
    ...SIGNER,
    {
      name: "unproven",
      summary: "Accept a push that this user may not look up",
    },
    {
      name: "allow-dirty",
      summary: "Push changes and files that are in no commit, too",
    },
    {
      name: "unaccepted",
      summary: "Push what no test has accepted, too",
    },
  ],
  plan,
  instead: ({ values }) =>
    OF_PROMOTION.some((name) => values.has(name))
      ? async (context) => {
        const { promote } = await import("../lib/verify/promote.ts");
        return await promote(context);
      }
      : undefined,
};

/** The flags that mean something only where an image is promoted. */
const OF_PROMOTION = ["from", "to", ...SIGNER.map(({ name }) => name)];

function plan({ workflow, facts, flags, $ }: PlanInput): Plan {
  const { publication } = facts;
  if (!publication) throw new Error("Nothing to publish was observed");
  const { project, deadlines: { step: deadline } } = workflow;
  const names = localNames(publication);
  return {
    owns: { ...ownsNothing(project), images: tagsOf(names) },
    steps: [
      ...pushSteps(publication, {
        ...{ deadline, $ },
        unproven: flags.has("unproven"),
      }),
      ...untagSteps(names, { project, deadline, $ }),
    ],
  };
}

type Publication = NonNullable<Facts["publication"]>;

/** The input of the steps of one publication. */
interface Making extends Pick<PlanInput, "$"> {
  /** Of each step, in ms. */
  deadline: number;
}

/** `docker tag` and `docker push` for each tag: the version of every image first, so that no other tag runs ahead. */
function pushSteps(
  { images, tags, attest }: Publication,
  { deadline, unproven, $ }: Making & { unproven: boolean },
): Step[] {
  const steps: Step[] = [];
  // Sequentially, so that the registry has the layers when the next tag or image comes.
  const after = () => steps.slice(-1).map(({ name }) => name);
  for (const [i, tag] of tags.entries()) {
    for (const { service, id, name, whole, layers } of images) {
      const reference = `${name}:${tag}`;
      const what = images.length > 1 ? `${service} ${tag}` : tag;
      steps.push(step(deadline, {
        name: `tag ${what}`,
        why:
          "docker pushes by name, and the name may mean another image by now",
        after: after(),
        command: $`docker tag ${id} ${reference}`,
      }));
      steps.push(step(deadline, {
        name: `push ${what}`,
        why: `${whole}:${tag} must be the image that was accepted`,
        after: after(),
        does: {
          kind: "push",
          ...{ reference, image: id },
          ...(layers !== undefined && { layers }),
          ...(unproven && { unproven }),
        },
        command: $`docker push ${reference}`,
      }));
    }
    // Before other tags move, so that a tag such as "production" never points at an image without its statement.
    if (i === 0) {
      steps.push(
        ...attestSteps({ images, attest }, { tag, deadline, after, $ }),
      );
    }
  }
  return steps;
}

/** `cosign attest` of each image. */
function attestSteps(
  { images, attest }: {
    images: Publication["images"];
    attest: Publication["attest"] | undefined;
  },
  { tag, deadline, after, $ }: Making & {
    tag: string;
    after: () => readonly string[];
  },
): Step[] {
  if (!attest) return [];
  const { key } = attest;
  let before = after();
  return images.map(
    ({ service, id, name, whole, layers, predicate = "{}" }) => {
      const made = step(deadline, {
        name: images.length > 1 ? `attest ${service}` : "attest",
        why: `${whole}:${tag} takes along what was accepted, signed`,
        after: before,
        does: {
          kind: "attest",
          ...{ reference: `${name}:${tag}`, image: id, predicate },
          ...(layers !== undefined && { layers }),
          ...(key !== undefined && { key }),
        },
        command: $`cosign attest --yes --type=${TEST_RESULT} ${
          key === undefined ? [] : [`--key=${key}`, "--tlog-upload=false"]
        } --predicate=predicate.json ${name}:${tag}`,
      });
      before = [made.name];
      return made;
    },
  );
}

/** The steps that leave the names on this engine as they were before the push. */
function untagSteps(
  { added, taken }: LocalNames,
  { project, deadline, $ }: Making & { project: string },
): Step[] {
  return [
    ...(added.length === 0 ? [] : [
      step(deadline, {
        name: "untag",
        why: "the engine had no such names before",
        cleanup: "always",
        // Only while they mean these images: another program may have given them to others.
        does: {
          kind: "remove",
          owns: { ...ownsNothing(project), made: added },
          ...{ grace: 1, keepsImages: false },
        },
        command: $`docker rmi --force --no-prune ${
          added.map(({ name }) => name)
        }`,
      }),
    ]),
    ...taken.map(({ what, reference, before }) =>
      step(deadline, {
        name: `untag ${what}`,
        why: "the engine had another image of this name before",
        cleanup: "always",
        command: $`docker tag ${before} ${reference}`,
      })
    ),
  ];
}

/** The names that the push changes on this engine. */
interface LocalNames {
  /** Names that the engine has only during the push, with their images. */
  added: readonly Made[];
  /** Names of other images (by ID), which get them back. */
  taken: readonly { what: string; reference: string; before: string }[];
}

function localNames({ images, tags }: Publication): LocalNames {
  const found = images.flatMap(({ service, id, name, isNamed, before }) =>
    tags.map((tag) => ({
      ...{ id, isNamed },
      what: images.length > 1 ? `${service} ${tag}` : tag,
      reference: `${name}:${tag}`,
      before: before.get(tag),
    }))
  );
  return {
    // Where an image has no other name, the engine would remove it with these.
    added: found.filter(({ isNamed, before }) =>
      isNamed && before === undefined
    ).map(({ reference, id }) => ({
      ...{ kind: "image", id },
      name: engineName(reference),
    })),
    taken: found.flatMap(({ what, reference, before, id }) =>
      before === undefined || before === id ? [] : [{ what, reference, before }]
    ),
  };
}

/** The same names as the run owns them, so that the next run can undo them if this one dies. */
function tagsOf({ added, taken }: LocalNames): Tag[] {
  return [
    ...added.map(({ name }) => ({ name })),
    ...taken.map(({ reference, before }) => ({
      name: engineName(reference),
      before,
    })),
  ];
}
