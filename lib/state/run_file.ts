/**
 * The Compose file of a run's own, whose name in the label of a container tells which run has made it.
 *
 * @module
 */

/**
 * The path of the Compose file without services that a run merges last: Compose labels each container with the files that it
 * was made from, so that no other one has this name in its label. It is no part of what decides whether a container is
 * made anew.
 */
export function runFilePath(folder: string, run: string): string {
  return `${folder}/${run}.run.yaml`;
}

/**
 * Whether Compose can read a file among the records beside its own: a docker that is a snap may see no hidden folder of a
 * home.
 *
 * @param files the Compose files, as absolute paths
 */
export async function canMark(
  files: readonly string[],
  { PATH = "" }: Readonly<Record<string, string>>,
): Promise<boolean> {
  for (const file of files) {
    if (!await Deno.stat(file).then(() => true, () => false)) return false;
  }
  for (const folder of PATH.split(":").filter(Boolean)) {
    const real = await Deno.realPath(`${folder}/docker`).catch(() => undefined);
    if (real) return !/^\/snap\/|\/usr\/bin\/snap$/.test(real);
  }
  return true;
}

/** Removes the file of a run that makes nothing any more. Never rejects. */
export async function removeRunFile(
  folder: string,
  run: string,
): Promise<void> {
  await Deno.remove(runFilePath(folder, run)).catch(() => {});
}
