/**
 * Identifies the project of a run by its files, and for tests by the file of tests beside them.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import type { RunRequest } from "../cli/request.ts";
import { exportedEnv } from "../compose/environment.ts";
import { identify } from "../compose/project.ts";
import { testFilesBeside } from "../compose/test_files.ts";
import { dockerIn } from "../engine/docker.ts";
import type { Search } from "./found.ts";
import type { Reading } from "./manner.ts";

/** Identifies the project; of tests, with the file of tests beside the default one. */
export async function identified(
  reading: Reading,
  { request, world: { readTextFile }, surroundings }: Search["options"],
): Promise<Pick<Search, "identity" | "tests">> {
  const { directory, env } = surroundings;
  const identityOf = (request: RunRequest) =>
    identify({
      directory,
      env: { ...env, ...exportedEnv(request, undefined) },
      readTextFile,
    });
  const identity = await identityOf(request);
  if (!reading.readsTests || !identity.isDefault) {
    return { identity, tests: undefined };
  }
  const tests = await testFilesBeside(identity, {
    readTextFile,
    isValid: async (file) => {
      const only = exportedEnv({ files: [file] }, undefined);
      const { code } = await dockerIn(seeing(only, surroundings))(
        ...["compose", "config", "--quiet"],
      );
      return code === 0;
    },
  });
  return {
    identity: tests ? await identityOf(withTests(request, tests)) : identity,
    tests,
  };
}

/** The request, as if the caller had named the files that Compose reads for tests. */
export function withTests<T extends Pick<RunRequest, "files">>(
  request: T,
  tests: Search["tests"],
): T {
  return tests ? { ...request, files: tests.files } : request;
}

/** The surroundings of children that get these variables. */
export function seeing(
  exported: Readonly<Record<string, string>>,
  surroundings: Surroundings,
): Surroundings {
  return { ...surroundings, env: { ...surroundings.env, ...exported } };
}
