/** What a todo is, and the store that keeps todos in a SQL database; the same queries run on MariaDB and SQLite. @module */

import type { Kysely, Selectable } from "kysely";
import type { Schema } from "./database.ts";
import { appliedMigrations, MIGRATIONS } from "./migrate.ts";

/** A stored todo. Its URL is made per request, from the host that the client used. */
export interface Todo {
  readonly id: number;
  readonly title: string | null;
  readonly completed: boolean;
  readonly order: number | null;
}

/** What a client may set. */
export type TodoFields = Omit<Todo, "id">;

/** Keeps todos. Every method rejects when the database cannot be used. */
export type TodoStore = ReturnType<typeof createStore>;

/**
 * Makes a store that keeps todos in this database, whose schema is up to date.
 * @param probe a way to the same database for `check`, which must not wait behind the queries of users
 */
export function createStore(db: Kysely<Schema>, probe = db) {
  const select = (from = db) =>
    from.selectFrom("todos").select(["id", "title", "completed", "order"]);
  const findIn = async (from: Kysely<Schema>, id: number) => {
    const row = await select(from).where("id", "=", id).executeTakeFirst();
    return row && fromRow(row);
  };
  return {
    /** At most `limit` todos, whose ids are greater than `after`, in the order of their ids. */
    async list({ after, limit }: { after: number; limit: number }) {
      const rows = await select().where("id", ">", after).orderBy("id")
        .limit(limit).execute();
      return rows.map(fromRow);
    },
    /** The todo with this id; undefined when there is none. */
    find: (id: number) => findIn(db, id),
    /** Stores a new todo under an id that was never used before. */
    async create(fields: TodoFields): Promise<Todo> {
      const { insertId } = await db.insertInto("todos").values(fields)
        .executeTakeFirstOrThrow();
      return { id: Number(insertId), ...fields };
    },
    /** Changes only the given fields; undefined when there is no such todo. */
    async update(id: number, changes: Partial<TodoFields>) {
      if (Object.keys(changes).length === 0) return await findIn(db, id);
      // The answer is this change, not that of another client a moment later.
      return await db.transaction().execute(async (transaction) => {
        await transaction.updateTable("todos").set(changes)
          .where("id", "=", id).execute();
        return await findIn(transaction, id);
      });
    },
    /** Deletes one todo; false when there is no such todo. */
    async remove(id: number): Promise<boolean> {
      const { numDeletedRows } = await db.deleteFrom("todos")
        .where("id", "=", id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    /** Deletes every todo. */
    async removeAll(): Promise<void> {
      await db.deleteFrom("todos").execute();
    },
    /** Resolves when the database answers and has the schema. */
    async check(): Promise<void> {
      const names = await appliedMigrations(probe);
      // More than these is fine: the release before a newer one must go on until it is replaced.
      const missing = Object.keys(MIGRATIONS)
        .filter((name) => !names.includes(name)).join(", ");
      if (missing) {
        throw new Error(`the schema is behind, run "migrate" (${missing})`);
      }
    },
  };
}

function fromRow(
  { id, title, completed, order }: Selectable<Schema["todos"]>,
): Todo {
  return { id, title, completed: completed !== 0, order };
}
