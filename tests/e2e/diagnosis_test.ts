/**
 * The screen of every failure, at 80 columns: its exit code, and what a person reads. Each is produced for real but those
 * of {@linkcode FAKES}. `deno test -A tests/e2e/diagnosis_test.ts -- --update` writes the screens anew; read them then.
 *
 * An engine that dies, address pools and a disk that are really full: trouble_test.ts and engine_test.ts.
 */

import { assert, assertEquals } from "@std/assert";
import type { Explanation } from "../../lib/errors/explanation.ts";
import type { TimedEvent } from "../../lib/plan/events.ts";
import { failureText } from "../../lib/errors/failure_text.ts";
import { DECISIVE } from "./decisive_words.ts";
import { ENDS } from "./ends.ts";
import { FAILING_TESTS } from "./failing_tests.ts";
import {
  BASE,
  built,
  type Case,
  failing,
  HEALTHY,
  inOneWrite,
  project,
  RUNS,
  runs,
  sh,
} from "./failing_project.ts";
import {
  type Checkout,
  exec,
  type Outcome,
  spawn,
  twinOf,
  withCheckout,
  withDocker,
} from "./harness.ts";
import { assertNext } from "./next.ts";

const SCREENS = new URL("__snapshots__/diagnosis/", import.meta.url);
const WIDTH = 80;

/** The beginning of a program for 64-bit ARM, or, on such a machine, for s390. */
const FOREIGN = "\\177ELF\\2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0" +
  (Deno.build.arch === "aarch64" ? "\\26\\0" : "\\267\\0");

