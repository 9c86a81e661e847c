import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { childrenOf } from "./faults.ts";
import {
  ALL,
  appears,
  type Checkout,
  exec,
  leftovers,
  output,
  type Run,
  running,
  spawn,
  withCheckout,
  withDocker,
} from "./harness.ts";
import { withSecondEngine } from "./second_engine.ts";
import { withFaultyEngine } from "./proxy.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;
const STACK = new URL("fixtures/stack", import.meta.url).pathname;

/** Whether docker is to build, as a condition of the shell: the project of the builds is one of its flags. */
const BUILDS = "expr \"$*\" : 'compose.* build ' > /dev/null";

/** The middle of what a signal interrupts; it hangs there for longer than any test, but only once. */
interface Hanging {
  target: "test" | "release";
  /** A condition of the shell for the arguments of docker. */
  docker?: string;
  /** A request to the engine. */
  request?: string;
}

const HANGING: Readonly<Record<string, Hanging>> = {
  "a pull": { target: "test", docker: '[ "$1" = pull ]' },
  "a build": { target: "release", docker: BUILDS },
  "the creation of containers": {
    target: "release",
    docker: '[ "$1 $2" = "compose create" ]',
  },
  "a copy of reports": { target: "test", request: "GET /containers/*/archive" },
  "a health check": { target: "release", request: "POST /exec/*/start" },
};

/** Waits until the hanging command has begun; rejects when the run ends without. */
async function hangs(folder: string, run: Run) {
  const ended = run.status.then(() => {
    throw new Error(`nothing hung\n${run.stderr()}`);
  });
  await Promise.race([appears(`${folder}/hung`), ended]);
  ended.catch(() => {});
}

for (const [what, { target, docker, request }] of Object.entries(HANGING)) {
  const title =
    `SIGINT in the middle of ${what} that does not end: exit code 130, nothing is left`;
  // Those before anything is made and after all is done stand for the others, as do hang_test.ts and faults_test.ts.
  const ignore = !["a pull", "a copy of reports"].includes(what) && !ALL;
  const interrupt = async (
    checkout: Checkout,
    hung: (run: Run) => Promise<void>,
  ) => {
    const run = spawn(checkout, target);
    await hung(run);
    run.kill("SIGINT");
    assertEquals((await run.status).code, 130, run.stderr());
    assertEquals(await leftovers(checkout.project), []);
  };
  Deno.test(title, { ignore }, () =>
    request
      ? withFaultyEngine(
        (checkout, { happens }) =>
          interrupt(checkout, (run) => happens(run.status)),
        {
          ...{ from: STACK, requests: [request], isOnce: true },
          fault: { kind: "hangs" },
        },
      )
      : withDocker(
        `${docker} && [ ! -e $FOLDER/hung ] && { touch $FOLDER/hung; exec sleep 600; }`,
        ({ PATH, folder }) =>
          withCheckout(
            (checkout) => interrupt(checkout, (run) => hangs(folder, run)),
            { from: STACK, env: { PATH } },
          ),
      ));
}

Deno.test("a child that holds its pipes open does not hold up the end", () =>
  withDocker(
    `${BUILDS} && { sleep 600 & touch $FOLDER/hung; wait; }`,
    ({ PATH, folder }) =>
      withCheckout(async (checkout) => {
        const run = spawn(checkout, "release");
        await hangs(folder, run);
        run.kill("SIGTERM");
        assertEquals((await run.status).code, 143);
        // It was not waited for, and does not outlive the run.
        assertEquals(await childrenOf(checkout.project), []);
        assertEquals(await leftovers(checkout.project), []);
      }, { from: STACK, env: { PATH } }),
  ));

Deno.test("a second signal stops waiting, and todoflow prints the commands that remain", () =>
  withFaultyEngine(async (checkout, { happens }) => {
    const run = spawn(checkout, "release");
    await run.shows("migrating");
    run.kill("SIGINT");
    await happens(run.status);
    // A signal within a second of the first one counts as the same.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    run.kill("SIGINT");
    assertEquals((await run.status).code, 130);
    const [, commands = ""] = /^Next: (docker rm [^]*?)\n\n/m
      .exec(run.stderr()) ?? [];
    await output(["sh", "-ec", commands], {
      cwd: checkout.directory,
      env: { COMPOSE_PROJECT_NAME: checkout.project },
    });
    assertEquals(await running(checkout.project), []);
  }, {
    from: STACK,
    requests: ["POST /containers/*/stop"],
    fault: { kind: "hangs" },
  }));

Deno.test("a docker that is killed has done nothing that the run could go on with", () =>
  withDocker(
    `${BUILDS} && kill -s KILL $$`,
    ({ PATH }) =>
      withCheckout(async (checkout) => {
        const { code, stdout, stderr } = await checkout.todoflow("release");
        assertEquals(code, 4, stderr);
        assertEquals(stdout, "");
        assertStringIncludes(stderr, "docker was killed (SIGKILL)");
        assertEquals(await leftovers(checkout.project), []);
      }, { from: TINY, env: { PATH } }),
  ));

Deno.test("an engine that fails to wait for a container says nothing of the container, and is asked again", () =>
  withFaultyEngine(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
  }, {
    from: TINY,
    requests: ["POST /containers/*/wait"],
    fault: { kind: "is refused", status: 500, message: "out of memory" },
    isOnce: true,
  }));

/** The engine does not remove a network. */
const KEEPS_NETWORKS = { from: TINY, requests: ["DELETE /networks/*"] };

