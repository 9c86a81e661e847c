/**
 * The log of one container of a service: read in the background, written to a file, told if somebody wants that.
 *
 * @module
 */

import {
  type LogEnd,
  logReader,
  type LogSource,
} from "../engine/container_log.ts";
import { type Ensure, type LogFile, logFile } from "./log_file.ts";
import { type Lines, logLines, type Redact } from "./log_lines.ts";
import type { Stream } from "../engine/log_messages.ts";
import { within } from "../pause.ts";

/** The log of one container, which is being read. */
export interface ServiceLog {
  service: string;
  /** Resolves when nothing is read any more. Never rejects. */
  ended(): Promise<unknown>;
  /** Stops telling lines. */
  tellNobody(): void;
  /**
   * Reads what is left of the log of a container that has ended: as long as something comes, and until the signal is
   * aborted. Never rejects.
   *
   * @param most milliseconds that it may take, in case that the container goes on writing
   */
  complete(signal: AbortSignal, most?: number): Promise<void>;
  /** Whether all of the log was read, or there is none that can be. */
  isDone(): boolean;
  /** Whether what was written is still in its place. */
  isThere(): boolean;
  /** Ends reading and closes the file. Never rejects. */
  close(): Promise<void>;
}

/** How a log begins. */
export interface ServiceLogOptions extends LogSource {
  service: string;
  /** Path of the file. */
  file: string;
  /** See {@linkcode Ensure}. */
  ensure?: Ensure | undefined;
  /** Whether to wait for what the container will write. */
  follow: boolean;
  /** Takes the lines. */
  tell?: ((line: string) => void) | undefined;
  /** Takes what todoflow has to say of the log. */
  notice: (line: string) => void;
  redact?: (() => Redact) | undefined;
}

/**
 * Milliseconds without anything new after which the log of a container that has ended is asked for anew, as what follows it
 * may never end; and then is given up: a busy engine has needed ten seconds for an answer.
 */
const QUIET = 250;
const GIVE_UP = 15_000;

/** The most milliseconds that completing takes, unless something else is said. */
const COMPLETE_WITHIN = 20_000;

/** Milliseconds that what was cut has to end. */
const CUT_WITHIN = 1_000;

/** Begins to read a log. */
export function serviceLog(options: ServiceLogOptions): ServiceLog {
  const { service, notice } = options;
  const incomplete = (why: string) =>
    notice(`log of "${service}" is incomplete: ${why}`);
  const sink = sinkOf(options, incomplete);
  const reader = logReader(options, sink);
  let end: LogEnd | undefined;
  /** Why something is missing at the end of the log, if something is. */
  let missing: string | undefined;
  let cut = new AbortController();
  const read = async (follow: boolean) => {
    end = undefined;
    cut = new AbortController();
    const { signal } = cut;
    end = await reader.read({ follow, signal });
    // One that was cut may be read on.
    missing = end.kind === "lost" && !signal.aborted ? end.why : undefined;
    if (end.kind === "unreadable") {
      if (reader.received() > 0) incomplete(end.why);
      else notice(`no log of "${service}": ${end.why}`);
    }
    if (end.kind !== "lost") sink.close();
  };
  let reading = read(options.follow);
  const isDone = () => end !== undefined && end.kind !== "lost";
  const stop = async () => {
    cut.abort();
    await endsWithin(reading, CUT_WITHIN);
  };
  /** Reads on as long as something comes. */
  const exhaust = async (
    quiet: number,
    { signal, deadline }: { signal: AbortSignal; deadline: number },
  ) => {
    for (let before = -1; reader.received() > before;) {
      before = reader.received();
      const ms = Math.max(0, Math.min(quiet, deadline - performance.now()));
      if (await endsWithin(reading, ms, signal)) return;
      if (signal.aborted || performance.now() > deadline) break;
    }
    await stop();
  };
  return {
    service,
    ended: () => reading,
    tellNobody: sink.tellNobody,
    isDone,
    isThere: sink.isThere,
    complete: async (signal, most = COMPLETE_WITHIN) => {
      if (isDone() || sink.isClosed()) return;
      const limits = { signal, deadline: performance.now() + most };
      await exhaust(QUIET, limits);
      if (!isDone() && !signal.aborted) {
        reading = read(false);
        await exhaust(GIVE_UP, limits);
      }
      if (isDone()) return;
      missing ??= signal.aborted
        ? "stopped"
        : "the engine does not tell the rest in time";
    },
    close: async () => {
      await stop();
      if (missing !== undefined && !sink.isClosed()) incomplete(missing);
      sink.close();
    },
  };
}

/** Where a log goes: its file is opened when the engine begins to tell it. */
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
    tellNobody: () => {
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

/** Whether the promise is settled within so many milliseconds, and before the signal is aborted. */
async function endsWithin(
  promise: Promise<unknown>,
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const over = [AbortSignal.timeout(ms), ...(signal ? [signal] : [])];
  const ended = promise.then(() => true);
  return await within(ended, { signal: AbortSignal.any(over) }) ?? false;
}
