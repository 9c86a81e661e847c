/**
 * The logs of a run's services, in `logs/` of its folder: read from the engine while containers run, completed when they
 * have ended, and never made shorter.
 *
 * @module
 */

import { ANSWERS_WITHIN } from "../child.ts";
import { readTail } from "../engine/container_log.ts";
import type { EngineApi } from "../engine/api.ts";
import { logLines, type Redact } from "./log_lines.ts";
import type { ServiceLog as ReadLog } from "../page/logs.ts";
import type { Sleep } from "../pause.ts";
import type { ChildOptions } from "../plan/executor.ts";
import {
  discard,
  type Ensure,
  readLogs,
  replaceIfLonger,
} from "./log_folder.ts";
import { type ServiceLog, serviceLog } from "./service_log.ts";

/** How a log is followed. */
export interface FollowOptions extends ChildOptions {
  /** Settled when the container has ended: from then on, the log is read only as long as new bytes come. */
  ended?: Promise<unknown>;
}

/** The logs of a run. */
export interface ServiceLogs {
  /**
   * Writes a container's log to `logs/<service>.log` until the container has ended, each line behind the time at which
   * the engine got it. Passes on the lines without that time, until the signal is aborted.
   */
  follow(
    container: string,
    service: string,
    options: FollowOptions,
  ): Promise<void>;
  /** Does the same in the background and passes on nothing. */
  watch(container: string, service: string): void;
  /** The last lines of a container's log, in the order in which they ended. */
  lastLines(container: string, count: number): Promise<string[]>;
  /**
   * Completes the log of a container that has ended, as long as new bytes come. `notice` takes the lines about logs, such
   * as why one is incomplete; default: `output`.
   */
  complete(
    container: string,
    service: string,
    options: ChildOptions & { notice?: (line: string) => void },
  ): Promise<void>;
  /**
   * Stops following containers; resolves to the logs, and to all lines about them, including those that the run has
   * shown.
   */
  finish(): Promise<{ logs: ReadLog[]; notices: string[] }>;
  /** Stops reading and closes the connection to the engine. */
  close(): Promise<void>;
}

/** Where {@linkcode serviceLogs} come from, and where they go. */
interface LogOptions {
  api: EngineApi;
  /** Absolute path of the folder that contains `logs`. */
  folder: string;
  /** See {@linkcode Ensure}. */
  ensure?: Ensure;
  /** Makes a function that hides secrets in a line. */
  redact?: (() => Redact) | undefined;
  /** Limits the wait for the rest of a log. */
  sleep?: Sleep | undefined;
}

/** The logs of a run's services. */
export function serviceLogs(options: LogOptions): ServiceLogs {
  const { folder, ensure } = options;
  const notices = noticeBoard();
  const open = openLogs(options, notices.keep);
  const again = wholeLogs(options, notices.keep);
  const read = async () => {
    try {
      ensure?.();
    } catch {
      // The folder that is there now is not the run's.
      return [];
    }
    return await readLogs(`${folder}/logs`);
  };
  return {
    follow: async (container, service, { output, ...until }) => {
      const log = open.begin(container, service, { tell: output });
      await followToEnd(log, until);
    },
    watch: (container, service) => void open.begin(container, service),
    lastLines: (container, count) => lastLines(options, { container, count }),
    complete: async (
      container,
      service,
      { output, signal, notice = output },
    ) => {
      const log = open.of(container);
      await log?.complete(signal);
      const isThere = log?.isThere() ?? false;
      if (log && !isThere) notices.keep(removed(service));
      const isWritten = log?.isDone() && isThere;
      if (!isWritten && !again.has(container)) {
        // Another container of this run has written to the same file.
        if (!log && open.isShared(service)) {
          await open.begin(container, service, { follow: false })
            .complete(signal);
        } else if (!isThere) {
          await again.read(container, service, signal);
        }
      }
      notices.taken().forEach(notice);
    },
    finish: async () => {
      await open.close();
      open.removed().map(removed).forEach(notices.keep);
      return { logs: await read(), notices: notices.all() };
    },
    close: async () => {
      await open.close();
    },
  };
}

/** Path of the log of a service. */
function pathOf({ folder }: LogOptions, service: string): string {
  return `${folder}/logs/${service}.log`;
}

/** The logs that are written while their containers run, by container. */
function openLogs(options: LogOptions, notice: (line: string) => void) {
  const { api, ensure, redact, sleep } = options;
  const logs = new Map<string, ServiceLog>();
  return {
    begin: (
      container: string,
      service: string,
      how: Partial<Parameters<typeof serviceLog>[0]> = {},
    ) => {
      const log = serviceLog({
        ...{ api, ensure, redact, sleep, notice, container, service },
        ...{ file: pathOf(options, service), follow: true, ...how },
      });
      logs.set(container, log);
      return log;
    },
    of: (container: string) => logs.get(container),
    /** Whether a container has written the log of this service, and the file is still there. */
    isShared: (service: string) =>
      logs.values().some((log) => log.service === service && log.isThere()),
    /** The services whose logs were removed. */
    removed: () =>
      [...logs.values()].filter(({ isThere }) => !isThere())
        .map(({ service }) => service),
    close: async () => {
      await Promise.all(logs.values().map((log) => log.close()));
    },
  };
}

/** Logs that are read from their beginning after their containers have ended. */
function wholeLogs(options: LogOptions, notice: (line: string) => void) {
  const { api, ensure, redact, sleep } = options;
  const whole = new Set<string>();
  return {
    /** Whether the log of this container was read to its end. */
    has: (container: string) => whole.has(container),
    /** Reads a log into a file of its own, which replaces the one that an earlier process has written unless it is shorter. */
    read: async (container: string, service: string, signal: AbortSignal) => {
      const path = pathOf(options, service);
      const file = `${path}.new`;
      discard(file, ensure);
      const log = serviceLog({
        ...{ api, ensure, redact, sleep, container, service, file },
        follow: false,
        // After an abort, the caller may try again.
        notice: (line) => signal.aborted || notice(line),
      });
      await log.complete(signal);
      if (log.isDone()) whole.add(container);
      await log.close();
      replaceIfLonger(path, { fresh: file, ensure });
    },
  };
}

/** Follows a log until its container has ended, and reads the rest; passes on no line after the signal is aborted. */
async function followToEnd(
  log: ServiceLog,
  { ended, signal }: Pick<FollowOptions, "ended" | "signal">,
): Promise<void> {
  const given = ended?.then(() => {}, () => {});
  // A lost connection does not mean that the container has ended.
  const over = log.ended().then(() => log.isDone() ? undefined : given);
  await unlessAborted(Promise.race([over, given ?? over]), signal);
  // The container may be removed when this resolves, so its log is read as long as new bytes come.
  if (!signal.aborted) await log.complete(signal, Infinity);
  log.stopTelling();
}

/** The last lines of a container's log, in the order in which they ended. */
async function lastLines(
  { api, redact }: LogOptions,
  { container, count }: { container: string; count: number },
): Promise<string[]> {
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
}

function removed(service: string): string {
  return `log of "${service}" was removed while it was written`;
}

/** Keeps lines for the user, each once. */
function noticeBoard() {
  const known = new Set<string>();
  let kept: string[] = [];
  return {
    keep: (line: string) => {
      if (known.has(line)) return;
      known.add(line);
      kept.push(line);
    },
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
