/**
 * Finds the place in the files of a project where the remedy of a failure belongs.
 *
 * @module
 */

import type { Place } from "../errors/diagnosis.ts";
import type { Location } from "../errors/failure.ts";
import type { ReadTextFile } from "./files.ts";
import { readInstructions } from "./instructions.ts";
import { locate, locateWord } from "./locate.ts";
import { dockerfilePath, type Service } from "./service.ts";

/** The files of a project. */
export interface ProjectFiles {
  /** The Compose files, in the order in which Compose uses them. */
  files: readonly string[];
  services: ReadonlyMap<string, Pick<Service, "build">>;
  readTextFile: ReadTextFile;
}

/** The place; undefined where the files do not have it, as with a value that comes from elsewhere. */
export async function causePlace(
  { service, path, word, instruction }: Place,
  { files, services, readTextFile }: ProjectFiles,
): Promise<Location | undefined> {
  const own = ["services", service];
  const looked = { files, readTextFile };
  if (instruction !== undefined) {
    return await instructionPlace(instruction, {
      build: services.get(service)?.build,
      readTextFile,
    });
  }
  return path
    ? await locate([...own, ...path], looked)
    : await locateWord(own, word ?? "", looked);
}

/** The only instruction of the Dockerfile that begins like this. */
async function instructionPlace(
  instruction: string,
  { build, readTextFile }: {
    build: Service["build"];
    readTextFile: ReadTextFile;
  },
): Promise<Location | undefined> {
  if (!build || build.inline !== undefined) return undefined;
  const file = dockerfilePath(build);
  const text = await readTextFile(file).catch(() => "");
  const wanted = plain(instruction);
  const found = readInstructions(text)
    .filter(({ keyword, flags, rest }) =>
      plain([keyword, ...flags, rest].join(" ")).startsWith(wanted)
    );
  const [only] = found;
  return only && found.length === 1
    ? { file, line: only.line, column: 1 }
    : undefined;
}

/** BuildKit shows the instruction in one line, and cuts a here-document and what is long. */
function plain(text: string): string {
  return text.replace(/(?:\.{3}|…)$/, "").replaceAll(/\s+/g, " ").trim();
}
