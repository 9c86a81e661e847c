/**
 * Describes the services around a failed container, as far as its words are about them.
 *
 * @module
 */

import type { Neighbor } from "../causes/facts.ts";
import { isLoopback, isUnreached, refusedIn } from "../causes/network.ts";
import type { Service } from "../compose/service.ts";
import { labelFilter } from "../engine/ask.ts";
import { listenersIn, whyUnreachable } from "../engine/listening.ts";
import {
  ONEOFF_LABEL,
  PROJECT_LABEL,
  RUN_LABEL,
  SERVICE_LABEL,
} from "../plan/labels.ts";
import type { Circumstances } from "./around.ts";

/** The parts of the engine's list of containers that are read. */
interface Listed {
  Id: string;
  State: string;
  Labels?: Readonly<Record<string, string>> | null;
  Ports?: readonly { PrivatePort?: number; Type?: string }[] | null;
  Mounts?: readonly { Type?: string; Name?: string }[] | null;
  NetworkSettings?: {
    Networks?:
      | Readonly<
        Record<
          string,
          { IPAddress?: string; GlobalIPv6Address?: string } | null
        >
      >
      | null;
  };
}

/** The input of {@linkcode neighborsOf}. */
interface Asked extends Circumstances {
  /** The service of the failed container. */
  service: string;
  /** Whether to ask how old the volumes are. */
  asksVolumes: boolean;
}

/** All services of the Compose file. */
export async function neighborsOf(asked: Asked): Promise<Neighbor[]> {
  const { api, around: { workflow: { project, services } }, signal } = asked;
  const filters = labelFilter(PROJECT_LABEL, project);
  const listed = await api.json<Listed[]>("/containers/json", {
    query: { all: true, filters },
    signal,
  }).catch(() => []);
  return await Promise.all(
    services.values().map((service) =>
      neighborOf(service, {
        ...asked,
        listed: listed.find(({ Labels }) =>
          Labels?.[SERVICE_LABEL] === service.name &&
          Labels[ONEOFF_LABEL] !== "True"
        ),
      })
    ),
  );
}

async function neighborOf(
  { name, container, networks, image, ports }: Service,
  asked: Asked & { listed: Listed | undefined },
): Promise<Neighbor> {
  const { listed, around: { workflow: { project }, parts } } = asked;
  const keyOf = (network: string) =>
    network.startsWith(`${project}_`)
      ? network.slice(project.length + 1)
      : network;
  const exposed = (listed?.Ports ?? []).flatMap(({ PrivatePort, Type }) =>
    PrivatePort !== undefined && Type === "tcp" ? [PrivatePort] : []
  );
  const addresses = addressesOf(listed);
  const all = [...new Set([...ports, ...exposed])];
  const names = [container, ...networks.flatMap(({ names }) => names)];
  const [unreachable, oldVolume] = await Promise.all([
    unreachableOf(name, { ...asked, names, addresses, ports: all }),
    oldVolumeOf(asked),
  ]);
  return {
    service: name,
    names,
    networks: networks.map(({ network }) => keyOf(network)),
    image,
    ports: all,
    addresses,
    isPart: parts.has(name),
    ...(listed && { state: listed.State }),
    ...(unreachable !== undefined && { unreachable }),
    ...(oldVolume !== undefined && { oldVolume }),
  };
}

/** The addresses of a container on its networks. */
function addressesOf(listed: Listed | undefined): string[] {
  return Object.values(listed?.NetworkSettings?.Networks ?? {})
    .flatMap((one) => [one?.IPAddress ?? "", one?.GlobalIPv6Address ?? ""])
    .filter(Boolean);
}

/** Why the service does not answer where the words have asked it, or an app where they name nothing. */
async function unreachableOf(
  name: string,
  asked: Asked & { listed: Listed | undefined } & Reached,
): Promise<string | undefined> {
  const { api, signal, listed } = asked;
  const port = portAsked(name, asked);
  if (listed?.State !== "running" || port === undefined) return undefined;
  const listeners = await listenersIn(api, listed.Id, signal);
  const isOpen = name === asked.service &&
    listeners?.some((one) => one.port === port);
  return listeners && !isOpen
    ? whyUnreachable(
      listeners,
      port,
      name === asked.service
        ? `port ${port} was asked`
        : `"${asked.service}" asks port ${port}`,
    )
    : undefined;
}

/** How a service is reached. */
interface Reached {
  names: readonly string[];
  addresses: readonly string[];
  ports: readonly number[];
}

/** The port of a service that the words are about. */
function portAsked(
  name: string,
  { words, service, names, addresses, ports, around }: Asked & Reached,
): number | undefined {
  const asked = refusedIn(words);
  if (asked) {
    const own = name === service
      ? isLoopback(asked.host)
      : [name, ...names, ...addresses].includes(asked.host);
    return own ? asked.port : undefined;
  }
  const app = around.workflow.release.apps.find(({ entrance }) =>
    entrance === name
  );
  if (!app || name === service || !isUnreached(words)) return undefined;
  return app.port ?? (ports.length === 1 ? ports[0] : undefined);
}

/** A volume of the container that this run has not made. */
async function oldVolumeOf(
  { api, signal, asksVolumes, listed, around: { run } }: Asked & {
    listed: Listed | undefined;
  },
): Promise<string | undefined> {
  if (!asksVolumes) return undefined;
  for (const { Type, Name } of listed?.Mounts ?? []) {
    if (Type !== "volume" || !Name || /^[0-9a-f]{64}$/.test(Name)) continue;
    const found = await api.json<
      { Labels?: Readonly<Record<string, string>> | null }
    >(`/volumes/${encodeURIComponent(Name)}`, { signal })
      .catch(() => undefined);
    if (found && found.Labels?.[RUN_LABEL] !== run) return Name;
  }
  return undefined;
}
