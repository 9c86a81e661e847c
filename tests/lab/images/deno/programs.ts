/**
 * The programs of the Deno image that are too large for this folder: Deno and its init.
 *
 * @module
 */
import $ from "dax";
import { copy, exists } from "../../files.ts";
import { LabError } from "../../report.ts";
import { run } from "../../shell.ts";

/** The Deno of the image. */
export const DENO_VERSION = "2.9.6";

/** Puts `deno` and `tini` into a build context. */
export async function addPrograms(context: string): Promise<void> {
  copy(await findDeno(context), `${context}/deno`);
  copy(
    await $.which("tini-static") ?? "tini-static",
    `${context}/tini`,
  );
}

// The Deno that runs the lab is the right one by the project's rules; npm has any other.
async function findDeno(context: string): Promise<string> {
  if (Deno.version.deno === DENO_VERSION) return Deno.execPath();
  const folder = `${context}/npm`;
  const wanted = [`deno@${DENO_VERSION}`];
  await run($`npm install --ignore-scripts --prefix ${folder} ${wanted}`);
  const platforms = `${folder}/node_modules/@deno`;
  const paths = [...Deno.readDirSync(platforms)].map(({ name }) =>
    `${platforms}/${name}/deno`
  );
  const path = paths.find(exists);
  if (path === undefined) {
    throw new LabError(`npm has no Deno ${DENO_VERSION} for this machine`, 1);
  }
  return path;
}
