/**
 * Proves that the application answers at its URL.
 *
 * @module
 */

import { pause, type Sleep } from "../pause.ts";
import type { UrlProof } from "../plan/plan.ts";
import { type Answered, connect, type Port, request } from "./reach.ts";

/** The time (ms) between two attempts at a port that does not answer yet. */
const PROVE_EVERY = 100;

/** After how long (ms) without an answer the container is asked, and how often (ms) it is asked again. */
const EXPLAIN_AFTER = 3_000;
const EXPLAIN_EVERY = 10_000;

/** Options of {@linkcode prove}. */
export interface ProveOptions {
  /** Ends the attempts. */
  signal: AbortSignal;
  /** Gets the reasons why the port does not answer. */
  output: (line: string) => void;
  /** The protocol that proves the URL; without it, HTTP or whatever the port speaks. */
  proof?: UrlProof;
  /** Whether the container's own health check has succeeded: it vouches for a port that speaks no HTTP. */
  isHealthy: () => Promise<boolean>;
  /** The reason why the container no longer answers; undefined while it runs. */
  problem: () => Promise<string | undefined>;
  /** The reason why the port does not answer, found in the container; undefined where there is none. */
  explain: () => Promise<string | undefined>;
  sleep?: Sleep | undefined;
  /** Milliseconds from any fixed point. */
  now?: () => number;
}

/** A URL that was proven. */
export interface Proven {
  scheme: "http" | "https" | "tcp";
  /** Of HTTP. */
  status?: number;
}

/** Tries until the port has answered as `proof` says; undefined if it has not, and the reason was given to `output`. */
export async function prove(
  at: Port,
  options: ProveOptions,
): Promise<Proven | undefined> {
  const { signal, output, problem, sleep = pause } = options;
  const { now = () => performance.now() } = options;
  const attempt = attempts(options);
  let last = "";
  let reason: string | undefined;
  let explainAt = now() + EXPLAIN_AFTER;
  while (!signal.aborted) {
    const tried = await attempt(at);
    if (typeof tried !== "string") return tried;
    last = tried;
    const ended = await problem();
    if (ended) {
      output(ended);
      return undefined;
    }
    if (now() >= explainAt && !signal.aborted) {
      explainAt = now() + EXPLAIN_EVERY;
      const found = await options.explain();
      if (found && found !== reason) output(found);
      reason = found ?? reason;
    }
    await sleep(PROVE_EVERY, signal);
  }
  // The last line is the failure's.
  output(last);
  if (reason) output(reason);
  return undefined;
}

/** One attempt; a text says why the port is not proven yet. */
type Attempt = (at: Port) => Promise<Proven | string>;

/** The attempts that prove by this protocol. */
function attempts({ proof, signal, isHealthy }: ProveOptions): Attempt {
  const http = (at: Port) => request(at, { tls: false, signal });
  const https = (at: Port) => request(at, { tls: true, signal });
  switch (proof) {
    case "http":
      return async (at) => verdict(at, { http: await http(at) });
    case "https":
      return async (at) => verdict(at, { https: await https(at) });
    case "tcp":
      return async (at) => verdict(at, { tcp: await connect(at, { signal }) });
  }
  // A program that begins to listen between two questions seems to speak no HTTP, but not twice.
  let opens = 0;
  return async (at) => {
    const plain = await http(at);
    if (plain.kind === "status" && plain.status !== 400) {
      return verdict(at, { http: plain });
    }
    // To plain HTTP, a server of TLS answers 400, an alert or nothing.
    const secure = plain.kind === "silent" ? plain : await https(at);
    if (secure.kind === "status") return verdict(at, { https: secure });
    if (plain.kind === "status") return verdict(at, { http: plain });
    const tcp = await connect(at, { signal });
    opens = tcp.kind === "closed" ? 0 : opens + 1;
    return opens > 1 && await isHealthy()
      ? verdict(at, { tcp })
      : verdict(at, { http: plain });
  };
}

/** The meaning of an answer to a question in this protocol. */
function verdict(
  { port }: Port,
  answers: Partial<Record<Proven["scheme"], Answered>>,
): Proven | string {
  const [[scheme, answered]] = Object.entries(answers) as [
    [Proven["scheme"], Answered],
  ];
  switch (answered.kind) {
    case "status": {
      const { status } = answered;
      return status < 500
        ? { scheme, status }
        : `port ${port} answers with status ${status}`;
    }
    case "closed":
      return `port ${port} does not answer: ${answered.message}`;
    case "other":
    case "silent":
      if (scheme === "tcp") return { scheme };
      return answered.kind === "silent"
        ? `port ${port} does not answer a request`
        : `port ${port} does not speak HTTP; x-todoflow.release.proof: tcp takes a connection for a proof`;
  }
}
