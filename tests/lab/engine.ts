/**
 * The Docker Engine: what answers, and how the lab starts its own.
 *
 * @module
 */
import $ from "dax";
import { remove } from "./files.ts";
import {
  fromPidFile,
  isAlive,
  startDetached,
  stop,
  until,
} from "./processes.ts";
import { LabError, tailOf } from "./report.ts";
import { ask } from "./shell.ts";
import { type LabState, LOGS, writeState } from "./state.ts";

/** In the order in which they are stopped: dockerd ends its containerd itself. */
const PROCESSES = ["dockerd", "containerd"];

const READY_MS = 60_000;
const LOG = `${LOGS}/dockerd.log`;
const DOCKERD_PID = "/var/run/docker.pid";
const CONTAINERD_PID = "/var/run/docker/containerd/containerd.pid";
const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

/** The engine that the docker command reaches. */
export interface Engine {
  /** The version of the engine that answers. */
  server?: string | undefined;
  /** The version of Compose. */
  compose?: string | undefined;
  /** Whether buildx is there. */
  buildx: boolean;
}

/** Asks the docker command for the engine and its tools. */
export async function observeEngine(): Promise<Engine> {
  const [server, compose, buildx] = await Promise.all([
    ask($`docker version --format ${"{{.Server.Version}}"}`),
    ask($`docker compose version --short`),
    ask($`docker buildx version`),
  ]);
  return { server, compose, buildx: buildx !== undefined };
}

/**
 * Starts dockerd and waits until it answers.
 *
 * @throws {LabError} with its log when it does not
 */
export async function startEngine(state: LabState): Promise<void> {
  await stopEngine(state);
  await clearStaleFiles();
  const mirror = state.mirror
    ? [`--registry-mirror=http://127.0.0.1:${state.mirror}`]
    : [];
  const { mark, ended } = startDetached(["dockerd", ...mirror], LOG);
  state.processes["dockerd"] = mark;
  writeState(state);
  const answers = async () =>
    ended() || await ask($`docker version`) !== undefined;
  const inTime = await until(answers, READY_MS);
  if (ended()) {
    throw new LabError(`dockerd ended while it started.\n${tailOf(LOG)}`, 1);
  }
  if (!inTime) {
    throw new LabError(
      `No engine after ${READY_MS / 1000} s.\n${tailOf(LOG)}`,
      1,
    );
  }
  // It ends with dockerd, unless dockerd is killed: then the next start or stop has to know it.
  const containerd = fromPidFile(CONTAINERD_PID, "containerd");
  if (containerd !== undefined) state.processes["containerd"] = containerd;
  writeState(state);
}

/** Stops the engine that the lab started, with its containerd. */
export async function stopEngine(state: LabState): Promise<void> {
  for (const name of PROCESSES) {
    await stop(state.processes[name]);
    delete state.processes[name];
  }
}

/** Whether anything runs of the engine that the lab started. */
export function engineRuns(state: LabState): boolean {
  return PROCESSES.some((name) => isAlive(state.processes[name]));
}

/**
 * Removes what an engine of an earlier boot left. dockerd takes any process that has the id in a pid file for
 * its own, and any file at containerd's place for a containerd that runs.
 */
async function clearStaleFiles(): Promise<void> {
  const other = fromPidFile(DOCKERD_PID, "dockerd");
  if (other !== undefined) {
    throw new LabError(
      `A dockerd that the lab did not start hangs: process ${other.pid}`,
      4,
    );
  }
  remove(DOCKERD_PID);
  if (fromPidFile(CONTAINERD_PID, "containerd") === undefined) {
    remove(CONTAINERD_PID);
  }
  if (!await listens(CONTAINERD_SOCKET)) remove(CONTAINERD_SOCKET);
}

async function listens(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}
