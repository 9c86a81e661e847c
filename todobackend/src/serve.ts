/**
 * The command `serve`: answers HTTP requests until it is asked to stop.
 *
 * @module
 */

import { type AppSettings, createApp } from "./app.ts";
import type { App } from "./envelope.ts";
import { readAssets } from "./assets.ts";
import { explainDatabaseError, openDatabase } from "./database.ts";
import { CommandError, errorMessage } from "./errors.ts";
import { createKyselyStore } from "./kysely_store.ts";
import { createLog, type Log } from "./log.ts";
import { createPage } from "./page.ts";
import {
  databaseSettings,
  type ServerSettings,
  serverSettings,
} from "./settings.ts";
import { readCollection } from "./static_files.ts";
import type { World } from "./world.ts";

// For the requests in flight, and then for the database: Docker sends SIGKILL 10 s after SIGTERM.
const REQUEST_GRACE_MS = 8_000;
const DATABASE_GRACE_MS = 1_000;

/**
 * Serves until the world asks to stop, then answers the requests in flight and closes the database.
 *
 * @throws {CommandError} when settings, static files, a SQLite file or the address cannot be used
 */
export async function serve(world: World): Promise<void> {
  const settings = serverSettings(world.env);
  const databaseToOpen = databaseSettings(world.env);
  const stopped = new Promise<void>((resolve) => world.onStop(resolve));
  const site = await readSite(settings.staticRoot);
  const { log, flush } = createLog(world.out);
  const explain = (error: unknown) =>
    explainDatabaseError(error, databaseToOpen);
  const db = await openDatabase(databaseToOpen).catch((error) => {
    throw new CommandError(explain(error), 1, { cause: error });
  });
  const store = createKyselyStore(db);
  // Not the end: /health/ready says so until it is mended, and an orchestrator without `depends_on` (Swarm) needs that.
  await store.check().catch((error) =>
    log({ level: "warning", message: explain(error) })
  );
  let isStopping = false;
  const bodies = createArrivals();
  const app = createApp(store, {
    ...settings,
    ...site,
    explain,
    log,
    isStopping: () => isStopping,
    onBody: bodies.add,
  });
  let server: Deno.HttpServer | undefined;
  try {
    server = listen(settings, app, log);
    await stopped;
    isStopping = true;
    log({ level: "info", message: "Stopping" });
  } finally {
    // Deno stops reading bodies when it shuts down: those that are on their way are waited for before.
    const answered = bodies.all().then(() => server?.shutdown());
    await inTime(answered, REQUEST_GRACE_MS);
    await inTime(db.destroy(), DATABASE_GRACE_MS);
    flush();
  }
}

/** What is on its way: `all` resolves when everything is there that was under way when it was called. */
function createArrivals(): {
  add: (arrival: Promise<unknown>) => void;
  all: () => Promise<unknown>;
} {
  const arrivals = new Set<Promise<unknown>>();
  return {
    add(arrival) {
      arrivals.add(arrival);
      const remove = () => arrivals.delete(arrival);
      arrival.then(remove, remove);
    },
    all: () => Promise.allSettled(arrivals),
  };
}

/** The page with its files, of this release and no other: a broken page is worse than none. */
async function readSite(
  staticRoot: string,
): Promise<Pick<AppSettings, "page" | "staticFiles">> {
  try {
    const assets = await readAssets();
    return {
      page: createPage(assets),
      staticFiles: await readCollection(staticRoot, assets),
    };
  } catch (error) {
    throw new CommandError(
      `Cannot serve static files from "${staticRoot}": ${
        errorMessage(error)
      }, run "collectstatic" (STATIC_ROOT)`,
      1,
      { cause: error },
    );
  }
}

function listen(
  { hostname, port, trustedProxies }: ServerSettings,
  app: App,
  log: Log,
): Deno.HttpServer {
  const message = `Listening on http://${hostname}:${port}`;
  const onListen = () => log({ level: "info", message });
  try {
    return Deno.serve(
      { hostname, port, onListen },
      // To read the address takes time that is only worth it where somebody asks.
      trustedProxies.length > 0
        ? (request, { remoteAddr }) => app(request, remoteAddr.hostname)
        : (request) => app(request),
    );
  } catch (error) {
    throw new CommandError(
      `Cannot listen on ${hostname}:${port}: ${
        errorMessage(error)
      } (HOST, PORT)`,
      1,
      { cause: error },
    );
  }
}

/** Waits for something, but not for long: a client or a database that hangs must not keep the process alive. */
async function inTime(done: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, grace]);
  clearTimeout(timer);
}
