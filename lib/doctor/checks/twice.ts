/**
 * Checks of names and networks that only one run on an engine can have.
 *
 * @module
 */

import type { Check } from "../project/check.ts";
import type { Draft, Path } from "../project/finding.ts";
import type { Model, ModelObject } from "../project/model.ts";
import { withoutLine } from "../project/paste.ts";
import { writtenAt } from "../project/place.ts";
import type { Project } from "../project/project.ts";

/** Whether a written value contains the project's name, so that it differs from project to project. */
function namesProject({ written }: Project, path: Path): boolean {
  return writtenAt(written, path)
    .some((value) => String(value).includes("COMPOSE_PROJECT_NAME"));
}

const containerNames: Check = (project) =>
  project.parts.flatMap(({ name, raw: { container_name: fixed } }) => {
    const at = ["services", name, "container_name"];
    return fixed === undefined || namesProject(project, at) ? [] : [{
      id: "container-name",
      severity: "advice",
      title:
        `docker compose up cannot start "${name}" twice: its container is called "${fixed}"`,
      why:
        "an engine has one container of each name, across all projects; only the twins of test and release have names of their own",
      at,
      fix: withoutLine(`container_name: ${fixed}`),
      group: {
        all:
          "docker compose up cannot start services twice: names of containers",
        one: `"${name}": its container is called "${fixed}"`,
      },
    }];
  });

/** Networks and volumes that the services use. */
function usedBy(
  { parts }: Project,
  kind: "networks" | "volumes",
): ReadonlySet<string> {
  return new Set(
    parts.flatMap(({ raw }) =>
      kind === "networks"
        ? Object.keys(raw.networks ?? {})
        : (raw.volumes ?? []).flatMap(({ type, source }) =>
          type === "volume" && source !== undefined ? source : []
        )
    ),
  );
}

function objectsOf(
  project: Project,
  kind: "networks" | "volumes",
): [string, ModelObject][] {
  const used = usedBy(project, kind);
  const objects: Model["networks"] = project.model[kind];
  return Object.entries(objects)
    .flatMap(([key, object]) =>
      object && used.has(key) && !object.external ? [[key, object]] : []
    );
}

const fixedNames: Check = (project) =>
  (["volumes", "networks"] as const).flatMap((kind) =>
    objectsOf(project, kind).flatMap(([key, { name }]): Draft[] => {
      const at = [kind, key, "name"];
      const own = `${project.model.name}_${key}`;
      if (name === undefined || name === own || namesProject(project, at)) {
        return [];
      }
      const what = kind.slice(0, -1);
      return [{
        id: `fixed-${what}-name`,
        severity: "advice",
        title:
          `Every docker compose up on the engine shares the ${what} "${name}"`,
        why: kind === "volumes"
          ? "a second one sees the data of the first one; only the twins of test and release have data of their own"
          : "a second one reaches the services of the first one; only the twins of test and release have networks of their own",
        at,
        fix: withoutLine(`name: ${name}`),
        group: {
          all: `Every docker compose up on the engine shares ${kind}`,
          one: `${what} "${name}"`,
        },
      }];
    })
  );

const fixedSubnets: Check = (project) =>
  objectsOf(project, "networks").flatMap(([key, { ipam }]): Draft[] => {
    // An address that the file fixes needs the subnet.
    const isNeeded = project.parts.some(({ raw }) =>
      raw.networks?.[key]?.ipv4_address ?? raw.networks?.[key]?.ipv6_address
    );
    const [subnet] = (ipam?.config ?? []).flatMap(({ subnet }) => subnet ?? []);
    return subnet === undefined ? [] : [{
      id: "fixed-subnet",
      severity: "warning",
      title: `The network "${key}" cannot exist twice: its subnet is ${subnet}`,
      why: "an engine gives each range of addresses to one network only",
      at: ["networks", key, "ipam"],
      fix: isNeeded ? "" : "# ipam: …   # remove these lines",
      group: {
        all: "Networks cannot exist twice: their subnets are fixed",
        one: `"${key}": ${subnet}`,
      },
    }];
  });

/** Taking the mode out is a fix only if it is known which port to publish instead. */
const hostNetworks: Check = ({ parts }) =>
  parts.flatMap(({ name, raw: { network_mode: mode, ports }, exposed }) =>
    mode !== "host" ? [] : [{
      id: "host-network",
      severity: "warning",
      title: `"${name}" cannot run twice: it has the network of the host`,
      why:
        "its ports are ports of the machine, and other services cannot reach it by its name",
      at: ["services", name, "network_mode"],
      fix: ports && ports.length > 0
        ? withoutLine("network_mode: host")
        : exposed.length > 0
        ? `${withoutLine("network_mode: host")}\nports:\n  - "127.0.0.1::${
          exposed[0]
        }"`
        : "",
      group: {
        all: "Services cannot run twice: they have the network of the host",
        one: `"${name}"`,
      },
    }]
  );

/** The checks of objects that cannot exist twice. */
export const twiceChecks: readonly Check[] = [
  containerNames,
  fixedNames,
  fixedSubnets,
  hostNetworks,
];
