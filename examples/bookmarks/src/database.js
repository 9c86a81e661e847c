import pg from "pg";

/** The database that the variables PGHOST, PGUSER, PGPASSWORD and PGDATABASE name. */
export const database = new pg.Pool();

// The pool says so when the database ends an idle connection; the next query opens another one.
database.on("error", () => {});

/** Makes the table, where it is missing. */
export async function migrate() {
  await database.query(`
    CREATE TABLE IF NOT EXISTS bookmarks (
      id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      url text NOT NULL UNIQUE,
      tag text
    )`);
}
