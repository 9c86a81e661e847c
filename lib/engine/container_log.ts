/**
 * Reads the log of one container from the engine while it grows, until the container has ended. Continues after a lost
 * connection and after a restart of the container.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
import { EngineError } from "./http.ts";
import { containerPath } from "./paths.ts";
import { marks } from "./log_marks.ts";
import { framedReader, type Messages, terminalReader } from "./log_messages.ts";
import { pause } from "../pause.ts";

/** The parts of `docker inspect` that matter for a log. */
interface Inspected {
  State: { Running: boolean; Restarting?: boolean; StartedAt: string };
  Config: { Tty: boolean };
  HostConfig: { LogConfig?: { Type?: string } };
}

/** The source of a log. */
export interface LogSource {
  api: EngineApi;
  /** Name or ID. */
  container: string;
}

/** The receiver of a log. */
interface LogSink extends Messages {
  /** Called for each connection when the engine begins to send the log, which shows that it can be read. */
  open(): void;
  /** Called when the messages so far can be shown. */
  flush(): void;
}

/** How far a log was read. */
export type LogEnd =
  /** Read to its end. */
  | { kind: "complete" }
  /** It cannot be read, now or later. */
  | { kind: "unreadable"; why: string }
  /** Not read to its end. */
  | { kind: "lost"; why: string };

/** How a log is read. */
interface ReadOptions {
  /** Whether to wait for further messages. */
  follow: boolean;
  signal: AbortSignal;
}

/** The reader of one log. */
export interface LogReader {
  /** Continues to read; resolves at the end of the log or when the signal is aborted. Never rejects. */
  read(options: ReadOptions): Promise<LogEnd>;
  /** The number of bytes so far; while it grows, the engine sends. */
  received(): number;
}

/** How long (ms) a lost engine may take to come back. */
const COMES_BACK_WITHIN = 3_000;

/** Milliseconds before the engine is asked again. */
const ASK_AGAIN = 200;

/** A reader of the log of a container. */
export function logReader(source: LogSource, to: LogSink): LogReader {
  const place = marks(to);
  let received = 0;
  /** Reads one connection to its end. */
  const readOnce = async (tty: boolean, options: ReadOptions) => {
    const since = place.resume();
    const body = await requestLog(source, {
      ...options,
      query: { timestamps: true, ...(since !== undefined && { since }) },
    });
    to.open();
    const reader = tty ? terminalReader(place) : framedReader(place);
    for await (const bytes of body) {
      received += bytes.length;
      reader.read(bytes);
      to.flush();
    }
    reader.end();
    to.flush();
  };
  const read = async (options: ReadOptions): Promise<LogEnd> => {
    const { follow, signal } = options;
    const losses = lossCounter(() => received);
    /** The start of the container whose log was read to its end, if there was one. */
    let drained: string | undefined;
    let why = "stopped";
    while (!signal.aborted) {
      try {
        const { State, Config, HostConfig } = await inspect(source, signal);
        const hasEnded = !State.Running && !State.Restarting;
        const isDrained = drained === State.StartedAt;
        if (isDrained && hasEnded) return { kind: "complete" };
        if (isDrained) await pause(ASK_AGAIN, signal);
        if (isDrained && State.Restarting) continue;
        await readOnce(Config.Tty, options).catch((error) => {
          throw explained(error, HostConfig.LogConfig?.Type);
        });
        if (!follow && hasEnded) return { kind: "complete" };
        // Further messages are not read.
        if (!follow) return { kind: "lost", why: "its container still runs" };
        drained = State.StartedAt;
      } catch (error) {
        why = (error as Error).message;
        // The log of a removed container is complete.
        if (drained !== undefined && isRefused(error)) {
          return { kind: "complete" };
        }
        if (isRefused(error)) return { kind: "unreadable", why };
        if (signal.aborted || losses.areTooMany()) break;
        await pause(ASK_AGAIN, signal);
      }
    }
    return { kind: "lost", why };
  };
  return { read, received: () => received };
}

/** Counts how long nothing could be read. */
function lossCounter(received: () => number) {
  let at: number | undefined;
  let before = -1;
  return {
    /** Called when a connection was lost or refused. */
    areTooMany: (): boolean => {
      const now = performance.now();
      if (at === undefined || received() > before) at = now;
      before = received();
      return now - at > COMES_BACK_WITHIN;
    },
  };
}

async function inspect(
  { api, container }: LogSource,
  signal: AbortSignal,
): Promise<Inspected> {
  const path = containerPath(container, "json");
  return await api.json<Inspected>(path, { signal });
}

/** A log as the engine sends it. */
async function requestLog(
  { api, container }: LogSource,
  { follow, signal, query }: ReadOptions & {
    query: Record<string, string | number | boolean>;
  },
): Promise<ReadableStream<Uint8Array>> {
  const path = containerPath(container, "logs");
  const { body } = await api.request(path, {
    query: { stdout: true, stderr: true, follow, ...query },
    signal,
  });
  return body;
}

/** Whether the engine has refused: it will refuse again. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  const { status = 0 } = error;
  return (status >= 400 && status < 500) || status === NOT_IMPLEMENTED;
}

/** The engine's status where the logging driver keeps nothing that can be read. */
const NOT_IMPLEMENTED = 501;

function explained(error: unknown, driver = ""): unknown {
  if (!(error instanceof EngineError) || error.status !== NOT_IMPLEMENTED) {
    return error;
  }
  const what = driver === "none" ? "keeps nothing" : "cannot be read";
  const words = `its logging driver "${driver}" ${what}`;
  return new EngineError(words, error.status);
}

/**
 * Passes on the last messages of the current log, or nothing if the engine does not answer.
 *
 * @param options.count how many messages
 */
export async function readTail(
  source: LogSource,
  to: Messages,
  { count, signal }: { count: number; signal: AbortSignal },
): Promise<void> {
  try {
    const { Config } = await inspect(source, signal);
    const body = await requestLog(source, {
      follow: false,
      signal,
      query: { timestamps: true, tail: count },
    });
    const reader = Config.Tty ? terminalReader(to) : framedReader(to);
    for await (const bytes of body) reader.read(bytes);
    reader.end();
  } catch {
    // The messages until the failure were passed on.
  }
}
