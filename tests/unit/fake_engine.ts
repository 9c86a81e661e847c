/**
 * An engine's API on a socket of its own: the failures of a real one that a test cannot have otherwise.
 *
 * @module
 */

import { withFolder } from "./fakes.ts";

/** A request as it came. */
export interface Asked {
  /** With the version, without the query. */
  path: string;
  query: URLSearchParams;
  /** All of the head. */
  head: string;
  method: string;
  /** The body, as text. */
  body: string;
}

/** The receiver of an answer. */
export interface Wire {
  write(data: string | Uint8Array): Promise<void>;
  /** Writes a whole answer. */
  answer(status: number, body: string, headers?: string): Promise<void>;
  close(): void;
  /** Resolves when the other side has closed. */
  closed: Promise<void>;
}

/** A socket with the answers of a test. */
export interface FakeSocket {
  /** Such as unix:///tmp/x/engine.sock. */
  endpoint: string;
  asked: Asked[];
  /** How many connections were made. */
  connections: () => number;
  /** Closes all connections and stops listening, until `start`. */
  stop(): Promise<void>;
  start(): void;
}

/** The endpoint of a socket on which nothing listens yet. */
export function unusedEndpoint(): string {
  const folder = Deno.env.get("TMPDIR") ?? "/tmp";
  return `unix://${folder}/todoflow-${crypto.randomUUID().slice(0, 8)}.sock`;
}

/** Answers a request. */
export type Answer = (asked: Asked, wire: Wire) => Promise<void> | void;

/** Runs the test while an engine listens at an endpoint. */
export async function withEngineAt<T>(
  endpoint: string,
  answer: Answer,
  test: () => Promise<T>,
): Promise<T> {
  const path = endpoint.slice("unix://".length);
  const socket = listen(path, answer);
  try {
    return await test();
  } finally {
    await socket.stop();
  }
}

/** Gives the test a socket on which each request is answered by `answer`; its folder goes with it. */
export function withSocket<T>(
  answer: (asked: Asked, wire: Wire) => Promise<void> | void,
  test: (socket: FakeSocket, folder: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const socket = listen(`${folder}/engine.sock`, answer);
    try {
      return await test(socket, folder);
    } finally {
      await socket.stop();
    }
  });
}

function listen(
  path: string,
  answer: (asked: Asked, wire: Wire) => Promise<void> | void,
): FakeSocket {
  let listener: Deno.UnixListener | undefined;
  const open = new Map<Deno.UnixConn, Promise<void>>();
  const asked: Asked[] = [];
  let connections = 0;
  let accepting: Promise<void> | undefined;
  const start = () => {
    const current = listener = Deno.listen({ transport: "unix", path });
    accepting = (async () => {
      for await (const connection of current) {
        connections++;
        const served = serve(connection, (request, wire) => {
          asked.push(request);
          return answer(request, wire);
        });
        open.set(connection, served);
        void served.then(() => open.delete(connection));
      }
    })();
  };
  start();
  return {
    endpoint: `unix://${path}`,
    asked,
    connections: () => connections,
    start,
    stop: async () => {
      listener?.close();
      listener = undefined;
      await Deno.remove(path).catch(() => {});
      const all = [...open];
      for (const [connection] of all) closeQuietly(connection);
      await Promise.all(all.map(([, served]) => served));
      await accepting;
    },
  };
}

function closeQuietly(connection: Deno.UnixConn) {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

/** Answers the requests of a connection sequentially. */
async function serve(
  connection: Deno.UnixConn,
  answer: (asked: Asked, wire: Wire) => Promise<void> | void,
) {
  const closed = Promise.withResolvers<void>();
  const wire: Wire = {
    write: async (data) => {
      const bytes = typeof data === "string"
        ? new TextEncoder().encode(data)
        : data;
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
    },
    answer: async (status, body, headers = "") => {
      const { length } = new TextEncoder().encode(body);
      await wire.write(
        `HTTP/1.1 ${status} X\r\nApi-Version: 1.45\r\n${headers}Content-Length: ${length}\r\n\r\n${body}`,
      );
    },
    close: () => closeQuietly(connection),
    closed: closed.promise,
  };
  const buffer = new Uint8Array(64 * 1024);
  // A character for each byte.
  const decoder = new TextDecoder("latin1");
  let text = "";
  const running: Promise<void>[] = [];
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) break;
      text += decoder.decode(buffer.subarray(0, count));
      for (let parsed; (parsed = parse(text));) {
        text = parsed.rest;
        const { asked } = parsed;
        running.push((async () => await answer(asked, wire))().catch(() => {}));
      }
    }
  } catch {
    // The connection was closed here, or broken off there.
  }
  closed.resolve();
  closeQuietly(connection);
  await Promise.all(running);
}

function parse(text: string): { asked: Asked; rest: string } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const [method = "", target = ""] = head.split(" ");
  const url = new URL(target, "http://engine");
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const after = text.slice(end + 4);
  if (after.length < length) return undefined;
  return {
    asked: {
      path: url.pathname,
      query: url.searchParams,
      head,
      method,
      body: after.slice(0, length),
    },
    rest: after.slice(length),
  };
}

