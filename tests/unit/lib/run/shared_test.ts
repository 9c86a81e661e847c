import { apiBy } from "../../docker_engine.ts";
import { assertEquals } from "@std/assert";
import type { ProjectObject } from "../../../../lib/engine/objects.ts";
import type { Made } from "../../../../lib/plan/plan.ts";
import { dataFolders, inUse, missingIn } from "../../../../lib/run/shared.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

const MODEL = `
name: shop
services:
  db:
    image: postgres:15
    volumes:
      - { type: bind, source: /src/data, target: /var/lib/postgresql/data }
      - { type: volume, source: cache, target: /cache }
      - { type: bind, source: /src/init, target: /docker-entrypoint-initdb.d, read_only: true }
    networks: { default: { aliases: [database] } }
  app:
    build: { context: /src }
    volumes: [{ type: bind, source: /src, target: /app }]
    depends_on: { db: { condition: service_started } }
    networks: { default: null, proxy: null }
networks:
  default: { name: backend, external: true }
  proxy: { name: proxy, external: true }
volumes:
  cache: { name: cache, external: true }
`;

/** Images declare where their data is. */
const DECLARED: Record<string, Record<string, unknown> | null> = {
  "postgres:15": { "/var/lib/postgresql/data": {} },
  "shop-app": null,
};

const api = apiBy((...args) => {
  const name = args.at(-1)!;
  const volumes = DECLARED[name];
  return Promise.resolve(
    volumes === undefined
      ? { code: 1, stdout: "", stderr: `No such image: ${name}` }
      : {
        code: 0,
        stdout: JSON.stringify([name, [name], "", [], null, volumes]),
        stderr: "",
      },
  );
});

function container(
  name: string,
  more: Partial<ProjectObject> = {},
): ProjectObject {
  return {
    kind: "container",
    project: "dev",
    name,
    id: `id-${name}`,
    state: "running",
    ...more,
  };
}

async function uses(
  objects: ProjectObject[],
  { removes = [], model = MODEL }: { removes?: Made[]; model?: string } = {},
): Promise<string[]> {
  const workflow = await readWorkflow(model);
  const services = [...workflow.services.values()];
  const servers = services.filter(({ name }) => name !== "test");
  const found = await inUse({
    ...{ workflow, services, servers, objects, removes, api },
  });
  return found.map(({ container, what }) => `${container}: ${what}`);
}

Deno.test("data of a database that a container has, whether it runs or not, is in use", async () => {
  const mounts = ["/src/data"];
  for (const state of ["running", "exited"]) {
    assertEquals(await uses([container("dev-db-1", { mounts, state })]), [
      "dev-db-1: the folder /src/data",
    ]);
  }
});

Deno.test("shared mounts that are no image's data are not in use: sources, caches, sockets, read-only mounts", async () => {
  const mounts = ["/src", "/src/init", "cache", "/var/run/docker.sock"];
  assertEquals(await uses([container("dev-app-1", { mounts })]), []);
});

Deno.test("a name that a dependent asks for is in use on a network that both are on, by service, alias or container", async () => {
  const networks = ["backend"];
  assertEquals(
    await uses([
      container("dev-db-1", { networks, service: "db" }),
      container("dev-store-1", { networks, service: "database" }),
      container("database", { networks }),
      // Nothing asks for these, or not there.
      container("dev-other-1", { networks, service: "other" }),
      container("dev-app-1", { networks: ["proxy"], service: "app" }),
      container("dev-db-2", { networks: ["proxy"], service: "db" }),
      container("dev-db-3", { networks, service: "db", state: "exited" }),
    ]),
    [
      'dev-db-1: the name "db" on the network backend',
      'dev-store-1: the name "database" on the network backend',
      'database: the name "database" on the network backend',
    ],
  );
});

Deno.test("objects that the run removes first are no conflict", async () => {
  const object = container("shop-db-1", {
    mounts: ["/src/data"],
    networks: ["backend"],
    service: "db",
  });
  const { kind, name, id } = object;
  assertEquals(await uses([object], { removes: [{ kind, name, id }] }), []);
});

Deno.test("a network or volume that goes and that a container holds is in use", async () => {
  const removes: Made[] = [
    { kind: "network", name: "shop_default", id: "n" },
    { kind: "volume", name: "shop_data", id: "run" },
  ];
  const objects = [
    container("proxy", { networks: ["bridge", "shop_default"] }),
    container("stopped", { networks: ["shop_default"], state: "exited" }),
    container("backup", { mounts: ["shop_data"], state: "exited" }),
  ];
  assertEquals(await uses(objects, { removes }), [
    "proxy: the network shop_default",
    "backup: the volume shop_data",
  ]);
});

/** The model of a service that publishes ports. */
const publishing = (...ports: string[]) =>
  `name: shop\nservices: { app: { image: app, ports: [${ports.join()}] } }`;

Deno.test("a port that a container has is in use, whether or not an earlier release goes first", async () => {
  const model = publishing('{ target: 80, published: "8080" }');
  const objects = [
    container("dev-web-1", { ports: ["8080/tcp"] }),
    container("dev-dns-1", { ports: ["8080/udp"] }),
  ];
  const removes: Made[] = [{ kind: "container", name: "a", id: "b" }];
  const expected = ["dev-web-1: the port 8080/tcp"];
  assertEquals(await uses(objects, { model, removes }), expected);
  assertEquals(await uses(objects, { model }), expected);
});

