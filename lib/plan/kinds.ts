/**
 * Performs a step by its kind.
 *
 * @module
 */

import type { Does } from "./plan.ts";
import { shortId } from "../text/short_id.ts";
import type { Context } from "./context.ts";
import { hookLog } from "./hooks.ts";

/** Runs the command of the step and the actions of its kind; resolves to the exit code. */
export async function performStep(context: Context): Promise<number> {
  const { step: { command, does }, executor, options } = context;
  switch (does.kind) {
    case "build":
      return await executor.execute(command, {
        ...options,
        ...(does.env && { env: does.env }),
      });
    case "base":
      return await fetchBase(does, context);
    case "volume":
      return await makeVolume(does, context);
    case "command":
      return await executor.execute(command, options);
    case "start":
      return await start(does, context);
    case "gate":
      return await awaitGate(does, context);
    case "oneshot":
      return await runOneShot(does, context);
    case "images":
      return await tellImages(does, context);
    case "url":
      return await proveUrl(does, context);
    case "push":
      return await pushTag(does, context);
    case "attest":
      return (await executor.attest(does, options)).code;
    case "remove":
      return await remove(does, context);
  }
}

/** Runs the command that starts a container, before which Compose may run hooks. */
async function start(
  { service, container, hooks }: Does<"start" | "oneshot">,
  { step: { command }, executor, options: given, tell }: Context,
): Promise<number> {
  const options = {
    ...given,
    output: (line: string) => {
      // `docker compose run --detach` prints it, and it tells nothing.
      if (!/^[0-9a-f]{64}$/.test(line.trim())) given.output(line);
    },
  };
  if (!hooks) return await executor.execute(command, options);
  return await executor.executeWithHooks(command, {
    ...{ ...options, service, container },
    tell: (line) => tell(line, hookLog(service)),
  });
}

export async function remove(
  does: Does<"remove">,
  context: Context,
): Promise<number> {
  const { step: { cleanup, name, why }, executor, options, run } = context;
  const { failed, stop, faults } = run;
  // Data is lost from here on.
  if (!cleanup && !does.tells) options.output(why);
  const gone = await executor.tearDown(does, {
    ...options,
    thorough: failed,
    stop,
    made: cleanup !== undefined,
    onFault: (error) => void faults.note(error, name),
    remains: (commands) => void run.remains?.set(name, commands),
  });
  return gone ? 0 : 1;
}

/** Emits lines about losses, which the end of the run shows. */
function noticeOf({ step, emit }: Pick<Context, "step" | "emit">) {
  return (line: string) =>
    emit({ kind: "output", step: step.name, line, notice: true });
}

async function awaitGate(
  { container, needs, mayEnd, staysUp, ends, isAlone, serves, service }: Does<
    "gate"
  >,
  context: Context,
): Promise<number> {
  const { step, executor, became, emit, run } = context;
  const { signal, output } = context.options;
  const verdict = await executor.awaitReady(container, {
    signal,
    needs,
    ...(mayEnd && { mayEnd }),
    ...(staysUp && { staysUp }),
    serves,
    service,
    onProbe: (line) =>
      emit({
        ...{ kind: "output", step: step.name, line, service },
        progress: true,
      }),
  });
  const notice = noticeOf(context);
  if (verdict.ready && verdict.ended && !ends && !run.ended.has(service)) {
    run.ended.add(service);
    notice(
      isAlone
        ? `"${service}" has ended with exit code 0, and nothing starts it again`
        : `"${service}" has ended with exit code 0; service_completed_successfully in depends_on would wait for that`,
    );
  }
  if (verdict.ready && !verdict.ended && ends && needs === "steady") {
    notice(
      `"${service}" still runs, although its name says that it ends: nothing waits for it`,
    );
  }
  if (verdict.ready) return 0;
  became(verdict.reason);
  output(`"${service}" ${verdict.reason}`);
  return 1;
}

/**
 * Fetches a base image again. A registry that does not answer is no failure, because the image is there: the user is told
 * that it may be an old one.
 */
