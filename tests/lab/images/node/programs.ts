/**
 * The programs of the Node image, which are too large for this folder: Node and npm, both from npm.
 *
 * @module
 */
import $ from "dax";
import { copy, remove } from "../../files.ts";
import { LabError } from "../../report.ts";
import { run } from "../../shell.ts";

/** The Node of the image. */
export const NODE_VERSION = "24.22.3";

const NPM_VERSION = "11.21.2";

/** The names that npm's packages of Node have for processors. */
const PROCESSORS: Readonly<Record<string, string>> = {
  "x86_64": "x64",
  "aarch64": "arm64",
};

/** Puts `node` and `npm` into a build context. */
export async function addNode(context: string): Promise<void> {
  const processor = PROCESSORS[Deno.build.arch];
  if (processor === undefined) {
    throw new LabError(`npm has no Node for ${Deno.build.arch}`, 1);
  }
  const folder = `${context}/packages`;
  const name = `node-linux-${processor}`;
  const wanted = [`${name}@${NODE_VERSION}`, `npm@${NPM_VERSION}`];
  await run($`npm install --ignore-scripts --prefix ${folder} ${wanted}`);
  copy(`${folder}/node_modules/${name}/bin/node`, `${context}/node`);
  copy(`${folder}/node_modules/npm`, `${context}/npm`);
  remove(folder);
}
