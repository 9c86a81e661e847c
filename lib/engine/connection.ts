/**
 * Raw connections to the engine's API: its local socket, or `docker system dial-stdio`, which reaches every engine that
 * docker reaches (ssh, TLS, contexts, named pipes).
 *
 * @module
 */

import { childEnv, type Surroundings } from "../child.ts";

/** A connection for HTTP. */
export interface Connection {
  /** The next bytes, which are valid until the next call; undefined at the end. Rejects when the connection is lost. */
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
  /** Closes the connection, which ends a pending read. A second call does nothing. */
  close(): void;
  /** Docker's words about a connection that has ended; "" without any. */
  reason(): Promise<string>;
}

/** Makes connections to one engine. */
export interface Dialer {
  dial(): Promise<Connection>;
  /** Resolves when the children of all closed connections have ended. */
  settled(): Promise<void>;
}

/** The most bytes of one read. */
const BUFFER = 64 * 1024;

/** How long (ms) a child may take to end after SIGTERM. */
const CHILD_GRACE = 1_000;

/** How many characters of docker's words are kept. */
const MAX_REASON = 2_000;

/**
 * Makes connections to the engine at an endpoint such as `unix:///var/run/docker.sock`.
 *
 * @param surroundings of docker, where it has to make the connection
 * @param throughDocker whether docker makes each connection, also where there is a socket here
 */
export function dialer(
  endpoint: string,
  surroundings: Surroundings,
  throughDocker = false,
): Dialer {
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
      if (path === undefined || throughDocker) return viaDocker();
      try {
        return socket(await Deno.connect({ transport: "unix", path }));
      } catch (error) {
        // A wrapper named docker may reach a socket that this process cannot see or use.
        if (isOutOfReach(error)) return viaDocker();
        throw error;
      }
    },
    settled: async () => void await Promise.all(children),
  };
}

/** Whether docker is a script: a wrapper, which may pass its arguments on to a docker of another machine. */
export async function isScript(
  { env: { PATH = "" } }: Surroundings,
): Promise<boolean> {
  for (const folder of PATH.split(":")) {
    try {
      using file = await Deno.open(`${folder}/docker`);
      const start = new Uint8Array(2);
      return await file.read(start) === 2 &&
        new TextDecoder().decode(start) === "#!";
    } catch {
      // It is in another folder.
    }
  }
  return false;
}

function isOutOfReach(error: unknown): boolean {
  const { NotFound, PermissionDenied, NotCapable } = Deno.errors;
  return [NotFound, PermissionDenied, NotCapable].some((kind) =>
    error instanceof kind
  );
}

/** A connection of the system. */
export function socket(connection: Deno.Conn): Connection {
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
  // An abandoned write must not become an unhandled rejection.
  writer.closed.catch(() => {});
  const words = wordsOf(child.stderr);
  let closed = false;
  let hasEnded = false;
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // The child has ended already.
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

/** How long (ms) to read the output of an ended child: one of its own children may hold the pipe. */
const WORDS_WITHIN = 100;

/** Reads the stderr of a child, and keeps the end of it. */
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
