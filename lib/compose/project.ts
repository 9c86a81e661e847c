/**
 * Which Compose project a run works in: on a laptop the plain one, under CI one of the checkout's own.
 *
 * @module
 */

import { shortHash } from "../text/hash.ts";
import { realPath } from "../world.ts";
import { composePlace, isOn, type Lookup } from "./files.ts";

/** The identity of the project, as far as it is known before Compose is asked. */
export interface Identity {
  /** The folder of the Compose file, without links; Compose labels containers with it. */
  directory: string;
  /** The Compose files, as absolute paths. */
  files: readonly string[];
  /** Project name set by the caller, by `-p` or COMPOSE_PROJECT_NAME; skips the ownership check. */
  name: string | undefined;
  /** Names of the active profiles. */
  profiles: readonly string[];
  /** COMPOSE_COMPATIBILITY, where it is on: it changes the names of containers. */
  compatibility: string | undefined;
  /** Whether a build agent runs this, which sets `CI`: neighbors on the same engine are to be expected. */
  ci: boolean;
}

/** Finds the identity of the project. */
export async function identify(lookup: Lookup): Promise<Identity> {
  const { files, env, directory } = await composePlace(lookup);
  return {
    directory: await realPath(directory),
    files,
    // A name in .env is part of the checkout, as `name:` is: two clones share it.
    name: lookup.env.COMPOSE_PROJECT_NAME || undefined,
    profiles: (env.COMPOSE_PROFILES ?? "").split(",")
      .map((profile) => profile.trim()).filter(Boolean),
    compatibility: isOn(env.COMPOSE_COMPATIBILITY)
      ? env.COMPOSE_COMPATIBILITY
      : undefined,
    ci: !["", "0", "false"].includes(lookup.env.CI ?? ""),
  };
}

/** The name of the checkout's own project: another checkout on the same engine has another, and always the same. */
export async function ownName(
  plain: string,
  { directory, host }: { directory: string; host: string },
): Promise<string> {
  return `${plain}-${await shortHash(`${host}\0${directory}`)}`;
}

/**
 * The name that Compose would derive from a folder, for a Compose file that cannot be read.
 * https://github.com/compose-spec/compose-spec/blob/main/spec.md#name-top-level-element
 */
export function nameOfFolder(directory: string): string {
  const folder = directory.split(/[/\\]/).findLast(Boolean) ?? "";
  return folder.toLowerCase().replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}
