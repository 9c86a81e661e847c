/**
 * Which Compose project a run works in: on a laptop the plain one, under CI one of the checkout's own.
 *
 * @module
 */

import { shortHash } from "../text/hash.ts";
import { realPath } from "../world.ts";
import { composePlace, isOn, type Lookup } from "./files.ts";

/** Whose project it is, as far as it is known before Compose is asked. */
export interface Identity {
  /** The folder of the Compose file, without links; Compose labels containers with it. */
  directory: string;
  /** The Compose files, as absolute paths. */
  files: readonly string[];
  /** The name that the caller gives, by `-p` or COMPOSE_PROJECT_NAME: then nobody's right to it is asked. */
  name: string | undefined;
  /** Names of the active profiles. */
  profiles: readonly string[];
  /** COMPOSE_COMPATIBILITY, where it is set: containers would have other names. */
  compatibility: string | undefined;
  /** Whether a build agent runs this, which sets `CI`: neighbors on the same engine are to be expected. */
  ci: boolean;
}

/** Finds out whose project it is. */
export async function identify(lookup: Lookup): Promise<Identity> {
  const { files, env, directory } = await composePlace(lookup);
  return {
    directory: await realPath(directory),
    files,
    // A name from .env is the file's word, as `name:` is: two clones have it both.
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
