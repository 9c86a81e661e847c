/**
 * A proxy between todoflow and the engine, which inflicts a fault on each request that matches, and passes on all others.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { assertEquals } from "@std/assert";
import { concat } from "../../lib/text/bytes.ts";
import {
  type Checkout,
  type CheckoutOptions,
  withCheckout,
} from "./harness.ts";

/** What happens to a request that matches. */
export type Fault =
  /** It never gets an answer, and the engine never gets it. */
  | { kind: "hangs" }
  /** It gets to the engine later. */
  | { kind: "is late"; ms: number }
  /** The connection is closed instead of an answer. */
  | { kind: "is cut" }
  /** The answer is no HTTP. */
  | { kind: "is garbled" }
  /** The answer is a text instead of JSON. */
  | { kind: "is no JSON" }
  /** The engine refuses it in its own words. */
  | { kind: "is refused"; status: number; message: string }
  /**
   * The answer is as usual until the promise resolves; then nothing more comes, and no end either. `withheld` is called when
   * there was something more.
   */
  | { kind: "stalls"; from: Promise<void>; withheld?: () => void };

/** Options of {@linkcode withProxy}. */
export interface ProxyOptions {
  /**
   * The fault of a request, such as "POST /containers/x/start", without version, and its query. Only todoflow's own
   * requests are asked about.
   */
  fault: (request: string, query: URLSearchParams) => Fault | undefined;
}

/** The requests of a release to the engine. */
export const RELEASE_REQUESTS = [
  "GET /_ping",
  "GET /containers/json",
  "GET /networks",
  "GET /volumes",
  "GET /images/*/json",
  "POST /images/*/tag",
  "POST /containers/*/start",
  "GET /events",
  "GET /containers/*/json",
  "POST /containers/*/exec",
  "POST /exec/*/start",
  "GET /exec/*/json",
  "POST /containers/*/wait",
  "GET /containers/*/logs",
  "GET /containers/*/stats",
  "GET /containers/*/changes",
  "DELETE /containers/*",
];

const ENGINE = "/var/run/docker.sock";

/** Options of {@linkcode withFault}. */
export interface FaultOptions {
  /** The requests that the fault meets, as patterns such as "DELETE /networks/*". */
  requests: readonly string[];
  fault: Fault;
  /** Whether the fault meets only the first request of each pattern. */
  isOnce?: boolean | undefined;
  /** The fault meets only what comes after a request of this pattern. */
  after?: string | undefined;
  /** Whether the fault meets nothing before the test calls `begin`. */
  isLater?: boolean | undefined;
}

/** An engine at which requests fail. Under its address, it counts as another engine than without. */
export interface FaultyEngine {
  /** The environment of a run that uses it. */
  env: { DOCKER_HOST: string };
  /** From its call on, the fault can happen. */
  begin(): void;
  /** From its call on, the fault does not happen. */
  end(): void;
  /** Resolves when the fault has happened; rejects if the promise resolves or rejects before. */
  happens(before?: Promise<unknown>): Promise<void>;
}

/** Gives the test an engine at which requests fail; asserts that the fault has met each of the patterns. */
export async function withFault(
  { requests, fault, isOnce = false, after, isLater = false }: FaultOptions,
  test: (engine: FaultyEngine) => Promise<void>,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const met = new Set<string>();
  let isOn = !isLater;
  let isAfter = after === undefined;
  await withProxy({
    fault: (request) => {
      if (after !== undefined) isAfter ||= patternOf(after).test(request);
      const kind = requests.find((one) => patternOf(one).test(request));
      if (!isOn || !isAfter || kind === undefined) return undefined;
      if (isOnce && met.has(kind)) return undefined;
      const meet = () => {
        met.add(kind);
        resolve();
      };
      if (fault.kind === "stalls") return { ...fault, withheld: meet };
      meet();
      return fault;
    },
  }, (env) =>
    test({
      env,
      begin: () => isOn = true,
      end: () => isOn = false,
      happens: async (before = promise) => {
        const early = before.then(() => {
          if (met.size === 0) throw new Error(`no ${requests.join(", ")}`);
        });
        await Promise.race([promise, early]);
        early.catch(() => {});
      },
    }));
  assertEquals([...met].toSorted(), [...requests].toSorted(), "requests");
}

/**
 * Gives the test a checkout whose runs use an engine at which requests fail. Then the fault ends, and `clean` removes what
 * the test has left, because at any other address it would not find it.
 */
export function withFaultyEngine(
  test: (checkout: Checkout, engine: FaultyEngine) => Promise<void>,
  { requests, fault, isOnce, after, isLater, env, ...rest }:
    & FaultOptions
    & CheckoutOptions,
): Promise<void> {
  return withFault(
    { requests, fault, isOnce, after, isLater },
    (engine) =>
      withCheckout(async (checkout) => {
        await test(checkout, engine);
        engine.end();
        const { code, stderr } = await checkout.todoflow("clean");
        assertEquals(code, 0, stderr);
      }, { ...rest, env: { ...env, ...engine.env } }),
  );
}

function patternOf(request: string): RegExp {
  return new RegExp(`^${request.replaceAll("*", ".+")}$`);
}

/** Gives the test the address of a proxy, for DOCKER_HOST. */
export async function withProxy<T>(
  options: ProxyOptions,
  test: (proxy: { DOCKER_HOST: string }) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/docker.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  const open = new Set<Deno.UnixConn>();
  const ended = new AbortController();
  const accepting = (async () => {
    for await (const client of listener) {
      open.add(client);
      serve(client, options, { open, ended: ended.signal }).catch(() => {})
        .finally(() => {
          close(client);
          open.delete(client);
        });
    }
  })();
  try {
    return await test({ DOCKER_HOST: `unix://${path}` });
  } finally {
    listener.close();
    ended.abort();
    open.forEach(close);
    await accepting;
    await Deno.remove(folder, { recursive: true });
  }
}

