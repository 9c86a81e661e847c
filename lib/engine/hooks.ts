/**
 * The containers in which Compose runs the `pre_start` hooks of a service before it starts it:
 * https://docs.docker.com/reference/compose-file/services/#pre_start. Compose names no folder in their labels, but lets them
 * use the volumes of the service's container:
 * https://github.com/docker/compose/blob/v5.5.0/pkg/compose/pre_start.go.
 *
 * @module
 */

import { HOOK_LABEL } from "../plan/labels.ts";
import { isTwin } from "../plan/twin.ts";
import type { EngineApi } from "./api.ts";
import { MISSING } from "./effects.ts";
import { EngineError } from "./http.ts";
import { containerPath } from "./paths.ts";

/** The parts of a container that tell what it prepares. */
interface Inspected {
  Config?: { Labels?: Readonly<Record<string, string>> | null };
  HostConfig?: { VolumesFrom?: readonly string[] | null };
  NetworkSettings?: {
    Networks?:
      | Readonly<Record<string, { Aliases?: readonly string[] | null } | null>>
      | null;
  };
}

/** A container that Compose may have made for a hook. */
interface Candidate {
  id: string;
  project: string;
  service: string;
}

/**
 * The IDs of the containers that a container may prepare: none if it is no hook's, undefined if it is gone.
 *
 * @throws {EngineError} if the engine does not answer
 */
export async function preparedBy(
  api: EngineApi,
  candidate: Candidate,
): Promise<string[] | undefined> {
  try {
    const path = containerPath(candidate.id, "json");
    const found = await api.json<Inspected | null>(path);
    if (!found || !isOfHook(found, candidate)) return [];
    // Such as "4f2a…:ro". A person who types `--volumes-from` gives a name.
    return (found.HostConfig?.VolumesFrom ?? [])
      .map((from) => from.split(":")[0]!);
  } catch (error) {
    const { status } = error instanceof EngineError ? error : {};
    if (status === MISSING) return undefined;
    throw error;
  }
}

/**
 * Whether Compose has labeled the container, and not only its image, which passes its labels on to each container of a
 * `docker run`: Compose up to 5.5.0 names no hook, but gives the container the service's name on its networks.
 */
function isOfHook(
  { Config, NetworkSettings }: Inspected,
  { project, service }: Candidate,
): boolean {
  const networks = Object.values(NetworkSettings?.Networks ?? {});
  return Config?.Labels?.[HOOK_LABEL] !== undefined || isTwin(project) ||
    networks.some((network) => network?.Aliases?.includes(service));
}
