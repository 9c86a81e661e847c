import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Diagnosis } from "../../lib/doctor/project/finding.ts";
import { diagnosisText } from "../../lib/doctor/text.ts";
import { readIgnore } from "../../lib/compose/ignore.ts";
import {
  type Checkout,
  exec,
  leftovers,
  type Outcome,
  output,
  removeAll,
  spawn,
  TODOFLOW,
  twinOf,
  withCheckout,
} from "./harness.ts";

/** Runs the doctor in a checkout. */
async function diagnosis(
  { directory, env }: Pick<Checkout, "directory" | "env">,
  ...flags: string[]
): Promise<Outcome> {
  return await exec([...TODOFLOW, "doctor", ...flags], { cwd: directory, env });
}

/** The findings about the project: the machine may have little room. */
function ofProject(stdout: string) {
  const { findings } = JSON.parse(stdout) as Diagnosis;
  return findings.filter(({ location }) => location);
}

Deno.test("this repository: only that its image is published nowhere, exit code 0", () =>
  withCheckout(async (checkout) => {
    const { code, stdout } = await diagnosis(checkout, "--json");
    assertEquals(ofProject(stdout).map(({ id }) => id), ["no-image-name"]);
    assertEquals(code, 0);
  }));

/** One of everything. */
const EVERYTHING = {
  "docker-compose.yml": `version: "2.4"

x-todoflow:
  deadlines:
    redy: 1m

services:
  test:
    build: { context: ., target: test }
  db:
    image: mariadb
    container_name: shop-db
    environment:
      MARIADB_ROOT_PASSWORD: password
    ports:
      - "3306:3306"
    healthcheck:
      test: [CMD, healthcheck.sh, --innodb_initialized]
    volumes:
      - data:/var/lib/mysql
  cache:
    image: debian:bookworm-slim
  tunnel:
    image: debian:bookworm-slim
    network_mode: service:db
  app:
    build: .
    depends_on:
      db: { condition: service_healthy }
      cache: { condition: service_healthy }
      tunnel: { condition: service_started }
    ports:
      - 8000
    deploy:
      replicas: 2
volumes:
  data:
    name: shop-data
`,
  "Dockerfile": `FROM debian AS test
COPY . /app
CMD run tests
FROM test AS release
CMD migrate && serve
`,
  ".env": "PASSWORD=secret\n",
  "tls/server.pem": "-----BEGIN PRIVATE KEY-----\n",
};

