/**
 * `todoflow publish`: pushes the image that acceptance has accepted.
 *
 * @module
 */

import { engineName } from "../lib/image_name.ts";
import { ownsNothing, type Plan, type Step, step } from "../lib/plan/plan.ts";
import type { PlanInput, PlanTarget } from "../lib/target.ts";

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

function plan({ workflow: { project, deadlines }, facts, $ }: PlanInput): Plan {
  const { publication } = facts;
  if (!publication) throw new Error("Nothing to publish was observed");
  const { name, whole, tags, before, isNamed, layers, receipt } = publication;
  const { image } = receipt;
  const pushes = tags.flatMap((tag, i): Step[] => {
    const reference = `${name}:${tag}`;
    return [
      step(deadlines.step, {
        name: `tag ${tag}`,
        why:
          "a name may be another image's by now, and what is pushed is a name",
        // One after the other, so that the layers are there for the second.
        after: i === 0 ? [] : [`push ${tags[i - 1]}`],
        command: $`docker tag ${image} ${reference}`,
      }),
      step(deadlines.step, {
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
  // Without another name the image would go with these.
  const added = isNamed
    ? tags.filter((tag) => !before.has(tag)).map((tag) => `${name}:${tag}`)
    : [];
  const taken = tags.filter((tag) => (before.get(tag) ?? image) !== image);
  const deadline = deadlines.step;
  return {
    owns: {
      ...ownsNothing(project),
      images: [
        ...added.map((added) => ({ name: engineName(added) })),
        ...taken.map((tag) => ({
          name: engineName(`${name}:${tag}`),
          before: before.get(tag)!,
        })),
      ],
    },
    steps: [
      ...pushes,
      ...(added.length > 0
        ? [step(deadline, {
          name: "untag",
          why: "the engine had no such names before",
          cleanup: "always",
          command: $`docker rmi --force --no-prune ${added}`,
        })]
        : []),
      ...taken.map((tag) =>
        step(deadline, {
          name: `untag ${tag}`,
          why: "the engine had another image of this name before",
          cleanup: "always",
          command: $`docker tag ${before.get(tag)!} ${`${name}:${tag}`}`,
        })
      ),
    ],
  };
}
