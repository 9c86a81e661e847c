import { assertEquals } from "@std/assert";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import type { EngineApi } from "../../../../lib/engine/api.ts";
import type { Inspected } from "../../../../lib/engine/container.ts";
import { EngineError } from "../../../../lib/engine/http.ts";
import { factsOf } from "../../../../lib/run/circumstances.ts";

const MODEL = `name: shop--release
services:
  app:
    image: shop-app
    networks: { front: null }
    depends_on: { db: { condition: service_healthy } }
  db:
    image: postgres:15
    networks: { front: { aliases: [store] }, back: null }
  idle: { image: x, profiles: [dev] }
networks:
  front: { name: shop--release_front }
  back: { name: elsewhere, external: true }
`;

const LABELS = {
  "com.docker.compose.project": "shop--release",
};

/** The engine's list of containers. */
const LISTED = [{
  ...{ Id: "d", State: "running" },
  Labels: { ...LABELS, "com.docker.compose.service": "db" },
  Ports: [{ PrivatePort: 5432, Type: "tcp" }, { PrivatePort: 9, Type: "udp" }],
  Mounts: [
    { Type: "bind", Name: "" },
    { Type: "volume", Name: "0".repeat(64) },
    { Type: "volume", Name: "mine" },
    { Type: "volume", Name: "old" },
  ],
  NetworkSettings: {
    Networks: { "shop--release_front": { IPAddress: "172.18.0.2" } },
  },
}];

/** A file as a tar archive, or a link to another one. */
function tarOf(content: string | { link: string }): Uint8Array {
  const bytes = new Uint8Array(2048);
  const put = (text: string, at: number) =>
    bytes.set(new TextEncoder().encode(text), at);
  // An extended header comes first.
  put("00000000003\0", 124);
  put("x", 156);
  put("a=b", 512);
  const isLink = typeof content !== "string";
  put(isLink ? "2" : "0", 1024 + 156);
  if (isLink) put(content.link, 1024 + 157);
  else {
    put(content.length.toString(8).padStart(11, "0"), 1024 + 124);
    put(content, 1536);
  }
  return bytes;
}

/** The files of the container. */
const FILES: Readonly<Record<string, Uint8Array>> = {
  "/app/run.sh": tarOf("#!/bin/bash\r\necho a\n"),
  "/bin/sh": tarOf({ link: "dash" }),
  "/bin/dash": tarOf("\x7fELF"),
  "/app/start.sh": tarOf("#!/bin/sh\n"),
};

const refuse = () => Promise.reject(new EngineError("no such thing", 404));

/** An engine with these answers by path; it refuses all other questions. */
function engineWith(answers: Readonly<Record<string, unknown>>): EngineApi {
  const api = {
    json: (path: string) =>
      path in answers ? Promise.resolve(answers[path]) : refuse(),
    request: (
      path: string,
      asked: { query: { path: string }; method?: string },
    ) => {
      const file = FILES[asked.query.path];
      if (asked.method || path !== "/containers/c/archive" || !file) {
        return refuse();
      }
      return Promise.resolve({ body: ReadableStream.from([file]) });
    },
    until: () => api,
  };
  return api as unknown as EngineApi;
}

const ENGINE = {
  "/containers/json": LISTED,
  "/volumes/mine": { Labels: { "io.todoflow.run": "run" } },
  "/volumes/old": { Labels: null },
  "/version": { Arch: "amd64" },
  "/images/sha256%3A1/json": { Id: "sha256:1", Architecture: "arm64" },
};

const INSPECTED: Inspected = {
  State: { Status: "exited", ExitCode: 3 },
  Image: "sha256:1",
  HostConfig: {
    Memory: 2 ** 26,
    ReadonlyRootfs: true,
    NetworkMode: "host",
    ShmSize: 2 ** 20,
    Tmpfs: { "/tmp": "rw,size=2m", "/run": "" },
  },
  Mounts: [
    { Type: "bind", Source: "/code", Destination: "/app", RW: false },
    { Type: "volume", Name: "data", Destination: "/data", RW: true },
  ],
  Config: {
    User: "node",
    WorkingDir: "/app",
    Env: ["PATH=/bin", "EMPTY=", "TOKEN=secret=1"],
    Labels: { ...LABELS, "com.docker.compose.service": "app" },
  },
};

