import { assertEquals, assertStringIncludes } from "@std/assert";
import { isRemote } from "../../../../lib/doctor/machine.ts";
import {
  type Answer,
  CHECKED,
  diagnosed,
  only,
  project,
  type Situation,
} from "./situation.ts";

const CLEAN: Situation = project({
  text: `  app:
    image: debian:bookworm-slim
    healthcheck: { test: [CMD, app, check], interval: 3s }
  acceptance:
    image: debian:bookworm-slim
    profiles: [test]
`,
  services: `  acceptance:
    profiles:
      - test
    image: debian:bookworm-slim
    networks:
      default: null
  app:
    ${CHECKED}
    image: debian:bookworm-slim
    networks:
      default: null
`,
});

/** The diagnosis where docker answers so. */
function where(docker: Record<string, Answer>, more: Partial<Situation> = {}) {
  return diagnosed({ ...CLEAN, ...more, docker });
}

Deno.test("a machine and a project without fault: facts, and nothing found", async () => {
  const { facts, findings } = await diagnosed(CLEAN);
  assertEquals(findings, []);
  assertEquals(facts.filter(({ ok }) => !ok), []);
  assertEquals(facts.map(({ name, value }) => `${name}: ${value}`), [
    "docker: 28.2.2",
    "engine: 26.1.5, API 1.45",
    "context: default, unix:///var/run/docker.sock",
    "compose: 2.26.1-4",
    "buildx: 0.13.1, driver docker",
    "disk: 50.0 GB free in /var/lib/docker; unused: images 206.9MB",
    "memory: 8.0 GB",
    "version: abc1234",
    "files: compose.yaml",
    "project: project",
    "lock: free",
    "app: app",
    "tests: test",
    "acceptance: acceptance",
  ]);
});

Deno.test("an engine that does not answer is an error in docker's words", async () => {
  const stderr = "Cannot connect to the Docker daemon at unix:///nowhere.\n";
  const stdout = `{"Client":{"Version":"28.2.2"},"Server":null}`;
  const diagnosis = await where({
    "version --format": { code: 1, stdout, stderr },
  });
  assertEquals(only(diagnosis, "no-engine").why, stderr.trim());
  assertEquals(diagnosis.facts.slice(0, 2), [
    { name: "docker", value: "28.2.2", ok: true },
    { name: "engine", value: "does not answer", ok: false },
  ]);
  assertEquals(diagnosis.findings.length, 1);
});

Deno.test("an engine that does not answer is asked for nothing of the project", async () => {
  const calls: string[] = [];
  await where({ "version --format": { code: 1 } }, { calls });
  const own = calls.filter((call) => /^(ps|image|network|volume) /.test(call));
  assertEquals(own, []);
  assertEquals(calls.some((call) => call.endsWith(" config")), true);
});

Deno.test("an engine whose socket the user may not open gets the command that gives access", async () => {
  const stderr =
    "permission denied while trying to connect to the Docker daemon socket";
  const diagnosis = await where({ "version --format": { code: 1, stderr } });
  assertStringIncludes(only(diagnosis, "no-engine").fix, "usermod");
});

Deno.test("no docker at all is one error, and there is nothing to say of Compose", async () => {
  const { findings } = await where({ "": { code: 127 } });
  assertEquals(findings.map(({ id }) => id), ["no-docker"]);
});

Deno.test("no Compose is one error, and there is nothing to say of its file", async () => {
  const stderr =
    "docker: unknown command: docker compose\n\nRun 'docker --help'";
  const { findings } = await where({ "compose": { code: 1, stderr } });
  assertEquals(findings.map(({ id, why }) => [id, why]), [
    ["no-compose", "docker: unknown command: docker compose"],
  ]);
});

Deno.test("a Compose before 2.20 is an error, and its file is looked at all the same", async () => {
  const diagnosis = await where({ "compose version": { stdout: "2.19.1\n" } });
  assertEquals(diagnosis.findings.map(({ id }) => id), ["old-compose"]);
  const fact = diagnosis.facts.find(({ name }) => name === "compose");
  assertEquals(fact, { name: "compose", value: "2.19.1, too old", ok: false });
});

Deno.test("no buildx is a warning, a builder of its own is advice", async () => {
  const without = await where({ "buildx": { code: 1 } });
  assertEquals(without.findings.map(({ id }) => id), ["no-buildx"]);
  const stdout = "Name: mine\nDriver: docker-container\n";
  const own = await where({ "buildx inspect": { stdout } });
  assertEquals(own.findings.map(({ id }) => id), ["own-builder"]);
});

Deno.test("a disk that is full is an error, one that is low a warning, one of another machine unknown", async () => {
  const found = async (free: number, docker: Record<string, Answer> = {}) =>
    (await where(docker, { free })).findings
      .map(({ severity, id }) => `${severity} ${id}`);
  assertEquals(await found(100e6), ["error disk-full"]);
  assertEquals(await found(1e9), ["warning disk-low"]);
  assertEquals(await found(10e9), []);
  const elsewhere = { stdout: `{"Name":"vm","DockerRootDir":"/var/lib"}` };
  assertEquals(await found(100e6, { "info --format": elsewhere }), []);
  const { facts } = await where({}, { free: undefined });
  const disk = facts.find(({ name }) => name === "disk");
  assertEquals(disk?.value, "unused: images 206.9MB");
});

Deno.test("an engine on another machine is named as such", async () => {
  const stdout = "ssh://me@ci.example\n";
  const { facts } = await where({ "context inspect": { stdout } });
  const context = facts.find(({ name }) => name === "context");
  assertEquals(
    context?.value,
    "default, ssh://me@ci.example, on another machine",
  );
});

Deno.test("a missing version is an error with the command that gives one", async () => {
  const fix = async (kind: "no-git" | "no-commit" | "illegal-version") => {
    const failure = { kind, directory: "/project", version: "a b" } as const;
    const version = { failure: failure as never };
    const diagnosis = await diagnosed({ ...CLEAN, version });
    return only(diagnosis, kind).fix;
  };
  assertStringIncludes(await fix("no-git"), "export APP_VERSION");
  assertStringIncludes(await fix("no-commit"), "git commit");
  assertEquals(await fix("illegal-version"), "unset APP_VERSION");
});

const ENDPOINTS: [string, boolean][] = [
  ["unix:///var/run/docker.sock", false],
  ["npipe:////./pipe/docker_engine", false],
  ["tcp://localhost:2375", false],
  ["tcp://127.0.0.1:2375", false],
  ["tcp://[::1]:2375", false],
  ["tcp://ci.example:2376", true],
  ["tcp://[2001:db8::1]:2376", true],
  ["ssh://me@ci.example:22", true],
  ["ssh://me@localhost", false],
  ["nonsense", false],
];

for (const [endpoint, remote] of ENDPOINTS) {
  Deno.test(`${endpoint} is ${remote ? "another" : "this"} machine`, () => {
    assertEquals(isRemote(endpoint), remote);
  });
}
