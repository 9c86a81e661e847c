/**
 * The command `migrate`: brings the database schema up to date.
 *
 * @module
 */

import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { explainDatabaseError, openDatabase, type Schema } from "./database.ts";
import { CommandError } from "./errors.ts";
import { MIGRATIONS } from "./migrations/mod.ts";
import { databaseSettings } from "./settings.ts";
import type { World } from "./world.ts";

/**
 * Applies the migrations that the database does not have yet.
 *
 * @throws {CommandError} when the settings or the database cannot be used
 */
export async function migrate({ env, out }: World): Promise<void> {
  const settings = databaseSettings(env);
  try {
    const db = await openDatabase(settings, { patient: true });
    try {
      const applied = await applyMigrations(db);
      for (const name of applied) out(`Applied migration "${name}"`);
      if (applied.length === 0) out("No migrations to apply");
    } finally {
      await db.destroy();
    }
  } catch (error) {
    const why = explainDatabaseError(error, settings);
    throw new CommandError(why, 1, { cause: error });
  }
}

/**
 * Applies missing migrations; two processes that do it at once wait for each other.
 *
 * @returns the names of what was applied
 * @throws {Error} whatever the first migration that failed threw
 */
export async function applyMigrations(db: Kysely<Schema>): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}
