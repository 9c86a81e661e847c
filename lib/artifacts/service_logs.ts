/**
 * The logs of a run's services, in `logs/` of its folder: read from the engine while containers run, complete when they have
 * ended, and never shorter than they were.
 *
 * @module
 */

import { ANSWERS_WITHIN } from "../child.ts";
import { readTail } from "../engine/container_log.ts";
import type { EngineApi } from "../engine/api.ts";
import { discard, type Ensure, readLogs, replaceIfLonger } from "./log_file.ts";
import { logLines, type Redact } from "./log_lines.ts";
import type { ServiceLog as ReadLog } from "../page/logs.ts";
import type { ChildOptions } from "../plan/executor.ts";
import { type ServiceLog, serviceLog } from "./service_log.ts";

/** How a log is followed. */
export interface FollowOptions extends ChildOptions {
  /** Takes what todoflow has to say of the log; without it, that is told when logs are completed or finished. */
  notice?: (line: string) => void;
  /** Settled when the container has ended: from then on, a log that does not go on is not waited for. */
  ended?: Promise<unknown>;
}

/** The logs of a run; the methods are those of `Artifacts`. */
export interface ServiceLogs {
  /**
   * Writes a container's log to `logs/<service>.log` until the container has ended, each line with the time at which the
   * engine got it. Lines are told without it, until the signal is aborted.
   */
  follow(
    container: string,
    service: string,
    options: FollowOptions,
  ): Promise<void>;
  /** Does the same in the background and tells nothing. */
  watch(container: string, service: string): void;
  /** The last lines of a container's log, in the order in which they ended. */
  lastLines(container: string, count: number): Promise<string[]>;
  /** Makes the log of a container that has ended complete, as far as that takes no time without anything new. */
  complete(
    container: string,
    service: string,
    options: ChildOptions,
  ): Promise<void>;
  /** Ends what still follows a container; resolves to the logs, and to all that is to be told of them, whether it was or not. */
  finish(): Promise<{ logs: ReadLog[]; notices: string[] }>;
  /** Ends everything; resolves when no child is left. */
  close(): Promise<void>;
}

/** Where {@linkcode serviceLogs} come from and go. */
export interface LogOptions {
  api: EngineApi;
  /** Absolute path of the folder in which `logs` is. */
  folder: string;
  /** See {@linkcode Ensure}. */
  ensure?: Ensure;
  /** Makes what takes secrets out of a line. */
  redact?: (() => Redact) | undefined;
}

/** The logs of a run's services. */
export function serviceLogs(options: LogOptions): ServiceLogs {
  const { api, folder, ensure, redact } = options;
  const logs = new Map<string, ServiceLog>();
  /** Containers whose log was read as a whole after they had ended. */
  const whole = new Set<string>();
  const notices = noticeBoard();
  const pathOf = (service: string) => `${folder}/logs/${service}.log`;
  const common = { api, redact, ensure, follow: true, notice: notices.keep };
  const begin = (
    container: string,
    service: string,
    how: Partial<Parameters<typeof serviceLog>[0]> = {},
  ) => {
    const file = pathOf(service);
    const log = serviceLog({ ...common, container, service, file, ...how });
    logs.set(container, log);
    return log;
  };
  /** Reads a log from its beginning, beside what an earlier process has written of it. */
  const readWhole = async (
    container: string,
    service: string,
    signal: AbortSignal,
  ) => {
    const file = `${pathOf(service)}.new`;
    discard(file, ensure);
    const log = serviceLog({
      ...common,
      ...{ container, service, file, follow: false },
      // Who stops it may ask again.
      notice: (line) => signal.aborted || notices.keep(line),
    });
    await log.complete(signal);
    if (log.isDone()) whole.add(container);
    await log.close();
    replaceIfLonger(pathOf(service), { fresh: file, ensure });
  };
  const read = async () => {
    try {
      ensure?.();
    } catch {
      // What is there now is not the run's.
      return [];
    }
    return await readLogs(`${folder}/logs`);
  };
  const closeAll = async () => {
    await Promise.all([...logs.values()].map((log) => log.close()));
  };
  return {
    follow: async (container, service, options) => {
      const { output, notice, ended, signal } = options;
      const log = begin(container, service, {
        tell: output,
        ...(notice && { notice: notices.once(notice) }),
      });
      const given = ended?.then(() => {}, () => {});
      // One whose connection is lost may belong to a container that goes on.
      const over = log.ended().then(() => log.isDone() ? undefined : given);
      await unlessAborted(Promise.race([over, given ?? over]), signal);
      // The container may be removed when this resolves: what is missing is asked for as long as something comes.
      if (!signal.aborted) await log.complete(signal, Infinity);
      log.tellNobody();
    },
    watch: (container, service) => void begin(container, service),
    lastLines: async (container, count) => {
      const lines: string[] = [];
      const to = logLines({
        name: "its log",
        tell: (line) => void lines.push(line),
        redact,
        problem: () => {},
      });
      const signal = AbortSignal.timeout(ANSWERS_WITHIN);
      await readTail({ api, container }, to, { count, signal });
      to.end();
      return lines.slice(-count);
    },
    complete: async (container, service, { output, signal }) => {
      const log = logs.get(container);
      if (log) await log.complete(signal);
      if (log && !log.isThere()) notices.keep(removed(service));
      const isWritten = log?.isDone() && log.isThere();
      if (!isWritten && !whole.has(container)) {
        const isShared = [...logs.values()].some((other) =>
          other !== log && other.service === service && other.isThere()
        );
        // Another container of this run has written there.
        if (!log && isShared) {
          await begin(container, service, { follow: false }).complete(signal);
        } else if (!log || !log.isThere()) {
          await readWhole(container, service, signal);
        }
      }
      notices.taken().forEach(output);
    },
    finish: async () => {
      await closeAll();
      for (const { isThere, service } of logs.values()) {
        if (!isThere()) notices.keep(removed(service));
      }
      return { logs: await read(), notices: notices.all() };
    },
    close: async () => {
      await closeAll();
      await api.close();
    },
  };
}

function removed(service: string): string {
  return `log of "${service}" was removed while it was written`;
}

/** Keeps what is to be told, each line once. */
function noticeBoard() {
  const known = new Set<string>();
  let kept: string[] = [];
  const once = (to: (line: string) => void) => (line: string) => {
    if (known.has(line)) return;
    known.add(line);
    to(line);
  };
  return {
    once,
    keep: once((line) => void kept.push(line)),
    all: () => [...known],
    taken: () => {
      const all = kept;
      kept = [];
      return all;
    },
  };
}

/** Resolves with the promise, or when the signal is aborted. */
async function unlessAborted(
  promise: Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener("abort", onAbort);
}
