/**
 * Finds the engine that docker uses.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { type EngineApi, engineApi } from "./api.ts";
import { isScript } from "./connection.ts";
import { type Docker, dockerIn } from "./docker.ts";

/** The default endpoint of the engine. */
export const DEFAULT_ENDPOINT = "unix:///var/run/docker.sock";

/** The engine that docker uses. */
export interface CurrentEngine {
  /**
   * Resolves to its API; asks docker for the endpoint the first time.
   *
   * @throws {TodoflowError} when docker was killed, or has not answered
   */
  api(): Promise<EngineApi>;
  /** Closes all connections; resolves when no child is left. */
  close(): Promise<void>;
}

/** Finds the engine as soon as it is asked for. */
export function currentEngine(surroundings: Surroundings): CurrentEngine {
  let found: Promise<EngineApi> | undefined;
  return {
    api: () => found ??= find(surroundings),
    close: async () => {
      const api = await found?.catch(() => undefined);
      await api?.close();
    },
  };
}

async function find(surroundings: Surroundings): Promise<EngineApi> {
  const docker = dockerIn(surroundings);
  const endpoint = await observeEndpoint(docker);
  const api = engineApi(endpoint, surroundings);
  const isHere = endpoint.startsWith("unix://");
  if (!isHere || !await isScript(surroundings)) return api;
  if (await isReachedBy(docker, api)) return api;
  await api.close();
  return engineApi(endpoint, surroundings, true);
}

/**
 * Whether the engine is the one that docker reaches, as far as both tell their IDs: otherwise the containers that Compose
 * makes are on one engine, and the namesakes that todoflow would stop and remove on the other.
 */
async function isReachedBy(docker: Docker, api: EngineApi): Promise<boolean> {
  const [{ code, stdout }, here] = await Promise.all([
    docker("info", "--format", "{{.ID}}"),
    api.json<{ ID?: string }>("/info").catch(() => undefined),
  ]);
  // A wrapper may print notices around it.
  const ids = stdout.split("\n").map((line) => line.trim())
    .filter((line) => ID.test(line));
  return code !== 0 || ids.length === 0 || !here?.ID || ids.includes(here.ID);
}

/** The ID of an engine: a UUID; before Docker 23, twelve groups of four characters. */
const ID =
  /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|([0-9A-Z]{4}:){11}[0-9A-Z]{4})$/;

/**
 * The endpoint of the engine: DOCKER_HOST, or that of the current context. Docker is asked, because a wrapper of that name
 * may have its own idea of the engine.
 *
 * @throws {TodoflowError} when docker was killed, or has not answered
 */
export async function observeEndpoint(docker: Docker): Promise<string> {
  const format = "{{.Endpoints.docker.Host}}";
  const { code, stdout, stderr } = await docker(
    ...["context", "inspect", "--format", format],
  );
  // A docker that was killed, or has not answered, has not named an engine.
  if (code > 128) {
    throw new TodoflowError({ kind: "no-engine", detail: stderr.trim() });
  }
  const line = stdout.split("\n").map((line) => line.trim())
    .findLast((line) => /^[a-z]+:\/\//.test(line));
  return line ?? DEFAULT_ENDPOINT;
}
