/**
 * The health check of a container: the command that the engine runs, and the way to run it early by `docker exec`.
 *
 * @module
 */

/** The health check of a container, from `docker inspect`. */
export interface HealthCheck {
  /** As in `HEALTHCHECK` of a Dockerfile or `test` of a Compose file. */
  Test?: readonly string[];
  /** Nanoseconds; 0 and absent mean the engine's default. */
  Timeout?: number;
  /** Nanoseconds after the start in which a failed probe does not count. */
  StartPeriod?: number;
}

/**
 * The argv of a health check; undefined where there is none.
 *
 * @param shell the image's `SHELL`; the engine's default is `/bin/sh -c`
 */
export function checkCommand(
  { Test: [kind, ...args] = [] }: HealthCheck,
  shell: readonly string[] | undefined,
): readonly string[] | undefined {
  if (kind === "CMD") return args;
  if (kind !== "CMD-SHELL") return undefined;
  return [...(shell?.length ? shell : ["/bin/sh", "-c"]), ...args];
}

/** The engine's default timeout of a probe, seconds. */
const DEFAULT_TIMEOUT = 30;

/** The time limit (ms) of a probe. */
export function checkTimeout({ Timeout = 0 }: HealthCheck): number {
  return Timeout > 0 ? Timeout / 1e6 : DEFAULT_TIMEOUT * 1000;
}

/**
 * A shell command line that waits until one of the ports listens, if any is given, and then runs the health check. One
 * `docker exec` does it all, because starting one costs more than a hundred looks at the table, and the wait must not
 * slow down a database. It gives up after five seconds, so that no process remains when the caller has stopped waiting.
 *
 * Format of the kernel's table: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html. A socket that
 * listens has no remote address and the state 0A.
 *
 * @returns the argv of `docker exec` after the name of the container
 */
export function probeCommand(
  check: readonly string[],
  ports: readonly number[],
): readonly string[] {
  if (ports.length === 0) {
    return ["sh", "-c", `echo ${OPEN}; exec "$@"`, "sh", ...check];
  }
  const patterns = ports
    .map((port) => port.toString(16).toUpperCase().padStart(4, "0"))
    .flatMap((port) =>
      [8, 32].map((digits) => `${port} ${"0".repeat(digits)}:0000 0A`)
    )
    .map((entry) => `*":${entry} "*`);
  const script = `i=0
while [ $i -lt 50 ]; do
  table=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  case $table in
    ${patterns.join("|")}) echo ${OPEN}; exec "$@" ;;
    *local_address*) ;;
    *) exit ;;
  esac
  i=$((i + 1))
  sleep 0.1 || exit
done
echo ${CLOSED}`;
  return ["sh", "-c", script, "sh", ...check];
}

/** The line that the command prints before the health check; the timeout of the check begins there. */
export const OPEN = "todoflow: a port listens";
const CLOSED = "todoflow: no port listens";

/**
 * Reads the output of {@linkcode probeCommand}.
 *
 * @returns whether a port listened, and the output of the check; undefined if the container lacks the means to find out
 */
export function readProbe(
  text: string,
): { listens: boolean; output: string } | undefined {
  const lines = text.split("\n");
  // stderr may overtake stdout, so the line need not be the first one.
  const at = lines.findIndex((line) => line === OPEN || line === CLOSED);
  if (at < 0) return undefined;
  return {
    listens: lines[at] === OPEN,
    output: lines.toSpliced(at, 1).join("\n"),
  };
}
