import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Checkout,
  output,
  running,
  spawn,
  withCheckout,
} from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A project whose test service runs a script. */
function project(
  script: string,
  { test = "", todoflow = "" } = {},
): Record<string, string> {
  return {
    "compose.yaml": `
x-todoflow:
  test: { reports: [/reports/one.txt, "/tree/**/*.xml", /folder] }
  ${todoflow}
services:
  test:
    image: debian:bookworm-slim
    command: [bash, -c, ${JSON.stringify(script.replaceAll("$", () => "$$"))}]
    ${test}
`,
  };
}

/** Reports of every form, some of which only their owner in the container may read. */
const REPORTS = `
umask 077
mkdir -p /reports /tree/a/b /folder/deep
echo 1 > /reports/one.txt; chown -R 4321:4321 /reports
echo 2 > /tree/a/b/two.xml; echo no > /tree/a/b/two.txt
echo 3 > /folder/deep/three
echo reported
`;

/** The files of a run's reports, with their content; logs and events by themselves. */
async function reportsOf(
  { directory }: Checkout,
  target = "test",
): Promise<Record<string, string>> {
  const folder = `${directory}/reports/${target}`;
  const files = await output(["find", ".", "-type", "f"], { cwd: folder });
  const found: Record<string, string> = {};
  for (const file of files.split("\n").toSorted()) {
    found[file.slice(2)] = await Deno.readTextFile(`${folder}/${file}`);
  }
  return found;
}

/** Asserts that reports of every form, the log and the events are there. */
async function assertComplete(checkout: Checkout): Promise<string> {
  const { "events.jsonl": events = "", "logs/test.log": log = "", ...reports } =
    await reportsOf(checkout);
  for (
    const made of [
      ".todoflow",
      "junit.xml",
      "steps.xml",
      "run.html",
      "trace.json",
    ]
  ) {
    delete reports[made];
  }
  assertEquals(reports, {
    "a/b/two.xml": "2\n",
    "deep/three": "3\n",
    "one.txt": "1\n",
  });
  for (const line of events.trim().split("\n")) JSON.parse(line);
  assertStringIncludes(events, '"step":"run test"');
  return log;
}

Deno.test("files, folders and globs are on the host after success, owned by the caller", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(await assertComplete(checkout), "Z reported\n");
    const { directory } = checkout;
    const owners = await output(
      ["find", "reports", "-not", "-uid", `${Deno.uid()}`],
      { cwd: directory },
    );
    assertEquals(owners, "");
  }, { files: project(REPORTS) }));

Deno.test("under sudo the caller owns the files of a run", () =>
  withCheckout(async (checkout) => {
    assertEquals((await checkout.todoflow("test")).code, 0);
    await assertComplete(checkout);
    const { directory } = checkout;
    const others = ["-not", "-uid", "4567", "-o", "-not", "-gid", "4568"];
    assertEquals(
      await output(["find", "reports", ...others], { cwd: directory }),
      "",
    );
  }, {
    files: project(REPORTS),
    env: { SUDO_UID: "4567", SUDO_GID: "4568" },
  }));

Deno.test("reports and log are on the host after a failure", () =>
  withCheckout(async (checkout) => {
    assertEquals((await checkout.todoflow("test")).code, 1);
    await assertComplete(checkout);
  }, { files: project(`${REPORTS}exit 3`) }));

Deno.test("reports and log of a deadline have the lines that the program writes at SIGTERM", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 124, stderr);
    const log = await assertComplete(checkout);
    assertStringIncludes(log, "Z flushed\n");
    assertEquals(await running(checkout.project), []);
  }, {
    files: project(
      `trap '${REPORTS} echo flushed; exit' TERM\nsleep infinity & wait`,
      { todoflow: "deadlines: { step: 3s }" },
    ),
  }));

Deno.test("reports and log of a signal have the lines that the program writes at SIGTERM", () =>
  withCheckout(async (checkout) => {
    const run = spawn(checkout, "test");
    await run.shows("| waiting");
    run.kill("SIGTERM");
    assertEquals((await run.status).code, 143, run.stderr());
    const log = await assertComplete(checkout);
    assertStringIncludes(log, "Z flushed\n");
    assertEquals(await running(checkout.project), []);
  }, {
    files: project(
      `trap '${REPORTS} echo flushed; exit' TERM\necho waiting\nsleep infinity & wait`,
    ),
  }));

Deno.test("after a kill for memory, which is exit code 137 of the container", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "137");
    await assertComplete(checkout);
  }, {
    files: project(`${REPORTS}exec tail /dev/zero`, {
      test: "mem_limit: 32m\n    memswap_limit: 32m",
    }),
  }));

Deno.test("after SIGKILL of the tool the next run collects them", () =>
  withCheckout(async (checkout) => {
    const run = spawn(checkout, "test");
    await run.shows("| reported");
    run.kill("SIGKILL");
    await run.status;
    assertEquals((await checkout.todoflow("clean")).code, 0);
    assertStringIncludes(await assertComplete(checkout), "Z reported\n");
    assertEquals(await running(checkout.project), []);
  }, { files: project(`${REPORTS}sleep infinity`) }));

