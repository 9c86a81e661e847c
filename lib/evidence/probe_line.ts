/**
 * Recognizes lines of access logs about the requests by which todoflow finds out whether an application is ready.
 *
 * @module
 */

/** The usual paths of health checks. */
const PATHS = [
  ...["/health", "/healthz", "/healthcheck", "/health-check", "/_health"],
  ...["/api/health", "/ready", "/readyz", "/live", "/livez", "/ping", "/up"],
];

/** Which lines are about a probe that was answered; a status of 500 and more may be the cause that is looked for. */
export function probeLines(
  paths: readonly string[],
): (line: string) => boolean {
  const known = new Set([...PATHS, ...paths]);
  return (line) => {
    const request = /\b(?:GET|HEAD) (?:https?:\/\/[^\s/"]*)?(\/[^\s"?]*)/
      .exec(line);
    return request !== null && known.has(request[1]!.replace(/(.)\/$/, "$1")) &&
      !/[\s"=:]5\d\d\b/.test(line.slice(request.index));
  };
}
