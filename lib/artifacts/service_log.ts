/**
 * The log of one container of a service: read in the background, written to a file, and passed on line by line if the
 * caller wants it.
 *
 * @module
 */

import {
  type LogEnd,
  type LogReader,
  logReader,
  type LogSource,
} from "../engine/container_log.ts";
import { type LogFile, logFile } from "./log_file.ts";
import { type Lines, logLines, type Redact } from "./log_lines.ts";
import type { Stream } from "../engine/log_messages.ts";
import { type Sleep, type Within, within } from "../pause.ts";
import type { Ensure } from "./log_folder.ts";

/** The log of one container while it is read. */
export interface ServiceLog {
  service: string;
  /** Resolves when reading has ended. Never rejects. */
  ended(): Promise<unknown>;
  /** Stops passing on lines. */
  stopTelling(): void;
  /**
   * Reads the rest of the log of a container that has ended: as long as new bytes come, and until the signal is aborted.
   * Never rejects.
   *
   * @param most milliseconds that it may take, in case the container is still writing
   */
  complete(signal: AbortSignal, most?: number): Promise<void>;
  /** Whether all of the log was read, or none of it can be. */
  isDone(): boolean;
  /** Whether the file is still in its place. */
  isThere(): boolean;
  /** Ends reading and closes the file. Never rejects. */
  close(): Promise<void>;
}

/** How a log is read. */
interface ServiceLogOptions extends LogSource {
  service: string;
  /** Path of the file. */
  file: string;
  /** See {@linkcode Ensure}. */
  ensure?: Ensure | undefined;
  /** Whether to wait for lines that the container has yet to write. */
  follow: boolean;
  /** Takes the lines. */
  tell?: ((line: string) => void) | undefined;
  /** Takes a line about the log, such as why it is incomplete. */
  notice: (line: string) => void;
  redact?: (() => Redact) | undefined;
  /** Limits how long the engine may be silent. */
  sleep?: Sleep | undefined;
}

/**
 * Milliseconds without new bytes after which the log of a container that has ended is requested again: the request that
 * follows it may never end.
 */
const QUIET = 250;

/** Milliseconds without new bytes after which the second request is given up: a busy engine has needed ten seconds. */
const GIVE_UP = 15_000;

/** How long (ms) completing may take by default. */
const COMPLETE_WITHIN = 20_000;

/** How long (ms) to wait until a request that was aborted has ended. */
const CUT_WITHIN = 1_000;

/** Begins to read a log. */
export function serviceLog(options: ServiceLogOptions): ServiceLog {
  const { service, notice, sleep } = options;
  const incomplete = (why: string) =>
    notice(`log of "${service}" is incomplete: ${why}`);
  const sink = sinkOf(options, incomplete);
  const reader = logReader(options, sink);
  /** Why the end of the log is missing, if it is. */
  let missing: string | undefined;
  const onEnd = (end: LogEnd, { isCut }: { isCut: boolean }) => {
    // A log that was cut may be read on.
    missing = end.kind === "lost" && !isCut ? end.why : undefined;
    if (end.kind === "unreadable") {
      if (reader.received() > 0) incomplete(end.why);
      else notice(`no log of "${service}": ${end.why}`);
    }
    if (end.kind !== "lost") sink.close();
  };
  const reading = readings(reader, { onEnd, sleep });
  reading.begin(options.follow);
  const { isDone } = reading;
  return {
    service,
    ended: reading.ended,
    stopTelling: sink.stopTelling,
    isDone,
    isThere: sink.isThere,
    complete: async (signal, most = COMPLETE_WITHIN) => {
      if (isDone() || sink.isClosed()) return;
      const limits = { signal, deadline: performance.now() + most };
      await reading.exhaust(QUIET, limits);
      if (!isDone() && !signal.aborted) {
        reading.begin(false);
        await reading.exhaust(GIVE_UP, limits);
      }
      if (isDone()) return;
      missing ??= signal.aborted
        ? "stopped"
        : "the engine has not sent the rest in time";
    },
    close: async () => {
      await reading.stop();
      if (missing !== undefined && !sink.isClosed()) incomplete(missing);
      sink.close();
    },
  };
}

/**
 * Reads a log, and reads it again if the connection was lost or cut.
 *
 * @param options `onEnd` is called when a reading has ended, before `ended` resolves
 */
function readings(
  reader: LogReader,
  { onEnd, sleep }: Pick<ServiceLogOptions, "sleep"> & {
    onEnd: (end: LogEnd, how: { isCut: boolean }) => void;
  },
) {
  let end: LogEnd | undefined;
  let cut = new AbortController();
  let reading: Promise<unknown> = Promise.resolve();
  const read = async (follow: boolean) => {
    end = undefined;
    cut = new AbortController();
    const { signal } = cut;
    end = await reader.read({ follow, signal });
    onEnd(end, { isCut: signal.aborted });
  };
  const stop = async () => {
    cut.abort();
    await endsWithin(reading, { ms: CUT_WITHIN, sleep });
  };
  return {
    begin: (follow: boolean) => {
      reading = read(follow);
    },
    ended: () => reading,
    isDone: () => end !== undefined && end.kind !== "lost",
    stop,
    /** Reads on until nothing new has come for `quiet` milliseconds, and stops then. */
    exhaust: async (
      quiet: number,
      { signal, deadline }: { signal: AbortSignal; deadline: number },
    ) => {
      for (let before = -1; reader.received() > before;) {
        before = reader.received();
        const ms = Math.max(0, Math.min(quiet, deadline - performance.now()));
        if (await endsWithin(reading, { ms, signal, sleep })) return;
        if (signal.aborted || performance.now() > deadline) break;
      }
      await stop();
    },
  };
}

/** Where a log goes: its file is opened when the engine sends its first bytes. */
function sinkOf(
  { service, file: path, ensure, tell, redact }: ServiceLogOptions,
  incomplete: (why: string) => void,
) {
  let file: LogFile | undefined;
  let lines: Lines | undefined;
  let told = tell;
  let isClosed = false;
  return {
    open: () => {
      if (lines) return;
      file = logFile(path, incomplete, { ensure });
      lines = logLines({
        file,
        tell: told,
        name: `logs/${service}.log`,
        redact,
        problem: incomplete,
      });
    },
    begin: (stream: Stream, time: Uint8Array | undefined) =>
      lines?.begin(stream, time),
    content: (bytes: Uint8Array) => lines?.content(bytes),
    problem: incomplete,
    flush: () => file?.flush(),
    stopTelling: () => {
      told = undefined;
      lines?.tell(undefined);
    },
    isThere: () => file?.isThere() ?? true,
    isClosed: () => isClosed,
    close: () => {
      if (isClosed) return;
      isClosed = true;
      lines?.end();
      file?.close();
    },
  };
}

/** Whether the promise is settled within these limits. */
async function endsWithin(
  promise: Promise<unknown>,
  limits: Within,
): Promise<boolean> {
  return await within(promise.then(() => true), limits) ?? false;
}
