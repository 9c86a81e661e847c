/**
 * The variables that a run adds to the environment of its children, so that Compose reads the same files.
 *
 * @module
 */

/** The variables that every command gets in addition to the caller's environment, so that no line has to repeat them. */
export function exportedEnv(
  { files, project }: { files: readonly string[]; project?: string },
  version: string | undefined,
): Record<string, string> {
  return {
    ...(version !== undefined && { APP_VERSION: version }),
    ...(files.length > 0 && composeFileEnv(files)),
    ...(project !== undefined && { COMPOSE_PROJECT_NAME: project }),
  };
}

/** The variables that name Compose files, with a separator that none of them has in its name. */
export function composeFileEnv(
  files: readonly string[],
): Record<string, string> {
  const separator = [":", ";", "|", "\n"]
    .find((mark) => !files.some((file) => file.includes(mark))) ?? "\x01";
  return {
    COMPOSE_FILE: files.join(separator),
    COMPOSE_PATH_SEPARATOR: separator,
  };
}
