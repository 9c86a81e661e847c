/**
 * A client of the engine's API: https://docs.docker.com/reference/api/engine/. A request takes about a millisecond, a
 * `docker` command 20 ms and more.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { dockerIn } from "./docker.ts";
import { dialer } from "./connection.ts";
import {
  type Answer,
  ANSWERS_WITHIN,
  EngineError,
  exchange,
  pool,
  type RequestOptions,
  timeLimit,
} from "./http.ts";

/**
 * The newest version of the API that this client knows. A path without a version means the newest one of the engine;
 * with the older version of both, a future engine answers in today's form.
 */
const NEWEST = "1.45";

/** The status of a change that was made already. */
const UNCHANGED = 304;

/** The most bytes of an answer that is read as a whole. */
const MAX_ANSWER = 16 * 1024 * 1024;

/** Options of a request to the API. */
interface ApiOptions extends RequestOptions {
  /** The parameters after the question mark of the path. */
  query?: Readonly<Record<string, string | number | boolean>>;
}

/** The API of one engine. */
export interface EngineApi {
  /** Where the engine is reached, such as `unix:///var/run/docker.sock`. */
  endpoint: string;
  /**
   * Resolves when the answer has begun.
   *
   * @param path without a version, such as "/containers/json"
   * @throws {EngineError} with the engine's own words when it refuses (status 300 and above) or does not answer
   */
  request(path: string, options?: ApiOptions): Promise<Answer>;
  /**
   * Resolves to the JSON of an answer.
   *
   * @throws {EngineError} see `request`; also when the answer is not JSON, has more than 16 MiB or does not end
   */
  json<T>(path: string, options?: ApiOptions): Promise<T>;
  /**
   * Resolves when a request that changes something is done.
   *
   * @throws {EngineError} see `request`
   */
  done(path: string, options: ApiOptions): Promise<void>;
  /**
   * The version of the engine, such as "26.1.5", as its first answer has named it; undefined if that names none.
   *
   * @throws {EngineError} see `request`
   */
  version(): Promise<string | undefined>;
  /** Why the engine has not answered, in docker's words if docker cannot reach it either. */
  reason(error: EngineError): Promise<string>;
  /** The same engine; the signal cancels each request that has no signal of its own. */
  until(signal: AbortSignal | undefined): EngineApi;
  /** Closes all connections; resolves when no child is left. */
  close(): Promise<void>;
}

/**
 * The API of the engine at an endpoint such as `unix:///var/run/docker.sock`. It connects with the first request.
 *
 * @param surroundings of docker, where it has to make the connection
 * @param throughDocker whether docker makes each connection, also where there is a socket here
 */
export function engineApi(
  endpoint: string,
  surroundings: Surroundings,
  throughDocker = false,
): EngineApi {
  const connections = pool(dialer(endpoint, surroundings, throughDocker));
  // Without the signal of the first request, because others wait for the answer, too.
  const hello = onceAnswered(() =>
    askHello(() => exchange(connections, "/_ping", {}))
  );
  const request = async (path: string, options: ApiOptions = {}) => {
    const { prefix } = await unlessAborted(hello(), options.signal);
    const query = Object.entries(options.query ?? {})
      .map(([name, value]) => [name, `${value}`]);
    const suffix = query.length > 0 ? `?${new URLSearchParams(query)}` : "";
    const answer = await exchange(
      connections,
      `${prefix}${path}${suffix}`,
      options,
    );
    if (answer.status < 300 || answer.status === UNCHANGED) return answer;
    throw new EngineError(await problemIn(answer), answer.status);
  };
  const until = (signal: AbortSignal | undefined): EngineApi => {
    const asked = (path: string, options: ApiOptions = {}) =>
      request(path, { ...(signal && { signal }), ...options });
    return {
      endpoint,
      request: asked,
      json: async (path, options = {}) => {
        const { body } = await asked(path, options);
        const text = await wholeText(body, options.within);
        try {
          return JSON.parse(text);
        } catch {
          throw new EngineError(`its answer to ${path} is no JSON`);
        }
      },
      done: async (path, options) => {
        const { body } = await asked(path, options);
        await wholeText(body, options.within);
      },
      version: async () => (await unlessAborted(hello(), signal)).version,
      reason: reasonOf,
      until,
      close: () => connections.close(),
    };
  };
  return until(surroundings.giveUp);

  async function reasonOf({ message, status, isGivenUp }: EngineError) {
    if (status !== undefined || isGivenUp) return message;
    const { code, stderr } = await dockerIn(surroundings)(
      ...["version", "--format", "{{.Server.Version}}"],
    );
    return code === 0 ? message : stderr.trim() || message;
  }
}

/** Asks until there is an answer, and then never again. */
function onceAnswered<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    asked.catch(() => asked = undefined);
    return asked;
  };
}

/** The first answer of the engine. */
interface Hello {
  /** Of each path: the newest version of the API that client and engine share; "" if the engine names none. */
  prefix: string;
  /** Of the engine, if it names one. */
  version: string | undefined;
}

async function askHello(ping: () => Promise<Answer>): Promise<Hello> {
  const { headers, body } = await ping();
  await body.pipeTo(new WritableStream());
  const [, minor] = /^1\.(\d+)$/.exec(headers.get("api-version") ?? "") ?? [];
  const newest = Number(NEWEST.split(".")[1]);
  // Such as "Docker/26.1.5 (linux)".
  const [, version] =
    /^Docker\/([\w.+~-]+)/.exec(headers.get("server") ?? "") ??
      [];
  return {
    prefix: minor === undefined ? "" : `/v1.${Math.min(Number(minor), newest)}`,
    version,
  };
}

/** Resolves as the promise does; rejects as soon as the signal is aborted. */
async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const onAbort = () =>
    stopped.reject(new EngineError("stopped", undefined, true));
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, stopped.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The engine's own words in an error answer. */
async function problemIn({ status, body }: Answer): Promise<string> {
  const text = await wholeText(body).catch(() => "");
  try {
    const { message } = JSON.parse(text);
    if (typeof message === "string" && message !== "") return message;
  } catch {
    // A proxy may not answer in JSON.
  }
  return `status ${status}${text.trim() && `: ${text.trim().slice(0, 500)}`}`;
}

/** The whole body as text; rejects if it is too long or does not end in time. */
async function wholeText(
  body: ReadableStream<Uint8Array>,
  within = ANSWERS_WITHIN,
): Promise<string> {
  const reader = body.getReader();
  const end = () => void reader.cancel().catch(() => {});
  const late = timeLimit(within);
  late.addEventListener("abort", end);
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  try {
    for (;;) {
      const { value } = await reader.read();
      if (late.aborted) {
        throw new EngineError("its answer does not end", undefined, true);
      }
      if (!value) return text + decoder.decode();
      length += value.length;
      if (length > MAX_ANSWER) throw new EngineError("its answer is too long");
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    late.removeEventListener("abort", end);
    end();
  }
}
