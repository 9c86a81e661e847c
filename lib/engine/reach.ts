/**
 * Asks a port which protocol it speaks, over a connection of its own: proxies of the environment are not asked, because a
 * proxy's answer says nothing about the application.
 *
 * @module
 */

import { type Connection, socket } from "./connection.ts";
import { readHead } from "./http_answer.ts";
import { within } from "../pause.ts";

/** A port, and the path to request there. */
export interface Port {
  /** An address, or the name of a machine. */
  hostname: string;
  port: number;
  /** The host in the printed URL. */
  shown: string;
  path: string;
}

/** The answer of a port. */
export type Answered =
  /** A status of HTTP. */
  | { kind: "status"; status: number }
  /** It has sent something else; a silent one has sent nothing in time. */
  | { kind: "other" | "silent" }
  /** No connection, or one that ended without an answer, in the words of the system. */
  | { kind: "closed"; message: string };

/** How long (ms) a connection may take. */
const CONNECTS_WITHIN = 10_000;

/** How long (ms) a port that speaks no HTTP must keep a connection: Docker's proxy accepts one, and ends it if none listens. */
const STAYS = 500;

/** How long (ms) an answer may take; the first page of an application may be slow. */
const ANSWERS_WITHIN = 30_000;

/** A connection to a port, of either kind. */
type Line = Pick<Connection, "read" | "write">;

/** Requests the path by HTTP, over TLS if `tls` is set. The certificate is the project's own, so it is not checked. */
export async function request(
  at: Port,
  { tls, signal }: { tls: boolean; signal: AbortSignal },
): Promise<Answered> {
  return await on(tls ? openTls : openTcp, { at, signal }, async (line) => {
    const head = [
      `GET ${at.path} HTTP/1.1`,
      // That of the printed URL, which an application that checks it knows.
      `Host: ${at.shown}:${at.port}`,
      "User-Agent: todoflow",
      "Accept: */*",
      "Connection: close",
    ];
    let isHttp: boolean | undefined;
    await line.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
    const read = async () => {
      const more = await line.read();
      // A program that speaks first may say one line only, and a head ends with an empty one.
      if (more) isHttp ??= startsLikeHttp(more);
      if (isHttp === false) throw new Error("it does not speak HTTP");
      return more;
    };
    try {
      const source = { connection: { read }, rest: new Uint8Array(0) };
      const { status } = await readHead(source);
      return { kind: "status", status };
    } catch (error) {
      if (isHttp !== undefined) return { kind: "other" };
      throw error;
    }
  }, ANSWERS_WITHIN);
}

function startsLikeHttp(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 5));
  return "HTTP/".startsWith(start);
}

/** Connects and sends nothing; `other` if the port answers unasked or keeps the connection. */
export async function connect(
  at: Port,
  { signal }: { signal: AbortSignal },
): Promise<Answered> {
  const answered = await on(openTcp, { at, signal }, async (line) => {
    const more = await line.read();
    if (!more) throw new Error("the connection has ended without an answer");
    return { kind: "other" };
  }, STAYS);
  return answered.kind === "silent" ? { kind: "other" } : answered;
}

/** Uses a new connection for some milliseconds at most. */
async function on(
  open: (at: Port, over: AbortSignal) => Promise<Line>,
  { at, signal }: { at: Port; signal: AbortSignal },
  use: (line: Line) => Promise<Answered>,
  ms: number,
): Promise<Answered> {
  const over = new AbortController();
  try {
    const opened = open(at, over.signal);
    const line = await within(opened, { signal, ms: CONNECTS_WITHIN });
    if (!line) throw new Error("no connection in time");
    return await within(use(line), { signal, ms }) ?? { kind: "silent" };
  } catch (error) {
    return { kind: "closed", message: (error as Error).message };
  } finally {
    over.abort();
  }
}

/** Opens a connection, which ends when `over` is aborted. */
async function openTcp(
  { hostname, port }: Port,
  over: AbortSignal,
): Promise<Line> {
  const line = socket(await Deno.connect({ hostname, port }));
  if (over.aborted) line.close();
  over.addEventListener("abort", line.close);
  return line;
}

/** By node:tls, because Deno's own TLS checks every certificate. */
async function openTls(
  { hostname: host, port }: Port,
  over: AbortSignal,
): Promise<Line> {
  const tls = await import("node:tls");
  const socket = tls.connect({ host, port, rejectUnauthorized: false });
  over.addEventListener("abort", () => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("it does not speak TLS")));
  });
  const chunks = socket[Symbol.asyncIterator]();
  return {
    read: async () => {
      const { done, value } = await chunks.next();
      return done ? undefined : new Uint8Array(value);
    },
    write: (bytes) =>
      new Promise((resolve, reject) =>
        socket.write(bytes, (error) => error ? reject(error) : resolve())
      ),
  };
}

/** Whether another program of this machine listens on a port. */
export function isTaken(address: { hostname: string; port: number }): boolean {
  try {
    Deno.listen(address).close();
    return false;
  } catch (error) {
    // Any other error, such as a missing right, says nothing about other programs.
    return error instanceof Deno.errors.AddrInUse;
  }
}
