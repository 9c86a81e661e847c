import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { Checkout } from "../e2e/harness.ts";
import { ALL, leftovers, output, running, twinOf } from "../e2e/harness.ts";
import { withExample } from "./example.ts";

/** The address at which a container's port is published, which must be on loopback. */
async function published(container: string, port: number): Promise<string> {
  const address = await output(["docker", "port", container, `${port}`]);
  assertMatch(address, /^127\.0\.0\.1:\d+$/);
  return `http://${address}`;
}

/** The exit code of a container that the engine has stopped: 137 if it had to kill it. */
async function stopped(container: string): Promise<string> {
  await output(["docker", "stop", container]);
  return await output([
    "docker",
    "inspect",
    "--format",
    "{{.State.ExitCode}}",
    container,
  ]);
}

/** Waits until the log of a container has a text so many times. */
async function logs(container: string, text: string, times: number) {
  await using child = new Deno.Command("docker", {
    args: ["logs", "--follow", container],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // One that does not say it is a failure, not the end of all tests.
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  let log = "";
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    log += part;
    if (log.split(text).length > times) return;
  }
  assertEquals(log.split(text).length - 1, times, log);
}

Deno.test("identidock: version, test, release and clean from a fresh repository", () =>
  withExample("identidock", async ({ todoflow, directory, project }) => {
    const commit = await output(["git", "rev-parse", "--short", "HEAD"], {
      cwd: directory,
    });
    const version = await todoflow("version");
    assertEquals(
      [version.code, version.stdout],
      [0, `{"Version": "${commit}"}\n`],
    );

    const tested = await todoflow("test");
    assertEquals([tested.code, tested.stdout], [0, ""], tested.stderr);
    assertStringIncludes(tested.stderr, "Running Unit Tests");
    assertStringIncludes(tested.stderr, "test: 3 tests, 3 passed\n");
    assertStringIncludes(
      await Deno.readTextFile(`${directory}/reports/test/unittests.xml`),
      'name="test_site_says_hello"',
    );
    assertEquals(await running(project), []);

    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    assertStringIncludes(
      released.stderr,
      "acceptance: 2 tests, 2 passed\n",
    );
    const [, url = ""] = /^App running at (\S+)\n$/.exec(released.stdout) ?? [];
    assertEquals(await (await fetch(url)).text(), "Hello Docker!\n");

    const app = `${twinOf(project)}-identidock-1`;
    assertEquals(
      new URL(await published(app, 9090)).port,
      new URL(url).port,
    );
    const stats = await (await fetch(await published(app, 9191))).json();
    assert(stats.workers[0].requests > 0);
    assertEquals(
      await output(["docker", "exec", app, "id", "--user", "--name"]),
      "uwsgi",
    );
    assertStringIncludes(
      await output(["docker", "logs", app]),
      "Running Production Server",
    );
    assertEquals(await stopped(app), "0");

    assertEquals((await todoflow("clean")).code, 0);
    assertEquals(await leftovers(project), []);
  }));

Deno.test("identidock: the doctor finds nothing in it but that it names no registry", () =>
  withExample("identidock", async ({ todoflow }) => {
    const { code, stdout } = await todoflow("doctor", "--json");
    const findings: { id: string; location?: unknown }[] =
      JSON.parse(stdout).findings;
    // The machine may have little room.
    assertEquals(
      findings.filter(({ location }) => location).map(({ id }) => id),
      ["no-image-name"],
    );
    assertEquals(code, 0);
  }));

Deno.test("identidock: plain Compose runs the development server on the source of the host", () =>
  withExample("identidock", async ({ directory, project, env, edit }) => {
    await output(
      ["docker", "compose", "up", "--detach", "--build", "dev"],
      { cwd: directory, env },
    );
    const dev = `${project}-dev-1`;
    const url = await published(dev, 5000);
    await logs(dev, "Debugger is active!", 1);
    assertEquals(await (await fetch(url)).text(), "Hello Docker!\n");
    await edit("app/identidock.py", "Hello Docker!", "Hello reloaded!");
    await logs(dev, "Debugger is active!", 2);
    assertEquals(await (await fetch(url)).text(), "Hello reloaded!\n");
    assertStringIncludes(
      await output(["docker", "logs", dev]),
      "Running Development Server",
    );
    assertEquals(await stopped(dev), "0");
    // Made by hand: clean leaves it alone.
    await output(
      ["docker", "compose", "--profile", "*", "down", "--rmi", "local"],
      { cwd: directory, env },
    );
  }));

Deno.test("identidock: a failing unit test is exit code 1, named and placed, and its report is on the host", () =>
  withExample("identidock", async ({ todoflow, directory, project, edit }) => {
    await edit("app/identidock.py", "Hello Docker!", "Hello World!");
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^failed test:\n {2}\| tests\.test_identidock: test_site_says_hello\n.*\n {2}\| {3}tests\/test_identidock\.py:9$/m,
    );
    assertStringIncludes(
      await Deno.readTextFile(`${directory}/reports/test/unittests.xml`),
      "<failure",
    );
    assertEquals(await running(project), []);
  }));

/** How a release fails. */
interface Failure {
  edit: Parameters<Checkout["edit"]>;
  /** The texts at the end of the screen, in this order. */
  said: readonly string[];
  /** Whether another row stands for it, or one of diagnosis_test.ts. */
  long?: boolean;
}

const GATE = 'todoflow: release failed at step "ready identidock": ';

const FAILURES: Readonly<Record<string, Failure>> = {
  "an application that cannot be imported": {
    edit: ["app/identidock.py", "from flask", "import nowhere\nfrom flask"],
    said: [
      `${GATE}"identidock" exited with code 22\n`,
      "reports/release/logs/identidock.log):\n",
      "  | ModuleNotFoundError: No module named 'nowhere'\n",
    ],
  },
  "an option that uWSGI does not know": {
    long: true,
    edit: ["uwsgi.ini", "need-app", "ned-app"],
    said: [
      `${GATE}"identidock" exited with code 1\n`,
      "unknown config directive: ned-app\n",
    ],
  },
  "a program that is missing": {
    long: true,
    edit: ["cmd.sh", "exec uwsgi", "exec uwsgy"],
    said: [
      `${GATE}"identidock" exited with code 127\n`,
      '"uwsgy" is not in the image, or not in its PATH\n',
      "uwsgy: not found\n",
    ],
  },
  "statistics that curl refuses": {
    long: true,
    edit: ["uwsgi.ini", "stats-http = true", ""],
    said: [
      "curl: (1) Received HTTP/0.9 when not allowed\n",
      "acceptance: 2 tests, 1 passed, 1 failed\n",
      'release failed at step "run acceptance": "acceptance" ended with exit code 1\n',
      "| the statistics count the requests\n",
    ],
  },
};

for (const [name, { edit, said, long }] of Object.entries(FAILURES)) {
  const title =
    `identidock: ${name}: exit code 1, the screen says why, nothing is left`;
  Deno.test(
    title,
    { ignore: long === true && !ALL },
    () =>
      withExample("identidock", async (checkout) => {
        await checkout.edit(...edit);
        const { code, stdout, stderr } = await checkout.todoflow("release");
        assertEquals([code, stdout], [1, ""], stderr);
        said.reduce((from, text) => {
          const at = stderr.indexOf(text, from);
          assert(at >= 0, `"${text}" is not told, or too early\n${stderr}`);
          return at;
        }, 0);
        assertEquals(await running(checkout.project), []);
      }),
  );
}
