/**
 * The images that the engine has, and the names that pin them.
 *
 * @module
 */

import type { HealthCheck } from "../../engine/health_check.ts";
import { readImageName } from "../../image_name.ts";
import type { Shell } from "../../plan/plan.ts";
import { ask, jsonOf } from "./ask.ts";

/** The parts of `docker image inspect` that are read: https://github.com/opencontainers/image-spec/blob/main/config.md. */
export interface Image {
  /** Name and digest, such as `mariadb@sha256:…`. */
  digest: string | undefined;
  user: string;
  workingDir: string | undefined;
  /** The ports that it declares, such as "80/tcp". */
  exposed: readonly string[];
  health:
    | HealthCheck & { Interval?: number; StartInterval?: number }
    | undefined;
}

interface Inspected {
  RepoDigests?: readonly string[] | null;
  Config?: {
    User?: string;
    WorkingDir?: string;
    ExposedPorts?: Readonly<Record<string, unknown>> | null;
    Healthcheck?: Image["health"];
  } | null;
}

/** The images of these names that the engine has. */
export async function inspectImages(
  $: Shell,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, Image>> {
  const inspected = await Promise.all([...new Set(names)].map(async (name) => {
    // One call for each, because the engine knows best which image a name means.
    const output = await ask(
      $`docker image inspect --format ${"{{json .}}"} ${name}`,
    );
    const data = output.code === 0 ? jsonOf<Inspected>(output) : undefined;
    return data ? [[name, imageOf(data)] as const] : [];
  }));
  return new Map(inspected.flat());
}

function imageOf({ RepoDigests: digests, Config: config }: Inspected): Image {
  return {
    digest: digests?.[0],
    user: config?.User ?? "",
    workingDir: config?.WorkingDir || undefined,
    exposed: Object.keys(config?.ExposedPorts ?? {}),
    health: config?.Healthcheck ?? undefined,
  };
}

/** The line with a name that always means the same image, by the digest of the engine's copy; empty without one. */
export function pinned(
  name: string,
  image: Image | undefined,
  key = "",
): string {
  const { digest } = image ?? {};
  return digest !== undefined &&
      readImageName(digest).whole === readImageName(name).whole
    ? key + digest
    : "";
}
