/**
 * The steps of volumes, for `test` and `release`: they make volumes before Compose would.
 *
 * @module
 */

import { type Step, step } from "../lib/plan/plan.ts";
import type { Service } from "../lib/compose/service.ts";
import type { PlanInput } from "../lib/target.ts";
import type { Volume } from "../lib/compose/workflow.ts";
import {
  FOLDER_LABEL,
  PROJECT_LABEL,
  RUN_LABEL,
  VOLUME_LABEL,
} from "../lib/plan/labels.ts";

/** The input of {@linkcode volumeSteps}. */
type VolumeOptions = Pick<PlanInput, "workflow" | "facts" | "$"> & {
  /** The steps that remove the volumes of an earlier run. */
  after: readonly string[];
};

/**
 * The steps that make the volumes of the services, and of every active service: Compose makes those, too, whatever service
 * is named. A volume has no ID. Only the label of its run tells it later from a volume that a developer has made under the
 * same name, with data in it.
 */
export function volumeSteps(
  services: readonly Service[],
  { workflow, facts, $, after }: VolumeOptions,
): Step[] {
  const used = [...workflow.services.values()].filter((service) =>
    service.active || services.includes(service)
  );
  const keys = [...new Set(used.flatMap(({ volumes }) => volumes))];
  return keys.toSorted().flatMap((key) => {
    const volume = workflow.volumes.get(key);
    if (!volume) return [];
    const labels = {
      ...volume.labels,
      [PROJECT_LABEL]: workflow.project,
      [VOLUME_LABEL]: key,
      [FOLDER_LABEL]: facts.directory,
      ...(facts.run !== undefined && { [RUN_LABEL]: facts.run }),
    };
    const { name } = volume;
    return [step(workflow.deadlines.step, {
      name: `volume ${key}`,
      why: "its label must show that this run has made it",
      after,
      does: { kind: "volume", name },
      command: $`docker volume create ${optionsOf(volume)} ${
        pairs("--label", labels)
      } ${name}`,
    })];
  });
}

function optionsOf({ driver, options }: Volume): string[] {
  return [
    ...(driver === undefined ? [] : ["--driver", driver]),
    ...pairs("--opt", options),
  ];
}

function pairs(
  flag: string,
  values: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(values)
    .flatMap(([name, value]) => [flag, `${name}=${value}`]);
}
