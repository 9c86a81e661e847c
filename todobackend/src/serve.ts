/** The command `serve`: answers HTTP requests until it is asked to stop. @module */

import { getRequestListener } from "@hono/node-server";
import { once } from "node:events";
import { createServer, type Server, ServerResponse } from "node:http";
import { Server as Listener } from "node:net";
import { createApp } from "./app.ts";
import { type Bodies, createBodies } from "./body.ts";
import { CommandError, errorMessage, type World } from "./command.ts";
import { explainDatabaseError, openDatabase } from "./database.ts";
import { createLog } from "./log.ts";
import { databaseSettings, serverSettings } from "./settings.ts";
import { readCollection } from "./static.ts";
import { createStore } from "./store.ts";

// Deno.serve has no limits like these. A body has less time than a request, and is refused in our words.
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
};
const SILENCE_MS = 120_000;
// What is no host name, or no path, never gets as far as the application, whose routes depend on both together.
const NO_URL = { detail: "The host name or the path is not valid." };
const MAX_CONNECTIONS = 16_384;

// After STOP_DELAY so much time is left: to connections without a request, to bodies that have not arrived, to all other
// requests, and then to the database. Docker sends SIGKILL 10 s after SIGTERM.
const GRACE_MS = { idle: 500, bodies: 3_000, requests: 8_000, database: 1_000 };

/**
 * Serves until the world asks to stop, then answers the requests in flight and closes the database.
 * @throws {CommandError} when settings, static files, a SQLite file or the address cannot be used
 */
export async function serve(world: World, limits = LIMITS): Promise<void> {
  const settings = serverSettings(world.env);
  const place = databaseSettings(world.env);
  const stopped = new Promise<void>((resolve) => world.onStop(resolve));
  const collection = await readCollection(settings.staticRoot);
  const { log, flush } = createLog(world.out);
  const explain = (error: unknown) => explainDatabaseError(error, place);
  const fail = (error: unknown): never => {
    throw new CommandError(explain(error), 1, error);
  };
  const db = await openDatabase(place).catch(fail);
  const probe = await openDatabase(place, { connections: 1 }).catch(fail);
  const store = createStore(db, probe);
  // Not the end: /health/ready says so until it is mended, and an orchestrator without `depends_on` (Swarm) needs that.
  await store.check().catch((error) =>
    log({ level: "warning", message: explain(error) })
  );
  const state = { isStopping: false, isClosing: false };
  const bodies = createBodies();
  const app = createApp(store, {
    ...{ ...settings, collection, bodies, explain, log },
    isStopping: () => state.isStopping,
  });
  const server = createServer(
    { ...limits, ServerResponse: responseClass(() => state.isClosing) },
    getRequestListener(
      (request, { incoming }) =>
        app.fetch(request, { peer: incoming.socket.remoteAddress }),
      { errorHandler: () => Response.json(NO_URL, { status: 400 }) },
    ),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = SILENCE_MS;
  try {
    const where = `${settings.hostname}:${settings.port}`;
    server.listen(settings.port, settings.hostname);
    await once(server, "listening").catch((error) => {
      const why = `${errorMessage(error)} (HOST, PORT)`;
      throw new CommandError(`Cannot listen on ${where}: ${why}`, 1, error);
    });
    log({ level: "info", message: `Listening on http://${where}` });
    await stopped;
    state.isStopping = true;
    log({ level: "info", message: "Stopping" });
    flush();
    await atMost(settings.stopDelay);
    state.isClosing = true;
    await close(server, bodies);
  } finally {
    const ended = [db.destroy(), probe.destroy()];
    await atMost(GRACE_MS.database, Promise.allSettled(ended));
    flush();
  }
}

/** Answers whose header names are spelled as `grep Location:` expects it, and that end their connections at a stop. */
function responseClass(isClosing: () => boolean) {
  class Answer extends ServerResponse {
    override writeHead(status: number, fields?: unknown): this {
      const headers = Object.entries(fields ?? {}).map((
        [name, value],
      ) => [name.replace(/\b[a-z]/g, (it) => it.toUpperCase()), value]);
      if (isClosing()) headers.push(["Connection", "close"]);
      return super.writeHead(status, Object.fromEntries(headers));
    }
  }
  return Answer as typeof ServerResponse;
}

/** Closes the port and answers what was accepted; each connection ends with the answer to its next request. */
async function close(server: Server, bodies: Bodies): Promise<void> {
  // That of node:http would also end connections on which a request may be on its way.
  const closed = new Promise<unknown>((resolve) =>
    Listener.prototype.close.call(server, resolve)
  );
  const idle = setInterval(() => server.closeIdleConnections(), GRACE_MS.idle);
  const late = setTimeout(bodies.giveUp, GRACE_MS.bodies);
  await atMost(GRACE_MS.requests, closed);
  clearInterval(idle);
  clearTimeout(late);
  server.close();
  server.closeAllConnections();
}

/** Waits, but not for long: a client or a database that hangs must not keep the process alive. */
async function atMost(ms: number, done?: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  done?.finally(resolve);
  await promise;
  clearTimeout(timer);
}