Deno.test("a network that still has active endpoints is tried again", () =>
  withFaultyEngine(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    assertEquals(await leftovers(checkout.project), []);
  }, {
    ...KEEPS_NETWORKS,
    fault: {
      kind: "is refused",
      status: 403,
      message: "error while removing network: network x has active endpoints",
    },
    isOnce: true,
  }));

Deno.test("clean-up that fails again and again: exit code 1, what to type, and the next run removes the rest", () =>
  withFaultyEngine(async (checkout, { end }) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "Cannot clean up");
    assertStringIncludes(stderr, "in use");
    const network = `${checkout.project}--test_default`;
    assertStringIncludes(stderr, `Next: docker network rm ${network}\n`);
    assert((await running(checkout.project)).length > 0);
    end();
    const next = await checkout.todoflow("test");
    assertEquals(next.code, 0, next.stderr);
    assertEquals(await leftovers(checkout.project), []);
  }, {
    ...KEEPS_NETWORKS,
    fault: { kind: "is refused", status: 500, message: "in use" },
  }));

const PORT = 29_313;

/** The tiny project, published on one port of the host. */
async function onFixedPort(
  edit: (file: string, from: string, to: string) => Promise<void>,
) {
  await edit("docker-compose.yml", "127.0.0.1::8000", `127.0.0.1:${PORT}:8000`);
}

/** Takes the port for as long as the test runs, or until `free` is called. */
async function withPortTaken(test: (free: () => void) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: PORT });
  let open = true;
  const free = () => {
    if (open) listener.close();
    open = false;
  };
  try {
    await test(free);
  } finally {
    free();
  }
}

Deno.test("a port that is taken: exit code 4 before anything is built, and what to do", () =>
  withPortTaken(() =>
    withCheckout(async ({ todoflow, edit, project }) => {
      await onFixedPort(edit);
      const { code, stderr } = await todoflow("release");
      assertEquals(code, 4, stderr);
      assertStringIncludes(stderr, `port ${PORT} is in use`);
      assertMatch(stderr, /^Next: /m);
      assertEquals(stderr.includes("build:"), false, stderr);
      assertEquals(await leftovers(project), []);
    }, { from: TINY })
  ));

/** Starts a release, and takes its port when the release has already seen that it is free. */
async function whenSeen(
  checkout: Checkout,
  test: (run: Run, free: () => void) => Promise<void>,
): Promise<void> {
  await onFixedPort(checkout.edit);
  const run = spawn(checkout, "release", "--verbose");
  await run.shows("build: ");
  await withPortTaken((free) => test(run, free));
}

// diagnosis_test.ts has its screen.
Deno.test(
  "a port that is taken meanwhile: tried again, then exit code 4 and what to do",
  { ignore: !ALL },
  () =>
    withCheckout((checkout) =>
      whenSeen(checkout, async (run) => {
        const { code } = await run.status;
        const stderr = run.stderr();
        assertEquals(code, 4, stderr);
        assertStringIncludes(stderr, "trying again");
        assertStringIncludes(stderr, `port ${PORT} is in use`);
        assertStringIncludes(stderr, `${PORT}`);
        assertEquals(await running(checkout.project), []);
      }), { from: TINY }),
);

Deno.test("a port that becomes free in time is no failure", () =>
  withCheckout((checkout) =>
    whenSeen(checkout, async (run, free) => {
      await run.shows("trying again");
      free();
      assertEquals((await run.status).code, 0, run.stderr());
      assertStringIncludes(run.stdout(), `:${PORT}`);
    }), { from: TINY }));

/** An app of another engine, whose images are few. */
const FETCHED = `services:
  app:
    image: debian:bookworm-slim
    command: [sleep, infinity]
    init: true
`;

Deno.test(
  "address pools that are exhausted: tried again, then exit code 4 and what to do",
  { ignore: !ALL },
  // On an engine of its own: other tests need addresses, too.
  () =>
    withSecondEngine(
      ({ host: DOCKER_HOST }) =>
        withCheckout(async (checkout) => {
          const env = { DOCKER_HOST };
          const docker = (...args: string[]) =>
            exec(["docker", ...args], { env });
          const networks: string[] = [];
          for (;;) {
            const { code, stdout } = await docker(
              ...["network", "create", `pool-${networks.length}`],
            );
            if (code !== 0) break;
            networks.push(stdout.trim());
          }
          const failed = await checkout.todoflow("release");
          assertEquals(failed.code, 4, failed.stderr);
          assertStringIncludes(
            failed.stderr,
            "no addresses left for a network",
          );
          assertStringIncludes(failed.stderr, "docker network prune");
          const run = spawn(checkout, "release");
          await run.shows("trying again");
          await docker("network", "rm", networks.pop()!);
          assertEquals((await run.status).code, 0, run.stderr());
          assertEquals((await checkout.todoflow("clean")).code, 0);
          const { stdout } = await docker("ps", "--all", "--quiet");
          assertEquals(stdout, "");
        }, { files: { "compose.yaml": FETCHED }, env: { DOCKER_HOST } }),
      {
        pool: 22,
      },
    ),
);

Deno.test("a docker that prints a notice on stdout before each answer: test and release succeed, nothing is left", () =>
  withDocker(
    "echo 'NOTICE: version 9.9 of this wrapper is out'",
    ({ PATH }) =>
      withCheckout(async ({ todoflow, project }) => {
        const test = await todoflow("test");
        assertEquals(test.code, 0, test.stderr);
        assertEquals(await running(project), []);
        const release = await todoflow("release");
        assertEquals(release.code, 0, release.stderr);
      }, { from: TINY, env: { PATH } }),
  ));