async function facts(
  words: readonly string[],
  { inspected = INSPECTED, answers = ENGINE }: {
    inspected?: Inspected;
    answers?: Readonly<Record<string, unknown>>;
  } = {},
) {
  const workflow = await readWorkflow(MODEL);
  return await factsOf(inspected, {
    ...{ api: engineWith(answers), container: "c", words },
    around: { workflow, parts: new Set(["app", "db"]), run: "run" },
    signal: new AbortController().signal,
  });
}

Deno.test("the facts of a container are those of the engine, without a value of a variable", async () => {
  const found = await facts([]);
  const { services: _, needs, ...own } = found!;
  assertEquals(own, {
    ...{ service: "app", exitCode: 3, workingDir: "/app", user: "node" },
    ...{ memory: 2 ** 26, isReadOnly: true, onHost: true, shm: 2 ** 20 },
    mounts: [
      { kind: "folder", source: "/code", target: "/app", isReadOnly: true },
      { kind: "volume", source: "data", target: "/data", isReadOnly: false },
      {
        ...{ kind: "tmpfs", source: "", target: "/tmp", isReadOnly: false },
        size: 2 ** 21,
      },
      { kind: "tmpfs", source: "", target: "/run", isReadOnly: false },
    ],
    variables: ["PATH", "TOKEN"],
    networks: ["front"],
  });
  assertEquals([...needs], [["db", "service_healthy"]]);
});

Deno.test("the services around are those of the file, with what the engine has of them", async () => {
  const found = await facts([]);
  assertEquals(
    found?.services.filter(({ service }) => service !== "app"),
    [
      {
        ...{ service: "db", image: "postgres:15", ports: [5432] },
        names: ["shop--release-db-1", "db", "store", "db"],
        networks: ["front", "elsewhere"],
        ...{ addresses: ["172.18.0.2"], isPart: true, state: "running" },
      },
      {
        ...{ service: "idle", image: "x", ports: [], networks: [] },
        ...{ names: ["shop--release-idle-1"], addresses: [], isPart: false },
      },
    ],
  );
});

Deno.test("a volume is old if this run has not made it; that is asked only after a refused password", async () => {
  const words = ['FATAL: password authentication failed for user "x"'];
  const oldOf = async (words: string[]) =>
    (await facts(words))?.services.find(({ service }) => service === "db")
      ?.oldVolume;
  assertEquals(await oldOf(words), "old");
  assertEquals(await oldOf([]), undefined);
});

Deno.test("a program that does not start is read, and so is its interpreter, through links", async () => {
  const words = (path: string) => [`exec ${path}: no such file or directory`];
  const machine = { image: "arm64", engine: "amd64" };
  assertEquals((await facts(words("./run.sh")))?.program, {
    ...{ path: "./run.sh", isThere: true, ...machine },
    ...{ firstLine: "#!/bin/bash\r", interpreter: "/bin/bash" },
    hasInterpreter: false,
  });
  assertEquals((await facts(words("/app/start.sh")))?.program, {
    ...{ path: "/app/start.sh", isThere: true, ...machine },
    ...{ firstLine: "#!/bin/sh", interpreter: "/bin/sh" },
    hasInterpreter: true,
  });
  assertEquals((await facts(words("/none")))?.program, {
    ...{ path: "/none", isThere: false, ...machine },
  });
});

Deno.test("an engine that answers nothing more leaves the facts that are known", async () => {
  const found = await facts(["exec /a: exec format error"], { answers: {} });
  assertEquals(found?.service, "app");
  assertEquals(found?.program, { path: "/a", isThere: false });
  assertEquals(found?.services.map(({ state }) => state), [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("a container of no service has no facts", async () => {
  const inspected = { ...INSPECTED, Config: {} };
  assertEquals(await facts([], { inspected }), undefined);
});
