/**
 * Makes the table of todos.
 *
 * @module
 */

import { type Kysely, MysqlAdapter, sql } from "kysely";

/** Applies the migration. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const table = db.schema.createTable("todos")
    // MariaDB does not roll back DDL: a run that was killed before it was recorded must be repeatable.
    .ifNotExists()
    // SQLite, too, must not use the id of a deleted todo again: its URL would lead to another todo.
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("title", "varchar(256)")
    .addColumn(
      "completed",
      "boolean",
      (column) => column.notNull().defaultTo(0),
    )
    .addColumn("order", "integer");
  // The default may be latin1, which has no room for emoji.
  const isMysql = db.getExecutor().adapter instanceof MysqlAdapter;
  await (isMysql ? table.modifyEnd(sql`default charset = utf8mb4`) : table)
    .execute();
}
