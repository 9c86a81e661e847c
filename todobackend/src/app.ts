/**
 * The HTTP application: a function from request to response, which needs neither port nor database to be tested.
 *
 * @module
 */

import { Hono } from "hono";
import { errorCode, errorMessage } from "./errors.ts";
import { accessLog, allowedHosts, cors, headLength } from "./middleware.ts";
import { pageResponse } from "./page.ts";
import { describe, detail, methodNotAllowed, notFound } from "./responses.ts";
import { staticFile } from "./static_files.ts";
import type { TodoStore } from "./store.ts";
import { addTodoRoutes } from "./todo_routes.ts";

/** What the application needs to know besides its store. */
export interface AppSettings {
  /** Host names that it answers to; `*` is any, `.example.com` also means subdomains. */
  readonly allowedHosts: readonly string[];
  /** The folder of the collected static files. */
  readonly staticRoot: string;
  /** Says why the store failed. */
  readonly explain?: (error: unknown) => string;
  /** Takes one line per request, and failures. */
  readonly log?: (line: string) => void;
}

/** Makes the application. */
export function createApp(
  store: TodoStore,
  settings: AppSettings,
): (request: Request) => Response | Promise<Response> {
  const { allowedHosts: hosts, staticRoot, log = () => {} } = settings;
  const explain = settings.explain ?? errorMessage;
  const app = new Hono();

  // Before the log and the check of the host: probes come often, and from inside the container.
  app.get("/health", () => health(store, explain));

  app.use(accessLog(log), headLength, allowedHosts(hosts), cors);
  addRoot(app);
  addTodoRoutes(app, store);
  app.get("/static/:path{.+}", async (c) => {
    const path = new URL(c.req.url).pathname.slice("/static/".length);
    return await staticFile(staticRoot, path) ?? notFound();
  });

  app.notFound(notFound);
  app.onError((error) => {
    // What the system or the database refuses comes with a code; anything else is a bug.
    const isBug = errorCode(error) === "";
    log(isBug ? error.stack ?? error.message : explain(error));
    return isBug
      ? detail("Internal server error.", 500)
      : detail("Service unavailable.", 503);
  });
  return (request) =>
    URL.canParse(request.url)
      ? app.fetch(request)
      : detail("Invalid Host header.", 400);
}

async function health(
  store: TodoStore,
  explain: (error: unknown) => string,
): Promise<Response> {
  try {
    await store.check();
    return Response.json({ status: "ok" });
  } catch (error) {
    const answer = { status: "unavailable", detail: explain(error) };
    return Response.json(answer, { status: 503 });
  }
}

function addRoot(app: Hono): void {
  const allow = "GET, HEAD, OPTIONS";
  app.get("/", (c) => {
    const accept = c.req.header("Accept") ?? "";
    const json = accept.includes("application/json") &&
      !accept.includes("text/html");
    const response = json
      ? Response.json({ todos: new URL("/todos", c.req.url).href })
      : pageResponse();
    response.headers.append("Vary", "Accept");
    return response;
  });
  app.options("/", () => describe("Api Root", allow));
  app.all("/", (c) => methodNotAllowed(c.req.method, allow));
}
