/**
 * The application on a new, empty SQLite database in memory, for tests of the API.
 *
 * @module
 */

import type { Kysely } from "kysely";
import type { Schema } from "../../src/database.ts";
import { type AppSettings, createApp } from "../../src/app.ts";
import { readAssets } from "../../src/static.ts";
import { openSqlite } from "../../src/sqlite.ts";
import { applyMigrations } from "../../src/migrate.ts";
import { createStore, type Todo, type TodoStore } from "../../src/store.ts";

/** A todo as the API shows it. */
export interface TodoJson {
  readonly url: string;
  readonly title: string | null;
  readonly completed: boolean;
  readonly order: number | null;
}

/** What a test can do. */
export interface Api {
  readonly store: TodoStore;
  readonly db?: Kysely<Schema>;
  /** Sends a request; `body` becomes JSON, unless it is something that fetch takes as it is. */
  readonly send: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    peer?: string,
  ) => Promise<Response>;
  /** The titles of all todos. */
  readonly titles: () => Promise<(string | null)[]>;
}

/** The origin of every request that a test sends to a path. */
export const ORIGIN = "http://localhost";

/** The page and the static files. */
export const ASSETS = await readAssets();

/** Makes a test that is given the application, and closes the database after it. */
export function withApi(
  test: (api: Api) => Promise<void>,
  settings: Partial<AppSettings> = {},
): () => Promise<void> {
  return async () => {
    const db = openSqlite(":memory:");
    try {
      await applyMigrations(db);
      const store = createStore(db);
      await test({ ...apiOf(store, settings), db });
    } finally {
      await db.destroy();
    }
  };
}

/** The application on any store. */
export function apiOf(
  store: TodoStore,
  settings: Partial<AppSettings> = {},
): Api {
  const app = createApp(store, {
    allowedHosts: ["*"],
    trustedProxies: [],
    collection: {
      files: ASSETS.files,
      page: ASSETS.names.get("page.html")!,
    },
    ...settings,
  });
  return {
    store,
    async send(method, path, body, headers = {}, peer = undefined) {
      const asItIs = body instanceof FormData || typeof body === "string" ||
        body instanceof URLSearchParams || body instanceof Uint8Array ||
        body instanceof ReadableStream;
      const init: RequestInit = { method, headers };
      if (asItIs) {
        init.body = body as BodyInit;
      } else if (body !== undefined) {
        init.body = JSON.stringify(body);
        init.headers = { "Content-Type": "application/json", ...headers };
      }
      return await app.fetch(new Request(new URL(path, ORIGIN), init), {
        peer,
      });
    },
    async titles() {
      return (await allTodos(store)).map(({ title }) => title);
    },
  };
}

/** All todos of a store. */
export function allTodos(store: TodoStore): Promise<readonly Todo[]> {
  return store.list({ after: 0, limit: 1_000_000 });
}

/** Creates a todo, and answers its URL. */
export async function createTodo(
  { send }: Api,
  fields: Partial<TodoJson>,
): Promise<string> {
  const response = await send("POST", "/todos", fields);
  return (await response.json()).url;
}
