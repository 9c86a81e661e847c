import { assertEquals, assertStringIncludes } from "@std/assert";
import { ALL, type Checkout, spawn, withCheckout } from "./harness.ts";

const JUNIT = '<testsuite name="s"><testcase name="works"/></testsuite>';
const CHOOSE = ' in "test"; say x-todoflow.test.reports to choose';

/** A project whose test service runs a script in /app. */
function project(
  script: string,
  { test = "", todoflow = "" } = {},
): Record<string, string> {
  return {
    "compose.yaml": `
${todoflow}
services:
  test:
    image: debian:bookworm-slim
    working_dir: /app
    command: [bash, -euc, ${JSON.stringify(script.replaceAll("$", () => "$$"))}]
    ${test}
`,
  };
}

/** The text of a report of the run; undefined if there is none. */
async function reportOf(
  { directory }: Checkout,
  name: string,
): Promise<string | undefined> {
  return await Deno.readTextFile(`${directory}/reports/test/${name}`)
    .catch(() => undefined);
}

/** Lets files of the checkout be a minute older than they are. */
async function makeOld({ directory }: Checkout, ...names: string[]) {
  const then = new Date(Date.now() - 60_000);
  for (const name of names) {
    await Deno.utime(`${directory}/${name}`, then, then);
  }
}

/** The line that names the found reports, without the name of the step before it. */
function foundLine(stderr: string): string | undefined {
  return /^.*\| (found .*)$/m.exec(stderr)?.[1];
}

Deno.test("without configuration, reports that the test has written are found, copied, counted and named", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    assertEquals(
      foundLine(stderr),
      `found /app/coverage/lcov.info, /app/junit.xml${CHOOSE}`,
    );
    assertStringIncludes(stderr, "test: 1 test, 1 passed, 50 % covered");
    assertEquals(await reportOf(checkout, "test/junit.xml"), `${JUNIT}\n`);
    assertStringIncludes(await reportOf(checkout, "junit.xml") ?? "", "works");
    assertStringIncludes(await reportOf(checkout, "run.html") ?? "", "works");
    const events = await reportOf(checkout, "events.jsonl") ?? "";
    assertStringIncludes(events, '"kind":"tests"');
    // The first has the name of a report only, the second nothing of one.
    assertEquals(await reportOf(checkout, "report.xml"), undefined);
    assertEquals(await reportOf(checkout, "os-release"), undefined);
    assertEquals(stderr.includes("no report"), false, stderr);
  }, {
    files: project(`
echo '${JUNIT}' > junit.xml
mkdir coverage; printf 'SF:/app/a.ts\\nDA:1,1\\nDA:2,0\\nend_of_record\\n' > coverage/lcov.info
echo '<report/>' > report.xml
mkdir node_modules; cp junit.xml node_modules/`),
  }));

Deno.test("a key overrules: nothing is looked for", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals([code, foundLine(stderr)], [0, undefined], stderr);
    assertEquals(await reportOf(checkout, "test/junit.xml"), undefined);
  }, {
    files: project(`echo '${JUNIT}' > junit.xml`, {
      todoflow: "x-todoflow: { test: { reports: [] } }",
    }),
  }));

Deno.test("a report that the image has is not from this run, also if its mode was changed", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals([code, foundLine(stderr)], [0, undefined], stderr);
  }, {
    files: {
      "compose.yaml": `
services:
  test:
    build:
      dockerfile_inline: |
        FROM debian:bookworm-slim
        RUN echo '${JUNIT}' > /junit.xml && touch -d '2020-01-01' /junit.xml
    command: [chmod, "600", /junit.xml]
`,
    },
  }));

Deno.test("reports in a mounted checkout and in a volume are found if the run has written them", () =>
  withCheckout(async (checkout) => {
    await makeOld(checkout, "report.xml", "test-results/old.xml");
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    assertEquals(
      foundLine(stderr),
      `found /app/pytest.xml, /app/reports/mine.xml, /results/deep/all.tap${CHOOSE}`,
    );
    assertStringIncludes(stderr, "test: 3 tests, 3 passed");
    // The next run finds what it has written, not what the one before has left.
    await checkout.edit("compose.yaml", "> pytest.xml", "> other.txt");
    await makeOld(checkout, "pytest.xml");
    const again = await checkout.todoflow("test");
    assertEquals(
      foundLine(again.stderr),
      `found /app/reports/mine.xml, /results/deep/all.tap${CHOOSE}`,
    );
  }, {
    files: {
      "compose.yaml": project(
        `
echo '${JUNIT}' > pytest.xml
mkdir -p reports; echo '${JUNIT} ' > reports/mine.xml
mkdir -p /results/deep; printf '1..1\\nok 1\\n' > /results/deep/all.tap`,
        { test: 'volumes: [".:/app", "results:/results"]' },
      )["compose.yaml"] + "volumes: { results: {} }\n",
      "report.xml": JUNIT,
      "test-results/old.xml": JUNIT,
    },
  }));

