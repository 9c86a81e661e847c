import { assertEquals } from "@std/assert";
import { withDependencies } from "../../../../lib/compose/graph.ts";
import { workflowIn } from "../../../../lib/compose/workflow.ts";
import { readModel } from "../../../../lib/compose/model.ts";
import { dataMounts, freshText } from "../../../../lib/run/data_mounts.ts";
import { apiBy } from "../../docker_engine.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

/** Only this image is on the engine, and declares where its data is. */
const api = apiBy((...args) => {
  const name = args.at(-1)!;
  return Promise.resolve(
    name === "custom-db"
      ? {
        code: 0,
        stdout: JSON.stringify([name, [name], "", [], null, { "/store": {} }]),
        stderr: "",
      }
      : { code: 1, stdout: "", stderr: `No such image: ${name}` },
  );
});

/** The mounts of data in a model; FOLDER is a folder with the files of a database in `old`, and of none in `empty`. */
function found(services: string, volumes = "{}", config = "{}") {
  return withFolder(async (folder) => {
    await writeFiles(folder, {
      "old/PG_VERSION": "15",
      "src/main.py": "",
      "init.sql": "",
    });
    await Deno.mkdir(`${folder}/empty`);
    await Deno.symlink(`${folder}/old`, `${folder}/link`);
    const text = `
name: shop--test
services:
${services}
volumes: ${volumes}
x-todoflow: ${config}
`;
    const model = await readModel(text.replaceAll("FOLDER", folder));
    const workflow = await workflowIn(model);
    const names = withDependencies(workflow, workflow.test.services)
      .map(({ name }) => name);
    return (await dataMounts(model, { base: "shop", services: names, api }))
      .map((
        mount,
      ) =>
        `${mount.service} ${mount.target} ${mount.source.replace(folder, "")}`
      );
  });
}

/** The mount of a service that the tests need. */
const ofTest = (mount: string, image = "mine") =>
  `  test: { image: mine, depends_on: { needed: { condition: service_started } } }
  needed: { image: "${image}", volumes: [${mount}] }`;
const bind = (source: string, target: string) =>
  `{ type: bind, source: FOLDER/${source}, target: ${target} }`;

const MOUNTS: [what: string, mount: string, is: boolean, image?: string][] = [
  [
    "a folder where the image declares its data",
    bind("empty", "/store"),
    true,
    "custom-db",
  ],
  [
    "a folder below the path that the image declares",
    bind("empty", "/store/a"),
    true,
    "custom-db",
  ],
  ["a folder with files of a database", bind("old", "/x"), true],
  [
    "a folder at a usual path of data, although the image is not here yet",
    bind("empty", "/var/lib/postgresql/data"),
    true,
  ],
  [
    "a folder that has only a name like a usual path",
    bind("empty", "/var/lib/postgresql2"),
    false,
  ],
  [
    "the data of Redis",
    bind("empty", "/data"),
    true,
    "h:5000/x/redis:7-alpine",
  ],
  [
    "a folder /data of another image",
    bind("empty", "/data"),
    false,
    "x/redis-like/app",
  ],
  ["a link to a folder with files of a database", bind("link", "/x"), true],
  ["a folder of sources", bind("src", "/app"), false],
  [
    "a file, such as a script that fills the database,",
    bind("init.sql", "/var/lib/mysql/init.sql"),
    false,
  ],
  [
    "a folder that cannot be written",
    `{ type: bind, source: FOLDER/old, target: /x, read_only: true }`,
    false,
  ],
  [
    "an external volume",
    "{ type: volume, source: out, target: /data/db }",
    true,
  ],
  [
    "the project's own volume",
    "{ type: volume, source: own, target: /data/db }",
    false,
  ],
  [
    "a volume of a named folder",
    "{ type: volume, source: device, target: /data/db }",
    true,
  ],
  [
    "a volume of another driver",
    "{ type: volume, source: share, target: /data/db }",
    true,
  ],
  [
    "a volume in memory",
    "{ type: volume, source: memory, target: /data/db }",
    false,
  ],
  [
    "an external volume that has no data",
    "{ type: volume, source: out, target: /cache }",
    false,
  ],
  ["a volume without a name", "{ type: volume, target: /data/db }", false],
];

const VOLUMES = `{
  own: { name: shop--test_own },
  out: { name: real-name, external: true },
  device: { name: shop--test_device, driver: local, driver_opts: { type: none, o: bind, device: /srv/data } },
  share: { name: shop--test_share, driver: nfs },
  memory: { name: shop--test_memory, driver: local, driver_opts: { type: tmpfs, device: tmpfs } },
}`;

for (const [what, mount, is, image] of MOUNTS) {
  Deno.test(`${what} is ${is ? "" : "not "}data that tests would share`, async () => {
    const mounts = await found(ofTest(mount, image), VOLUMES);
    assertEquals(mounts.length, is ? 1 : 0, mounts.join());
  });
}

Deno.test("the source is the folder, the volume's name on the engine, or the folder behind a volume", async () => {
  const at = (source: string) =>
    `{ type: volume, source: ${source}, target: /data/db }`;
  const of = (mount: string) => found(ofTest(mount), VOLUMES);
  assertEquals(await of(bind("old", "/x")), ["needed /x /old"]);
  assertEquals(await of(at("out")), ["needed /data/db real-name"]);
  assertEquals(await of(at("device")), ["needed /data/db /srv/data"]);
});

Deno.test("the services are those that the tests start: their dependencies, and theirs, in a circle, too", async () => {
  const service = (name: string, needs: string) =>
    `  ${name}: { image: a, depends_on: { ${needs} }, volumes: [${
      bind("old", "/x")
    }] }`;
  const services = [
    service("check", "db: {}"),
    service("db", "store: {}"),
    service("store", "check: {}, gone: {}"),
    service("test", ""),
    service("other", ""),
  ].join("\n");
  const names = async (config?: string) =>
    (await found(services, "{}", config)).map((mount) => mount.split(" ")[0]);
  assertEquals(await names(), ["test"]);
  assertEquals((await names("{ test: { service: check } }")).toSorted(), [
    ...["check", "db", "store"],
  ]);
  assertEquals(await found("  app: { image: a }"), []);
});

Deno.test("the remark names the service, the path and the source", () => {
  assertEquals(
    freshText({ service: "db", source: "/srv/data", target: "/data" }),
    '"db" has a new volume at /data instead of /srv/data, whose data tests must not change',
  );
});
