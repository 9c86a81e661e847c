/**
 * Finds the places in the Compose files that an error is about.
 *
 * @module
 */

import { dirname, relative } from "node:path";
import { withPlace } from "../compose/complaint.ts";
import { lineAt } from "../compose/complaint_place.ts";
import { exportedEnv } from "../compose/environment.ts";
import { composeFiles, type ReadTextFile } from "../compose/files.ts";
import { locate } from "../compose/locate.ts";
import { composeFilesNear } from "../compose/missing_file.ts";
import { testCommandIn } from "../compose/test_command.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Complaint, Failure } from "../errors/failure.ts";
import { namesIn } from "../reports/look.ts";
import type { PerformOptions } from "./prepared.ts";

/** Adds to an error about the configuration its place in the Compose files, which are read only now. */
export async function located(
  error: unknown,
  options: PerformOptions,
): Promise<unknown> {
  if (!(error instanceof TodoflowError)) return error;
  const { failure } = error;
  const looking = lookingIn(options);
  switch (failure.kind) {
    case "many-test-files":
    case "no-compose-file":
      return new TodoflowError(await withFiles(failure, looking));
    case "no-role":
      return new TodoflowError(await withLines(failure, looking));
    case "invalid-config":
    case "unsupported":
    case "port-in-use":
    case "lacking": {
      const found = await withLocation(failure, looking);
      return found ? new TodoflowError(found) : error;
    }
    case "invalid-compose-file": {
      // A line may contain a secret.
      if (!options.hidden?.redactor && !isAboutPath(failure)) return error;
      const files = await looking.files();
      const found = await withPlace(failure, { ...looking, files });
      return new TodoflowError({ ...found, kind: failure.kind });
    }
  }
  return error;
}

/** The Compose files, and how their paths are shown. */
interface Looking {
  /** The folder of the run. */
  directory: string;
  /** The Compose files, as absolute paths. */
  files: () => Promise<string[]>;
  readTextFile: ReadTextFile;
  /** The path of a file as the user sees it, and as `-f` takes it. */
  shown: (file: string) => string;
  asFlag: (file: string) => string;
  list: typeof namesIn;
}

function lookingIn(
  { request, world, surroundings: { directory, env } }: PerformOptions,
): Looking {
  const { readTextFile } = world;
  const from = (folder: string) => (file: string) => {
    const path = relative(folder, file) || ".";
    // Far away, the whole path is easier to read.
    return path.startsWith("../../") ? file : path;
  };
  return {
    ...{ directory, readTextFile, list: namesIn },
    files: () =>
      composeFiles({
        directory,
        env: { ...env, ...exportedEnv(request, undefined) },
        readTextFile,
      }),
    shown: from(world.directory),
    asFlag: from(directory),
  };
}

type Kind<K extends Failure["kind"]> = Extract<Failure, { kind: K }>;

/** The failure with the Compose files that `-f` may name. */
async function withFiles(
  failure: Kind<"many-test-files" | "no-compose-file">,
  { directory, shown, asFlag, list }: Looking,
): Promise<Failure> {
  if (failure.kind === "no-compose-file") {
    const near = await composeFilesNear(directory, list);
    return { ...failure, near: near.map(asFlag) };
  }
  const [first] = failure.files;
  return {
    ...failure,
    files: failure.files.map(shown),
    ...(first !== undefined && { flag: asFlag(first) }),
  };
}

/** The failure with the file that the missing lines belong to, and the command that tests the app. */
async function withLines(
  failure: Kind<"no-role">,
  { files, shown, readTextFile }: Looking,
): Promise<Failure> {
  const [file = "docker-compose.yml"] = await files();
  const command = failure.role === "test"
    ? await testCommandIn(failure.folder ?? dirname(file), readTextFile)
    : undefined;
  return { ...failure, file: shown(file), ...(command && { command }) };
}

/** The failure with the place of its key; undefined if no file has the key. */
async function withLocation(
  failure: Kind<"invalid-config" | "unsupported" | "lacking" | "port-in-use">,
  { files, shown, readTextFile }: Looking,
): Promise<Failure | undefined> {
  const path = failure.kind === "port-in-use"
    ? portsOf(failure.ports[0]?.service)
    : failure.path ?? [];
  if (path.length === 0) return undefined;
  const found = await locate(path, { files: await files(), readTextFile });
  if (!found) return undefined;
  const location = { ...found, file: shown(found.file) };
  const line = failure.kind === "lacking"
    ? await lineAt(found, readTextFile)
    : undefined;
  return { ...failure, location, line } as Failure;
}

/** Where a service publishes its ports. */
function portsOf(service: string | undefined): readonly string[] {
  return service === undefined ? [] : ["services", service, "ports"];
}

/** Whether a complaint has only the path of a file, and nothing of its text. */
function isAboutPath({ about }: Complaint): boolean {
  return ["unreadable", "folder", "file"].includes(about?.what ?? "");
}
