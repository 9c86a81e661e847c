/**
 * Asks git about a checkout. Checkout and `.git/config` may be hostile: git executes nothing that they name, and has a
 * deadline.
 *
 * @module
 */

import {
  childEnv,
  endChildren,
  type Output,
  RUN_MARK,
  spawnProblem,
  type Surroundings,
} from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import { settled, within } from "../pause.ts";

/** How long (ms) git may take to answer. */
const ANSWERS_WITHIN = 30_000;

/** The variable that names one question: a wrapper named git has children, which end with it. */
const QUESTION_MARK = "TODOFLOW_QUESTION";

/**
 * Settings that override the programs which a repository's own settings, or a bare repository among its files, would
 * have git execute. Pagers, editors, external diffs and gpg are not among them, because no command here uses one;
 * filters are handled by dirty.ts, which has the only command that runs them.
 */
const SAFE = [
  "core.fsmonitor=",
  "core.hooksPath=/dev/null",
  "safe.bareRepository=explicit",
].flatMap((setting) => ["-c", setting]);

/**
 * Variables that keep git off the network: a partial clone lets git fetch missing objects with any program that the
 * remote names. https://git-scm.com/docs/git#Documentation/git.txt-GITNOLAZYFETCH
 */
const SAFE_ENV = {
  GIT_ALLOW_PROTOCOL: "none",
  GIT_NO_LAZY_FETCH: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
};

/** The variables by which git names a repository. See `git rev-parse --local-env-vars`. */
const LOCAL_ENV =
  /^GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|COMMON_DIR|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE)$/;

/**
 * The variables without those that name a repository, which hooks have: for questions about the repository of a folder.
 */
export function withoutRepository(
  env: Surroundings["env"],
): Surroundings["env"] {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !LOCAL_ENV.test(name)),
  );
}

/** The place and the limits of questions to git. */
export interface Asking extends Surroundings {
  /** Ends the questions. */
  signal?: AbortSignal;
  /** The time limit (ms) of each answer; default: 30 s. */
  within?: number;
}

/**
 * Asks git something about the repository.
 *
 * @throws {TodoflowError} if there is no git, or it does not answer
 */
export type Git = (
  args: readonly string[],
  input?: string,
) => Promise<Output>;

/**
 * Makes a function that asks git about the repository of a directory. Only commands that neither write nor fetch are
 * safe.
 */
export function gitIn(asking: Asking): Git {
  const { directory, env, within: ms = ANSWERS_WITHIN } = asking;
  return async (args, input = "") => {
    const mark = crypto.randomUUID();
    const child = start(["-C", directory, "--no-pager", ...SAFE, ...args], {
      env: {
        [RUN_MARK]: mark,
        ...childEnv(env),
        ...SAFE_ENV,
        [QUESTION_MARK]: mark,
      },
      stdin: input === "" ? "null" : "piped",
    });
    const answer = Promise.all([
      child.output(),
      input === "" ? undefined : write(child.stdin, input),
    ]);
    const signal = AbortSignal.any([
      AbortSignal.timeout(ms),
      ...[asking.signal, asking.giveUp].filter((one) => one !== undefined),
    ]);
    const [done] = await within(answer, { signal }) ?? [];
    if (done) {
      const text = new TextDecoder();
      const { code, stdout, stderr } = done;
      return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
    }
    const only = new RegExp(` ${QUESTION_MARK}=${mark}`);
    await endChildren(env[RUN_MARK] ?? mark, { only });
    try {
      // Needed where there is no `ps`.
      child.kill("SIGKILL");
    } catch {
      // The child has ended already.
    }
    await settled(answer);
    const seconds = ms / 1000;
    throw new TodoflowError({ kind: "git-hangs", directory, seconds });
  };
}

function start(
  args: string[],
  init: Pick<Deno.CommandOptions, "env" | "stdin">,
) {
  try {
    return new Deno.Command("git", {
      args,
      ...init,
      clearEnv: true,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const detail = spawnProblem(error);
    throw new TodoflowError({ kind: "no-git", ...(detail && { detail }) });
  }
}

async function write(stdin: WritableStream<Uint8Array>, input: string) {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // git has ended without reading all; its exit code has the reason.
  }
}

/** The files of the repository, relative to the directory; none without git or without an answer. */
export async function trackedFiles(asking: Asking): Promise<string[]> {
  const question = ["ls-files", "-z", "--cached", "--others"];
  try {
    const { stdout } = await gitIn(asking)([...question, "--exclude-standard"]);
    return stdout.split("\0").filter(Boolean);
  } catch {
    return [];
  }
}
