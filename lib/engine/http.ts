/**
 * Sends requests to the engine over reusable connections: deadlines, cancellation, and the owner of each connection.
 *
 * @module
 */

import type { Connection, Dialer } from "./connection.ts";
import { concat } from "../text/bytes.ts";
import { bodyOf, type Head, readHead, type Source } from "./http_answer.ts";

/** How long (ms) to wait for an answer, unless the request sets another limit. */
export const ANSWERS_WITHIN = 30_000;

/** The most idle connections that are kept. */
const MAX_IDLE = 4;

/** The engine has refused a request, has not answered, or the connection was lost. */
export class EngineError extends Error {
  /** The status of HTTP; undefined if the engine has not answered. */
  readonly status: number | undefined;
  /** Whether the caller's signal or the time limit has ended the wait. */
  readonly isGivenUp: boolean;

  /** @param status of HTTP, if there was an answer */
  constructor(message: string, status?: number, isGivenUp = false) {
    super(message);
    this.status = status;
    this.isGivenUp = isGivenUp;
  }
}

/** Options of a request. */
export interface RequestOptions {
  /** GET by default. */
  method?: "GET" | "HEAD" | "POST" | "DELETE";
  /** The body, which is sent as JSON. */
  body?: unknown;
  /** Cancels the request and closes its connection, also while the body is read. */
  signal?: AbortSignal;
  /**
   * The time limit (ms) for the beginning of the answer, or for its end if it is read as a whole; 30,000 by default, and
   * Infinity for an answer that comes only when something has happened.
   */
  within?: number;
  /** Whether the request is not sent again if there is no answer. */
  isOnce?: boolean;
}

/** An answer that has begun. */
export interface Answer extends Head {
  /**
   * The caller reads it to its end, cancels it, or aborts the signal of the request: until then it holds a connection.
   */
  body: ReadableStream<Uint8Array>;
}

/** Connections that are reused between requests. */
interface Pool {
  /** Opens a connection. */
  dial(): Promise<Connection>;
  /** Takes an idle connection, if there is one. */
  idle(): Connection | undefined;
  /** Returns a connection that can be reused. */
  keep(connection: Connection): void;
  /** Closes a connection. */
  drop(connection: Connection): void;
  /** Closes all connections; resolves when their children have ended. */
  close(): Promise<void>;
}

/** A pool of connections that a dialer makes. */
export function pool({ dial, settled }: Dialer): Pool {
  const all = new Set<Connection>();
  const idle: Connection[] = [];
  let closed = false;
  const drop = (connection: Connection) => {
    all.delete(connection);
    connection.close();
  };
  return {
    dial: async () => {
      // A request that `close` has broken off would connect again, and leave a child.
      if (closed) throw new Error("the client is closed");
      const connection = await dial();
      all.add(connection);
      if (closed) drop(connection);
      return connection;
    },
    idle: () => idle.pop(),
    keep: (connection) => {
      if (idle.length < MAX_IDLE && !closed) idle.push(connection);
      else drop(connection);
    },
    drop,
    close: async () => {
      closed = true;
      idle.length = 0;
      all.forEach(drop);
      await settled();
    },
  };
}

/**
 * How often a request is sent on new connections when there is no answer, besides once on a kept one, which the engine may
 * have closed. An object that is started, named or removed by its ID twice is so in the end; a request for which that is not so
 * is sent once.
 */
const ATTEMPTS = 2;

/**
 * Sends a request and resolves when its answer has begun, whatever its status.
 *
 * @param target path and query
 * @throws {EngineError} when there is no answer
 */
export async function exchange(
  connections: Pool,
  target: string,
  options: RequestOptions,
): Promise<Answer> {
  const { signal, within = ANSWERS_WITHIN, isOnce = false } = options;
  const deadline = performance.now() + within;
  const send = (connection: Connection) =>
    ask(connection, {
      message: messageOf(target, options),
      signal,
      left: Math.max(0, deadline - performance.now()),
      isHead: options.method === "HEAD",
      connections,
    });
  // A kept connection may be closed by now, which says nothing of the request.
  const kept = isOnce ? undefined : connections.idle();
  let attempts = isOnce ? 1 : kept ? ATTEMPTS + 1 : ATTEMPTS;
  let connection = kept ?? await dial(connections);
  for (;;) {
    try {
      return await send(connection);
    } catch (error) {
      const isOver = signal?.aborted || performance.now() >= deadline;
      if (isOver || --attempts === 0) throw error;
      connection = await dial(connections);
    }
  }
}

async function dial(connections: Pool): Promise<Connection> {
  try {
    return await connections.dial();
  } catch (error) {
    throw new EngineError((error as Error).message);
  }
}

function messageOf(
  target: string,
  { method = "GET", body }: RequestOptions,
): Uint8Array {
  const content = new TextEncoder().encode(
    body === undefined ? "" : JSON.stringify(body),
  );
  const lines = [
    `${method} ${target} HTTP/1.1`,
    "Host: docker",
    "User-Agent: todoflow",
    ...(body === undefined ? [] : ["Content-Type: application/json"]),
    ...(["GET", "HEAD"].includes(method)
      ? []
      : [`Content-Length: ${content.length}`]),
  ];
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  return concat([head, content]);
}

/** A signal that is aborted after some milliseconds; never for Infinity. */
export function timeLimit(ms: number): AbortSignal {
  return ms === Infinity
    ? new AbortController().signal
    : AbortSignal.timeout(ms);
}

interface Ask {
  message: Uint8Array;
  signal: AbortSignal | undefined;
  /** The time (ms) that is left until the answer must begin. */
  left: number;
  /** Whether the answer has no body. */
  isHead: boolean;
  connections: Pool;
}

async function ask(
  connection: Connection,
  { message, signal, left, isHead, connections }: Ask,
): Promise<Answer> {
  const source: Source = { connection, rest: new Uint8Array(0) };
  const drop = () => connections.drop(connection);
  const late = timeLimit(left);
  late.addEventListener("abort", drop);
  signal?.addEventListener("abort", drop);
  const onEnd = (reusable: boolean) => {
    signal?.removeEventListener("abort", drop);
    if (reusable) connections.keep(connection);
    else drop();
  };
  let head: Head | undefined;
  const explain = async (error: Error) => {
    if (signal?.aborted) return new EngineError("stopped", undefined, true);
    if (late.aborted && !head) {
      return new EngineError("the engine does not answer", undefined, true);
    }
    return new EngineError(await connection.reason() || error.message);
  };
  try {
    if (signal?.aborted) throw new Error("stopped");
    await connection.write(message);
    head = await readHead(source);
    const body = bodyOf(source, head, { onEnd, explain, isHead });
    return { ...head, body };
  } catch (error) {
    onEnd(false);
    throw await explain(error as Error);
  } finally {
    late.removeEventListener("abort", drop);
  }
}