Deno.test("each address of the host has its own ports, and the one of all addresses meets each", async () => {
  const dev = (...addresses: string[]) =>
    container("dev", { ports: ["80/tcp"], addresses });
  const at = (ip: string) =>
    publishing(`{ target: 80, published: "80", host_ip: "${ip}" }`);
  const all = publishing('{ target: 80, published: "80" }');
  for (
    const [model, address, is] of [
      [at("127.0.0.1"), "127.0.0.1:80/tcp", true],
      [at("127.0.0.1"), "127.0.0.2:80/tcp", false],
      [at("127.0.0.1"), "0.0.0.0:80/tcp", true],
      [at("127.0.0.1"), ":::80/tcp", true],
      [at("127.0.0.1"), ":80/tcp", true],
      [all, "127.0.0.2:80/tcp", true],
    ] as const
  ) {
    const found = await uses([dev(address)], { model });
    assertEquals(found.length, is ? 1 : 0, `${model} ${address}`);
  }
  // Another port of the container says nothing about this one.
  const model = at("127.0.0.1");
  const other = dev("127.0.0.1:8080/tcp", "127.0.0.2:80/tcp");
  assertEquals(await uses([other], { model }), []);
});

Deno.test("a route of a running container is in use: a proxy would send requests to both in turn", async () => {
  const labels = '{ caddy: shop.example, caddy.tls: x, "a": b }';
  const model =
    `name: shop\nservices: { app: { image: app, labels: ${labels} } }`;
  const routes = ["caddy=shop.example"];
  assertEquals(
    await uses([
      container("dev-1", { routes }),
      container("dev-2", { routes, state: "exited" }),
      container("dev-3", { routes: ["caddy=other.example"] }),
    ], { model }),
    ["dev-1: the route caddy=shop.example"],
  );
  const [removed] = [container("dev-1", { routes })];
  const { kind, name, id } = removed!;
  assertEquals(
    await uses([removed!], { model, removes: [{ kind, name, id }] }),
    [],
  );
});

Deno.test("data of a database is in use by any volume that is the same folder", async () => {
  const model = `
name: shop--release
services:
  db: { image: "postgres:15", volumes: [{ type: volume, source: data, target: /var/lib/postgresql/data }] }
volumes: { data: { name: shop--release_data, driver_opts: { type: none, o: bind, device: /srv/data } } }
`;
  const volume = (name: string, device?: string): ProjectObject => ({
    kind: "volume",
    project: "dev",
    ...{ name, id: "" },
    ...(device !== undefined && { device }),
  });
  const volumes = [volume("dev_data", "/srv/data"), volume("dev_other")];
  const by = (mount: string) => container("dev", { mounts: [mount] });
  assertEquals(await uses([...volumes, by("dev_data")], { model }), [
    "dev: the volume shop--release_data",
  ]);
  assertEquals(await uses([...volumes, by("dev_other")], { model }), []);
});

Deno.test("missing external networks and volumes are named once each, before anything is made", async () => {
  const workflow = await readWorkflow(MODEL);
  const services = [...workflow.services.values()];
  const there: ProjectObject = {
    kind: "network",
    project: "",
    name: "proxy",
    id: "p",
  };
  const missing = (state: string) =>
    missingIn({
      ...{ workflow, services, objects: [there] },
      api: apiBy(() => Promise.resolve({ code: 0, stdout: state, stderr: "" })),
    });
  assertEquals(await missing("inactive"), [
    { kind: "network", name: "backend" },
    { kind: "volume", name: "cache" },
  ]);
  // A node of a Swarm does not tell of all networks.
  assertEquals(await missing("active"), [{ kind: "volume", name: "cache" }]);
});

Deno.test("a database's folder is the run's if it is empty or missing, foreign if it has data, unless a run has filled it", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, {
      ...{ "full/x": "", "src/main.ts": "", "old/PG_VERSION": "15" },
      ...{ "conf.yml": "", "cache/x": "" },
    });
    await Deno.mkdir(`${folder}/empty`);
    const mount = (name: string, target = "/var/lib/postgresql/data") =>
      `{ type: bind, source: ${folder}/${name}, target: ${target} }`;
    const { services } = await readWorkflow(`
name: shop
services:
  a: { image: "postgres:15", volumes: [${mount("full")}] }
  b: { image: "postgres:15", volumes: [${mount("empty")}, ${
      mount("conf.yml", "/etc/conf.yml")
    }] }
  c: { image: "not-here", volumes: [${mount("missing")}, ${
      mount("src", "/src")
    }] }
  d: { image: "not-here", volumes: [${mount("old")}] }
  app: { build: { context: . }, volumes: [${mount("src", "/app")}] }
  tests: { image: "postgres:15", volumes: [${mount("cache")}] }
`);
    const all = [...services.values()];
    const look = (known: string[], asks = true) =>
      dataFolders({
        services: all,
        servers: all.filter(({ name }) => name !== "tests"),
        ...{ api, known, asks },
      });
    const empty = [`${folder}/empty`, `${folder}/missing`];
    assertEquals(await look([]), {
      empty,
      foreign: [
        { service: "a", folder: `${folder}/full` },
        { service: "d", folder: `${folder}/old` },
      ],
    });
    const known = [`${folder}/full`, `${folder}/old`];
    assertEquals(await look(known), { empty, foreign: [] });
    assertEquals(await look([], false), { empty, foreign: [] });
  }));
