/**
 * Lets Compose resolve its files: docker compose config, its version and its errors.
 *
 * @module
 */

import { settled } from "../pause.ts";
import type { Docker } from "../engine/docker.ts";
import type { Output } from "../child.ts";
import type { Failure } from "../errors/failure.ts";
import { complaintIn } from "./complaint.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";

/** The oldest Compose that is accepted. */
const OLDEST_COMPOSE = [2, 20] as const;

/** Options of {@linkcode observe}. */
export interface ObserveOptions {
  directory: string;
  /** Asks {@linkcode composeVersion}; without it, the version is asked only after a failure. */
  compose?: () => Promise<Output>;
}

/** Asks Compose for its version. */
export function composeVersion(docker: Docker): Promise<Output> {
  return docker("compose", "version", "--short");
}

/**
 * Checks Docker and Compose, and resolves the Compose file: resolves to the text of `docker compose config`.
 *
 * @throws {TodoflowError} when one of them is missing, too old or invalid.
 */
export async function observe(
  docker: Docker,
  { directory, compose }: ObserveOptions,
): Promise<string> {
  // All profiles, because a target names its services. Asked first, because it takes longest.
  const asked = docker("compose", "--profile", "*", "config");
  const version = compose?.();
  const config = await asked;
  // The other question must not outlive a failure.
  if (version && config.code >= 127) await settled(version);
  if (config.code === 127) {
    const detail = config.stderr.trim();
    throw new TodoflowError({ kind: "no-docker", ...(detail && { detail }) });
  }
  // docker was killed, which says nothing about the file.
  if (config.code > 128) {
    const detail = config.stderr.trim();
    throw new TodoflowError({ kind: "no-engine", detail });
  }
  if (version) checkCompose(await version);
  if (config.code === 0) return modelIn(config.stdout);
  const narrow = isWithoutFile(config)
    ? undefined
    : await withoutBroken(docker);
  if (narrow?.code === 0) return modelIn(narrow.stdout);
  throw await badConfig(narrow ?? config, directory, docker);
}

/**
 * Resolves the file with as many profiles as Compose takes: a mistake in a profile that is not active does not keep Compose
 * from the other services. Undefined if no profile can be left out.
 */
async function withoutBroken(docker: Docker): Promise<Output | undefined> {
  const { code, stdout } = await docker("compose", "config", "--profiles");
  const profiles = stdout.split("\n").map((line) => line.trim())
    .filter((line) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(line));
  if (code !== 0 || profiles.length === 0) return undefined;
  let found = await docker("compose", "config");
  const taken: string[] = [];
  for (const profile of found.code === 0 ? profiles : []) {
    const all = [...taken, profile].flatMap((name) => ["--profile", name]);
    const more = await docker("compose", ...all, "config");
    if (more.code !== 0) continue;
    taken.push(profile);
    found = more;
  }
  return found;
}

/** The model in the output of Compose: a wrapper named docker may print notices before it. */
function modelIn(stdout: string): string {
  const text = stdout.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  // Compose begins with the name; in tests, and by hand, a model may be on one line.
  const start = text.search(/^(name:|\{)/m);
  if (start >= 0) return text.slice(start);
  const [first = ""] = text.trim().split("\n");
  const detail = `docker compose config has answered "${first.slice(0, 80)}"`;
  throw new TodoflowError({ kind: "invalid-compose-file", detail });
}

function checkCompose(answer: Output) {
  const failure = composeProblem(answer);
  if (failure) throw new TodoflowError(failure);
}

/** Why this Compose cannot be used, by its answer to {@linkcode composeVersion}; undefined where it can. */
export function composeProblem(answer: Output): Failure | undefined {
  if (answer.code !== 0) {
    return { kind: "no-compose", detail: firstLine(answer.stderr) };
  }
  const version = versionIn(answer);
  return isAtLeast(version, OLDEST_COMPOSE) ? undefined : {
    kind: "old-compose",
    version,
    needed: OLDEST_COMPOSE.join("."),
  };
}

/** The version in the answer to {@linkcode composeVersion}: a wrapper named docker may print notices before it. */
export function versionIn({ stdout }: Output): string {
  const lines = stdout.split("\n").map((line) => line.trim());
  return lines.findLast((line) => /^v?\d+\.\d/.test(line)) ?? stdout.trim();
}

/**
 * Whether a version is at least this one. Compares numbers only: "2.26.1-4", a distribution's build, is a pre-release in
 * semver and would be too old.
 */
export function isAtLeast(
  version: string,
  [oldMajor, oldMinor]: readonly [number, number],
): boolean {
  const [, major = 0, minor = 0] = version.match(/(\d+)\.(\d+)/)?.map(Number) ??
    [];
  return major > oldMajor || (major === oldMajor && minor >= oldMinor);
}

/** Blames the file only if Compose itself is there and recent. */
async function badConfig(
  config: Output,
  directory: string,
  docker: Docker,
): Promise<TodoflowError> {
  checkCompose(await composeVersion(docker));
  return new TodoflowError(
    isWithoutFile(config)
      ? { kind: "no-compose-file", directory }
      : { kind: "invalid-compose-file", ...complaintIn(config.stderr) },
  );
}

function isWithoutFile({ stderr }: Output): boolean {
  return /no configuration file provided/.test(stderr);
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!;
}
