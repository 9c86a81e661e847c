/**
 * Raw connections to the engine's API: its local socket, or `docker system dial-stdio`, which reaches every engine that
 * docker reaches (ssh, TLS, contexts, named pipes).
 *
 * @module
 */

import { childEnv, type Surroundings } from "../child.ts";

/** A connection on which HTTP is spoken. */
export interface Connection {
  /** The next bytes, which are valid until the next call; undefined at the end. Rejects when the connection is lost. */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
  /** Closes it, which ends a pending read. Does nothing the second time. */
  close(): void;
  /** What docker has said about a connection that has ended; "" where there is nothing to say. */
  reason(): Promise<string>;
}

/** Makes connections to one engine. */
export interface Dialer {
  dial(): Promise<Connection>;
  /** Resolves when no child is left of the connections that were closed. */
  settled(): Promise<void>;
}

/** Bytes that are read at once. */
const BUFFER = 64 * 1024;

/** Milliseconds that a child has to end after SIGTERM. */
const CHILD_GRACE = 1_000;

/** The most characters of docker's words that are kept. */
const MAX_REASON = 2_000;

/**
 * What makes connections to the engine at an endpoint such as `unix:///var/run/docker.sock`.
 *
 * @param surroundings what docker sees where it has to make the connection
 */
export function dialer(endpoint: string, surroundings: Surroundings): Dialer {
  const children = new Set<Promise<unknown>>();
  const viaDocker = () => {
    const { connection, ended } = dialStdio(surroundings);
    children.add(ended);
    void ended.then(() => children.delete(ended));
    return connection;
  };
  const [, path] = /^unix:\/\/(\/.*)$/.exec(endpoint) ?? [];
  return {
    dial: async () => {
      if (path === undefined) return viaDocker();
      try {
        return socket(await Deno.connect({ transport: "unix", path }));
      } catch (error) {
        // docker may be a wrapper that reaches a socket which this process does not see or may not use.
        if (isOutOfReach(error)) return viaDocker();
        throw error;
      }
    },
    settled: async () => void await Promise.all(children),
  };
}

function isOutOfReach(error: unknown): boolean {
  const { NotFound, PermissionDenied, NotCapable } = Deno.errors;
  return [NotFound, PermissionDenied, NotCapable].some((kind) =>
    error instanceof kind
  );
}

function socket(connection: Deno.UnixConn): Connection {
  const buffer = new Uint8Array(BUFFER);
  let closed = false;
  return {
    read: async () => {
      const count = await connection.read(buffer);
      return count === null ? undefined : buffer.subarray(0, count);
    },
    write: async (bytes) => {
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
    },
    close: () => {
      if (closed) return;
      closed = true;
      connection.close();
    },
    reason: () => Promise.resolve(""),
  };
}

/** A child whose standard streams are the connection. It leaves our process group, so that Ctrl-C does not reach it. */
function dialStdio({ directory, env }: Surroundings) {
  const child = new Deno.Command("docker", {
    args: ["system", "dial-stdio"],
    cwd: directory,
    env: childEnv(env),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const reader = child.stdout.getReader();
  const writer = child.stdin.getWriter();
  // A write that nobody waits for any longer must not be an unhandled rejection.
  writer.closed.catch(() => {});
  const words = wordsOf(child.stderr);
  let closed = false;
  let hasEnded = false;
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended.
    }
  };
  const close = () => {
    if (closed) return;
    closed = true;
    reader.cancel().catch(() => {});
    writer.abort().catch(() => {});
    if (hasEnded) return;
    kill("SIGTERM");
    timer = setTimeout(() => kill("SIGKILL"), CHILD_GRACE);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = child.status.then(async () => {
    hasEnded = true;
    clearTimeout(timer);
    close();
    await words.end();
  });
  const connection: Connection = {
    read: async () => {
      const { value } = await reader.read();
      return value;
    },
    write: (bytes) => writer.write(bytes),
    close,
    reason: async () => {
      close();
      await ended;
      return words.text().trim();
    },
  };
  return { connection, ended };
}

/** Milliseconds that what a child has written is read after its end: a process that it has started may hold the pipe. */
const WORDS_WITHIN = 100;

/** Reads what a child writes to stderr, of which the end is kept. */
function wordsOf(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const read = (async () => {
    for (;;) {
      const { value } = await reader.read();
      if (!value) return;
      text = (text + decoder.decode(value, { stream: true }))
        .slice(-MAX_REASON);
    }
  })().catch(() => {});
  return {
    text: () => text,
    end: async () => {
      const timer = setTimeout(
        () => reader.cancel().catch(() => {}),
        WORDS_WITHIN,
      );
      await read;
      clearTimeout(timer);
    },
  };
}
