/**
 * The words of Compose about hooks: https://docs.docker.com/compose/how-tos/lifecycle/.
 *
 * @module
 */

/** The name under which the logs of a service's `pre_start` hooks are kept. */
export function hookLog(service: string): string {
  return `${service}.pre_start`;
}

/**
 * The beginning of the line with which Compose ends when a hook has failed. After 5.5.0, the last lines of the hook follow:
 * https://github.com/docker/compose/blob/f72979427042620a94dd52ce78b39c68cb02c085/pkg/compose/hook.go.
 */
const FAILED =
  /^(?:service ".+" pre_start\[\d+\] exited with code|\S+ hook exited with status) \d+/;

/** Separates docker's own words from those of a hook, which cannot indicate a machine fault. */
export function hookIn(
  lines: readonly string[],
): { docker: string[]; hook: string[] } {
  const at = lines.findIndex((line) => FAILED.test(line));
  if (at < 0) return { docker: [...lines], hook: [] };
  const line = lines[at]!;
  const [words = ""] = FAILED.exec(line) ?? [];
  const said = line.slice(words.length).replace(/^: /, "");
  return {
    docker: [...lines.slice(0, at), words],
    hook: [...(said === "" ? [] : [said]), ...lines.slice(at + 1)],
  };
}
