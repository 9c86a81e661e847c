/**
 * Debian's base image without a registry: debootstrap, made slim, trusting what the machine trusts.
 *
 * @module
 */
import $ from "dax";
import {
  formatSources,
  forRelease,
  keyringOf,
  uriOf,
} from "../../apt_sources.ts";
import { copy, exists, readOr, remove } from "../../files.ts";
import { CA_BUNDLE, type Machine, OWN_AUTHORITIES } from "../../machine.ts";
import { LabError } from "../../report.ts";
import { ask, run } from "../../shell.ts";
import { HOME } from "../../state.ts";

const RELEASE = "bookworm";
const ROOT = `${HOME}/rootfs`;
const ARCHIVE = `${HOME}/rootfs.tar`;

/** The files that a container never reads, and those of this machine only. */
const SUPERFLUOUS = [
  ...["doc", "info", "locale", "man"].map((name) => `usr/share/${name}`),
  ...[
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log",
    "etc/hostname",
    "etc/resolv.conf",
  ],
  "etc/apt/sources.list",
];

/** The folders that must be there again, empty. */
const EMPTY = [
  "var/cache/apt/archives/partial",
  "var/lib/apt/lists/partial",
  "var/log",
];

/**
 * The programs that do not read the machine's bundle by themselves. An authority that the machine has of its own
 * is in no program's list, and a container has only what its image has.
 */
const CHANGES = [
  'CMD ["bash"]',
  ...["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "REQUESTS_CA_BUNDLE"]
    .map((name) => `ENV ${name}=${CA_BUNDLE}`),
  "ENV DENO_TLS_CA_STORE=system",
];

/** The facts of the machine that the image depends on, as a text to compare. */
export function debianRecipe(machine: Machine): string {
  return JSON.stringify([machine.sources, readOr(CA_BUNDLE, ""), CHANGES]);
}

/** Builds the image under a tag; the context's `overlay` is laid over the system. */
export async function buildDebian(
  context: string,
  tag: string,
  machine: Machine,
): Promise<void> {
  remove(ROOT);
  await bootstrap(machine);
  for (const path of SUPERFLUOUS) remove(inRoot(path));
  for (const path of EMPTY) Deno.mkdirSync(inRoot(path), { recursive: true });
  copy(`${context}/overlay`, ROOT);
  await copyAptSettings(machine);
  copyAuthorities();
  await run(
    $`tar --numeric-owner ${["--exclude=./dev/*"]} -C ${ROOT} -cf ${ARCHIVE} .`,
  );
  const changes = CHANGES.flatMap((change) => ["--change", change]);
  await run($`docker import ${changes} ${ARCHIVE} ${tag}`);
  for (const path of [ROOT, ARCHIVE]) remove(path);
}

async function bootstrap(machine: Machine): Promise<void> {
  const [source] = machine.sources;
  const uri = source && uriOf(source);
  if (source === undefined || uri === undefined) {
    throw new LabError("No Debian mirror", 4);
  }
  const keyring = keyringOf(source);
  // gpgv, which debootstrap calls, reads the binary form only.
  const options = keyring?.endsWith(".gpg") ? [`--keyring=${keyring}`] : [];
  await run(
    $`debootstrap --variant=minbase ${options} ${RELEASE} ${ROOT} ${uri}`,
  );
}

async function copyAptSettings(machine: Machine): Promise<void> {
  const apt = inRoot("etc/apt");
  const sources = forRelease(machine.sources, machine.codename, RELEASE);
  Deno.writeTextFileSync(
    `${apt}/sources.list.d/debian.sources`,
    formatSources(sources),
  );
  for (const keyring of new Set(sources.map(keyringOf))) {
    if (keyring) copy(keyring, inRoot(keyring));
  }
  // A mirror may lag behind, or stand behind a proxy: what the machine's apt needs, a container's needs.
  const all = await ask($`apt-config dump Acquire`) ?? "";
  const wanted = /^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) .*$/gm;
  Deno.writeTextFileSync(
    `${apt}/apt.conf.d/machine`,
    (all.match(wanted) ?? []).join("\n") + "\n",
  );
}

// The bundle serves programs at once; the single files serve update-ca-certificates, which rewrites the bundle.
function copyAuthorities(): void {
  copy(CA_BUNDLE, inRoot(CA_BUNDLE));
  if (exists(OWN_AUTHORITIES)) copy(OWN_AUTHORITIES, inRoot(OWN_AUTHORITIES));
}

function inRoot(path: string): string {
  return `${ROOT}/${path}`;
}
