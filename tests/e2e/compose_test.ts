import { assertEquals } from "@std/assert";
import { ALL, exec, leftovers, removeAll, withCheckout } from "./harness.ts";

const IMAGE = "denoland/deno:debian-2.9.6";
const RUNS = `image: ${IMAGE}, command: [sleep, "60"]`;

/** A small Compose file, and the verdicts of Compose and of todoflow. */
interface Case {
  /** `release`, compared with `docker compose up --wait app`, by default; or `test`, with `docker compose run --rm test`. */
  target?: "test";
  compose: string;
  files?: Record<string, string>;
  /** Whether Compose fails, undefined where that is by chance, and the exit code with which todoflow ends. */
  fails?: { compose: boolean | undefined; code: number };
  /** Why a difference is meant. */
  because?: string;
  /** Whether it is always tried; the others only with `--all`. */
  always?: true;
}

const FAILS = { compose: true, code: 1 };

const CASES: Readonly<Record<string, Case>> = {
  "an inactive profile lacks its env_file": {
    always: true,
    compose: `
  app: { ${RUNS} }
  debug: { ${RUNS}, profiles: [debug], env_file: [missing.env] }`,
  },
  "an inactive profile depends on an undefined service": {
    compose: `
  app: { ${RUNS} }
  debug: { ${RUNS}, profiles: [debug], depends_on: [nope] }`,
  },
  "services of an inactive profile wait for each other": {
    compose: `
  app: { ${RUNS} }
  a: { ${RUNS}, profiles: [debug], depends_on: [b] }
  b: { ${RUNS}, profiles: [debug], depends_on: [a] }`,
  },
  "an inactive profile uses an undefined volume, another one is whole": {
    target: "test",
    compose: `
  test: { image: ${IMAGE}, command: ["true"], profiles: [whole] }
  debug: { ${RUNS}, profiles: [debug], volumes: ["nope:/x"] }`,
  },
  "values of .env refer to others": {
    compose: `
  app: { image: "\${IMAGE}", command: [sh, -c, "test $$WORD = hello-x && sleep 60"], environment: { WORD: "\${WORD}" } }`,
    files: { ".env": `IMAGE=${IMAGE}\nBASE=hello\nWORD=\${BASE}-x\n` },
  },
  "COMPOSE_PROFILES in .env refers to others": {
    compose: `
  app: { ${RUNS}, depends_on: { db: { condition: service_started, required: false } } }
  db: { ${RUNS}, profiles: [withdb] }`,
    files: { ".env": "X=db\nCOMPOSE_PROFILES=with${X}\n" },
  },
  "a required service is in an inactive profile": {
    always: true,
    compose: `
  app: { ${RUNS}, depends_on: [db] }
  db: { ${RUNS}, profiles: [db] }`,
    fails: { compose: true, code: 3 },
  },
  "a plain dependency of the test ends with 0": {
    always: true,
    target: "test",
    compose: `
  test: { image: ${IMAGE}, command: ["true"], depends_on: [seed] }
  seed: { image: ${IMAGE}, command: ["true"] }`,
  },
  "a plain dependency ends with 0": {
    compose: `
  app: { ${RUNS}, depends_on: [seed] }
  seed: { image: ${IMAGE}, command: ["true"] }`,
    fails: { compose: true, code: 0 },
    because: "up --wait wants every container to run on; up does not",
  },
  "a plain dependency ends with 1": {
    compose: `
  app: { ${RUNS}, depends_on: [seed] }
  seed: { image: ${IMAGE}, command: ["false"] }`,
    fails: FAILS,
  },
  "the owner of volumes ends with 0": {
    compose: `
  app: { image: ${IMAGE}, command: [sh, -c, "cat /data/x && sleep 60"], volumes_from: [owner], depends_on: { owner: { condition: service_completed_successfully } } }
  owner: { image: ${IMAGE}, command: [sh, -c, "echo 1 > /data/x"], volumes: ["data:/data"] }
volumes: { data: }`,
  },
  "a one-shot is started again until it succeeds": {
    always: true,
    compose: `
  app: { ${RUNS}, depends_on: { seed: { condition: service_completed_successfully } } }
  seed: { image: ${IMAGE}, restart: "on-failure:5", volumes: ["data:/data"], command: [sh, -c, "echo x >> /data/n; test $$(wc -l < /data/n) -ge 3"] }
volumes: { data: }`,
  },
  "the app is started again until it is healthy": {
    compose: `
  app: { image: ${IMAGE}, restart: "on-failure:5", volumes: ["data:/data"], command: [sh, -c, "echo x >> /data/n; test $$(wc -l < /data/n) -ge 3 && sleep 60"], healthcheck: { test: [CMD-SHELL, "test $$(wc -l < /data/n) -ge 3"], interval: 1s, retries: 30 } }
volumes: { data: }`,
    fails: { compose: undefined, code: 0 },
    because:
      "up --wait gives up if it looks while the engine starts the app again",
  },
  "the app is started again too often": {
    compose: `
  app: { image: ${IMAGE}, restart: "on-failure:2", command: ["false"], healthcheck: { test: [CMD, "true"], interval: 1s } }`,
    fails: FAILS,
  },
  "a dependency has no containers": {
    always: true,
    compose: `
  app: { ${RUNS}, depends_on: [worker] }
  worker: { image: ${IMAGE}, command: ["false"], scale: 0 }`,
  },
  "the test has no containers of its own": {
    target: "test",
    compose: `
  test: { image: ${IMAGE}, command: ["true"], scale: 0 }`,
  },
  "the test reads its standard input": {
    always: true,
    target: "test",
    compose: `
  test: { image: ${IMAGE}, command: [cat] }`,
  },
  "a shell waits for input that stays open": {
    compose: `
  app: { image: ${IMAGE}, entrypoint: [cat], command: [], stdin_open: true }`,
  },
  "no logs are kept": {
    compose: `
  app: { ${RUNS}, logging: { driver: none }, depends_on: { seed: { condition: service_completed_successfully } } }
  seed: { image: ${IMAGE}, command: ["true"], logging: { driver: none } }`,
  },
  "no program opens the exposed port": {
    compose: `
  app: { ${RUNS}, expose: ["9999"], healthcheck: { test: [CMD, "true"], interval: 1s } }`,
  },
  "an external network is missing": {
    compose: `
  app: { ${RUNS}, networks: [away] }
networks: { away: { external: true, name: todoflow-is-not-there } }`,
    fails: { compose: true, code: 4 },
  },
  "a health check is switched off": {
    compose: `
  app: { ${RUNS}, healthcheck: { disable: true } }`,
    fails: { compose: true, code: 0 },
    because: "up --wait takes a disabled check for a failed one",
  },
  "a health check fails": {
    compose: `
  app: { ${RUNS}, healthcheck: { test: [CMD, "false"], interval: 1s, retries: 2 } }`,
    fails: FAILS,
  },
  "a health check fails in its start period": {
    compose: `
  app: { image: ${IMAGE}, command: [sh, -c, "sleep 3; touch /tmp/ok; sleep 60"], healthcheck: { test: [CMD, test, -e, /tmp/ok], interval: 1s, retries: 1, start_period: 20s } }`,
  },
  "the app ends with 0": {
    compose: `
  app: { image: ${IMAGE}, command: ["true"] }`,
    fails: FAILS,
  },
  "a one-shot ends with 1": {
    compose: `
  app: { ${RUNS}, depends_on: { seed: { condition: service_completed_successfully } } }
  seed: { image: ${IMAGE}, command: ["false"] }`,
    fails: FAILS,
  },
  "an optional one-shot ends with 1": {
    compose: `
  app: { ${RUNS}, depends_on: { seed: { condition: service_completed_successfully, required: false } } }
  seed: { image: ${IMAGE}, command: ["false"] }`,
    fails: FAILS,
  },
  "the app has no network": {
    compose: `
  app: { ${RUNS}, network_mode: none }`,
  },
  "the app has the network of the host": {
    compose: `
  app: { ${RUNS}, network_mode: host }`,
  },
  "the app has the network of a service": {
    compose: `
  app: { ${RUNS}, network_mode: "service:db" }
  db: { ${RUNS} }`,
    fails: { compose: false, code: 3 },
    because: "it cannot be started before, nor stay longer than, that service",
  },
  "two containers of the app": {
    compose: `
  app: { ${RUNS}, deploy: { replicas: 2 } }`,
    fails: { compose: false, code: 3 },
    because: "a release is one container of each service",
  },
  "processes of a service are seen": {
    compose: `
  app: { ${RUNS}, pid: "service:db" }
  db: { ${RUNS} }`,
  },
  "the file system is read-only": {
    compose: `
  app: { image: ${IMAGE}, read_only: true, tmpfs: [/tmp], command: [sh, -c, "touch /tmp/x && sleep 60"] }`,
  },
  "an optional env_file is missing": {
    compose: `
  app: { ${RUNS}, env_file: [{ path: nope.env, required: false }] }`,
  },
  "a service extends one of a profile": {
    compose: `
  base: { image: ${IMAGE}, command: ["false"], profiles: [no] }
  app: { extends: base, command: [sleep, "60"], profiles: !reset [] }`,
  },
  "a secret comes from a file": {
    compose: `
  app: { image: ${IMAGE}, command: [sh, -c, "grep -q open /run/secrets/s && sleep 60"], secrets: [s] }
secrets: { s: { file: ./s.txt } }`,
    files: { "s.txt": "open sesame\n" },
  },
  "a config is in the file": {
    compose: `
  app: { image: ${IMAGE}, command: [sh, -c, "grep -q hello /c && sleep 60"], configs: [{ source: c, target: /c }] }
configs: { c: { content: hello } }`,
  },
  "a link gives another name": {
    compose: `
  app: { image: ${IMAGE}, command: [sh, -c, "getent hosts database && sleep 60"], links: ["db:database"] }
  db: { ${RUNS} }`,
  },
  "addresses are fixed": {
    compose: `
  app: { ${RUNS}, networks: { n: { ipv4_address: 10.213.7.5, aliases: [a, b] } } }
networks: { n: { ipam: { config: [{ subnet: 10.213.7.0/24 }] } } }`,
  },
  "the test is restarted always": {
    target: "test",
    compose: `
  test: { image: ${IMAGE}, command: ["true"], restart: always }
x-todoflow: { test: { service: test } }`,
  },
  "the test is unhealthy and succeeds": {
    target: "test",
    compose: `
  test: { image: ${IMAGE}, command: [sleep, "2"], healthcheck: { test: [CMD, "false"], interval: 500ms, retries: 1 } }`,
  },
  "the test fails": {
    target: "test",
    compose: `
  test: { image: ${IMAGE}, command: [sh, -c, "exit 3"] }`,
    fails: FAILS,
  },
};

for (const [what, one] of Object.entries(CASES)) {
  const { target = "release", compose, files = {}, always, because } = one;
  const { fails = { compose: false, code: 0 } } = one;
  const title = `${target} does as Compose where ${what}` +
    (because ? `, but for this: ${because}` : "");
  Deno.test(
    title,
    { ignore: !always && !ALL },
    () =>
      withCheckout(async ({ todoflow, directory, env, project }) => {
        const docker = (...args: string[]) =>
          exec(["docker", "compose", ...args], { cwd: directory, env });
        const plain = target === "test"
          ? await docker("run", "--rm", "test")
          : await docker("up", "--detach", "--wait", "app");
        if (fails.compose !== undefined) {
          assertEquals(plain.code !== 0, fails.compose, plain.stderr);
        }
        await docker("down", "--volumes", "--timeout", "0");
        // A `down` stops at a mistake in a profile.
        await removeAll(await leftovers(project));
        const { code, stderr } = await todoflow(target);
        assertEquals(code, fails.code, stderr);
        assertEquals((await todoflow("clean")).code, 0);
        assertEquals(await leftovers(project), []);
      }, { files: { "compose.yaml": `services:${compose}\n`, ...files } }),
  );
}
