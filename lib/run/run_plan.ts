/**
 * Runs a target that has a plan, from the request to the exit code.
 *
 * @module
 */

import type { RunRequest } from "../cli/request.ts";
import type { World } from "../world.ts";
import type { PlanTarget } from "../target.ts";
import { endChildren, RUN_MARK, type Surroundings } from "../child.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Hidden, Redactor } from "../secrets/redact.ts";
import { within } from "../pause.ts";

/** One call of {@linkcode runPlan}. */
interface Call {
  request: RunRequest;
  world: World;
  surroundings: Surroundings;
  /** Gets the redactor, once the secrets of the project are known. */
  hidden: Hidden;
}

/**
 * Runs a target that has a plan; resolves to the exit code.
 *
 * @throws {TodoflowError} when the run cannot start; nothing was changed.
 */
export async function runPlan(
  target: PlanTarget,
  call: Call,
): Promise<number> {
  const { request, world, surroundings: { directory, env }, hidden } = call;
  const [
    { prepare },
    { mannerOf, readingOf },
    { listen, unlessStopped },
    { currentEngine },
  ] = await Promise.all([
    import("./prepare.ts"),
    import("./manners.ts"),
    import("./signals.ts"),
    import("../engine/current.ts"),
  ]);
  const signals = listen(world);
  const run = crypto.randomUUID();
  const { giveUp } = signals;
  const surroundings = {
    directory,
    env: { ...env, [RUN_MARK]: run },
    giveUp,
  };
  const current = currentEngine(surroundings);
  try {
    const options = { request, world, surroundings, run, signals, hidden };
    const asked = Promise.withResolvers<void>();
    const prepared = unlessStopped(
      prepare(readingOf(target), {
        ...options,
        current,
        onAsked: asked.resolve,
      }),
      options,
    );
    // Most of the code is loaded while Compose reads its files.
    await Promise.race([asked.promise, prepared.catch(() => {})]);
    const [{ perform }, manner] = await Promise.all([
      import("./perform.ts"),
      mannerOf(target),
    ]);
    return await perform(manner, { ...options, prepared });
  } catch (error) {
    const shown = await showable(error, { ...call, stop: signals.stop });
    throw signals.stop.aborted ? shown : await placed(shown, call);
  } finally {
    await current.close();
    // Grandchildren of a stopped run must not outlive the tool.
    if (signals.stop.aborted) await endChildren(run);
    // End here, not earlier: without a listener, a second signal would end the tool before its children.
    signals.end();
  }
}

/** How long (ms) reading the files for a failure may take, and the most bytes of each. */
const FILES_WITHIN = 5_000;

const MOST_BYTES = 2 ** 24;

/** The error as it may be shown: a message of Compose may quote values of the file, so its secrets must be known. */
async function showable(
  error: unknown,
  { request, hidden, stop, ...where }: Call & { stop: AbortSignal },
): Promise<unknown> {
  // After a signal there is no time to read the file.
  if (!hidden.redactor && !stop.aborted) {
    const redactor = await within(
      redactorOfFiles(request, where),
      { ms: FILES_WITHIN, signal: stop },
    ).catch(() => undefined);
    if (redactor) hidden.redactor = redactor;
  }
  return hidden.redactor ? error : withoutDetail(error);
}

/** The error with its place in the files, which are read only now. */
async function placed(error: unknown, call: Call): Promise<unknown> {
  if (!(error instanceof TodoflowError)) return error;
  const { located } = await import("./located.ts");
  const found = located(error, call).catch(() => error);
  return await within(found, { ms: FILES_WITHIN }) ?? error;
}

/** The error without the message of Compose, which may quote a secret. */
function withoutDetail(error: unknown): unknown {
  if (!(error instanceof TodoflowError)) return error;
  const { failure } = error;
  if (failure.kind !== "invalid-compose-file") return error;
  // Such a message has only the path of a file.
  const { what = "" } = failure.about ?? {};
  if (["unreadable", "folder", "file"].includes(what)) return error;
  const detail =
    "the reason is not shown: the secrets that it must not contain could not be read";
  return new TodoflowError({ kind: failure.kind, detail });
}

/**
 * The redactor for the secrets in the Compose files as they are written.
 *
 * @throws {Error} when one of them is not a regular file, or is too large.
 */
async function redactorOfFiles(
  request: RunRequest,
  { world: { readTextFile }, surroundings: { directory, env } }: Pick<
    Call,
    "world" | "surroundings"
  >,
): Promise<Redactor> {
  const [{ exportedEnv }, { writtenRedactor }] = await Promise.all([
    import("../compose/environment.ts"),
    import("../secrets/collect.ts"),
  ]);
  const all = { ...env, ...exportedEnv(request, undefined) };
  let refused: Error | undefined;
  const redactor = await writtenRedactor({
    directory,
    env: all,
    readTextFile: async (path) => {
      const { isFile, size } = await Deno.stat(path);
      if (isFile && size <= MOST_BYTES) return await readTextFile(path);
      throw refused = new Error(`${path} is no file, or too large`);
    },
  });
  // A file that was refused may contain secrets that are not known.
  if (refused) throw refused;
  return redactor;
}