Deno.test("a run names a missing report, and does not fail for it", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    for (const path of ["/reports/one.txt", "/tree/**/*.xml", "/folder"]) {
      assertStringIncludes(stderr, `no report ${path}: `);
    }
  }, { files: project("true") }));

/** What a container may put among its reports, besides what one expects of it. */
const HOSTILE = `
mkdir -p /folder/sub /folder/.git; cd /folder
echo a > a.xml; ln a.xml b.xml; ln -s /etc/shadow link; ln -s ../../../etc/shadow up
mkfifo fifo; cp /bin/true suid; chmod 6755 suid; echo s > secret; chmod 0 secret; chmod 555 sub
echo x > .git/config; echo j > /reports/j.xml
`;

Deno.test("a run names a bad entry of a report and copies all others; nothing can be executed, and the caller can read all", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    const found = await reportsOf(checkout);
    assertEquals([found["a.xml"], found["b.xml"], found.secret], [
      ...["a\n", "a\n", "s\n"],
    ]);
    const folder = `${checkout.directory}/reports/test`;
    assertEquals((await Deno.stat(`${folder}/suid`)).mode! & 0o7111, 0);
    const [, ending = ""] = stderr.split(/^step +result/m);
    for (
      const line of [
        "no report /folder/link: it is a link",
        "no report /folder/up: it is a link",
        "no report /folder/fifo: it is a FIFO",
        "no report /folder/.git/config: it is in a .git",
        "no report /reports/one.txt: it is on a tmpfs",
      ]
    ) {
      assertStringIncludes(ending, line);
      assertEquals(stderr.split(line).length, 2, stderr);
    }
  }, { files: project(HOSTILE, { test: "tmpfs: [/reports]" }) }));

Deno.test("a run does not show the reports of the one before", () =>
  withCheckout(async (checkout) => {
    assertEquals((await checkout.todoflow("test")).code, 0);
    await checkout.edit("compose.yaml", "echo 1 > /reports/one.txt", "true");
    assertEquals((await checkout.todoflow("test")).code, 0);
    assertEquals((await reportsOf(checkout))["one.txt"], undefined);
  }, { files: project(REPORTS) }));

Deno.test("a log has both streams in the order in which the engine got them, each line with its time", () =>
  withCheckout(async (checkout) => {
    assertEquals((await checkout.todoflow("test")).code, 0);
    const log = (await reportsOf(checkout))["logs/test.log"]!;
    const lines = log.trim().split("\n");
    const times = lines.map((line) => line.split(" ")[0]!);
    assert(times.every((time) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time)));
    assertEquals(times, times.toSorted());
    assertEquals(
      lines.map((line) => line.split(" ")[1]),
      Array.from({ length: 8 }, (_, i) => `${i >> 1}${i % 2 ? "err" : "out"}`),
    );
  }, {
    files: project(
      // The engine reads the two pipes independently: what is apart in time stays apart.
      "for i in $(seq 0 3); do echo ${i}out; sleep 0.3; echo ${i}err >&2; sleep 0.3; done",
    ),
  }));

Deno.test("a container that writes as fast as it can loses no line in its log", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0);
    const log = (await reportsOf(checkout))["logs/test.log"]!;
    const numbers = log.trim().split("\n").map((line) => line.split(" ")[1]);
    assertEquals(numbers.length, 300_000);
    assert(numbers.every((number, i) => Number(number) === i + 1));
    assertStringIncludes(stderr, "| 300000\n");
  }, { files: project("seq 300000") }));

Deno.test("a release keeps the log of every service, those that stay included", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("release");
    assertEquals(code, 0, stderr);
    const reports = await reportsOf(checkout, "release");
    assertStringIncludes(reports["logs/migrate.log"]!, "Z migrated");
    assertStringIncludes(reports["logs/app.log"]!, "Listening");
  }, { from: TINY }));

Deno.test("acceptance tests leave their reports, too, whether they succeed or fail, and a name of the run's own loses none", () =>
  withCheckout(async ({ todoflow, directory, edit }) => {
    const junit = `${directory}/reports/release/acceptance/junit.xml`;
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertStringIncludes(await Deno.readTextFile(junit), "answers");
    assertStringIncludes(stderr, "acceptance: 1 test, 1 passed");
    await edit("compose.yaml", "exit 0", "exit 1");
    assertEquals((await todoflow("release")).code, 1);
    assertStringIncludes(await Deno.readTextFile(junit), "answers");
  }, {
    files: {
      "compose.yaml": `
x-todoflow: { release: { reports: [/junit.xml] } }
services:
  app:
    image: debian:bookworm-slim
    command: [sleep, infinity]
    stop_signal: SIGKILL
  acceptance:
    image: debian:bookworm-slim
    depends_on: [app]
    command:
      - sh
      - -c
      - |
        echo '<testsuite name="s"><testcase name="answers"/></testsuite>' > /junit.xml
        exit 0
`,
    },
  }));