const CASES: Record<string, Case> = {
  "a failing unit test": {
    target: "test",
    code: 1,
    files: project({
      test: sh("echo ok 1 - adds; echo not ok 2 - subtracts; exit 1", {
        profiles: ["test"],
      }),
    }),
  },
  "a failing build step": {
    code: 1,
    files: built(`${BASE}${inOneWrite("echo compiling; cat /src/main.c")}`),
  },
  "a build step whose program is not found": {
    code: 1,
    files: built(`${BASE}${inOneWrite("gcc main.c")}`),
  },
  "a failing migration": {
    code: 1,
    files: project({
      migrate: sh(
        "echo applying 0002_items; echo no such table: items; exit 2",
        {
          depends_on: ["db"],
        },
      ),
    }),
  },
  "a database that is unhealthy": {
    code: 1,
    files: project({
      db: sh("echo starting; exec sleep infinity", failing(2)),
      migrate: sh("echo migrated", { depends_on: { db: HEALTHY } }),
    }),
  },
  "a database that is not healthy in time": {
    code: 124,
    files: project({
      db: sh("echo starting; exec sleep infinity", failing(1000)),
      migrate: sh("echo migrated", { depends_on: { db: HEALTHY } }),
    }, { ready: "3s" }),
  },
  "an application that exits at its start": {
    code: 1,
    files: project({
      // Without a health check it would be ready in the moment in which it runs.
      app: sh(
        "echo reading /etc/app.conf; echo no SECRET_KEY; exit 3",
        failing(1000),
      ),
    }),
  },
  "an application without a health check that exits soon": {
    code: 1,
    files: {
      "docker-compose.yml": JSON.stringify({
        services: { app: sh("echo no SECRET_KEY; sleep 0.8; exit 3") },
      }),
    },
  },
  "an application that is unhealthy": {
    code: 1,
    files: project({ app: sh(RUNS, failing(2)) }),
  },
  "a failing acceptance test": {
    code: 1,
    files: project({
      acceptance: sh("echo not ok 1 - lists items; exit 1", {
        profiles: ["test"],
        depends_on: { app: { condition: "service_started" } },
      }),
    }),
  },
  "an application that ends while it is tested": {
    code: 1,
    files: project({
      app: sh(
        "echo listening; until [ -e /shared/go ]; do sleep 0.1; done; echo out of connections >&2; exit 3",
        { volumes: ["/shared"] },
      ),
      acceptance: sh(
        "touch /shared/go; while getent hosts app >/dev/null; do sleep 0.1; done; echo not ok 1 - app does not answer; exit 1",
        {
          profiles: ["test"],
          volumes_from: ["app"],
          depends_on: { app: { condition: "service_started" } },
        },
      ),
    }),
  },
  "killed for want of memory": {
    code: 1,
    files: project({
      migrate: {
        image: "debian:bookworm-slim",
        // The engine does not see what is killed before it looks, some 30 ms after the start.
        command: ["sh", "-c", "sleep 1; exec tail /dev/zero"],
        mem_limit: "16m",
        memswap_limit: "16m",
      },
    }),
  },
  "a container that is kept": {
    code: 1,
    target: "release --keep",
    files: project({
      migrate: sh("echo no such table: items; exit 2", {
        depends_on: ["db"],
      }),
    }),
  },
  "killed by somebody": {
    code: 1,
    files: project({ migrate: sh("echo migrating; sh -c 'kill -9 $$'") }),
  },
  "a program that is not found": {
    code: 1,
    files: project({
      app: { image: "debian:bookworm-slim", command: ["gunicorn", "app"] },
    }),
  },
  "a program that a script does not find": {
    code: 1,
    files: project({ migrate: sh("echo migrating; manage.py migrate") }),
  },
  "a program that is not executable": {
    code: 1,
    files: project({
      migrate: { image: "debian:bookworm-slim", command: ["/etc/profile"] },
    }),
  },
  "a program for another architecture": {
    code: 1,
    files: built(
      `${BASE}RUN printf '${FOREIGN}' > /server && chmod +x /server\n` +
        'CMD ["/server"]\n',
      failing(1000),
    ),
  },
  "a port that is taken": {
    code: 4,
    files: project({
      app: sh(RUNS, { ports: ["127.0.0.1:29314:8000"] }),
    }),
    around: async (_, run) => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 29_314 });
      const outcome = await run();
      listener.close();
      return outcome;
    },
  },
  "a port that a container has": {
    code: 4,
    files: project({
      app: sh(RUNS, { ports: ["127.0.0.1:29317:8000"] }),
    }),
    around: async ({ project }, run) => {
      const name = `${project}-holder`;
      const port = "127.0.0.1:29317:80";
      await exec([
        ...["docker", "run", "--detach", "--name", name] as const,
        ...["--publish", port, "debian:bookworm-slim", "sleep", "infinity"],
      ]);
      const outcome = await run();
      await exec(["docker", "rm", "--force", name]);
      return outcome;
    },
  },
  "a port that is taken meanwhile": {
    code: 4,
    files: project({
      migrate: sh("exec sleep 6"),
      app: sh(RUNS, {
        depends_on: {
          migrate: { condition: "service_completed_successfully" },
        },
        ports: ["127.0.0.1:29316:8000"],
      }),
    }),
    around: async ({ project }, run) => {
      const ended = run();
      // The run has seen before that the port is free.
      await runs(`${twinOf(project)}-migrate-1`);
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 29_316 });
      const outcome = await ended;
      listener.close();
      return outcome;
    },
  },
  "a full disk": {
    code: 4,
    // A tmpfs is a disk that can be filled without harm.
    files: built(
      `${BASE}${inOneWrite("head -c 100M /dev/zero > /dev/shm/full")}`,
    ),
  },
  "a base image that is missing": {
    code: 1,
    files: built("FROM 127.0.0.1:29315/base:1\n"),
    around: async (_, run) => {
      const errors = [{
        code: "MANIFEST_UNKNOWN",
        message: "manifest unknown",
      }];
      const registry = Deno.serve(
        { hostname: "127.0.0.1", port: 29_315, onListen: () => {} },
        ({ url }) =>
          new URL(url).pathname === "/v2/"
            ? Response.json({})
            : Response.json({ errors }, { status: 404 }),
      );
      const outcome = await run();
      await registry.shutdown();
      return outcome;
    },
  },
  "a registry that is unreachable": {
    code: 4,
    files: built("FROM 127.0.0.1:1/base:1\n"),
  },
  "no engine": {
    code: 4,
    files: project({}),
    env: { DOCKER_HOST: "unix:///nowhere/docker.sock" },
  },
  "no permission on the engine's socket": {
    code: 4,
    files: project({}),
    root: true,
    // The tool itself runs as root here, and must not reach the socket either.
    docker:
      '[ "$1" = context ] && { echo unix:///nowhere/docker.sock; exit; }; PATH="${PATH#*:}" HOME=/ exec setpriv --reuid=65534 --clear-groups docker "$@"',
    around: async ({ directory }, run) => {
      await Deno.chmod(`${directory}/..`, 0o755);
      return await run();
    },
  },
  "an invalid Compose file": {
    code: 3,
    files: project({ app: sh(RUNS, { port: 8000 }) }),
    around: async ({ edit }, run) => {
      const outcome = await run();
      await edit("docker-compose.yml", '"port": 8000', '"ports": []');
      return outcome;
    },
  },
  "a stage that is missing": {
    code: 3,
    files: built(BASE, { build: { context: ".", target: "prod" } }),
  },
  "an invalid x-todoflow": {
    code: 3,
    files: project({}, { redy: "5s" }),
  },
  "no commit": {
    code: 4,
    files: project({}),
    around: async ({ directory }, run) => {
      await Deno.remove(`${directory}/.git`, { recursive: true });
      await exec(["git", "init", "--quiet"], { cwd: directory });
      return await run();
    },
  },
  "a lock that is held": {
    code: 4,
    files: project({ migrate: sh("echo migrating; exec sleep infinity") }),
    around: async (checkout, run) => {
      const other = spawn(checkout, "release");
      await other.shows("| migrating");
      const outcome = await run();
      other.kill("SIGINT");
      await other.status;
      return outcome;
    },
  },
  "a deadline": {
    code: 124,
    files: project({
      migrate: sh("echo waiting for a lock on items; exec sleep infinity"),
    }, { step: "2s" }),
  },
};

