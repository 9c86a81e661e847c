/**
 * The Compose file of one run: the label of a container has its name, and so names the run that has made the container.
 *
 * @module
 */

/**
 * The path of the Compose file without services that a run merges last. Compose labels each container with its files,
 * so that only containers of this run have the name in their label. The file has no influence on whether Compose
 * recreates a container.
 */
export function runFilePath(folder: string, run: string): string {
  return `${folder}/${run}.run.yaml`;
}

/**
 * Whether Compose can read a file in the folder of records: a docker that is a snap may not see hidden folders of a
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

/** Removes the file of a run that no longer makes anything. Never rejects. */
export async function removeRunFile(
  folder: string,
  run: string,
): Promise<void> {
  await Deno.remove(runFilePath(folder, run)).catch(() => {});
}
