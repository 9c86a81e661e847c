/**
 * The servers of `bench load`: todobackend on SQLite and on MariaDB, and bare hono next to them, each a process of its
 * own on a port of its own.
 *
 * @module
 */

import { type Argv, output } from "./processes.ts";

const APPLICATION = new URL("../todobackend", import.meta.url).pathname;

/** A server that answers. */
export interface Server extends AsyncDisposable {
  name: string;
  url: string;
  /** Its process. */
  pid: number;
}

/** The servers that are measured. */
export interface Servers {
  bare: Server;
  applications: Server[];
}

/** Starts all of them. */
export async function startServers(folder: string): Promise<Servers> {
  const mariadb = await startMariadb();
  const bare = await start("bare hono", ["bench/bare.ts"], {});
  const applications = [
    await startSqlite(folder),
    await startApplication("MariaDB", { folder, ...mariadb }),
  ];
  return { bare, applications };
}

/** Starts todobackend on a SQLite file in a folder. */
export function startSqlite(folder: string): Promise<Server> {
  const env = { DATABASE: "sqlite", SQLITE_PATH: `${folder}/db.sqlite3` };
  return startApplication("SQLite", { folder, env });
}

/** Where the application runs, and what it needs to be gone after it. */
interface Place {
  folder: string;
  env: Record<string, string>;
  remove?: () => Promise<unknown>;
}

async function startApplication(
  name: string,
  { folder, env, remove }: Place,
): Promise<Server> {
  const all = { ...env, HOST: "127.0.0.1", STATIC_ROOT: `${folder}/static` };
  for (const command of ["migrate", "collectstatic"]) {
    const place = { cwd: APPLICATION, env: all };
    await output([...deno("main.ts"), command], place);
  }
  const server = await start(name, ["main.ts", "serve"], all);
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await remove?.();
    },
  };
}

function deno(file: string): Argv {
  return [Deno.execPath(), "run", "-A", "--frozen", file];
}

async function start(
  name: string,
  [file = "", ...args]: readonly string[],
  env: Record<string, string>,
): Promise<Server> {
  const port = freePort();
  const child = new Deno.Command("bash", {
    // Somebody reads the log in production, too; what does it here must cost little, on the cores of all.
    args: ["-c", 'exec "$@" > >(exec cat >/dev/null)', "bash"]
      .concat(deno(file), args),
    cwd: APPLICATION,
    env: { ...env, PORT: `${port}` },
    stdin: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/todos`);
  return {
    name,
    url,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.status;
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function answers(url: string): Promise<void> {
  await untilWell(async () => {
    const response = await fetch(url);
    await response.body?.cancel();
  });
}

/** Tries for a minute. */
async function untilWell(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = 600;; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function startMariadb(): Promise<Omit<Place, "folder">> {
  const password = crypto.randomUUID();
  const container = await output([
    "docker",
    "run",
    "--detach",
    "--rm",
    "--env=MARIADB_DATABASE=todobackend",
    "--env=MARIADB_USER=todo",
    "--env=MARIADB_PASSWORD",
    "--env=MARIADB_RANDOM_ROOT_PASSWORD=1",
    "mariadb:10.11",
  ], { env: { MARIADB_PASSWORD: password } });
  const check = ["healthcheck.sh", "--connect", "--innodb_initialized"];
  await untilWell(() => output(["docker", "exec", container, ...check]));
  // A published port would lead through a process of the engine's, which the application does not meet in its project.
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const host = await output([
    "docker",
    "inspect",
    "--format",
    format,
    container,
  ]);
  return {
    env: { MYSQL_HOST: host.trim(), MYSQL_PASSWORD: password },
    remove: () => output(["docker", "rm", "--force", "--volumes", container]),
  };
}
