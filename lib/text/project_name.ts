/**
 * Names of Compose projects: https://docs.docker.com/compose/how-tos/project-name/.
 *
 * @module
 */

/** Whether Compose takes a name as it is. */
export function isProjectName(name: string): boolean {
  return /^[a-z0-9][a-z0-9_-]*$/.test(name);
}

/** The name of a project without the suffixes that todoflow reserves for its own projects. */
export function withoutSuffix(name: string): string {
  return name.replace(/(?:--(?:test|release))+$/, "") || "app";
}

/** A name that Compose takes, as like as possible to another one. */
export function legalName(name: string): string {
  return name.normalize("NFD").toLowerCase().replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "") || "app";
}
