/**
 * How routes are registered: a path, what answers there by method, and a refusal of every other method.
 *
 * @module
 */

import type { Handler, Hono } from "hono";
import { methodNotAllowed } from "./responses.ts";

/** What a handler knows of a request besides the request itself. */
export interface Surroundings {
  /** Scheme, host and port under which the client sees the application. */
  readonly origin: string;
  /** Finds the request in the log. */
  readonly id: string;
  /** The path of the route that has answered, as it was registered. */
  route: string;
}

/** The route of what none has answered. */
export const NO_ROUTE = "/*";

/** As hono has it. */
export interface AppEnv {
  Bindings: Surroundings;
}

/** Adds a route; the methods besides those of the handlers are refused with `allow`. */
export function addRoute(
  app: Pick<Hono<AppEnv>, "on" | "all">,
  path: string,
  { allow, handlers }: {
    allow: string;
    handlers: Readonly<Record<string, Handler<AppEnv>>>;
  },
): void {
  const named = (handler: Handler<AppEnv>): Handler<AppEnv> => (c, next) => {
    c.env.route = path;
    return handler(c, next);
  };
  for (const [method, handler] of Object.entries(handlers)) {
    app.on(method, path, named(handler));
  }
  app.all(path, named((c) => methodNotAllowed(c.req.method, allow)));
}
