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
  health:
    | HealthCheck & { Interval?: number; StartInterval?: number }
    | undefined;
}

interface Inspected {
  RepoDigests?: readonly string[] | null;
  Config?: { User?: string; Healthcheck?: Image["health"] } | null;
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
    health: config?.Healthcheck ?? undefined,
  };
}

/** A name that always means the same image: by the digest of the engine's copy, or with a tag to fill in. */
export function pinned(name: string, image: Image | undefined): string {
  const own = readImageName(name);
  const { digest } = image ?? {};
  return digest !== undefined && readImageName(digest).whole === own.whole
    ? digest
    : `${own.name}:VERSION`;
}
