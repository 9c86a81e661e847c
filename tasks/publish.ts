/**
 * `todoflow publish`: pushes the image that acceptance has accepted.
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

/** `make publish`: `docker tag` and `docker push` for each tag, of one image and no other. */
export const publish: PlanTarget = {
  kind: "plan",
  needs: ["workflow", "receipt"],
  name: "publish",
  summary: "Push the image that the release has accepted",
  details:
    "Pushes the image in reports/release/receipt.json, which a release that succeeds\n" +
    "writes, under the name that the Compose file gives it (image:), tagged with the\n" +
    "version. Refuses where the receipt is of another commit, version, project,\n" +
    "Compose file, service or repository, where the image's labels contradict it, or\n" +
    "where anything is in no commit. A tag that points at the image already is not\n" +
    "pushed again. A receipt is no signature.\n" +
    "Credentials are docker's own: docker login.",
  flags: [
    {
      name: "tag",
      value: "NAME",
      many: true,
      isTag: true,
      summary: "A tag besides the version; may be given several times",
    },
    {
      name: "allow-dirty",
      summary: "Push what is in no commit, too",
    },
  ],
  plan,
};

function plan({ workflow, facts, $ }: PlanInput): Plan {
  const { publication } = facts;
  if (!publication) throw new Error("Nothing to publish was observed");
  const { project, deadlines: { step: deadline } } = workflow;
  const names = localNames(publication);
  return {
    owns: { ...ownsNothing(project), images: tagsOf(names) },
    steps: [
      ...pushSteps(publication, { deadline, $ }),
      ...untagSteps(names, { deadline, $ }),
    ],
  };
}

type Publication = NonNullable<Facts["publication"]>;

/** What the steps of one publication are made with. */
interface Making extends Pick<PlanInput, "$"> {
  /** Of each step, in ms. */
  deadline: number;
}

/** `docker tag` and `docker push` for each tag. */
function pushSteps(
  { name, whole, tags, layers, receipt: { image } }: Publication,
  { deadline, $ }: Making,
): Step[] {
  return tags.flatMap((tag, i) => {
    const reference = `${name}:${tag}`;
    return [
      step(deadline, {
        name: `tag ${tag}`,
        why:
          "a name may be another image's by now, and what is pushed is a name",
        // Sequentially, so that the layers are there for the second.
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
  /** Names that the engine does not have, and loses again. */
  added: readonly string[];
  /** Names of other images (IDs), which get them back. */
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
    // Without another name the image would go with these.
    added: isNamed
      ? found.filter(({ tag }) => !before.has(tag))
        .map(({ reference }) => reference)
      : [],
    taken: found.flatMap(({ before, ...names }) =>
      before === undefined || before === image ? [] : [{ ...names, before }]
    ),
  };
}

/** The same for the record of the run, in case that it dies. */
function tagsOf({ added, taken }: LocalNames): Tag[] {
  return [
    ...added.map((name) => ({ name: engineName(name) })),
    ...taken.map(({ reference, before }) => ({
      name: engineName(reference),
      before,
    })),
  ];
}
