/**
 * Asks git about a checkout. A checkout may come from anybody, and so may its `.git/config`: git executes nothing that they
 * name, and has a deadline.
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

/** Milliseconds after which git is taken for one that does not answer. */
const ANSWERS_WITHIN = 30_000;

/** The variable that names one question: a `git` that is a wrapper has children, which end with it. */
const QUESTION_MARK = "TODOFLOW_QUESTION";

/**
 * Settings against what a repository's own ones, or a bare repository among its files, would have git execute. Pagers,
 * editors, external diffs and gpg need no mention, as no command here uses one; filters are left to dirty.ts, which alone
 * asks something that runs them.
 */
const SAFE = [
  "core.fsmonitor=",
  "core.hooksPath=/dev/null",
  "safe.bareRepository=explicit",
].flatMap((setting) => ["-c", setting]);

/**
 * The same for the network: a repository can be a partial clone, whose missing objects git fetches with any program that
 * the remote names. https://git-scm.com/docs/git#Documentation/git.txt-GITNOLAZYFETCH
 */
const SAFE_ENV = {
  GIT_ALLOW_PROTOCOL: "none",
  GIT_NO_LAZY_FETCH: "1",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
};

/** The variables by which git names one repository. See `git rev-parse --local-env-vars`. */
const LOCAL_ENV =
  /^GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|COMMON_DIR|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE)$/;

/** The variables without those that name a repository, as hooks have them: for a question about that of a folder. */
export function withoutRepository(
  env: Surroundings["env"],
): Surroundings["env"] {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !LOCAL_ENV.test(name)),
  );
}

/** Where git is asked. */
export interface Asking extends Surroundings {
  /** Ends the questions. */
  signal?: AbortSignal;
  /** Milliseconds for each answer; default: 30 s. */
  within?: number;
}

/**
 * Asks git something about the repository.
 *
 * @throws {TodoflowError} when there is no git, or it does not answer.
 */
export type Git = (
  args: readonly string[],
  input?: string,
) => Promise<Output>;

/** What asks git about the repository of a directory. Only commands that neither write nor fetch are safe. */
export function gitIn(asking: Asking): Git {
  const { directory, env, within: ms = ANSWERS_WITHIN } = asking;
  return async (args, input = "") => {
    const mark = crypto.randomUUID();
    const child = start(["-C", directory, "--no-pager", ...SAFE, ...args], {
      [RUN_MARK]: mark,
      ...childEnv(env),
      ...SAFE_ENV,
      [QUESTION_MARK]: mark,
    });
    const answer = Promise.all([child.output(), write(child.stdin, input)]);
    const signal = AbortSignal.any(
      [asking.signal, asking.giveUp].filter((one) => one !== undefined),
    );
    const [done] = await within(answer, { ms, signal }) ?? [];
    if (done) {
      const text = new TextDecoder();
      const { code, stdout, stderr } = done;
      return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
    }
    const only = new RegExp(` ${QUESTION_MARK}=${mark}`);
    await endChildren(env[RUN_MARK] ?? mark, { only });
    try {
      // Where there is no `ps`.
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await settled(answer);
    const seconds = ms / 1000;
    throw new TodoflowError({ kind: "git-hangs", directory, seconds });
  };
}

function start(args: string[], env: Record<string, string>) {
  try {
    return new Deno.Command("git", {
      args,
      env,
      clearEnv: true,
      stdin: "piped",
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
    // It ended without having read all; its exit code tells why.
  }
}

/** The files of the repository, relative to the directory; none without git, or when it does not answer. */
export async function trackedFiles(asking: Asking): Promise<string[]> {
  const question = ["ls-files", "-z", "--cached", "--others"];
  try {
    const { stdout } = await gitIn(asking)([...question, "--exclude-standard"]);
    return stdout.split("\0").filter(Boolean);
  } catch {
    return [];
  }
}
