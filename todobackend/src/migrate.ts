/** The migrations, and the command `migrate` that applies them. @module */

import { type Kysely, MysqlAdapter, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { CommandError, type World } from "./command.ts";
import { explainDatabaseError, openDatabase, type Schema } from "./database.ts";
import { databaseSettings } from "./settings.ts";

/** All migrations, applied in the order of their names; one that was released is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001_create_todos": {
    async up(db) {
      const table = db.schema.createTable("todos")
        // MariaDB does not roll back DDL: a run that was killed before it was recorded must be repeatable.
        .ifNotExists()
        // SQLite, too, must not use the id of a deleted todo again: its URL would lead to another todo.
        .addColumn("id", "integer", (id) => id.primaryKey().autoIncrement())
        .addColumn("title", "varchar(256)")
        .addColumn("completed", "boolean", (it) => it.notNull().defaultTo(0))
        .addColumn("order", "integer");
      // The default may be latin1, which has no room for emoji.
      const isMysql = db.getExecutor().adapter instanceof MysqlAdapter;
      const charset = sql`default charset = utf8mb4`;
      await (isMysql ? table.modifyEnd(charset) : table).execute();
    },
  },
};

/** The names of the migrations that a database has. */
export async function appliedMigrations(db: Kysely<Schema>): Promise<string[]> {
  const rows = await db.selectFrom("kysely_migration").select("name")
    .orderBy("name").execute();
  return rows.map(({ name }) => name);
}

/**
 * Applies the migrations that the database does not have yet.
 * @throws {CommandError} when the settings or the database cannot be used
 */
export async function migrate({ env, out }: World): Promise<void> {
  const settings = databaseSettings(env);
  try {
    await using db = await openDatabase(settings, { patient: true });
    const { applied, newer } = await applyMigrations(db);
    for (const name of applied) out(`Applied migration "${name}"`);
    const which = newer.join(", ");
    const why = which &&
      ` (the schema has ${which}, which a newer release made)`;
    if (applied.length === 0) out(`No migrations to apply${why}`);
  } catch (error) {
    throw new CommandError(explainDatabaseError(error, settings), 1, error);
  }
}

/**
 * Applies missing migrations; two processes that do it at once wait for each other. What a newer release has applied is
 * left alone: the release before it must be able to come back.
 * @returns the names of what was applied, and of what only a newer release knows
 * @throws {Error} whatever the first migration that failed threw
 */
export async function applyMigrations(
  db: Kysely<Schema>,
  migrations = MIGRATIONS,
): Promise<{ applied: string[]; newer: string[] }> {
  // Without the table there is nothing newer, and any other error shows below.
  const known = await appliedMigrations(db).catch(() => []);
  const newer = known.filter((name) => !Object.hasOwn(migrations, name));
  const all = { ...migrations };
  for (const name of newer) all[name] = { up: () => Promise.resolve() };
  const { error, results = [] } = await new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(all) },
    allowUnorderedMigrations: true,
  }).migrateToLatest();
  if (error !== undefined) throw error;
  return { applied: results.map((result) => result.migrationName), newer };
}