const FOUND = `Advice: slow, unsafe or incomplete

Dockerfile:1:1: The base image "debian" can change from day to day
  a build that succeeded yesterday can fail today without a commit, unless the
  name has a version or a digest

Programs in shell form get no signal to stop (2 places)
  SIGTERM reaches the shell, which neither ends nor passes it on: docker waits
  for the whole grace period, and then kills the program

Dockerfile:3:1: CMD
      CMD ["run", "tests"]
Dockerfile:5:1: CMD
      CMD ["/bin/sh", "-c", "migrate && exec serve"]

Dockerfile:4:1: "app" runs as root: the stage has no USER
  an attacker who compromises it is root in the container and on its mounts

      # at the end of the stage, above CMD:
      RUN useradd --create-home app
      USER app

docker-compose.yml:1:1: The key "version" is obsolete
  Compose ignores it, and warns about it in each call

      # version: "2.4"   # remove this line

docker-compose.yml:7:1: No service tests the release
  a release is accepted if its URL answers below 500, and publish refuses one
  that no test has accepted, unless it gets --unaccepted; tests can wait for the
  app once it has a health check

docker-compose.yml:11:5: The image "mariadb" of "db" can change from day to day
  two agents can run two versions, and a new version arrives without a commit,
  unless the name has a version or a digest

docker-compose.yml:12:5: docker compose up cannot start "db" twice: its
container is called "shop-db"
  an engine has one container of each name, across all projects; only the twins
  of test and release have names of their own

      # container_name: shop-db   # remove this line

docker-compose.yml:14:7: The Compose file has a password of "db":
MARIADB_ROOT_PASSWORD
  anyone who can read the repository knows it, and each machine has the same;
  git history keeps it, so a real one has to be replaced

      MARIADB_ROOT_PASSWORD: \${MARIADB_ROOT_PASSWORD:?}   # and in .env, which no commit has: MARIADB_ROOT_PASSWORD=…

docker-compose.yml:17:5: The engine checks the health of "db" only every 30 s
  docker compose waits that long for a service that is ready after one second,
  and so does todoflow where the image exposes no port

      interval: 3s

docker-compose.yml:26:3: "app" has no health check
  release cannot wait until it is ready: acceptance starts as soon as its
  container runs

      healthcheck:
        test: [CMD, bash, -c, "exec 3<>/dev/tcp/127.0.0.1/8000"]
        interval: 3s
        timeout: 5s
        retries: 20

docker-compose.yml:26:3: The image of "app" has no name to publish it under
  publish pushes images that the file names with image:, and refuses a release
  without one

      image: registry.example/PROJECT   # the registry that you push to

docker-compose.yml:33:9: "app" is open to the whole network: container port 8000
  anyone who reaches this machine reaches the service with its test passwords;
  Docker's rules take precedence over those of most firewalls

      - "127.0.0.1::8000"

docker-compose.yml:38:5: Every docker compose up on the engine shares the volume
"shop-data"
  a second one sees the data of the first one; only the twins of test and
  release have data of their own

      # name: shop-data   # remove this line

Warnings: they break it sometimes

.dockerignore: Files that look like secrets are copied into images: ".env",
"tls/server.pem"
  anyone who has the image can read its layers

      **/.env
      **/server.pem

.dockerignore: No .dockerignore: COPY takes ".git", "reports"
  the image gets the history of the repository; each commit repeats the steps
  behind COPY; each run writes new reports, so that the next build misses its
  cache, and the released image is not the tested one

      .git
      reports

docker-compose.yml:16:9: "db" cannot run twice: it takes port 3306 of the host
  a second run on the same engine fails, and a port on all addresses is open to
  the whole network, past most firewalls. The engine can choose the port:
  release prints the URL, docker compose port prints the port

      - "127.0.0.1::3306"

docker-compose.yml:18:7: The health check of "db" connects by socket
  while a database initializes, a temporary server answers on its socket: docker
  compose starts the dependents too early, when no server is on the port.
  todoflow also checks the port, where the image exposes it

      test: [CMD, healthcheck.sh, --connect, --innodb_initialized]

docker-compose.yml:23:3: "tunnel" starts before "db" is ready
  plain depends_on waits only until the container has started: a data store that
  still starts refuses connections, and whether a run succeeds is a matter of
  luck

      depends_on:
        db:
          condition: service_healthy

Errors: they break the workflow

docker-compose.yml:5:5: Cannot use "x-todoflow.deadlines.redy": unknown key
"redy", did you mean "ready"?
  test and release end here

      ready: …

docker-compose.yml:21:3: "app" waits until "cache" is healthy, but "cache" has
no health check
  the wait fails at once, also in docker compose

docker-compose.yml:25:5: Cannot use network_mode "service:db" of service
"tunnel": not supported
  todoflow starts each container separately, and this one has no network until
  another one runs

      # network_mode: service:db   # remove this line

docker-compose.yml:35:7: Cannot use 2 containers of "app": not supported
  test and release start one container of "app", and wait for that one

      replicas: 1

4 errors, 5 warnings, 13 advice
`;

/** The findings that have a place, as text; the image gets the name of the project. */
function placedText(diagnosis: Diagnosis): string {
  const findings = diagnosis.findings.filter(({ location }) => location);
  return diagnosisText({ facts: [], findings })
    .replaceAll(/registry\.example\/\S+/g, "registry.example/PROJECT");
}

Deno.test("one of everything: each with its place and the fix, exit code 1", () =>
  withCheckout(async (checkout) => {
    const { code, stdout } = await diagnosis(checkout, "--json");
    assertEquals(code, 1);
    assertEquals(placedText(JSON.parse(stdout)), FOUND);
    const { stdout: text } = await diagnosis(checkout);
    assert(text.includes(FOUND.split("\n\n").at(-3)!), text);
    for (const line of text.split("\n")) {
      // Only what is to be pasted is not wrapped.
      assert(line.length <= 80 || line.startsWith("      "), line);
    }
    await repair(checkout);
  }, { files: EVERYTHING }));

/** Makes its Compose file one that the clean-up of a test can do with. */
async function repair({ edit }: Checkout) {
  await edit("docker-compose.yml", "    redy: 1m", "    ready: 1m");
}

Deno.test("without an engine the project is looked at all the same, exit code 1", () =>
  withCheckout(async (checkout) => {
    const { code, stdout } = await diagnosis(checkout, "--json");
    assertEquals(code, 1);
    const { facts, findings }: Diagnosis = JSON.parse(stdout);
    assertEquals(findings[0]?.id, "no-engine");
    assertEquals(placedText({ facts, findings }), FOUND);
    await repair(checkout);
  }, {
    files: EVERYTHING,
    env: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
  }));

Deno.test("without a Compose file, a Dockerfile or a repository there is one to start with", async () => {
  const directory = await Deno.makeTempDir();
  const env = { XDG_STATE_HOME: directory };
  const { code, stdout } = await diagnosis({ directory, env }, "--json");
  const { findings }: Diagnosis = JSON.parse(stdout);
  const errors = findings.filter(({ severity }) => severity === "error");
  assertEquals(errors.map(({ id }) => id), [
    "no-repository",
    "no-compose-file",
  ]);
  assertEquals(code, 1);
  await Deno.remove(directory, { recursive: true });
});

