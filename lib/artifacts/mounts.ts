/**
 * The mounts and the start of a container, as far as they matter for its reports.
 *
 * @module
 */

import { join } from "node:path";
import type { EngineApi } from "../engine/api.ts";
import { containerPath } from "../engine/paths.ts";

/** A mount of a container. */
export interface Mount {
  Type: string;
  /** On the host of the engine. */
  Source?: string;
  Destination: string;
  /** Whether the container may write to it. */
  RW?: boolean;
}

/** The engine's description of a container, as far as it matters for reports. */
export interface Described {
  /** Bytes that it has written to its own file system; absent unless asked for. */
  SizeRw?: number;
  State?: { StartedAt?: string };
  Config?: { WorkingDir?: string };
  HostConfig?: { Tmpfs?: Readonly<Record<string, string>> | null };
  Mounts?: readonly Mount[] | null;
}

/**
 * Describes a container; with a signal, also how much it has written.
 *
 * @throws {EngineError} when the engine does not
 */
export async function describe(
  api: EngineApi,
  container: string,
  signal?: AbortSignal,
): Promise<Described> {
  const path = containerPath(container, "json");
  const options = signal && { signal, query: { size: true } };
  return await api.json<Described | null>(path, options) ?? {};
}

/** An absolute path without dots and without a slash at its end. */
export function normal(path: string): string {
  return join("/", path).replace(/(?<=.)\/+$/, "");
}

/** Whether a path is a folder or in it; both are normal. */
export function isIn(path: string, folder: string): boolean {
  return `${path}/`.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** The folders of a container that are a tmpfs because its service says so. */
export function tmpfsOf({ HostConfig, Mounts }: Described): string[] {
  return [
    ...Object.keys(HostConfig?.Tmpfs ?? {}),
    ...(Mounts ?? []).flatMap(({ Type, Destination }) =>
      Type === "tmpfs" ? Destination : []
    ),
  ].map(normal);
}

/** Why a report on a tmpfs is lost. */
export const ON_TMPFS =
  "it is on a tmpfs, which the engine cannot read after the container has ended: write it elsewhere, or mount a volume there";

/** Folders that are a tmpfs in every container. */
const ALWAYS_TMPFS = ["/dev", "/dev/shm", "/proc", "/sys"];

/**
 * The parts of a report that were on a tmpfs, which ends with its container: all of it, or folders that look empty. None
 * if the engine does not tell.
 */
export async function tmpfsIn(
  empty: readonly string[],
  { container, report, api }: {
    container: string;
    report: string;
    api: EngineApi;
  },
): Promise<string[]> {
  const described = await describe(api, container).catch(() => undefined);
  if (!described) return [];
  const all = [...ALWAYS_TMPFS, ...tmpfsOf(described)];
  const path = normal(report);
  return all.some((tmpfs) => isIn(path, tmpfs))
    ? [report]
    : empty.filter((path) => all.includes(path));
}
