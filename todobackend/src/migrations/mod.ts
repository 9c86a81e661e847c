/**
 * All migrations, applied in the order of their names; a name that was released is never changed.
 *
 * @module
 */

import type { Migration } from "kysely/migration";
import * as createTodos from "./0001_create_todos.ts";

/** The migrations by name. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001_create_todos": createTodos,
};
