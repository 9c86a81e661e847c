/**
 * Checks of published ports.
 *
 * @module
 */

import type { Check } from "../project/check.ts";
import type { Path } from "../project/finding.ts";
import type { Port } from "../project/model.ts";
import { itemPath } from "../project/place.ts";
import type { Project } from "../project/project.ts";

/** Ports of one service that are published in the same wrong way. */
interface Wrong {
  name: string;
  ports: readonly Port[];
  /** The port, if it is one and stands alone, or the service's list. */
  at: Path;
}

function wrongPorts(
  { parts, written }: Project,
  isWrong: (port: Port) => boolean,
): Wrong[] {
  return parts.flatMap(({ name, raw: { ports: all = [] } }) => {
    const ports = all.filter(isWrong);
    const list = ["services", name, "ports"];
    const place = { index: all.indexOf(ports[0]!), length: all.length };
    const at = ports.length === 1 ? itemPath(written, list, place) : list;
    return ports.length === 0 ? [] : [{ name, ports, at }];
  });
}

/** The ports as entries that any number of projects can have: the engine chooses the host's port, on the loopback. */
function dynamic(ports: readonly Port[], remote: boolean): string {
  const lines = ports.map(({ target, protocol = "tcp" }) => {
    const container = protocol === "tcp"
      ? `${target}`
      : `${target}/${protocol}`;
    // The loopback of another machine cannot be reached from here.
    return `- "${remote ? "" : "127.0.0.1::"}${container}"`;
  });
  return [...new Set(lines)].join("\n");
}

function numbers(values: readonly (string | number | undefined)[]): string {
  const all = [...new Set(values.map(String))];
  return (all.length === 1 ? "port " : "ports ") + all.join(", ");
}

/** A range is no fixed port: the engine takes one of it that is free. */
const fixedPorts: Check = (project, { remote }) =>
  wrongPorts(project, ({ published = "" }) => /^[1-9]\d*$/.test(published))
    .map(({ name, ports, at }) => ({
      id: "fixed-host-port",
      severity: "warning",
      title: `"${name}" cannot run twice: it takes ${
        numbers(ports.map(({ published }) => published))
      } of the host`,
      why:
        "a second run on the same engine fails; if the engine chooses the port, release prints the URL, and docker compose port prints the port",
      at,
      fix: dynamic(ports, remote),
    }));

/** https://docs.docker.com/engine/network/packet-filtering-firewalls/: such a port goes around ufw, too. */
const openPorts: Check = (project, { remote }) =>
  remote ? [] : wrongPorts(
    project,
    ({ host_ip: address = "" }) => ["", "0.0.0.0", "::"].includes(address),
  ).map(({ name, ports, at }) => ({
    id: "published-everywhere",
    severity: "advice",
    title: `"${name}" is open to the whole network: container ${
      numbers(ports.map(({ target }) => target))
    }`,
    why:
      "anyone who reaches this machine reaches the service with its test passwords; Docker's rules take precedence over those of most firewalls",
    at,
    fix: dynamic(ports, remote),
  }));

/** The checks of ports. */
export const portChecks: readonly Check[] = [fixedPorts, openPorts];
