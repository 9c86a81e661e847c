/**
 * Looks at the things from which a run makes containers: images, the bases of builds, and the folders of databases.
 *
 * @module
 */

import { observeBases } from "../compose/bases.ts";
import { digestsByName, idsByName, observeImages } from "../engine/images.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { engineName } from "../image_name.ts";
import { toShell } from "../plan/script.ts";
import type { ProjectRecord } from "../state/record.ts";
import type { Making } from "./manner.ts";
import type { Prepared } from "./prepared.ts";
import { isGate, servicesOf } from "./refusals.ts";
import { dataFolders } from "./shared.ts";

/**
 * The looks of a run that makes containers.
 *
 * @param options.accepts whether the run accepts the application, and so may go on with any data
 */
export function making({ accepts }: { accepts: boolean }): Making {
  return {
    images,
    folders: async (prepared, { target, steps, record }) => {
      const { workflow, api, own } = prepared;
      const known = knownFolders(prepared, record);
      // A build agent may lose its records, and only its own checkout uses the project.
      if (own) return known;
      const { empty, foreign } = await dataFolders({
        services: servicesOf(steps, workflow),
        servers: servicesOf(steps.filter(isGate), workflow),
        ...{ api, known, asks: !accepts },
      });
      if (foreign.length > 0) {
        const folders = foreign.map(({ service, folder }) => ({
          ...{ service, folder },
          move: toShell(["mv", folder, `${folder}.kept`]),
        }));
        throw new TodoflowError({ kind: "foreign-data", target, folders });
      }
      return [...new Set([...known, ...empty])];
    },
  };
}

/** A run that makes no containers looks at nothing. */
export const MAKES_NOTHING: Making = {
  images: () =>
    Promise.resolve({
      ...{ images: new Map(), digests: new Map() },
      ...{ local: new Set(), bases: new Map() },
    }),
  folders: (prepared, { record }) =>
    Promise.resolve(knownFolders(prepared, record)),
};

const images: Making["images"] = async (
  { workflow, api },
  { request, world },
) => {
  const names = [...workflow.services.values()]
    .flatMap(({ built, image, called, build }) => [
      ...[built, image, ...build?.tags ?? []],
      ...(build ? [called] : []),
    ])
    .map(engineName);
  const bases = await observeBases(workflow, world.readTextFile);
  const below = [...bases.values()].flatMap((images) => images ?? [])
    .map(engineName);
  const images = await observeImages(api, [...new Set([...names, ...below])])
    // A dry run needs no engine.
    .catch((error) => request.dryRun ? [] : Promise.reject(error));
  return {
    ...{ images: idsByName(images), digests: digestsByName(images), bases },
    local: new Set(images.flatMap(({ local, tags }) => local ? tags : [])),
  };
};

/** The folders that earlier runs of this checkout have recorded. */
function knownFolders(
  { identity: { directory } }: Prepared,
  record: ProjectRecord | undefined,
): readonly string[] {
  return record?.directory === directory ? record.folders ?? [] : [];
}