/** A migration that does not end by itself. */
const STUCK = {
  "compose.yaml": `services:
  test:
    image: debian:bookworm-slim
  migrate:
    image: debian:bookworm-slim
    command: [sh, -c, "echo migrating; sleep infinity"]
  app:
    image: debian:bookworm-slim
    depends_on: { migrate: { condition: service_completed_successfully } }
    healthcheck: { test: [CMD, "true"], interval: 3s }
`,
};

Deno.test("doctor reports a run that holds the project as an error, and a dead run until it is swept", () =>
  withCheckout(async (checkout) => {
    const ids = async () => {
      const { stdout, code } = await diagnosis(checkout, "--json");
      const { findings }: Diagnosis = JSON.parse(stdout);
      const own = findings.filter(({ id }) => /lock|dead/.test(id));
      return [code, ...own.map(({ id }) => id)];
    };
    assertEquals(await ids(), [0]);
    const run = spawn(checkout, "release");
    await run.shows("| migrating");
    assertEquals(await ids(), [1, "lock-held"]);
    run.kill("SIGKILL");
    await run.ended;
    assertEquals(await ids(), [0, "dead-run"]);
    const { code, stderr } = await checkout.todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals(await ids(), [0]);
    await run.status;
  }, { files: STUCK }));

Deno.test("another checkout that has a container in the project of a release is an error; one in the plain project is none", () =>
  withCheckout(async ({ directory, project, env }) => {
    const other = `${directory}/../other/${project}`;
    await Deno.mkdir(other, { recursive: true });
    await Deno.copyFile(`${directory}/compose.yaml`, `${other}/compose.yaml`);
    const unnamed = { ...env, COMPOSE_PROJECT_NAME: "", CI: "" };
    const foreign = async () => {
      const { stdout } = await diagnosis(
        { directory: other, env: { ...unnamed, APP_VERSION: "1" } },
        "--json",
      );
      const { findings }: Diagnosis = JSON.parse(stdout);
      return findings.filter(({ id }) => id === "foreign")
        .map(({ severity, why }) => [severity, why.includes(directory)]);
    };
    const create = (name: string) =>
      output(["docker", "compose", "-p", name, "create", "app"], {
        cwd: directory,
        env,
      });
    await create(project);
    assertEquals(await foreign(), []);
    await create(twinOf(project));
    assertEquals(await foreign(), [["error", true]]);
    await removeAll(await leftovers(project));
  }, { files: STUCK }));

/** Files of a build context. */
const CONTEXT = [
  ".env",
  "a",
  "b.md",
  "src/.env",
  "src/a",
  "src/b.md",
  "src/deep/a",
  "src/deep/b.md",
  "deep/src/a",
];

const part = fc.constantFrom("a", "src", "deep", "*", "**", "?", "*.md", "s*");
const pattern = fc.tuple(
  fc.constantFrom("", "", "!", "/"),
  fc.array(part, { minLength: 1, maxLength: 3 }),
).map(([start, parts]) => start + parts.join("/"));
const ignoreFile = fc.array(pattern, { minLength: 1, maxLength: 4 })
  .map((lines) => lines.join("\n"));

/** The files that BuildKit takes from a context, asked by an image of nothing else. */
async function taken(directory: string, ignore: string): Promise<string[]> {
  await Deno.writeTextFile(`${directory}/Dockerfile.dockerignore`, ignore);
  const tar = `${directory}/out.tar`;
  const destination = `type=tar,dest=${tar}`;
  const file = `${directory}/Dockerfile`;
  await output([
    "docker",
    "build",
    "--quiet",
    "--output",
    destination,
    "--file",
    file,
    `${directory}/context`,
  ]);
  const names = (await exec(["tar", "--list", "--file", tar])).stdout;
  return names.split("\n").filter((name) => CONTEXT.includes(name));
}

Deno.test("a .dockerignore keeps out what BuildKit keeps out", async () => {
  const directory = await Deno.makeTempDir();
  for (const file of CONTEXT) {
    const path = `${directory}/context/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, file);
  }
  const text = "FROM scratch\nCOPY . /\n";
  await Deno.writeTextFile(`${directory}/Dockerfile`, text);
  const random = fc.sample(ignoreFile, 20);
  for (const ignore of ["*\n!src\n**/.env", "a\n!*/*\na", ...random]) {
    const { ignores } = readIgnore(ignore);
    assertEquals(
      CONTEXT.filter((file) => !ignores(file)),
      (await taken(directory, ignore)).toSorted(byPlace),
      JSON.stringify(ignore),
    );
  }
  await Deno.remove(directory, { recursive: true });
});

function byPlace(one: string, other: string): number {
  return CONTEXT.indexOf(one) - CONTEXT.indexOf(other);
}
