/**
 * Checks of published ports.
 *
 * @module
 */

import type { Check } from "../project/check.ts";
import type { Path } from "../project/finding.ts";
import type { Port } from "../project/model.ts";
import { itemPath, writtenAt } from "../project/place.ts";
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
  wrongOf: (service: string) => (port: Port, all: readonly Port[]) => boolean,
): Wrong[] {
  return parts.flatMap(({ name, raw: { ports: all = [] } }) => {
    const isWrong = wrongOf(name);
    const ports = all.filter((port) => isWrong(port, all));
    const list = ["services", name, "ports"];
    const place = { index: all.indexOf(ports[0]!), length: all.length };
    const at = ports.length === 1 ? itemPath(written, list, place) : list;
    return ports.length === 0 ? [] : [{ name, ports, at }];
  });
}

/**
 * The ports as entries that any number of projects can have, on the loopback: the engine chooses the host's port. Where no
 * service is an app, one outside of Compose uses the port, which stays as the default of a variable.
 */
function portsFix(
  { name, ports, at }: Wrong,
  { project, remote }: { project: Project; remote: boolean },
): string {
  const isOutside = project.workflow.release.apps.length === 0;
  const lineOf = ({ target, published, protocol = "tcp" }: Port) => {
    const container = protocol === "tcp"
      ? `${target}`
      : `${target}/${protocol}`;
    const own = name.toUpperCase().replace(/\W/g, "_");
    const variable = ports.length === 1
      ? `${own}_PORT`
      : `${own}_PORT_${target}`;
    const host = isOutside && published !== undefined
      ? `\${${variable}:-${published}}:`
      : remote
      ? ""
      : ":";
    // The loopback of another machine cannot be reached from here.
    return `- "${remote ? "" : "127.0.0.1:"}${host}${container}"`;
  };
  const { ports: all = [] } = project.model.services[name] ?? {};
  const [list] = writtenAt(project.written, ["services", name, "ports"]);
  const isWhole = at.length === 3 && Array.isArray(list) &&
    list.length === all.length;
  const lines = isWhole
    // The fix takes the place of the list: the other entries stay in it.
    ? all.map((port, i) =>
      ports.includes(port) ? lineOf(port) : `- ${JSON.stringify(list[i])}`
    )
    : ports.map(lineOf);
  return [...new Set(lines)].join("\n");
}

function numbers(values: readonly (string | number | undefined)[]): string {
  const all = [...new Set(values.map(String))];
  return (all.length === 1 ? "port " : "ports ") + all.join(", ");
}

/**
 * Tells the ports of a service that are fixed. A range is none, because the engine takes one of it that is free; nor is a
 * variable, which can be another port.
 */
function fixedIn(project: Project, name: string): (port: Port) => boolean {
  const variable = writtenAt(project.written, ["services", name, "ports"])
    .flatMap((list) => Array.isArray(list) ? list : [])
    .flatMap((one) => variableTarget(one) ?? []);
  return ({ published = "", target }) =>
    /^[1-9]\d*$/.test(published) && !variable.includes("any") &&
    !variable.includes(`${target}`);
}

/** The container port of an entry whose host port is a variable, "any" if that is one, too. */
function variableTarget(entry: unknown): string | undefined {
  const { published, target } = Object(entry);
  if (published !== undefined) {
    return `${published}`.includes("$") ? `${target}` : undefined;
  }
  if (typeof entry !== "string" || !entry.includes("$")) return undefined;
  return /:(\d+)(?:\/\w+)?$/.exec(entry)?.[1] ?? "any";
}

/** https://docs.docker.com/engine/network/packet-filtering-firewalls/: such a port goes around ufw, too. */
function isOpen({ host_ip: address = "" }: Port): boolean {
  return ["", "0.0.0.0", "::"].includes(address);
}

const WHY_FIXED =
  "a second run on the same engine fails, and a port on all addresses is open to the whole network, past most firewalls. The engine can choose the port: release prints the URL, docker compose port prints the port";

/** Ports of a service that are fixed; one that is open besides is told with them, because the fix is one. */
const fixedPorts: Check = (project, { remote }) =>
  wrongPorts(project, (name) => {
    const isOwn = fixedIn(project, name);
    return (port, all) =>
      isOwn(port) || !remote && isOpen(port) && all.some(isOwn);
  }).map((wrong) => {
    const { name, ports, at } = wrong;
    const published = numbers(
      ports.flatMap(({ published }) => published ?? []),
    );
    return {
      id: "fixed-host-port",
      severity: "warning",
      title: `"${name}" cannot run twice: it takes ${published} of the host`,
      why: WHY_FIXED,
      at,
      fix: portsFix(wrong, { project, remote }),
      group: {
        all: "Services cannot run twice: they take fixed ports of the host",
        one: `"${name}": ${published}`,
      },
    };
  });

/** Ports of services that have no fixed one. */
const openPorts: Check = (project, { remote }) =>
  remote ? [] : wrongPorts(project, (name) => {
    const isOwn = fixedIn(project, name);
    return (port, all) => isOpen(port) && !all.some(isOwn);
  }).map((wrong) => {
    const { name, ports, at } = wrong;
    const targets = numbers(ports.map(({ target }) => target));
    return {
      id: "published-everywhere",
      severity: "advice",
      title: `"${name}" is open to the whole network: container ${targets}`,
      why:
        "anyone who reaches this machine reaches the service with its test passwords; Docker's rules take precedence over those of most firewalls",
      at,
      fix: portsFix(wrong, { project, remote }),
      group: {
        all: "Services are open to the whole network",
        one: `"${name}": container ${targets}`,
      },
    };
  });

/** The checks of ports. */
export const portChecks: readonly Check[] = [fixedPorts, openPorts];
