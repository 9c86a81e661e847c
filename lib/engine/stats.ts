/**
 * Asks the engine how much memory and processor time a container uses.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
import type { Inspected } from "./container.ts";
import { containerPath } from "./paths.ts";

/** The use of a running container at one moment. */
export interface Reading {
  /** Bytes, without the cache of files that the kernel takes back first. */
  memory: number;
  /** Bytes: the limit of the container, or the memory of the machine. */
  limit: number | undefined;
  /** Processor time since the start of the container, in milliseconds. */
  cpuMs: number;
}

/**
 * The parts of the engine's answer that {@linkcode readStats} reads:
 * https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerStats
 */
interface Stats {
  "memory_stats"?: {
    usage?: unknown;
    limit?: unknown;
    stats?: Readonly<Record<string, unknown>> | null;
  };
  "cpu_stats"?: { "cpu_usage"?: { "total_usage"?: unknown } };
}

/** Options of a question. */
interface AskOptions {
  /** Ends the question. */
  signal: AbortSignal;
  /** The time limit of the question (ms). */
  within: number;
}

/**
 * Reads the use of a container once; undefined if the container does not run. With `one-shot`, the engine answers at once
 * instead of waiting for a second reading.
 *
 * @throws {EngineError} see `EngineApi.json`
 */
export async function readStats(
  api: EngineApi,
  container: string,
  options: AskOptions,
): Promise<Reading | undefined> {
  const stats = await api.json<Stats | null>(
    containerPath(container, "stats"),
    { ...options, query: { stream: false, "one-shot": true } },
  );
  return readingOf(stats ?? {});
}

/**
 * The bytes of memory that a container may use; 0 without a limit.
 *
 * @throws {EngineError} see `EngineApi.json`
 */
export async function memoryLimit(
  api: EngineApi,
  container: string,
  options: AskOptions,
): Promise<number> {
  const path = containerPath(container, "json");
  const found = await api.json<Partial<Inspected> | null>(path, options);
  return numberOf(found?.HostConfig?.Memory) ?? 0;
}

/**
 * The memory is that of `docker stats`, see `calculateMemUsageUnixNoCache` in
 * https://github.com/docker/cli/blob/v26.1.5/cli/command/container/stats_helpers.go: the usage without
 * `total_inactive_file` (cgroup v1) or `inactive_file` (v2). The kernel's own peak, `max_usage`, exists only with cgroup v1,
 * and counts the cache of files, too.
 */
function readingOf(stats: Stats): Reading | undefined {
  const { usage, limit, stats: parts } = stats["memory_stats"] ?? {};
  const used = numberOf(usage);
  // A container that does not run has no figures.
  if (!used) return undefined;
  const cache = [parts?.["total_inactive_file"], parts?.["inactive_file"]]
    .map(numberOf).find((bytes) => bytes !== undefined && bytes < used) ?? 0;
  const cpuNs = numberOf(stats["cpu_stats"]?.["cpu_usage"]?.["total_usage"]);
  return {
    memory: used - cache,
    limit: numberOf(limit),
    cpuMs: (cpuNs ?? 0) / 1e6,
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isFinite(value)
    ? value
    : undefined;
}
