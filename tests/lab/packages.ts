/**
 * The Debian packages of the engine, of its tools and of the mirror: which are missing, and their installation.
 *
 * @module
 */
import $ from "dax";
import { formatSources, withSuites } from "./apt_sources.ts";
import type { Engine } from "./engine.ts";
import { exists } from "./files.ts";
import { CA_BUNDLE, type Machine } from "./machine.ts";
import { run } from "./shell.ts";
import { HOME } from "./state.ts";
import { atLeast, OLDEST_COMPOSE } from "./versions.ts";

/** Where trixie's packages come in: bookworm has neither buildx nor a Compose of our age. */
const NEWER = { than: "bookworm", suite: "trixie" };

/** The services that a package starts where services are. */
const SERVICES: Record<string, string> = {
  "docker.io": "docker",
  "docker-registry": "docker-registry",
};

const APT = `${HOME}/apt`;

/** A package, and whether the newer release must give it. */
export interface Package {
  /** Its name in Debian. */
  name: string;
  /** Whether bookworm's is absent or too old. */
  newer: boolean;
}

/**
 * The packages that this machine lacks. They are found by what they provide: another vendor's package, or a program in
 * /usr/local, is as good.
 */
export function missingPackages(
  engine: Engine,
  withMirror: boolean,
): Package[] {
  const lacks = (program: string) => $.whichSync(program) === undefined;
  const compose = engine.compose !== undefined &&
    atLeast(engine.compose, OLDEST_COMPOSE);
  const needs: [boolean, boolean, string[]][] = [
    [lacks("dockerd"), true, ["docker.io", "containerd"]],
    [lacks("docker"), true, ["docker-cli"]],
    [!compose, true, ["docker-compose"]],
    [!engine.buildx, true, ["docker-buildx"]],
    [lacks("iptables"), false, ["iptables"]],
    [lacks("ss"), false, ["iproute2"]],
    [!exists(CA_BUNDLE), false, ["ca-certificates"]],
    [lacks("chromium"), false, ["chromium"]],
    [lacks("docker-registry"), true, ["docker-registry"]],
    [lacks("cosign"), true, ["cosign"]],
    ...["fish", "shellcheck", "zsh"].map((
      name,
    ): [boolean, boolean, string[]] => [
      lacks(name),
      false,
      [name],
    ]),
    [withMirror && lacks("debootstrap"), false, ["debootstrap"]],
    [withMirror && lacks("tini-static"), false, ["tini"]],
  ];
  return needs.flatMap(([missing, newer, names]) =>
    missing ? names.map((name) => ({ name, newer })) : []
  );
}

/** Names packages as apt-get takes them, with the suite where it is not the machine's own. */
export function aptNames(packages: Package[], machine: Machine): string[] {
  const suite = newerSuite(machine);
  return packages.map(({ name, newer }) =>
    newer && suite ? `${name}/${suite}` : name
  );
}

/** Installs packages. apt reads sources and pins of the lab, so that the machine's own stay as they are. */
export async function install(
  packages: Package[],
  machine: Machine,
): Promise<void> {
  const names = aptNames(packages, machine);
  const options = writeAptFiles(machine, newerSuite(machine));
  await run($`apt-get update ${options}`);
  await run(
    $`apt-get install -y --no-install-recommends ${options} ${names}`
      .env({ DEBIAN_FRONTEND: "noninteractive" }),
  );
  // A package may have started a service of its own, which would hold the engine's socket.
  for (const { name } of packages) {
    const service = SERVICES[name];
    if (service) await $`service ${service} stop`.quiet().noThrow();
  }
}

function newerSuite(machine: Machine): string | undefined {
  return machine.codename === NEWER.than ? NEWER.suite : undefined;
}

function writeAptFiles(machine: Machine, suite: string | undefined): string[] {
  const [release] = machine.sources;
  const newer = suite && release ? [withSuites(release, suite)] : [];
  // Debian signs a new release with the last one's key, too: the machine's key ring knows it.
  Deno.mkdirSync(`${APT}/lists/partial`, { recursive: true });
  Deno.writeTextFileSync(
    `${APT}/lab.sources`,
    formatSources([...machine.sources, ...newer]),
  );
  Deno.writeTextFileSync(
    `${APT}/preferences`,
    suite ? `Package: *\nPin: release n=${suite}\nPin-Priority: 100\n` : "",
  );
  return [
    `Dir::Etc::sourcelist=${APT}/lab.sources`,
    "Dir::Etc::sourceparts=-",
    `Dir::Etc::preferences=${APT}/preferences`,
    `Dir::State::lists=${APT}/lists`,
  ].flatMap((option) => ["-o", option]);
}