function close(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}

/** Passes on what a client sends, request by request, and everything that the engine answers. */
async function serve(
  client: Deno.UnixConn,
  { fault }: ProxyOptions,
  { open, ended }: { open: Set<Deno.UnixConn>; ended: AbortSignal },
): Promise<void> {
  const engine = await Deno.connect({ transport: "unix", path: ENGINE });
  open.add(engine);
  const over = Promise.withResolvers<void>();
  const stall: Stall = { over: over.promise };
  const answering = pass(engine, client, stall).catch(() => {}).finally(() =>
    close(client)
  );
  try {
    let rest = new Uint8Array(0);
    for (;;) {
      const head = await readHead(client, rest);
      if (!head) return;
      const inflicted = head.isOurs
        ? fault(head.request, head.query)
        : undefined;
      if (inflicted?.kind === "stalls") {
        void inflicted.from.then(() =>
          stall.withheld = inflicted.withheld ?? (() => {})
        );
      } else if (inflicted && !await inflict(inflicted, client, ended)) return;
      await write(engine, head.bytes);
      // A connection that carries something else than HTTP from here on, or a body of unknown length: nothing more is read.
      if (head.length === undefined) {
        await write(engine, head.rest);
        return await pass(client, engine);
      }
      rest = await passBody(client, engine, head as Required<Head>);
    }
  } finally {
    over.resolve();
    try {
      await engine.closeWrite();
    } catch {
      // It is closed.
    }
    await answering;
    close(engine);
    open.delete(engine);
  }
}

/** Inflicts a fault; resolves to whether the request goes on to the engine. */
async function inflict(
  fault: Exclude<Fault, { kind: "stalls" }>,
  client: Deno.UnixConn,
  ended: AbortSignal,
): Promise<boolean> {
  switch (fault.kind) {
    case "is late":
      // No timer outlives the test: a run need not wait for an answer.
      await delay(fault.ms, { signal: ended });
      return true;
    case "is garbled":
      await write(client, new TextEncoder().encode("\u0007 engine?\r\n\r\n"));
      return false;
    case "is no JSON":
      await write(client, answer("200 OK", "NOTICE: a new version is out"));
      return false;
    case "is refused": {
      const { status, message } = fault;
      await write(client, answer(`${status} No`, JSON.stringify({ message })));
      return false;
    }
    case "is cut":
      return false;
    case "hangs": {
      const buffer = new Uint8Array(1024);
      while (await client.read(buffer) !== null) {
        // Until the client gives up.
      }
      return false;
    }
  }
}

/** An answer as a whole, after which the connection closes. */
function answer(status: string, text: string): Uint8Array {
  const body = new TextEncoder().encode(text);
  const head = new TextEncoder().encode(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  return concat([head, body]);
}

/** The head of a request. */
interface Head {
  request: string;
  query: URLSearchParams;
  isOurs: boolean;
  bytes: Uint8Array;
  /** What came after it. */
  rest: Uint8Array<ArrayBuffer>;
  /** Bytes of the body; undefined if that is unknown, or if something else than HTTP follows. */
  length?: number;
}

async function readHead(
  client: Deno.UnixConn,
  before: Uint8Array<ArrayBuffer>,
): Promise<Head | undefined> {
  let bytes = before;
  for (;;) {
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      const head = text.slice(0, end);
      const [method = "", target = ""] = head.split(" ");
      const { pathname, searchParams } = new URL(target, "http://docker");
      const path = decodeURIComponent(pathname.replace(/^\/v1\.\d+/, ""));
      const isKnown = !/^(upgrade|transfer-encoding):/im.test(head);
      const length = /^content-length: *(\d+)/im.exec(head)?.[1] ?? 0;
      return {
        request: `${method} ${path}`,
        query: searchParams,
        isOurs: /^user-agent: *todoflow/im.test(head),
        bytes: bytes.subarray(0, end + 4),
        rest: bytes.slice(end + 4),
        ...(isKnown && { length: Number(length) }),
      };
    }
    const more = await read(client);
    if (!more) return undefined;
    bytes = concat([bytes, more]);
  }
}

/** Passes on a body; resolves to what came after it. */
async function passBody(
  client: Deno.UnixConn,
  engine: Deno.UnixConn,
  { rest, length }: { rest: Uint8Array<ArrayBuffer>; length: number },
): Promise<Uint8Array<ArrayBuffer>> {
  let left = length;
  let bytes = rest;
  for (;;) {
    const own = bytes.subarray(0, left);
    await write(engine, own);
    left -= own.length;
    if (left === 0) return bytes.slice(own.length);
    const more = await read(client);
    if (!more) throw new Error("a request has broken off");
    bytes = more;
  }
}

async function read(
  from: Deno.UnixConn,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const buffer = new Uint8Array(64 * 1024);
  const count = await from.read(buffer);
  return count === null ? undefined : buffer.slice(0, count);
}

/** A stall of an answer. */
interface Stall {
  /** Called with each piece that does not go on; undefined before it stalls. */
  withheld?: () => void;
  /** Resolves when the client is gone. */
  over: Promise<void>;
}

/** Passes on everything until it stalls; then nothing until that is over. */
async function pass(
  from: Deno.UnixConn,
  to: Deno.UnixConn,
  stall?: Stall,
): Promise<void> {
  for (;;) {
    const bytes = await read(from);
    if (stall?.withheld) {
      stall.withheld();
      await stall.over;
    }
    if (!bytes) return await to.closeWrite();
    await write(to, bytes);
  }
}

async function write(to: Deno.UnixConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}
