/**
 * Finds ports of the machine that a run needs and a container that stays has.
 *
 * @module
 */

import type { Service } from "../compose/service.ts";
import type { ProjectObject } from "../engine/objects.ts";
import type { TakenPort } from "../errors/port_wording.ts";

/** An object that a container uses and the run needs for itself. */
export interface Use {
  /** The container. */
  by: ProjectObject;
  /** Such as "the volume shop_data". */
  what: string;
  /** If it is a port. */
  taken?: TakenPort;
}

/** Ports that another container publishes: found before anything is built, and before an earlier release goes. */
export function samePorts(
  others: readonly ProjectObject[],
  services: readonly Service[],
): Use[] {
  return services.flatMap((service) =>
    service.published.flatMap((port) =>
      others.filter(({ ports = [], addresses: theirs = [] }) =>
        ports.includes(port) && collide(port, service.addresses, theirs)
      ).map((by) => ({
        ...{ by, what: `the port ${port}` },
        taken: takenBy(by, port, service),
      }))
    )
  );
}

/** A port that a service publishes and a container has. */
function takenBy(
  { name, project }: ProjectObject,
  port: string,
  service: Service,
): TakenPort {
  const { hostname = "", target } =
    service.addresses.find((one) => `${one.port}/tcp` === port) ?? {};
  return {
    service: service.name,
    hostname,
    port: port.replace(/\/tcp$/, ""),
    ...(target !== undefined && { target }),
    holder: { container: name, project },
  };
}

/** Whether a port is published on an address that a container publishes it on, too: each address has its own ports. */
function collide(
  port: string,
  own: Service["addresses"],
  theirs: readonly string[],
): boolean {
  const ours = own.filter((one) => port === `${one.port}/tcp`)
    .map(({ hostname }) => hostname);
  const other = theirs.filter((one) => one.endsWith(`:${port}`))
    .map((one) => one.slice(0, -port.length - 1));
  const isAny = (address: string) => ["", "0.0.0.0", "::"].includes(address);
  // Of a UDP port, and of a container that does not run, the address is unknown.
  return ours.length === 0 || other.length === 0 ||
    ours.some((one) =>
      isAny(one) || other.some((it) => isAny(it) || it === one)
    );
}
