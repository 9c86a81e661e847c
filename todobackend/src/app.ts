/**
 * The HTTP application: a function from request to response, which needs neither port nor database to be tested.
 *
 * @module
 */

import { OpenAPIHono } from "@hono/zod-openapi";
import { errorCode, errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";
import { type App, envelope } from "./envelope.ts";
import { describe, detail, json, notFound } from "./responses.ts";
import { type Representation, respond } from "./representation.ts";
import { addRoute, type AppEnv, NO_ROUTE } from "./routes.ts";
import type { StaticFiles } from "./static_files.ts";
import type { TodoStore } from "./store.ts";
import { addTodoRoutes, type OnBody } from "./todo_routes.ts";

/** What the application needs to know besides its store. */
export interface AppSettings {
  /** Host names that it answers to; `*` is any, `.example.com` also means subdomains. */
  readonly allowedHosts: readonly string[];
  /** Addresses and networks of proxies whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** What `/` answers to a browser. */
  readonly page: Representation;
  /** What is below `/static/`. */
  readonly staticFiles: StaticFiles;
  /** Says why the store failed. */
  readonly explain?: (error: unknown) => string;
  /** Takes an entry for each request, and failures. */
  readonly log?: Log;
  /** Whether the server is about to end: no more requests should be sent to it. */
  readonly isStopping?: () => boolean;
  /** Is told of each body that is being read. */
  readonly onBody?: OnBody;
}

const PROBE = /^https?:\/\/[^/]*\/health\/(live|ready)(\?|$)/;

/** Makes the application. */
export function createApp(store: TodoStore, settings: AppSettings): App {
  const { log = () => {} } = settings;
  const explain = settings.explain ?? errorMessage;
  const app = new OpenAPIHono<AppEnv>();

  addHealth(app, store, { ...settings, explain });
  addRoot(app, settings.page);
  addTodoRoutes(app, store, settings.onBody);
  addStatic(app, settings.staticFiles);

  app.notFound(notFound);
  app.onError((error, c) => {
    // What the system or the database refuses comes with a code; anything else is a bug.
    const isBug = errorCode(error) === "";
    const message = isBug ? error.stack ?? error.message : explain(error);
    log({ level: "error", id: c.env.id, message });
    return isBug
      ? detail("Internal server error.", 500)
      : detail("Service unavailable.", 503);
  });
  const answer = envelope(app.fetch, { ...settings, log });
  // Without the log and the check of the host: probes come often, and from inside the container.
  const probed = { id: "", origin: "", route: NO_ROUTE };
  return (request, peer) =>
    PROBE.test(request.url)
      ? app.fetch(request, probed)
      : answer(request, peer);
}

/** The process is well when it answers at all; whether it is of use depends on the database, too. */
function addHealth(
  app: OpenAPIHono<AppEnv>,
  store: TodoStore,
  { explain, isStopping = () => false }:
    & Pick<AppSettings, "isStopping">
    & Required<Pick<AppSettings, "explain">>,
): void {
  app.get("/health/live", () => json(JSON.stringify({ status: "ok" })));
  app.get("/health/ready", async () => {
    const why = isStopping() ? "The server stops" : await store.check().then(
      () => undefined,
      explain,
    );
    return why === undefined
      ? json(JSON.stringify({ status: "ok" }))
      : json(JSON.stringify({ status: "unavailable", detail: why }), 503);
  });
}

function addRoot(app: OpenAPIHono<AppEnv>, page: Representation): void {
  const allow = "GET, HEAD, OPTIONS";
  addRoute(app, "/", {
    allow,
    handlers: {
      GET: (c) => {
        const accept = c.req.header("Accept") ?? "";
        const wantsJson = accept.includes("application/json") &&
          !accept.includes("text/html");
        const response = wantsJson
          ? json(JSON.stringify({ todos: `${c.env.origin}/todos` }))
          : respond(c.req.raw.headers, page);
        response.headers.append("Vary", "Accept");
        return response;
      },
      OPTIONS: () => describe("Api Root", allow),
    },
  });
}

function addStatic(
  app: OpenAPIHono<AppEnv>,
  staticFiles: StaticFiles,
): void {
  addRoute(app, "/static/:name", {
    allow: "GET, HEAD",
    handlers: {
      GET: (c) => {
        const file = staticFiles.get(c.req.param("name") ?? "");
        if (file) return respond(c.req.raw.headers, file);
        // While a release replaces another one, a server may have it a moment later.
        const response = notFound();
        response.headers.set("Cache-Control", "no-store");
        return response;
      },
    },
  });
}
