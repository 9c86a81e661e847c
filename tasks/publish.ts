/**
 * `todoflow publish`: pushes the image that the acceptance tests have accepted.
 *
 * @module
 */

import { engineName } from "../lib/image_name.ts";
import {
  ownsNothing,
  type Plan,
  type Step,
  step,
  type Tag,
} from "../lib/plan/plan.ts";
import type { Facts, PlanInput, PlanTarget } from "../lib/target.ts";

/** `make publish`: `docker tag` and `docker push` of one image, for each tag. */
export const publish: PlanTarget = {
  kind: "plan",
  needs: ["workflow", "receipt"],
  name: "publish",
  summary: "Push the image that the release has accepted",
  details:
    "Pushes the image that reports/release/receipt.json names; a successful release\n" +
    "writes this receipt. The image gets the name in the Compose file (image:) and\n" +
    "the version as its tag. Refuses if the receipt is of another commit, version,\n" +
    "project, Compose file, service or repository, if the image's labels contradict\n" +
    "it, or if there are uncommitted changes. Does not push a tag that points to the\n" +
    "image already. A receipt is no signature.\n" +
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
      name: "unproven",
      summary: "Accept a push that this user may not look up",
    },
    {
      name: "allow-dirty",
      summary: "Push uncommitted changes, too",
    },
  ],
  plan,
};

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
      ...untagSteps(names, { deadline, $ }),
    ],
  };
}

type Publication = NonNullable<Facts["publication"]>;

/** The input of the steps of one publication. */
interface Making extends Pick<PlanInput, "$"> {
  /** Of each step, in ms. */
  deadline: number;
}

/** `docker tag` and `docker push` for each tag. */
function pushSteps(
  { name, whole, tags, layers, receipt: { image } }: Publication,
  { deadline, unproven, $ }: Making & { unproven: boolean },
): Step[] {
  return tags.flatMap((tag, i) => {
    const reference = `${name}:${tag}`;
    return [
      step(deadline, {
        name: `tag ${tag}`,
        why:
          "docker pushes by name, and the name may mean another image by now",
        // Sequentially, so that the registry has the layers when the second tag comes.
        after: i === 0 ? [] : [`push ${tags[i - 1]}`],
        command: $`docker tag ${image} ${reference}`,
      }),
      step(deadline, {
        name: `push ${tag}`,
        why: `${whole}:${tag} must be the image that was accepted`,
        after: [`tag ${tag}`],
        does: {
          kind: "push",
          ...{ reference, image },
          ...(layers !== undefined && { layers }),
          ...(unproven && { unproven }),
        },
        command: $`docker push ${reference}`,
      }),
    ];
  });
}

/** The steps that leave the names on this engine as they were before the push. */
function untagSteps(
  { added, taken }: LocalNames,
  { deadline, $ }: Making,
): Step[] {
  return [
    ...(added.length === 0 ? [] : [
      step(deadline, {
        name: "untag",
        why: "the engine had no such names before",
        cleanup: "always",
        command: $`docker rmi --force --no-prune ${added}`,
      }),
    ]),
    ...taken.map(({ tag, reference, before }) =>
      step(deadline, {
        name: `untag ${tag}`,
        why: "the engine had another image of this name before",
        cleanup: "always",
        command: $`docker tag ${before} ${reference}`,
      })
    ),
  ];
}

/** The names that the push changes on this engine. */
interface LocalNames {
  /** Names that the engine has only during the push. */
  added: readonly string[];
  /** Names of other images (by ID), which get them back. */
  taken: readonly { tag: string; reference: string; before: string }[];
}

function localNames(
  { name, tags, before, isNamed, receipt: { image } }: Publication,
): LocalNames {
  const found = tags.map((tag) => ({
    tag,
    reference: `${name}:${tag}`,
    before: before.get(tag),
  }));
  return {
    // Where the image has no other name, the engine would remove it with these.
    added: isNamed
      ? found.filter(({ tag }) => !before.has(tag))
        .map(({ reference }) => reference)
      : [],
    taken: found.flatMap(({ before, ...names }) =>
      before === undefined || before === image ? [] : [{ ...names, before }]
    ),
  };
}

/** The same names as the run owns them, so that the next run can undo them if this one dies. */
function tagsOf({ added, taken }: LocalNames): Tag[] {
  return [
    ...added.map((name) => ({ name: engineName(name) })),
    ...taken.map(({ reference, before }) => ({
      name: engineName(reference),
      before,
    })),
  ];
}