/** Of a Compose that this machine does not have, and of an engine that other tests need; in docker's own words. */
const FAKES: Record<string, Case> = {
  "no Compose": {
    code: 4,
    files: project({}),
    docker:
      `[ "$1" = compose ] && { echo "docker: 'compose' is not a docker command." >&2; echo "See 'docker --help'" >&2; exit 1; }`,
  },
  "a Compose that is too old": {
    code: 4,
    files: project({}),
    docker: '[ "$1 $2" = "compose version" ] && { echo 2.6.0; exit 0; }',
  },
  "address pools that are exhausted": {
    code: 4,
    files: project({}),
    docker:
      `[ "$1 $2" = "compose up" ] && { echo "failed to create network x_default: Error response from daemon: all predefined address pools have been fully subnetted" >&2; exit 1; }`,
  },
};

/** Replaces the texts that differ in each run and on each machine. */
function normalized(text: string, { directory, project }: Checkout): string {
  return text
    .replaceAll(directory, "/code/shop")
    .replaceAll(project, "shop")
    .replace(
      / process \d+ on \S+, since [\d:.TZ-]+/g,
      " process 17 on box, since 2026-01-02T03:04:05.678Z",
    )
    .replace(/ by \w+ \(process \d+\)/, " by deno (process 17)")
    .replace(/ps -fp \d+/, "ps -fp 17")
    .replace(/^\d+\.\d{3} /gm, "0.123 ")
    .replace(/\b(172|192|10)(\.\d{1,3}){3}\b/g, "172.18.0.2")
    .replace(
      /\d{4}-\d\d-\d\d [\d:.]+ UTC \[\d+\]/g,
      "2026-01-02 03:04:05.678 UTC [17]",
    )
    .replace(
      /made for \w+, and this engine runs \w+/,
      "made for arm64, and this engine runs amd64",
    );
}

/** The run's failures, as a terminal shows them. */
function screenOf({ stdout }: Outcome, checkout: Checkout): string {
  const events = stdout.split("\n").filter(Boolean)
    .map((line): TimedEvent => JSON.parse(line));
  const explanations = events.flatMap((event) =>
    event.kind === "failure" ? event.explanation : []
  );
  // Before the lines are broken, whose length names change.
  const told: Explanation[] = JSON.parse(
    JSON.stringify(explanations),
    (_, value) =>
      typeof value === "string" ? normalized(value, checkout) : value,
  );
  return told.map((one) => failureText(one, { width: WIDTH })).join("\n");
}

/** The rows of a terminal. */
const ROWS = 24;

/** A reader who sees only the end of the screen can name the cause. */
function assertDecisive(name: string, screen: string) {
  const shown = screen.trimEnd().split("\n").slice(-ROWS);
  const words = shown.map((row) => row.replace(/^ {2}\| /, "").trim());
  // Prose is broken at spaces, lines of a log anywhere.
  const said = [words.join(" "), words.join("")];
  const missing = (DECISIVE[name] ?? ["no words are named"])
    .filter((one) => !said.some((text) => text.includes(one)));
  assert(missing.length === 0, `${missing.join(", ")} in\n${screen}`);
}

async function assertScreen(name: string, screen: string) {
  const wide = screen.split("\n").filter((line) => line.length > WIDTH);
  assertEquals(wide, [], "longer than a terminal");
  const file = new URL(`${name.replaceAll(/\W+/g, "_")}.txt`, SCREENS);
  if (Deno.args.includes("--update")) {
    await Deno.mkdir(SCREENS, { recursive: true });
    await Deno.writeTextFile(file, screen);
  }
  assertEquals(screen, await Deno.readTextFile(file));
}

for (
  const [name, { files, code, target = "release", env, docker, root, around }]
    of Object.entries({ ...CASES, ...ENDS, ...FAILING_TESTS, ...FAKES })
) {
  const test = (more: Record<string, string>) =>
    withCheckout(async (checkout) => {
      const run = () => checkout.todoflow(...target.split(" "), "--json");
      const outcome = await (around ? around(checkout, run) : run());
      assertEquals(outcome.code, code, outcome.stdout + outcome.stderr);
      const screen = screenOf(outcome, checkout);
      await assertScreen(name, screen);
      assertDecisive(name, screen);
      await assertNext(outcome, checkout);
    }, { files, env: { ...env, ...more } });
  Deno.test({
    name: `${name}: exit code ${code}, and its screen`,
    ignore: root === true && Deno.uid() !== 0,
    fn: () =>
      docker === undefined
        ? test({})
        : withDocker(docker, ({ PATH }) => test({ PATH })),
  });
}