/** A chunk of a chunked body. */
export function chunk(data: string | Uint8Array): Uint8Array {
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  return bytesOf(`${bytes.length.toString(16)}\r\n`, bytes, "\r\n");
}

/** Texts and bytes, joined. */
export function bytesOf(...parts: (string | Uint8Array)[]): Uint8Array {
  const all = parts.map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : part
  );
  const bytes = new Uint8Array(
    all.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A message of a log: of stdout (1), stderr (2), or an error of the engine (3), with the engine's time. */
export interface FakeMessage {
  stream?: 1 | 2 | 3;
  /** Without one, {@linkcode FAKE_TIME}. */
  time?: string;
  text: string | Uint8Array;
}

/** The time of messages that have no other. */
export const FAKE_TIME = "2024-06-07T08:09:10.123456789Z";

/** A container of a fake engine. */
export interface FakeContainer {
  tty?: boolean;
  driver?: string;
  /** The messages that it has written so far; a test may add to them. */
  messages: FakeMessage[];
  /** Whether it is running; a test may end it. */
  runs?: boolean;
  restarting?: boolean;
  startedAt?: string;
  /** Breaks off the next answers to a request for its log after so many bytes of each. */
  breaks?: number[];
  /** Holds back what follows the head of an answer to a request for its log until this is resolved. */
  hangs?: Promise<void>;
}

/** A frame as the engine sends it. */
export function frame({ stream = 1, time, text }: FakeMessage): Uint8Array {
  const content = stream === 3
    ? bytesOf(text)
    : bytesOf(`${time ?? FAKE_TIME} `, text);
  const header = new Uint8Array(8);
  header[0] = stream;
  new DataView(header.buffer).setUint32(4, content.length);
  return bytesOf(header, content);
}

/** Answers for containers, by name. */
export function containersOf(
  containers: Readonly<Record<string, FakeContainer>>,
  others?: Answer,
): (asked: Asked, wire: Wire) => Promise<void> {
  return async (asked, wire) => {
    const { path, query } = asked;
    if (path === "/_ping") return await wire.answer(200, "OK");
    const [, name = "", what] =
      /^\/v1\.45\/containers\/([^/]+)\/(json|logs)$/.exec(path) ?? [];
    const container = containers[name];
    if (others && !container) return await others(asked, wire);
    if (!container) {
      const message = `No such container: ${name}`;
      return await wire.answer(404, JSON.stringify({ message }));
    }
    if (what === "logs") return await sendLog(container, query, wire);
    const own = descriptionOf(container);
    if (!others) return await wire.answer(200, JSON.stringify(own));
    await others(asked, {
      ...wire,
      answer: (status, body) =>
        wire.answer(
          status,
          status === 200 ? JSON.stringify(merged(own, JSON.parse(body))) : body,
        ),
    });
  };
}

type Sections = Readonly<Record<string, object>>;

/** The parts of a container's description that matter for its log. */
function descriptionOf(container: FakeContainer): Sections {
  return {
    State: {
      Running: container.runs ?? false,
      Restarting: container.restarting ?? false,
      StartedAt: container.startedAt ?? "2024-06-07T08:09:09Z",
    },
    Config: { Tty: container.tty ?? false },
    HostConfig: { LogConfig: { Type: container.driver ?? "json-file" } },
  };
}

/** The sections of both, those of the second one over those of the first. */
function merged(first: Sections, second: Sections | null): Sections {
  const sections = Object.entries(first).map(([name, section]) =>
    [name, { ...section, ...second?.[name] }] as const
  );
  return { ...second, ...Object.fromEntries(sections) };
}

async function sendLog(
  container: FakeContainer,
  query: URLSearchParams,
  wire: Wire,
) {
  if (container.driver === "none") {
    const message = "configured logging driver does not support reading";
    return await wire.answer(501, JSON.stringify({ message }));
  }
  const since = Number(query.get("since") ?? 0) * 1000;
  let left = container.breaks?.shift() ?? Infinity;
  await wire.write(
    "HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nTransfer-Encoding: chunked\r\n\r\n",
  );
  await container.hangs;
  const tail = Number(query.get("tail") ?? Infinity);
  let next = Math.max(0, container.messages.length - tail);
  const isFollowed = query.get("follow") === "true" && container.runs;
  for (;;) {
    // All at once is faster.
    const batch: Uint8Array[] = [];
    for (; next < container.messages.length; next++) {
      const message = container.messages[next]!;
      const time = message.time ?? FAKE_TIME;
      if (Date.parse(time) < since) continue;
      const bytes = container.tty
        ? bytesOf(`${time} `, message.text)
        : frame(message);
      // An empty chunk would be the end.
      if (left > 0) batch.push(chunk(bytes.subarray(0, left)));
      left -= bytes.length;
      if (left < 0) break;
    }
    if (batch.length > 0) await wire.write(bytesOf(...batch));
    if (left < 0) return wire.close();
    const isOver = !isFollowed || !container.runs;
    if (isOver && next === container.messages.length) break;
    if (await isClosedWithin(wire, 5)) return;
  }
  await wire.write("0\r\n\r\n");
}

async function isClosedWithin({ closed }: Wire, ms: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isClosed = await Promise.race([
    closed.then(() => true),
    new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    }),
  ]);
  clearTimeout(timer);
  return isClosed;
}
