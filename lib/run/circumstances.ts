/**
 * Gathers the facts by which the last words of a container become a cause. An answer that the engine does not give is left
 * out: it must hide neither the failure nor its other causes.
 *
 * @module
 */

import { posix } from "node:path";
import { isRefused } from "../causes/databases.ts";
import type { Facts, Mounted, Neighbor, Program } from "../causes/facts.ts";
import { isAboutFolder } from "../causes/files.ts";
import { pathIn } from "../causes/programs.ts";
import { pathStat } from "../engine/archive.ts";
import type { Inspected } from "../engine/container.ts";
import { executableOf } from "../engine/executable.ts";
import { firstBytes } from "../engine/first_bytes.ts";
import { inspectImage } from "../engine/images.ts";
import { SERVICE_LABEL } from "../plan/labels.ts";
import type { Circumstances } from "./around.ts";
import { neighborsOf } from "./neighbors.ts";

/** The facts about a container; undefined where it is no service's. */
export async function factsOf(
  inspected: Inspected,
  circumstances: Circumstances,
): Promise<Facts | undefined> {
  const { around: { workflow }, words } = circumstances;
  const { State, Config, HostConfig = {} } = inspected;
  const service = Config.Labels?.[SERVICE_LABEL];
  if (service === undefined) return undefined;
  const own = workflow.services.get(service);
  const workingDir = Config.WorkingDir || "/";
  const [program, mounts, services] = await Promise.all([
    programOf(inspected, { ...circumstances, workingDir }),
    mountsOf(inspected, circumstances),
    neighborsOf({ ...circumstances, service, asksVolumes: isRefused(words) }),
  ]);
  return {
    service,
    exitCode: State.ExitCode,
    workingDir,
    user: Config.User ?? "",
    memory: HostConfig.Memory ?? 0,
    isReadOnly: HostConfig.ReadonlyRootfs ?? false,
    onHost: HostConfig.NetworkMode === "host",
    shm: HostConfig.ShmSize ?? 0,
    mounts,
    variables: (Config.Env ?? []).flatMap((one) =>
      /^([^=]+)=./.exec(one)?.[1] ?? []
    ),
    networks: ownNetworks(services, service),
    needs: new Map(
      own?.dependsOn.map(({ service, condition }) => [service, condition]),
    ),
    services,
    ...(program && { program }),
  };
}

function ownNetworks(
  services: readonly Neighbor[],
  service: string,
): readonly string[] {
  return services.find((one) => one.service === service)?.networks ?? [];
}

/** The mounts of a container; whether one is a folder is asked only where the words are about that. */
async function mountsOf(
  { Mounts, HostConfig }: Inspected,
  { api, container, words, signal }: Circumstances,
): Promise<Mounted[]> {
  const asks = isAboutFolder(words);
  const isFolder = async (target: string) => {
    const stat = await pathStat(api, container, target, signal)
      .catch(() => undefined);
    return stat && { isFolder: stat.kind === "folder" };
  };
  const mounts = (Mounts ?? []).map(async (one): Promise<Mounted> => ({
    kind: one.Type === "bind"
      ? "folder"
      : one.Type === "tmpfs"
      ? "tmpfs"
      : "volume",
    source: (one.Type === "volume" ? one.Name : one.Source) ?? "",
    target: one.Destination,
    isReadOnly: one.RW === false,
    // A name with an ending is meant to be a file's.
    ...(asks && one.Type === "bind" && posix.extname(one.Destination) !== "" &&
      await isFolder(one.Destination)),
  }));
  const tmpfs = Object.entries(HostConfig?.Tmpfs ?? {})
    .map(([target, options]): Mounted => ({
      ...{ kind: "tmpfs", source: "", target },
      isReadOnly: /(?:^|,)ro(?:,|$)/.test(options),
      ...sizeIn(options),
    }));
  return [...await Promise.all(mounts), ...tmpfs];
}

/** Bytes by their units in options of mount(8). */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
};

function sizeIn(options: string): { size?: number } {
  const [, number, unit = ""] =
    /(?:^|,)size=(\d{1,15})([kmg]?)(?:,|$)/i.exec(options) ?? [];
  return number === undefined
    ? {}
    : { size: Number(number) * UNITS[unit.toLowerCase()]! };
}

/** The file that the words name as one that could not be executed. */
async function programOf(
  { Image = "" }: Inspected,
  { api, container, words, signal, workingDir }: Circumstances & {
    workingDir: string;
  },
): Promise<Program | undefined> {
  const path = pathIn(words);
  if (path === undefined) return undefined;
  const at = posix.resolve("/", workingDir, path);
  const until = api.until(signal);
  const [bytes, image, engine] = await Promise.all([
    firstBytes(api, container, at, signal),
    inspectImage(until, Image).catch(() => undefined),
    until.json<{ Arch?: string }>("/version").catch(() => undefined),
  ]);
  const found = bytes && executableOf(bytes);
  const has = found?.interpreter === undefined
    ? undefined
    : await firstBytes(api, container, found.interpreter, signal) !== undefined;
  return {
    path,
    isThere: bytes !== undefined,
    ...found,
    ...(has !== undefined && { hasInterpreter: has }),
    ...(image?.Architecture && { image: image.Architecture }),
    ...(engine?.Arch && { engine: engine.Arch }),
  };
}
