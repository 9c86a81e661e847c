/**
 * How the packages of an application on Node are installed: by npm, pnpm or Yarn 1, as its lock file says.
 *
 * @module
 */

import type { Package } from "./node_package.ts";
import { BY_HAND, type Source } from "./source.ts";

/** A package manager and what it needs. */
export interface Manager {
  name: "npm" | "pnpm" | "yarn";
  /** Files that it reads, besides `package.json`. */
  files: readonly string[];
  /** The command that installs it; undefined where the image has it. */
  setUp?: string;
  /** Where it keeps what it has downloaded. */
  cache: string;
  install: string;
  build: string;
  /** The command that removes the packages of tests. */
  prune: string;
  /** Lines for `.dockerignore`. */
  ignored: readonly string[];
  notes: readonly string[];
}

/** Why no manager can be chosen. */
interface NoManager {
  why: string;
  next: string;
}

/** Finds the package manager by the lock file. */
export async function readManager(
  own: Package,
  source: Source,
): Promise<Manager | NoManager> {
  const has = (path: string) => source.paths.includes(path);
  const settings = await settingsOf(source);
  const npmLock = ["package-lock.json", "npm-shrinkwrap.json"].find(has);
  const isNamed = (name: string) => own.packageManager.startsWith(`${name}@`);
  if (has("pnpm-lock.yaml") && (!npmLock || isNamed("pnpm"))) {
    return { ...await pnpm(own, source), ...settings(["pnpm-lock.yaml"]) };
  }
  if (has("yarn.lock") && (!npmLock || isNamed("yarn"))) {
    const lock = await source.read("yarn.lock") ?? "";
    return /^__metadata:/m.test(lock)
      ? {
        why: "its packages are locked by Yarn 2 or later",
        next: BY_HAND,
      }
      : { ...YARN, ...settings(["yarn.lock"]) };
  }
  if (!npmLock && (has("bun.lock") || has("bun.lockb"))) {
    return {
      why: "its packages are locked by Bun",
      next: BY_HAND,
    };
  }
  const base = settings(npmLock ? [npmLock] : []);
  const count = Object.keys(own.dependencies).length +
    Object.keys(own.devDependencies).length;
  if (npmLock) return { ...NPM, ...base };
  const note =
    "No lock file pins the packages: `npm install --package-lock-only` writes one; then the Dockerfile can say `npm ci`.";
  const notes = count === 0 ? base.notes : [...base.notes, note];
  return { ...NPM, ...base, install: "npm install", notes };
}

const NPM = {
  name: "npm",
  cache: "/root/.npm",
  install: "npm ci",
  build: "npm run build",
  prune: "npm prune --omit=dev --ignore-scripts",
} as const;

const YARN = {
  name: "yarn",
  // Not every image of Node has one; where there is one, npm overwrites it only by force.
  setUp: "npm install --global --force yarn@1.22.22",
  cache: "/usr/local/share/.cache/yarn",
  install: "yarn install --frozen-lockfile",
  build: "yarn run build",
  prune:
    "yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline",
} as const;

/** The pnpm that reads each format of lock file. */
const PNPM_VERSIONS: readonly [lock: RegExp, version: string][] = [
  [/^lockfileVersion:\s*['"]?5/m, "7.33.7"],
  [/^lockfileVersion:\s*['"]?6/m, "8.15.9"],
];

async function pnpm({ packageManager }: Package, { read }: Source) {
  const [, named] = /^pnpm@(\d+\.\d+\.\d+)/.exec(packageManager) ?? [];
  const lock = await read("pnpm-lock.yaml") ?? "";
  const [, version = "9.15.9"] =
    PNPM_VERSIONS.find(([format]) => format.test(lock)) ?? [];
  return {
    name: "pnpm",
    setUp: `npm install --global pnpm@${named ?? version}`,
    cache: "/root/.local/share/pnpm/store",
    install: "pnpm install --frozen-lockfile",
    build: "pnpm run build",
    prune: "CI=true pnpm prune --prod --ignore-scripts",
  } as const;
}

/** A token, or a password, in an `.npmrc`. */
const TOKEN = /(_authToken|_auth|_password)\s*=/;

/** The files of settings that the installation needs. An `.npmrc` with a secret is no file for an image. */
async function settingsOf({ read }: Source) {
  const npmrc = await read(".npmrc");
  const isSecret = npmrc !== undefined && TOKEN.test(npmrc);
  const workspace = await read("pnpm-workspace.yaml") !== undefined;
  const own = [
    ...(npmrc !== undefined && !isSecret ? [".npmrc"] : []),
    ...(workspace ? ["pnpm-workspace.yaml"] : []),
  ];
  return (locks: readonly string[]) => ({
    files: [...locks, ...own],
    ignored: isSecret ? ["**/.npmrc"] : [],
    notes: isSecret
      ? [
        ".npmrc has a secret and stays out of the image: hand it to the build as a secret, https://docs.docker.com/build/building/secrets/.",
      ]
      : [],
  });
}

/** Scripts that the installation runs, which may need any file. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare"];

/** The lines of the Dockerfile that are about packages. */
export function packagesOf(
  { scripts, dependencies, devDependencies }: Package,
  manager: Manager,
): { setUp: string[]; install: string[]; prune: string | undefined } {
  const hasOwn = INSTALL_SCRIPTS.some((name) => scripts[name] !== undefined);
  const count = Object.keys(devDependencies).length;
  // A start by a package of `devDependencies`, such as tsx, needs it in the release, too.
  const words = (scripts.start ?? "").split(/[\s/]+/);
  const needsAll = words.some((word) => Object.hasOwn(devDependencies, word));
  const hasNone = count + Object.keys(dependencies).length === 0;
  return {
    setUp: manager.setUp ? [`RUN ${manager.setUp}`] : [],
    install: [
      "FROM base AS dependencies",
      ...(hasOwn
        ? ["# The scripts of the installation may need any file.", "COPY . ."]
        : [`COPY ${["package.json", ...manager.files].join(" ")} ./`]),
      ...(hasNone && manager.files.length === 0 && !hasOwn ? [] : [
        `RUN --mount=type=cache,target=${manager.cache} \\\n  ${manager.install}`,
      ]),
    ],
    prune: count === 0 || needsAll ? undefined : manager.prune,
  };
}
