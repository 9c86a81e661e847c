/**
 * Reads the log of one container from the engine, as it grows, until the container has ended; goes on where the connection
 * was lost or the container has started again.
 *
 * @module
 */

import type { EngineApi } from "./api.ts";
import { EngineError } from "./http.ts";
import { marks } from "./log_marks.ts";
import { framedReader, type Messages, terminalReader } from "./log_messages.ts";
import { pause } from "../pause.ts";

/** What the engine says of a container, as far as its log has to do with it. */
interface Inspected {
  State: { Running: boolean; Restarting?: boolean; StartedAt: string };
  Config: { Tty: boolean };
  HostConfig: { LogConfig?: { Type?: string } };
}

/** Where a log comes from. */
export interface LogSource {
  api: EngineApi;
  /** Name or ID. */
  container: string;
}

/** What becomes of a log. */
interface LogSink extends Messages {
  /** The engine has begun to tell the log: it can be read. Called for each connection. */
  open(): void;
  /** What was given can be shown. */
  flush(): void;
}

/** How far a log was read. */
export type LogEnd =
  /** To its end. */
  | { kind: "complete" }
  /** It cannot be read, now or later. */
  | { kind: "unreadable"; why: string }
  /** Not to its end. */
  | { kind: "lost"; why: string };

/** How a log is read. */
interface ReadOptions {
  /** Waits for what the container will write. */
  follow: boolean;
  signal: AbortSignal;
}

/** The reader of one log. */
interface LogReader {
  /** Reads on; resolves when there is no more, or the signal is aborted. Never rejects. */
  read(options: ReadOptions): Promise<LogEnd>;
  /** Bytes that have come so far: more of them show that the engine goes on. */
  received(): number;
}

/** Milliseconds that a lost engine has to come back. */
const COMES_BACK_WITHIN = 3_000;

/** Milliseconds before the engine is asked again. */
const ASK_AGAIN = 200;

/** What reads the log of a container. */
export function logReader(source: LogSource, to: LogSink): LogReader {
  const place = marks(to);
  let received = 0;
  /** Reads what one connection gives. */
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
    /** When the container was started whose log was read to its end, if one was. */
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
        // What it writes next is not read.
        if (!follow) return { kind: "lost", why: "its container still runs" };
        drained = State.StartedAt;
      } catch (error) {
        why = (error as Error).message;
        // A container that is removed has said everything.
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
    /** Called when a connection was lost, or could not be had. */
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
  const path = `/containers/${encodeURIComponent(container)}/json`;
  return await api.json<Inspected>(path, { signal });
}

/** A log as the engine sends it. */
async function requestLog(
  { api, container }: LogSource,
  { follow, signal, query }: ReadOptions & {
    query: Record<string, string | number | boolean>;
  },
): Promise<ReadableStream<Uint8Array>> {
  const path = `/containers/${encodeURIComponent(container)}/logs`;
  const { body } = await api.request(path, {
    query: { stdout: true, stderr: true, follow, ...query },
    signal,
  });
  return body;
}

/** What the engine refuses it will refuse again. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  const { status = 0 } = error;
  return (status >= 400 && status < 500) || status === NOT_IMPLEMENTED;
}

/** What the engine answers where the logging driver keeps nothing that can be read. */
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
 * Gives the last messages of a log as it is now. Resolves to nothing where the engine does not tell.
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
    // Whatever could be had of it was given.
  }
}
