/**
 * The store in a SQL database; the same queries run on MariaDB and SQLite.
 *
 * @module
 */

import type { CompiledQuery, Kysely } from "kysely";
import type { Schema, TodoRow } from "./database.ts";
import { SchemaBehind } from "./errors.ts";
import { MIGRATIONS } from "./migrations/mod.ts";
import { shareReads } from "./shared_reads.ts";
import type { Todo, TodoFields, TodoStore } from "./store.ts";

const COLUMNS = ["id", "title", "completed", "order"] as const;

/** Makes a store that keeps todos in this database, whose schema is up to date. */
export function createKyselyStore(db: Kysely<Schema>): TodoStore {
  const select = () => db.selectFrom("todos").select(COLUMNS);
  // What is read again and again is compiled once; its parameters come later.
  const page = select().where("id", ">", 0).orderBy("id").limit(0).compile();
  const finds = new Map<number, CompiledQuery>();
  const findOf = (ids: readonly number[]) => {
    const find = finds.get(ids.length) ??
      select().where("id", "in", ids).compile();
    finds.set(ids.length, find);
    return { ...find, parameters: ids };
  };

  return shareReads({
    async findAll(ids) {
      const { rows } = await db.executeQuery<TodoRow>(findOf(ids));
      return rows.map(fromRow);
    },
    async list({ after, limit }) {
      const { rows } = await db.executeQuery<TodoRow>(
        { ...page, parameters: [after, limit] },
      );
      return rows.map(fromRow);
    },
    async create(fields) {
      const { insertId } = await db.insertInto("todos").values(toRow(fields))
        .executeTakeFirstOrThrow();
      return { id: Number(insertId), ...fields };
    },
    async update(id, changes) {
      if (Object.keys(changes).length > 0) {
        await db.updateTable("todos").set(toRow(changes)).where("id", "=", id)
          .execute();
      }
      const row = await select().where("id", "=", id).executeTakeFirst();
      return row && fromRow(row);
    },
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom("todos")
        .where("id", "=", id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    async removeAll() {
      await db.deleteFrom("todos").execute();
    },
    async check() {
      const rows = await db.selectFrom("kysely_migration").select("name")
        .execute();
      const applied = new Set(rows.map(({ name }) => name));
      // More than these is fine: the release before a newer one must go on until it is replaced.
      const missing = Object.keys(MIGRATIONS).filter((name) =>
        !applied.has(name)
      );
      if (missing.length > 0) throw new SchemaBehind(missing);
    },
  });
}

type StoredFields<Fields> = {
  [Key in keyof Fields]: Key extends "completed" ? number : Fields[Key];
};

// Neither database has a boolean type of its own, and node:sqlite refuses to bind one: 0 and 1 go both ways.
function toRow<Fields extends Partial<TodoFields>>(
  fields: Fields,
): StoredFields<Fields> {
  const row = fields.completed === undefined
    ? fields
    : { ...fields, completed: Number(fields.completed) };
  return row as StoredFields<Fields>;
}

function fromRow({ id, title, completed, order }: TodoRow): Todo {
  return { id, title, completed: completed !== 0, order };
}
