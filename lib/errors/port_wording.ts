/**
 * The wording of ports of the machine that are in use: the same before a run and in the middle of it.
 *
 * @module
 */

/** A port of the machine that a service publishes and something else has. */
export interface TakenPort {
  /** The service that publishes it; undefined where that is not known. */
  service?: string;
  /** The address of the machine, such as "127.0.0.1"; "" stands for all. */
  hostname: string;
  /** Its number, with the protocol unless that is TCP, such as "8080" and "53/udp". */
  port: string;
  /** The port of the service's container; undefined where that is not known. */
  target?: number;
  /** The container that has it; undefined for a program that is no container. */
  holder?: {
    container: string;
    /** Its Compose project, "" without one. */
    project: string;
  };
  /** The program of this machine that has it, if that is known. */
  program?: { name: string; pid: number } | undefined;
}

/** A port and its holder, such as "127.0.0.1:8000 is in use by container shop-web-1 (project shop)". */
export function portText(
  { service, hostname, port, holder, program }: TakenPort,
): string {
  const address = ["", "0.0.0.0", "::"].includes(hostname)
    ? `port ${port}`
    : `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const wanted = service === undefined ? "" : `, which "${service}" publishes,`;
  return `${address}${wanted} is in use by ${holderText(holder, program)}`;
}

function holderText(
  holder: TakenPort["holder"],
  program: TakenPort["program"],
): string {
  if (!holder) {
    return program
      ? `${program.name} (process ${program.pid})`
      : "a program that is no container";
  }
  const { container, project } = holder;
  return `container ${container}` + (project && ` (project ${project})`);
}

/** The headline's words for ports, of which it names the first. */
export function portInUse([first]: readonly TakenPort[]): string {
  return first ? `port ${first.port} is in use` : "a port is in use";
}

/** The command that frees the ports, or shows who has them. */
export function freePorts(ports: readonly TakenPort[]): string {
  const containers = [
    ...new Set(ports.flatMap(({ holder }) => holder?.container ?? [])),
  ];
  const [other] = ports.filter(({ holder }) => !holder);
  const { target } = ports[0] ?? {};
  const free = target === undefined
    ? ""
    : `   # or publish "127.0.0.1::${target}": a free port`;
  if (other?.program) return `ps -fp ${other.program.pid}${free}`;
  return other
    ? `ss -ltnp 'sport = :${other.port}'${free}`
    : `docker stop ${containers.join(" ")}${free}`;
}
