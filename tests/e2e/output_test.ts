import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A test service that prints its results as TAP, leaves broken XML, and tries to speak to the build agent. */
const HOSTILE = {
  "compose.yaml": `
x-todoflow: { test: { reports: [/reports] } }
services:
  test:
    image: debian:bookworm-slim
    command:
      - sh
      - -c
      - |
        mkdir /reports; echo "<testsuite" > /reports/broken.xml
        echo "::error title=forged::from a container"
        printf '\\033[2J\\033]0;title\\007moved\\n'
        echo "1..2"; echo "ok 1 adds"; echo "not ok 2 removes"
        exit 1
`,
};

Deno.test("--json: every line of stdout is an event, from the start of the run to its end with its exit code", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stdout } = await todoflow("test", "--json");
    assertEquals(code, 0);
    const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(events[0].kind, "run-start");
    assertMatch(events[0].commit.hash, /^[0-9a-f]{40}$/);
    assertEquals(events.at(-1).kind, "run-end");
    assertEquals(events.at(-1).code, 0);
    const broken = await todoflow("test", "--json", "-f", "nowhere.yaml");
    assertEquals(JSON.parse(broken.stdout).exitCode, broken.code);
  }, { from: TINY }));

Deno.test("--quiet: a run that succeeds says its result and nothing else", () =>
  withCheckout(async ({ todoflow }) => {
    const { stdout, stderr } = await todoflow("test", "--quiet");
    assertEquals(stdout, "");
    assertEquals(stderr.trim().split("\n").length, 1, stderr);
    assertStringIncludes(stderr, "test ok in ");
  }, { from: TINY }));

Deno.test("a container can neither command the build agent nor move the cursor; its TAP is counted, its broken XML does not fail the run", () =>
  withCheckout(async ({ todoflow, directory }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 1);
    const commands = stderr.split("\n").filter((line) =>
      line.startsWith("::") && !/^::(group|endgroup|error)\b/.test(line)
    );
    assertEquals(commands, []);
    assert(!/^::error title=forged/m.test(stderr), stderr);
    assert(!stderr.includes("\x1b[2J") && !stderr.includes("\x1b]0;"), stderr);
    assertStringIncludes(stderr, "2 tests, 1 passed, 1 failed");
    assertStringIncludes(stderr, "cannot read broken.xml");
    const summary = await Deno.readTextFile(`${directory}/summary.md`);
    assertStringIncludes(summary, "removes");
    const outputs = await Deno.readTextFile(`${directory}/outputs`);
    assertStringIncludes(outputs, "failed");
    const junit = await Deno.readTextFile(
      `${directory}/reports/test/junit.xml`,
    );
    assertStringIncludes(junit, '<testsuites tests="2" failures="1"');
    assertStringIncludes(junit, 'name="removes"');
    const steps = await Deno.readTextFile(
      `${directory}/reports/test/steps.xml`,
    );
    assertStringIncludes(steps, 'name="run test"');
  }, {
    files: HOSTILE,
    env: {
      GITHUB_ACTIONS: "true",
      GITHUB_STEP_SUMMARY: "summary.md",
      GITHUB_OUTPUT: "outputs",
    },
  }));

Deno.test("a release leaves its page, its trace, and its steps as JUnit", () =>
  withCheckout(async ({ todoflow, directory }) => {
    assertEquals((await todoflow("release")).code, 0);
    const read = (name: string) =>
      Deno.readTextFile(`${directory}/reports/release/${name}`);
    assertStringIncludes(await read("run.html"), "run migrate");
    assert(JSON.parse(await read("trace.json")).traceEvents.length > 0);
    assertStringIncludes(await read("steps.xml"), 'name="run migrate"');
    assertStringIncludes(await read("junit.xml"), '<testsuites tests="0"');
  }, { from: TINY }));

Deno.test("on GitHub Actions an invalid x-todoflow is an error at its line", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 3);
    const [annotation = ""] = stderr.split("\n");
    assertStringIncludes(annotation, "::error title=");
    assertStringIncludes(annotation, ",file=compose.yaml,line=2,col=15::");
  }, {
    files: {
      "compose.yaml":
        "services: { test: { image: debian:bookworm-slim } }\nx-todoflow: { deadlnes: {} }\n",
    },
    env: { GITHUB_ACTIONS: "true" },
  }));
