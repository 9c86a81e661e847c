/** The HTTP application: a function from request to response, which needs neither port nor database to be tested. @module */

import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, MiddlewareHandler } from "hono";
import { accepts } from "hono/accepts";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { routePath } from "hono/route";
import { serveStatic } from "hono/serve-static";
import { type Bodies, createBodies } from "./body.ts";
import { errorCode, errorMessage } from "./command.ts";
import type { Log } from "./log.ts";
import { createFindOrigin } from "./origin.ts";
import type { Collection } from "./static.ts";
import type { TodoStore } from "./store.ts";
import { accept, addTodos } from "./todos.ts";

/** What the application needs to know besides its store. */
export interface AppSettings {
  /** Host names that it answers to; `*` is any, `.example.com` also means subdomains. */
  readonly allowedHosts: readonly string[];
  /** Addresses and networks of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** What is below `/static/`, and which of it is the page at `/`. */
  readonly collection: Collection;
  readonly bodies?: Bodies;
  /** Says why the store failed. */
  readonly explain?: (error: unknown) => string;
  readonly log?: Log;
  /** Whether the server is about to end: no more requests should be sent to it. */
  readonly isStopping?: () => boolean;
}

/** As hono has it: what is known of a request, and what is found out of it. */
export interface AppEnv {
  Bindings: { readonly peer?: string | undefined };
  Variables: { requestId: string; origin: string };
}

type Middleware = MiddlewareHandler<AppEnv>;

/** Makes the application. */
export function createApp(
  store: TodoStore,
  settings: AppSettings,
): OpenAPIHono<AppEnv> {
  const { log = () => {}, explain = errorMessage } = settings;
  const app = new OpenAPIHono<AppEnv>({
    // A path whose parameter is not valid is none of a todo's.
    defaultHook: (result, c) =>
      result.target === "param" && !result.success
        ? c.notFound()
        : void accept(result, c),
  });
  app.use(requestId(), observe(log), checkHost(settings));
  app.use(methodNotAllowed({ app, onMethodNotAllowed }));
  // The process is well when it answers at all; whether it is of use depends on the database, too.
  app.get("/health/live", (c) => c.json({ status: "ok" }));
  app.get("/health/ready", async (c) => {
    const detail = settings.isStopping?.()
      ? "The server stops"
      : await store.check().then(() => undefined, explain);
    if (detail === undefined) return c.json({ status: "ok" });
    return c.json({ status: "unavailable", detail }, 503);
  });
  addTodos(app, store, settings.bodies ?? createBodies());
  addPage(app, settings.collection);
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "todobackend", version: "1" },
    servers: [{ url: "/" }],
  });
  app.get("/openapi.json", (c) => c.json(document));
  app.notFound((c) => c.json({ detail: "Not found." }, 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      // Nothing more is read from who was too slow.
      if (error.status === 408) c.header("Connection", "close");
      return error.res ?? c.json({ detail: error.message }, error.status);
    }
    // What the system or the database refuses comes with a code; anything else is a bug.
    const isBug = errorCode(error) === "";
    const message = isBug ? error.stack ?? error.message : explain(error);
    log({ level: "error", id: c.get("requestId"), message });
    if (isBug) return c.json({ detail: "Internal server error." }, 500);
    c.header("Retry-After", "1");
    return c.json({ detail: "Service unavailable." }, 503);
  });
  return app;
}

function onMethodNotAllowed(c: Context, methods: string[]): Response {
  const allow = methods.filter((method) => method !== "HEAD");
  allow.push("HEAD", "OPTIONS");
  const detail = `The method ${c.req.method} is not allowed here.`;
  return c.json({ detail }, 405, { Allow: allow.join(", ") });
}

// Pages of every origin may use the API: there is nothing secret in it, and no session to abuse.
const PREFLIGHT: Middleware = cors({ origin: "*", maxAge: 86_400 });
const HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Link, Location, Retry-After, X-Request-Id",
  // With no-store Chromium holds connections for answers that a page does not read.
  "Cache-Control": "no-cache",
  "X-Content-Type-Options": "nosniff",
};

/** What every answer has, and an entry in the log for each; probes come often and are not in it. */
function observe(log: Log): Middleware {
  return async (c, next) => {
    const start = performance.now();
    const { method } = c.req;
    setHeaders(c, HEADERS);
    if (method === "OPTIONS") {
      await PREFLIGHT(c, next);
      // The API that this one is modeled on answers with 200.
      c.res = c.body(null, 200);
    } else {
      await next();
    }
    // What GET would send; the answer without its body would claim 0.
    if (method === "HEAD" && c.res.body) {
      const { byteLength } = await c.res.clone().arrayBuffer();
      c.header("Content-Length", String(byteLength));
    }
    // Not the path: whatever people type can be in it.
    const route = routePath(c, -1);
    if (route.startsWith("/health/")) return;
    const ms = Math.round((performance.now() - start) * 1000) / 1000;
    const { status } = c.res;
    log({ level: "info", id: c.var.requestId, method, route, status, ms });
  };
}

function setHeaders(c: Context, headers: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
}

/** Finds out under which origin the client sees the application, and refuses what it is not meant to be. */
function checkHost(
  { allowedHosts, trustedProxies }: AppSettings,
): Middleware {
  const findOrigin = createFindOrigin(trustedProxies);
  return async (c, next) => {
    const found = findOrigin(c.req.raw, c.env?.peer);
    if (!found) return c.json({ detail: "The host name is not valid." }, 400);
    const { origin, hostname } = found;
    const isAllowed = allowedHosts.some((name) =>
      name === "*" || name === hostname ||
      (name.startsWith(".") && `.${hostname}`.endsWith(name))
    );
    // Probes come from inside of the container.
    if (!isAllowed && !c.req.path.startsWith("/health/")) {
      const detail = `Host "${hostname}" is not allowed (ALLOWED_HOSTS).`;
      return c.json({ detail }, 400);
    }
    c.set("origin", origin);
    return await next();
  };
}

// Everything that the page does not need is forbidden: a script that gets into it must not run.
const PAGE_HEADERS = {
  // The names in it are those of this release: it is asked for each time, and mostly a 304.
  "Cache-Control": "no-cache",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
  "Vary": "Accept-Encoding, Accept",
  "X-Frame-Options": "DENY",
};
// Such a file never changes: another one would have another name. What is missing may be there a moment later.
const STATIC_HEADERS = {
  "Cache-Control": "public, max-age=31536000, immutable",
  "Vary": "Accept-Encoding",
};

function addPage(
  app: OpenAPIHono<AppEnv>,
  { files, page }: Collection,
): void {
  // Names have no folders: there is no path that could lead elsewhere.
  const getContent = (path: string) =>
    Promise.resolve(files.get(path.slice(path.lastIndexOf("/") + 1)) ?? null);
  const serve = (headers: Readonly<Record<string, string>>, path?: string) =>
    serveStatic<AppEnv>({
      ...(path && { path }),
      precompressed: true,
      getContent,
      onFound: (_path, c) => setHeaders(c, headers),
    });
  const showPage = serve(PAGE_HEADERS, page);
  app.get("/", etag(), async (c, next) => {
    const supports = ["application/json", "text/html"];
    const header = {
      header: "Accept",
      supports,
      default: "text/html",
    } as const;
    if (accepts(c, header) === "text/html") return await showPage(c, next);
    const links = { todos: `${c.var.origin}/todos` };
    return c.json(links, 200, { Vary: "Accept" });
  });
  app.get("/static/:name", etag(), serve(STATIC_HEADERS));
}
