/**
 * The facts about the machine that the lab needs: its Debian, its user, its own authorities.
 *
 * @module
 */
import { type AptStanza, debianStanzas, parseSources } from "./apt_sources.ts";
import { readOr } from "./files.ts";
import { LabError } from "./report.ts";

/** The bundle that a Debian machine trusts. */
export const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** Where a machine keeps authorities of its own. */
export const OWN_AUTHORITIES = "/usr/local/share/ca-certificates";

/** The first Debian that runs the engine's packages. */
const OLDEST = 12;

/** A Debian machine that the lab may change. */
export interface Machine {
  /** The name of its release, e.g. `bookworm`. */
  codename: string;
  /** Where it gets Debian from, the release itself first. */
  sources: AptStanza[];
}

/**
 * Looks at the machine.
 *
 * @throws {LabError} when it is not one that the lab may change
 */
export function observeMachine(): Machine {
  const release = parseRelease(readOr("/etc/os-release", ""));
  const host = Deno.env.get("DOCKER_HOST");
  if (host) {
    throw refusal(`DOCKER_HOST names an engine that does not answer: ${host}`);
  }
  if (
    release.id !== "debian" || release.version < OLDEST || !release.codename
  ) {
    throw refusal(`This is not Debian ${OLDEST} or later`);
  }
  if (Deno.uid() !== 0) throw refusal("Only root can do it here");
  const sources = debianStanzas(readSources(), release.codename);
  if (sources.length === 0) {
    throw refusal("apt has no source of this Debian release");
  }
  return { codename: release.codename, sources };
}

/** The identity in an os-release(5) file; a release under development has no version yet. */
export function parseRelease(
  text: string,
): { id: string; version: number; codename: string } {
  const value = (key: string) =>
    new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return {
    id: value("ID"),
    version: Number(value("VERSION_ID") || Infinity),
    codename: value("VERSION_CODENAME"),
  };
}

/** The failure of a machine that the lab leaves alone, with what its owner can do. */
export function refusal(reason: string): LabError {
  return new LabError(
    `${reason}.\nInstall and start Docker Engine, Docker Compose 2.20 or later, and buildx:\n` +
      "https://docs.docker.com/engine/install/",
    4,
  );
}

function readSources(): AptStanza[] {
  const folder = "/etc/apt/sources.list.d";
  const parts = [...Deno.readDirSync(folder)].map((entry) =>
    `${folder}/${entry.name}`
  ).sort();
  return ["/etc/apt/sources.list", ...parts].flatMap((path) => {
    const text = resolveMirrorLists(readOr(path, ""));
    if (path.endsWith(".sources")) return parseSources(text, "deb822");
    return path.endsWith(".list") ? parseSources(text, "list") : [];
  });
}

// Debian's cloud images name a file that lists mirrors, which only apt can read.
function resolveMirrorLists(text: string): string {
  return text.replaceAll(
    /mirror\+file:(\/\S+)/g,
    (whole, path) => /^https?:\S+/m.exec(readOr(path, ""))?.[0] ?? whole,
  );
}
