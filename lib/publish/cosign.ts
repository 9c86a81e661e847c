/**
 * Asks cosign, which signs statements about images and checks their signatures.
 *
 * @module
 */

import {
  childEnv,
  type Ending,
  type Output,
  outputOf,
  spawnProblem,
  type Surroundings,
} from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";

/** The major version of cosign whose words and flags are known. */
const MAJOR = 2;

/** How long (ms) one call of cosign may take. */
const ANSWERS_WITHIN = 180_000;

/** The place and the limits of calls of cosign. */
export interface CosignOptions extends Surroundings {
  /** Ends the call. */
  signal?: AbortSignal;
}

/**
 * Runs cosign. Its password and its credentials come from its environment and from docker's files, never as arguments.
 *
 * @throws {TodoflowError} if there is no cosign
 */
export async function cosign(
  args: readonly string[],
  { directory, env, giveUp, signal }: CosignOptions,
): Promise<Output & Ending> {
  try {
    return await outputOf("cosign", {
      args,
      cwd: directory,
      env: childEnv(env),
      signals: [giveUp, signal, AbortSignal.timeout(ANSWERS_WITHIN)],
    });
  } catch (error) {
    const detail = spawnProblem(error) || "there is no cosign in PATH";
    throw new TodoflowError({ kind: "no-cosign", detail });
  }
}

/**
 * Checks that there is a cosign of the known major version. Some distributions build it without a version ("devel").
 *
 * @throws {TodoflowError} if there is none
 */
export async function checkCosign(options: CosignOptions): Promise<void> {
  const { code, stdout, stderr } = await cosign(["version"], options);
  const text = stdout + stderr;
  const [, version] = /^GitVersion:[ \t]*(\S+)/m.exec(text) ?? [];
  const major = /^v?(\d+)\./.exec(version ?? "")?.[1];
  if (code === 0 && (Number(major) === MAJOR || version === "devel")) return;
  throw new TodoflowError({
    kind: "no-cosign",
    detail: version === undefined
      ? "cosign version does not tell its version"
      : `this is cosign ${version}, and only cosign ${MAJOR} is known`,
  });
}

/** The last line of cosign's error, without the keys and credentials that URLs of a registry may have. */
export function complaintOf({ stderr }: Pick<Output, "stderr">): string {
  const lines = stderr.trim().split("\n");
  const line = lines.findLast((one) => one.startsWith("Error: ")) ??
    lines.at(-1) ?? "";
  return line.replace(/^Error: /, "").slice(0, MOST_SHOWN)
    .replace(/(https?:\/\/[^\s"?]+)\?[^\s"]*/g, "$1")
    .replace(/:\/\/[^\s/@]*@/g, "://");
}

/** The most characters of a message of cosign. */
const MOST_SHOWN = 2_000;
