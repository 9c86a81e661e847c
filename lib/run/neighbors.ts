/**
 * Describes the services around a failed container, as far as its words are about them.
 *
 * @module
 */

import type { Neighbor } from "../causes/facts.ts";
import { isUnreached, refusedIn } from "../causes/network.ts";
import type { Service } from "../compose/service.ts";
import { labelFilter } from "../engine/ask.ts";
import { listenersIn, whyUnreachable } from "../engine/listening.ts";
import { PROJECT_LABEL, RUN_LABEL, SERVICE_LABEL } from "../plan/labels.ts";
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
          Labels?.[SERVICE_LABEL] === service.name
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
  const attached = Object.values(listed?.NetworkSettings?.Networks ?? {});
  const all = [...new Set([...ports, ...exposed])];
  const names = [container, ...networks.flatMap(({ names }) => names)];
  const [unreachable, oldVolume] = await Promise.all([
    unreachableOf(name, { ...asked, names, ports: all, attached }),
    oldVolumeOf(asked),
  ]);
  return {
    service: name,
    names,
    networks: networks.map(({ network }) => keyOf(network)),
    image,
    ports: all,
    addresses: addressesOf(attached),
    isPart: parts.has(name),
    ...(listed && { state: listed.State }),
    ...(unreachable !== undefined && { unreachable }),
    ...(oldVolume !== undefined && { oldVolume }),
  };
}

/** How a container is attached to a network. */
type Attached = NonNullable<
  NonNullable<Listed["NetworkSettings"]>["Networks"]
>[string];

function addressesOf(attached: readonly Attached[]): string[] {
  return attached.flatMap((one) =>
    [one?.IPAddress, one?.GlobalIPv6Address].filter((address) => !!address)
  ) as string[];
}

/** Why the service does not answer where the words have asked it, or an app where they name nothing. */
async function unreachableOf(
  name: string,
  { api, words, signal, service, listed, names, ports, attached, around }:
    & Asked
    & {
      listed: Listed | undefined;
      names: readonly string[];
      ports: readonly number[];
      attached: readonly Attached[];
    },
): Promise<string | undefined> {
  if (listed?.State !== "running" || name === service) return undefined;
  const asked = refusedIn(words);
  const isAsked = asked !== undefined &&
    [name, ...names, ...addressesOf(attached)].includes(asked.host);
  const app = around.workflow.release.apps.find(({ entrance }) =>
    entrance === name
  );
  const port = isAsked
    ? asked.port
    : asked === undefined && isUnreached(words)
    ? app?.port ?? (app && ports.length === 1 ? ports[0] : undefined)
    : undefined;
  if (port === undefined) return undefined;
  const listeners = await listenersIn(api, listed.Id, signal);
  return listeners &&
    whyUnreachable(listeners, port, `port ${port} was asked`);
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
