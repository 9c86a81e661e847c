/**
 * Has Compose read its files: docker compose config, its version and its errors.
 *
 * @module
 */

import { settled } from "../pause.ts";
import type { Docker } from "../engine/docker.ts";
import type { Output } from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";

/** The oldest Compose that is accepted. */
const OLDEST_COMPOSE = [2, 20] as const;

/** Options of {@linkcode observe}. */
export interface ObserveOptions {
  directory: string;
  /** Asks {@linkcode composeVersion}; without, as where only removal is planned, nobody asks as long as all is well. */
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
  // Every profile, because a target names its services, whatever profile they are in. First: it takes longest.
  const asked = docker("compose", "--profile", "*", "config");
  const version = compose?.();
  const config = await asked;
  // The other question must not outlive a failure.
  if (version && config.code >= 127) await settled(version);
  if (config.code === 127) {
    const detail = config.stderr.trim();
    throw new TodoflowError({ kind: "no-docker", ...(detail && { detail }) });
  }
  // Nobody has looked at the file then: docker was killed.
  if (config.code > 128) {
    const detail = config.stderr.trim();
    throw new TodoflowError({ kind: "no-engine", detail });
  }
  if (version) checkCompose(await version);
  if (config.code !== 0) throw await badConfig(config, directory, docker);
  return modelIn(config.stdout);
}

/** The model in what Compose has printed: a docker that is a wrapper may print notices before it. */
function modelIn(stdout: string): string {
  const text = stdout.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  // Compose begins with the name; in tests, and by hand, a model may be on one line.
  const start = text.search(/^(name:|\{)/m);
  if (start >= 0) return text.slice(start);
  const [first = ""] = text.trim().split("\n");
  const detail = `docker compose config has answered "${first.slice(0, 80)}"`;
  throw new TodoflowError({ kind: "invalid-compose-file", detail });
}

function checkCompose({ code, stdout, stderr }: Output) {
  if (code !== 0) {
    throw new TodoflowError({ kind: "no-compose", detail: firstLine(stderr) });
  }
  const lines = stdout.split("\n").map((line) => line.trim());
  const version = lines.findLast((line) => /^v?\d+\.\d/.test(line)) ??
    stdout.trim();
  if (!isRecent(version)) {
    throw new TodoflowError({
      kind: "old-compose",
      version,
      needed: OLDEST_COMPOSE.join("."),
    });
  }
}

/** Compares numbers only: "2.26.1-4", a distribution's build, is a pre-release in semver and would be too old. */
export function isRecent(version: string): boolean {
  const [, major = 0, minor = 0] = version.match(/(\d+)\.(\d+)/)?.map(Number) ??
    [];
  const [oldMajor, oldMinor] = OLDEST_COMPOSE;
  return major > oldMajor || (major === oldMajor && minor >= oldMinor);
}

/** A failed `config` may be for want of Compose, where its version was not asked for. */
async function badConfig(
  { stderr }: Output,
  directory: string,
  docker: Docker,
): Promise<TodoflowError> {
  checkCompose(await composeVersion(docker));
  return new TodoflowError(
    /no configuration file provided/.test(stderr)
      ? { kind: "no-compose-file", directory }
      : { kind: "invalid-compose-file", detail: stderr.trim() },
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!;
}
