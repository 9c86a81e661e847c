/**
 * What happens to every request: an id, the check of the host name, CORS, the length of answers to HEAD, the log.
 *
 * @module
 */

import type { Context, MiddlewareHandler, Next } from "hono";
import { routePath } from "hono/route";
import type { Log } from "./log.ts";
import { createFindOrigin } from "./origin.ts";
import { detail } from "./responses.ts";

/** What hono hands to every handler of this application. */
export interface AppEnv {
  Bindings: {
    /** The address that the request came from, where there is a connection. */
    peer?: string | undefined;
  };
  Variables: {
    /** Scheme, host and port under which the client sees the application. */
    origin: string;
    /** Finds a request in the log. */
    id: string;
  };
}

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

/** One middleware for all of it: each one more is felt in the time of a request. */
export function envelope(
  { allowedHosts, trustedProxies, log }: EnvelopeOptions,
): MiddlewareHandler<AppEnv> {
  const findOrigin = createFindOrigin(trustedProxies);
  // Unlike that of another process, or of this one before it was restarted.
  const server = crypto.randomUUID().slice(0, 8);
  let count = 0;
  const isAnyHost = allowedHosts.includes("*");
  return async (c, next) => {
    const start = performance.now();
    const id = `${server}-${++count}`;
    c.set("id", id);
    const found = findOrigin(c.req.raw, c.env?.peer);
    if (found === undefined) {
      c.res = detail("Invalid Host header.", 400);
    } else if (isAnyHost || isAllowed(allowedHosts, found.hostname)) {
      c.set("origin", found.origin);
      await answer(c, next);
    } else {
      const { hostname } = found;
      c.res = detail(`Host "${hostname}" is not allowed (ALLOWED_HOSTS).`, 400);
    }
    c.res.headers.set("X-Request-Id", id);
    const took = performance.now() - start;
    log({
      level: "info",
      id,
      method: c.req.method,
      // Not the path: whatever people type can be in it.
      route: routePath(c, -1),
      status: c.res.status,
      ms: Math.round(took * 1000) / 1000,
    });
  };
}

function isAllowed(names: readonly string[], hostname: string): boolean {
  return names.some((name) =>
    name === hostname ||
    (name.startsWith(".") && `.${hostname}`.endsWith(name))
  );
}

async function answer(c: Context<AppEnv>, next: Next): Promise<void> {
  const origin = c.req.header("Origin");
  const isPreflight = origin !== undefined && c.req.method === "OPTIONS" &&
    c.req.header("Access-Control-Request-Method") !== undefined;
  if (isPreflight) c.res = new Response(null, { headers: PREFLIGHT_HEADERS });
  else await next();
  if (c.req.method === "HEAD") await tellLength(c);
  // Pages of every origin may use the API: there is nothing secret in it, and no session to abuse.
  if (origin !== undefined) allowOrigin(c.res.headers);
}

function allowOrigin(headers: Headers): void {
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", "Link, Location, X-Request-Id");
}

/** How long the body would be that HEAD leaves out; Deno itself would say 0. */
async function tellLength(c: Context<AppEnv>): Promise<void> {
  const { length } = await c.res.bytes();
  c.res.headers.set("Content-Length", String(length));
}
