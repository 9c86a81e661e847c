/**
 * Images: what their names say, and what the engine knows of those that it has.
 *
 * @module
 */

import type { HealthCheck } from "../engine/health_check.ts";
import type { Shell } from "../plan/plan.ts";
import { ask, jsonOf } from "./ask.ts";

/** What is read of `docker image inspect`: https://github.com/opencontainers/image-spec/blob/main/config.md. */
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

/** Whether a name stands for another image tomorrow: it has no tag, or `latest`, and no digest. */
export function isFloating(name: string): boolean {
  return ["", "latest"].includes(tagOf(name));
}

/** Behind the last colon, unless that is a registry's port: a tag, or a digest. */
function tagOf(name: string): string {
  return /:([^:/@]+)$/.exec(name)?.[1] ?? "";
}

/** A name that stands for one image: that of the image that is there, or one with a tag to fill in. */
export function pinned(name: string, image: Image | undefined): string {
  const bare = name.replace(/:latest$/, "");
  return image?.digest?.startsWith(`${bare}@`)
    ? image.digest
    : `${bare}:VERSION`;
}

/** The last word of an image's name, such as `mariadb`. */
export function plainName(name: string): string {
  return name.replace(/@.*$/, "").replace(/:[^:/]*$/, "").split("/").at(-1)!;
}

/**
 * Whether an image is one of Docker's official ones, none of which has a health check:
 * https://github.com/docker-library/faq#healthcheck.
 */
export function isOfficial(name: string): boolean {
  return !/\//.test(name.replace(/^(docker\.io\/)?(library\/)?/, ""));
}
