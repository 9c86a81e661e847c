import { assert, assertEquals, assertRejects } from "@std/assert";
import { executor, isRecent, observe, shell } from "../../../lib/engine.ts";
import { TodoflowError } from "../../../lib/errors.ts";

/**
 * A shell that sees a `docker` written for the test: the failures of a real one that a test cannot have otherwise.
 */
async function withFakeDocker(
  script: string,
  test: (context: Awaited<ReturnType<typeof fakeContext>>) => Promise<void>,
) {
  const directory = await Deno.makeTempDir();
  try {
    await test(await fakeContext(directory, script));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function fakeContext(directory: string, script: string) {
  await Deno.writeTextFile(`${directory}/docker`, `#!/bin/sh\n${script}\n`, {
    mode: 0o755,
  });
  const PATH = `${directory}:/usr/bin:/bin`;
  const $ = await shell({ directory, env: { PATH, LD_PRELOAD: "" } });
  return { $, directory };
}

const VERSIONS: [string, boolean][] = [
  ["2.20.0", true],
  ["2.26.1-4", true],
  ["v2.29.7", true],
  ["5.5", true],
  ["2.19.1", false],
  ["1.29.2", false],
  ["", false],
];

for (const [version, recent] of VERSIONS) {
  Deno.test(`Compose "${version}" is ${recent ? "" : "not "}recent enough`, () => {
    assertEquals(isRecent(version), recent);
  });
}

const FAILURES: [string, string, string][] = [
  [
    "a Docker without Compose",
    `[ "$1" = compose ] && { echo "docker: unknown command: docker compose" >&2; exit 1; }; exit 0`,
    "no-compose",
  ],
  ["an old Compose", `echo 1.29.2`, "old-compose"],
  [
    "no engine",
    `[ "$1" = version ] && { echo "Cannot connect" >&2; exit 1; }; echo 2.26.1`,
    "no-engine",
  ],
  [
    "no Compose file",
    `[ "$4" = config ] && { echo "no configuration file provided: not found" >&2; exit 14; }; echo 2.26.1`,
    "no-compose-file",
  ],
  [
    "an invalid Compose file",
    `[ "$4" = config ] && { echo "services.app Additional property x is not allowed" >&2; exit 15; }; echo 2.26.1`,
    "invalid-compose-file",
  ],
];

for (const [what, script, kind] of FAILURES) {
  Deno.test(`${what} is the failure ${kind}`, () =>
    withFakeDocker(script, async ({ $, directory }) => {
      const { failure } = await assertRejects(
        () => observe($, { directory, needsEngine: true }),
        TodoflowError,
      );
      assertEquals(failure.kind, kind);
    }));
}

Deno.test("no docker at all is the failure no-docker", async () => {
  const directory = Deno.cwd();
  const $ = await shell({ directory, env: { PATH: "/nowhere" } });
  const { failure } = await assertRejects(
    () => observe($, { directory, needsEngine: true }),
    TodoflowError,
  );
  assertEquals(failure.kind, "no-docker");
});

Deno.test("a dry run does without an engine", () =>
  withFakeDocker(
    `[ "$1" = version ] && exit 1; echo 2.26.1`,
    async ({ $, directory }) => {
      const observed = await observe($, { directory, needsEngine: false });
      assertEquals(observed.existing, new Set());
    },
  ));

Deno.test("every line of both streams is told, the last one without a line end, too", () =>
  withFakeDocker(
    `printf 'a\\r\\nb\\n\\nlast'; printf 'é' >&2; exit 3`,
    async ({ $, directory }) => {
      const lines: string[] = [];
      const { execute } = executor({ $, reports: `${directory}/reports` });
      const code = await execute($`docker x`, {
        output: (line) => lines.push(line),
        signal: new AbortController().signal,
      });
      assertEquals(code, 3);
      assertEquals(lines.toSorted(), ["", "a", "b", "last", "é"]);
    },
  ));

Deno.test("a stopped child that leaves its pipe to a grandchild does not hold up the end", () =>
  withFakeDocker(
    // The grandchild outlives docker and keeps its stdout open until the test removes its fifo.
    `mkfifo fifo; cat fifo & echo started; exec sleep 600`,
    async ({ $, directory }) => {
      const stop = new AbortController();
      const { execute } = executor({ $, reports: `${directory}/reports` });
      const code = await execute($`docker x`, {
        output: () => stop.abort(),
        signal: stop.signal,
      });
      assert(code !== 0);
      // Ends the grandchild, so that the test leaves nothing behind.
      await Deno.writeTextFile(`${directory}/fifo`, "");
    },
  ));

Deno.test("the URL is proven by a request, an answer below 500 proves it", async () => {
  let requests = 0;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => {
      requests++;
      return new Response(null, { status: requests === 1 ? 503 : 404 });
    },
  );
  const { prove } = executor({
    $: await shell({ directory: Deno.cwd(), env: {} }),
    reports: "",
  });
  const url = await prove(`0.0.0.0:${server.addr.port}`, "/x", {
    output: () => {},
    signal: new AbortController().signal,
  });
  await server.shutdown();
  assertEquals(url, `http://localhost:${server.addr.port}`);
  assertEquals(requests, 2);
});

Deno.test("a URL that never answers is told with its last problem", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => {
      queueMicrotask(() => stop.abort());
      return new Response(null, { status: 503 });
    },
  );
  const { prove } = executor({
    $: await shell({ directory: Deno.cwd(), env: {} }),
    reports: "",
  });
  const url = await prove(`127.0.0.1:${server.addr.port}`, "/", {
    output: (line) => lines.push(line),
    signal: stop.signal,
  });
  await server.shutdown();
  assertEquals(url, "");
  assertEquals(lines.length, 1);
});