Deno.test("after SIGKILL of the tool the next run finds them", () =>
  withCheckout(async (checkout) => {
    const run = spawn(checkout, "test");
    await run.shows("| written");
    run.kill("SIGKILL");
    await run.status;
    const { code, stderr } = await checkout.todoflow("clean");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `found /app/junit.xml${CHOOSE}`);
    assertEquals(await reportOf(checkout, "test/junit.xml"), `${JUNIT}\n`);
  }, {
    files: project(`echo '${JUNIT}' > junit.xml; echo written; sleep 600`),
  }));

Deno.test("a tmpfs in which the test ran is told, once", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    const lines = stderr.split("\n").filter((line) => line.includes("tmpfs"));
    assertEquals(lines.length, 1, stderr);
    assertStringIncludes(
      lines[0]!,
      "reports under /app would be lost: it is a tmpfs",
    );
  }, {
    files: project(`echo '${JUNIT}' > junit.xml`, {
      test: "tmpfs: [/app, /tmp]",
    }),
  }));

Deno.test("a found report with failures changes neither the exit code of a release nor its acceptance", () =>
  withCheckout(async ({ todoflow, directory }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      'found /out/junit.xml in "acceptance"; say x-todoflow.release.reports to choose',
    );
    assertStringIncludes(stderr, "acceptance: 1 test, 0 passed, 1 failed");
    const folder = `${directory}/reports/release`;
    const { acceptance } = JSON.parse(
      await Deno.readTextFile(`${folder}/receipt.json`),
    );
    assertEquals(acceptance.passed, true);
    assertStringIncludes(
      await Deno.readTextFile(`${folder}/acceptance/junit.xml`),
      "answers",
    );
  }, {
    files: {
      "compose.yaml": `
services:
  app:
    build:
      dockerfile_inline: |
        FROM debian:bookworm-slim
        CMD ["sleep", "infinity"]
    stop_signal: SIGKILL
  acceptance:
    image: debian:bookworm-slim
    depends_on: [app]
    command:
      - sh
      - -c
      - |
        mkdir /out
        echo '<testsuite name="s"><testcase name="answers"><failure/></testcase></testsuite>' > /out/junit.xml
`,
    },
  }));

Deno.test("no test at all is a warning at the end, and no failure", () =>
  withCheckout(async ({ todoflow, directory, edit }) => {
    const said = await todoflow("test");
    assertEquals(said.code, 0, said.stderr);
    const warning = '0 tests ran: "test" says "Ran 0 tests in 0.000s"';
    const [, ending = ""] = said.stderr.split(/^step +result/m);
    assertStringIncludes(ending, warning);
    const page = await Deno.readTextFile(`${directory}/reports/test/run.html`);
    assertStringIncludes(page, "0 tests ran");
    await edit("compose.yaml", "> /dev/null", "> junit.xml");
    const reported = await todoflow("test");
    assertEquals(reported.code, 0, reported.stderr);
    assertStringIncludes(reported.stderr, '0 tests ran: "test" reports none');
  }, {
    files: project(
      "echo 'Ran 0 tests in 0.000s'; echo '<testsuite/>' > /dev/null",
    ),
  }));

Deno.test({
  name: "a container that has changed 100,000 files costs little more",
  ignore: !ALL,
  fn: () =>
    withCheckout(async (checkout) => {
      const { code, stderr } = await checkout.todoflow("test");
      assertEquals(code, 0, stderr);
      assertEquals(foundLine(stderr), `found /app/junit.xml${CHOOSE}`);
    }, {
      files: project(`
mkdir node_modules; cd node_modules
for i in $(seq 100); do mkdir $i; (cd $i; seq 1000 | xargs touch; touch junit.xml); done
echo '${JUNIT}' > /app/junit.xml`),
    }),
});

Deno.test("each of several test services has its own reports, counts and warning", () =>
  withCheckout(async (checkout) => {
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    for (const service of ["unit", "lint"]) {
      assertStringIncludes(stderr, `found /junit.xml in "${service}"; say`);
      const report = await reportOf(checkout, `${service}/junit.xml`);
      assertStringIncludes(report ?? "", "<testsuite");
    }
    assertStringIncludes(stderr, "unit: 1 test, 1 passed");
    assertStringIncludes(stderr, '0 tests ran: "lint" reports none');
  }, {
    files: {
      "compose.yaml": `
x-todoflow: { test: { service: [unit, lint] } }
services:
  unit:
    image: debian:bookworm-slim
    command: [sh, -c, "echo '${JUNIT.replaceAll('"', '\\"')}' > /junit.xml"]
  lint:
    image: debian:bookworm-slim
    command: [sh, -c, "echo '<testsuite/>' > /junit.xml"]
`,
    },
  }));
