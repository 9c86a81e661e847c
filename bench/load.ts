/**
 * How many requests a second todobackend answers, next to bare hono that gives the same answers without store, checks
 * and log. Servers, database and the client share the machine's cores: compare the ratios within one round.
 *
 * @module
 */

import { type Server, startServers } from "./load_servers.ts";
import { type Argv, note, output } from "./processes.ts";
import { median, table } from "./stats.ts";

const SECONDS = 4;
/** A few clients, whose requests hardly meet, and a crowd. */
const CONNECTIONS = [4, 50] as const;
const LENGTHS = [1, 10, 100, 1000] as const;

/** The least share of bare hono's throughput that reads reach. */
const LEAST = 1 / 2;

/** A request that is sent again and again. */
interface Scenario {
  name: string;
  path: string;
  body?: string;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "list of 10", path: "/todos" },
  { name: "read", path: "/todos/1" },
  {
    name: "create",
    path: "/todos",
    body: JSON.stringify({ title: "Wash the car", order: 1 }),
  },
];

/** The work of a server during one run. */
interface Load {
  requestsPerSecond: number;
  /** Milliseconds. */
  p99: number;
  /** Microseconds of the server's own processor time for a request. */
  cpu: number;
}

/** Measures `rounds` rounds after one that is not counted; resolves to Markdown. */
export async function measureLoad(
  { rounds }: { rounds: number },
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-bench-load-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const servers = await startServers(folder);
  const { bare, applications } = servers;
  for (const server of [bare, ...applications]) stack.use(server);
  for (const { url } of applications) await fill(url, 10);
  const tables = [];
  for (const scenario of SCENARIOS) {
    for (const connections of CONNECTIONS) {
      const of = { bare, applications, rounds, connections };
      tables.push(...await measureScenario(scenario, of));
      for (const { url } of applications) await fill(url, 10);
    }
  }
  const head = ["", "clients", "requests/s", "to bare", "p99", "CPU a request"];
  return [table(head, tables), await measureLengths(applications)].join("\n\n");
}

async function measureScenario(
  scenario: Scenario,
  { bare, applications, rounds, connections }: {
    bare: Server;
    applications: readonly Server[];
    rounds: number;
    connections: number;
  },
): Promise<string[][]> {
  const servers = [bare, ...applications];
  const loads = servers.map((): Load[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, server] of servers.entries()) {
      const path = scenario.path.replace("/1", `/${await firstId(server)}`);
      const found = await load(server, { ...scenario, path, connections });
      note(
        `round ${round}: ${scenario.name}, ${connections} clients, ${server.name}: ${found.requestsPerSecond}/s`,
      );
      if (round > 0) loads[i]!.push(found);
    }
  }
  return servers.map(({ name }, i) =>
    row([`${scenario.name}, ${name}`, `${connections}`], loads[i]!, loads[0]!)
  );
}

function row(
  [name, clients]: readonly [string, string],
  loads: readonly Load[],
  bare: readonly Load[],
): string[] {
  const shares = loads.map(({ requestsPerSecond }, i) =>
    requestsPerSecond / bare[i]!.requestsPerSecond
  );
  const share = median(shares);
  const isRead = !name.startsWith("create") && loads !== bare;
  const verdict = isRead ? share >= LEAST ? " (kept)" : " (missed)" : "";
  return [
    name,
    clients,
    median(loads.map((load) => load.requestsPerSecond)).toFixed(0),
    `${share.toFixed(2)}${verdict}`,
    `${median(loads.map(({ p99 }) => p99))} ms`,
    `${median(loads.map(({ cpu }) => cpu)).toFixed(1)} µs`,
  ];
}

/** The cost of a list by its length: it must not grow faster. */
async function measureLengths(
  applications: readonly Server[],
): Promise<string> {
  const rows = [];
  for (const { url, name, pid } of applications) {
    for (const length of LENGTHS) {
      await fill(url, length);
      // One at a time, or requests would share a query.
      const { requestsPerSecond, cpu } = await load(
        { url, pid },
        { path: "/todos", connections: 1 },
      );
      rows.push([
        name,
        `${length}`,
        `${(1e6 / requestsPerSecond).toFixed(0)} µs`,
        `${cpu.toFixed(0)} µs`,
        `${(1e6 / requestsPerSecond / length).toFixed(1)} µs`,
      ]);
    }
  }
  return table(["", "todos", "a list", "CPU a list", "a todo"], rows);
}

/** Makes the list as long as that. */
async function fill(url: string, length: number): Promise<void> {
  await send(`${url}/todos`, { method: "DELETE" });
  for (let order = 1; order <= length; order++) {
    await send(`${url}/todos`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ title: `Todo ${order}`, order }),
    });
  }
}

async function send(url: string, init: RequestInit): Promise<void> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${response.status} from ${url}`);
}

async function firstId({ url }: Server): Promise<string> {
  const [todo] = await (await fetch(`${url}/todos`)).json();
  return todo.url.split("/").at(-1);
}

/** Sends requests for some seconds; throws when one of them is not answered well. */
async function load(
  { url, pid }: Pick<Server, "url" | "pid">,
  { path, body, connections }:
    & Pick<Scenario, "path" | "body">
    & { connections: number },
): Promise<Load> {
  const before = await cpuTime(pid);
  const argv: Argv = [
    Deno.execPath(),
    "run",
    "-A",
    "--no-config",
    "--no-lock",
    "npm:autocannon@9.0.0",
    "--json",
    `--connections=${connections}`,
    `--duration=${SECONDS}`,
    ...(body === undefined ? [] : [
      "--method=POST",
      "--headers=content-type=application/json",
      `--body=${body}`,
    ]),
    `${url}${path}`,
  ];
  const found = JSON.parse(await output(argv));
  const { requests, latency, non2xx, errors } = found;
  if (non2xx + errors > 0) {
    throw new Error(`${non2xx} bad answers and ${errors} errors from ${url}`);
  }
  return {
    requestsPerSecond: requests.total / found.duration,
    p99: latency.p99,
    cpu: (await cpuTime(pid) - before) / requests.total,
  };
}

/** Microseconds that a process has had a processor: fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
async function cpuTime(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10_000;
}
