/**
 * What happens to every request: access log, check of the host name, CORS and the length of answers to HEAD.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { detail } from "./responses.ts";

const PREFLIGHT_HEADERS = {
  "Access-Control-Allow-Headers":
    "accept, accept-encoding, authorization, content-type, dnt, origin, user-agent, x-csrftoken, x-requested-with",
  "Access-Control-Allow-Methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
  "Access-Control-Max-Age": "86400",
};

/** Logs each request: time, method, path, status, milliseconds. */
export function accessLog(log: (line: string) => void): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    await next();
    const { pathname, search } = new URL(c.req.url);
    const took = (performance.now() - start).toFixed(1);
    const time = new Date().toISOString();
    log(
      `${time} ${c.req.method} ${pathname}${search} ${c.res.status} ${took} ms`,
    );
  };
}

/** Refuses requests for other host names than these; `*` is any, `.example.com` also means subdomains. */
export function allowedHosts(names: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const { hostname } = new URL(c.req.url);
    if (names.some((name) => matchesHost(name, hostname))) return await next();
    return detail(`Host "${hostname}" is not allowed (ALLOWED_HOSTS).`, 400);
  };
}

function matchesHost(name: string, hostname: string): boolean {
  if (name === "*" || name === hostname) return true;
  return name.startsWith(".") && `.${hostname}`.endsWith(name);
}

/** Lets pages of every origin use the API: there is nothing secret in it, and no session to abuse. */
export const cors: MiddlewareHandler = async (c, next) => {
  if (c.req.header("Origin") === undefined) return await next();
  const isPreflight = c.req.method === "OPTIONS" &&
    c.req.header("Access-Control-Request-Method") !== undefined;
  if (isPreflight) {
    c.res = new Response(null, { headers: PREFLIGHT_HEADERS });
  } else {
    await next();
  }
  c.res.headers.set("Access-Control-Allow-Origin", "*");
  return undefined;
};

/** Tells how long the body would be that HEAD leaves out; Deno itself would say 0. */
export const headLength: MiddlewareHandler = async (c, next) => {
  await next();
  if (c.req.method !== "HEAD") return;
  const { length } = await c.res.bytes();
  c.res.headers.set("Content-Length", String(length));
};