async function fetchBase(
  { image, before }: Does<"base">,
  context: Context,
): Promise<number> {
  const { step, executor, options, run: { onMoved } } = context;
  const { signal, output } = options;
  let last = "";
  const code = await executor.execute(step.command, {
    ...options,
    output: (line) => {
      last = line.trim() || last;
      output(line);
    },
  });
  if (signal.aborted) return 1;
  if (code !== 0) {
    const line = `${image} was not compared with its registry: ${
      last || `exit code ${code}`
    }`;
    noticeOf(context)(line);
    return 0;
  }
  const id = await executor.imageId(image, signal);
  if (id === undefined) return 1;
  if (id === before) return 0;
  output(`${image} has moved from ${shortId(before)} to ${shortId(id)}`);
  onMoved?.(image);
  return 0;
}

/** Captures the lines of a step whose output is data; its errors are emitted. */
async function dataOf(
  { step: { command }, executor, options: { signal, output } }: Context,
): Promise<{ code: number; lines: string[] }> {
  const { code, stdout, stderr } = await executor.capture(command, signal);
  if (code !== 0) stderr.trim().split("\n").forEach(output);
  // Ignore the output of an aborted command, even if it exited with 0.
  return {
    code: code || Number(signal.aborted),
    lines: stdout.replace(/^\ufeff/, "").trim().split(/\r?\n/),
  };
}

async function tellImages(
  { images }: Does<"images">,
  context: Context,
): Promise<number> {
  const { code, lines } = await dataOf(context);
  if (code !== 0) return code;
  const step = context.step.name;
  // A wrapper named docker may print notices, too.
  const ids = lines.filter((line) => line.startsWith("sha256:"));
  images.forEach(({ services, before, taken }, i) => {
    const id = (ids.length === images.length ? ids : lines)[i] ?? "";
    for (
      const { name, before } of taken.filter(({ before }) => before !== id)
    ) {
      context.options.output(
        `takes the name ${name} from image ${before}, which todoflow has not built`,
      );
    }
    const unchanged = id === before;
    context.emit({ kind: "image", step, services, id, unchanged });
  });
  return 0;
}

/** Makes a volume; fails if the name was taken, because that volume is not the run's. */
async function makeVolume(
  { name }: Does<"volume">,
  { step: { command }, executor, options }: Context,
): Promise<number> {
  const code = await executor.execute(command, options);
  if (code !== 0) return code;
  const isOwn = await executor.madeVolume(name, options.signal);
  if (isOwn) return 0;
  options.output(
    isOwn === undefined
      ? `docker does not say which run made the volume ${name}`
      : `volume ${name} was there already, and no run of todoflow has made it`,
  );
  return 1;
}

async function proveUrl(
  does: Does<"url">,
  context: Context,
): Promise<number> {
  const { code, lines } = await dataOf(context);
  if (code !== 0) return code;
  const { executor, options, emit } = context;
  const url = await executor.prove(
    lines.filter((line) => /:\d+$/.test(line)),
    does,
    { ...options, notice: noticeOf(context) },
  );
  if (!url) return 1;
  emit({ kind: "url", url, ...(does.app && { service: does.app }) });
  return 0;
}

async function pushTag(
  does: Does<"push">,
  { step: { name, command }, executor, options, emit }: Context,
): Promise<number> {
  const { code, digest, unchanged } = await executor
    .push(command, does, options);
  if (digest !== undefined) {
    const { reference } = does;
    emit({ kind: "published", step: name, reference, digest, unchanged });
  }
  return code;
}

async function runOneShot(
  does: Does<"oneshot">,
  context: Context,
): Promise<number> {
  const { step, executor, options, tell, became, made, run: { faults } } =
    context;
  const { container, service } = does;
  const { signal } = options;
  let code = await start(does, context);
  if (code === 0) {
    made();
    code = await executor.follow(container, {
      signal,
      service,
      output: (line) => tell(line, service),
      notice: options.output,
    });
    became(`ended with exit code ${code}`);
    // Clean-up collects from the containers that are left to it.
    const hasReports = does.reports?.length !== 0;
    if (hasReports && does.remove !== "never" && !signal.aborted) {
      try {
        await executor.collect(container, options);
      } catch (error) {
        // The work is done: the container is removed even if its reports cannot be collected.
        faults.note(error, step.name);
      }
    }
  }
  // A failed container is inspected before its removal; a stopped one is left to clean-up, which collects first.
  if (code === 0 && does.remove !== "never") {
    await executor.remove(container, AbortSignal.timeout(step.deadline));
  }
  return code;
}
