/**
 * Which Compose projects a run works in. It builds images for the plain project, the one that Compose would use; under CI
 * for one of the checkout's own. Containers, networks and volumes are in a twin of that project, so that the plain one is
 * the developer's alone.
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
  /** The name that Compose gives the project; undefined where only Compose can tell. */
  plain: string | undefined;
  /** Whether the files may contain the project's name, so that each project has another model. */
  usesName: boolean;
  /** Whether the files may contain the version. */
  usesVersion: boolean;
  /** Whether Compose has found its files by their names, without being told. */
  isDefault: boolean;
  /** Names of the active profiles. */
  profiles: readonly string[];
  /** COMPOSE_COMPATIBILITY, where it is on: it changes the names of containers. */
  compatibility: string | undefined;
  /** Whether a build agent runs this, which sets `CI`: neighbors on the same engine are to be expected. */
  ci: boolean;
}

/** Finds the identity of the project. */
export async function identify(lookup: Lookup): Promise<Identity> {
  const place = await composePlace(lookup);
  const { files, env, directory } = place;
  const texts = await Promise.all(
    files.map((file) => lookup.readTextFile(file).catch(() => undefined)),
  );
  // Included files are not read here.
  const mayHave = (variable: string) =>
    [...texts, place.dotenv].some((text) =>
      text === undefined || text.includes(variable) ||
      /^\s*(include|extends)\s*:/m.test(text)
    );
  return {
    plain: plainIn(texts, {
      env,
      directory: await isThroughLink(lookup) ? undefined : directory,
    }),
    usesName: mayHave("COMPOSE_PROJECT_NAME"),
    usesVersion: mayHave("APP_VERSION"),
    directory: await realPath(directory),
    files,
    isDefault: !env.COMPOSE_FILE,
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

/** A name of a project that Compose takes as it is. */
const NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** A line of a Compose file that names the project, by any spelling of that key. */
const NAMING = /^["']?name["']?\s*:(.*)$/gm;

/**
 * The name that Compose derives: of the environment or `.env`, of the last file that names the project, or of the folder.
 * Undefined unless that is certain.
 */
function plainIn(
  texts: readonly (string | undefined)[],
  { env, directory }: {
    env: Lookup["env"];
    /** Undefined where Compose may see it under another name. */
    directory: string | undefined;
  },
): string | undefined {
  const certain = (name: string) => NAME.test(name) ? name : undefined;
  if (env.COMPOSE_PROJECT_NAME) return certain(env.COMPOSE_PROJECT_NAME);
  if (texts.length === 0) return undefined;
  let named: string | undefined;
  for (const text of texts) {
    // A mapping in braces has its keys anywhere, and a file of several documents is read as Compose likes.
    if (text === undefined || /^\s*\{|^---[^]*^---/m.test(text)) {
      return undefined;
    }
    const lines = [...text.matchAll(NAMING)];
    if (lines.length > 1) return undefined;
    for (const [, value = ""] of lines) {
      const found = /^\s+(["']?)([^\s"'#]+)\1\s*(\s#.*)?$/.exec(value)?.[2];
      if (found === undefined || !NAME.test(found)) return undefined;
      named = found;
    }
  }
  return named ??
    (directory === undefined ? undefined : certain(nameOfFolder(directory)));
}

/** Whether the shell has come here through a link, whose name Compose then uses: Go takes it from PWD. */
async function isThroughLink({ directory, env: { PWD } }: Lookup) {
  if (!PWD || PWD === directory) return false;
  return await realPath(PWD) === await realPath(directory);
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
