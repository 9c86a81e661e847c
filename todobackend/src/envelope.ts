/**
 * What happens to every request: an id, the check of the host name, CORS, the length of answers to HEAD, the log.
 *
 * @module
 */

import type { Log } from "./log.ts";
import { createFindOrigin } from "./origin.ts";
import { detail } from "./responses.ts";
import { NO_ROUTE, type Surroundings } from "./routes.ts";

/** The application: a request, and the address that it came from, to a response. */
export type App = (
  request: Request,
  peer?: string,
) => Response | Promise<Response>;

/** Answers a request, and notes in its surroundings which route has. */
export type Answer = (
  request: Request,
  surroundings: Surroundings,
) => Response | Promise<Response>;

/** Options of {@linkcode envelope}. */
export interface EnvelopeOptions {
  /** Host names that are answered to; `*` is any, `.example.com` also means subdomains. */
  readonly allowedHosts: readonly string[];
  /** Addresses and networks whose `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[];
  readonly log: Log;
}

const PREFLIGHT_HEADERS = {
  "Access-Control-Allow-Headers":
    "accept, accept-encoding, authorization, content-type, dnt, origin, user-agent, x-csrftoken, x-requested-with",
  "Access-Control-Allow-Methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
  "Access-Control-Max-Age": "86400",
};

/**
 * Puts it around what answers. Not as middleware, without which hono needs no chain of promises for a request: that is
 * felt in its time.
 */
export function envelope(
  answer: Answer,
  { allowedHosts, trustedProxies, log }: EnvelopeOptions,
): App {
  const findOrigin = createFindOrigin(trustedProxies);
  // Unlike that of another process, or of this one before it was restarted.
  const server = crypto.randomUUID().slice(0, 8);
  let count = 0;
  const isAnyHost = allowedHosts.includes("*");
  return (request, peer) => {
    const start = performance.now();
    const id = `${server}-${++count}`;
    const found = findOrigin(request, peer);
    const surroundings = { id, origin: found?.origin ?? "", route: NO_ROUTE };
    const seal = (response: Response) => {
      response.headers.set("X-Request-Id", id);
      const took = performance.now() - start;
      log({
        level: "info",
        id,
        method: request.method,
        // Not the path: whatever people type can be in it.
        route: surroundings.route,
        status: response.status,
        ms: Math.round(took * 1000) / 1000,
      });
      return response;
    };
    if (found === undefined) return seal(detail("Invalid Host header.", 400));
    const { hostname } = found;
    if (!isAnyHost && !isAllowed(allowedHosts, hostname)) {
      const why = `Host "${hostname}" is not allowed (ALLOWED_HOSTS).`;
      return seal(detail(why, 400));
    }
    const response = answerAny(
      request,
      (request) => answer(request, surroundings),
    );
    return response instanceof Promise ? response.then(seal) : seal(response);
  };
}

function isAllowed(names: readonly string[], hostname: string): boolean {
  return names.some((name) =>
    name === hostname ||
    (name.startsWith(".") && `.${hostname}`.endsWith(name))
  );
}

/** Answers pages of other origins, and HEAD, as well. */
function answerAny(
  request: Request,
  answer: (request: Request) => Response | Promise<Response>,
): Response | Promise<Response> {
  const isForeign = request.headers.has("Origin");
  const isPreflight = isForeign && request.method === "OPTIONS" &&
    request.headers.has("Access-Control-Request-Method");
  const response = isPreflight
    ? new Response(null, { headers: PREFLIGHT_HEADERS })
    : request.method === "HEAD"
    ? answerHead(request, answer)
    : answer(request);
  if (!isForeign) return response;
  return response instanceof Promise
    ? response.then(allowOrigin)
    : allowOrigin(response);
}

/** Pages of every origin may use the API: there is nothing secret in it, and no session to abuse. */
function allowOrigin(response: Response): Response {
  const { headers } = response;
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", "Link, Location, X-Request-Id");
  return response;
}

/** What GET would answer, without the body but with its length; Deno itself would say 0. */
async function answerHead(
  request: Request,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const response = await answer(new Request(request, { method: "GET" }));
  const { length } = await response.bytes();
  const head = new Response(null, response);
  head.headers.set("Content-Length", String(length));
  return head;
}
