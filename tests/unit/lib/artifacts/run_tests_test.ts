import { assertEquals } from "@std/assert";
import { failedTestsOf } from "../../../../lib/artifacts/run_tests.ts";
import { redactor } from "../../../../lib/secrets/redact.ts";

const PYTEST = `=================== FAILURES ===================
___________________ test_bad ___________________
tests/test_a.py:3: in test_bad
E   AssertionError: the password is hunter2hunter2
=========== short test summary info ===========
FAILED tests/test_a.py::test_bad - AssertionError
================ 1 failed in 0.05s ================
`;

const TAP = `TAP version 13
1..2
ok 1 - good
not ok 2 - bad
# in test file /app/tests/a.bats, line 7
`;

const BAD = {
  suite: "",
  name: "tests/test_a.py::test_bad",
  message: "AssertionError: the password is hunter2hunter2",
  file: "backend/tests/test_a.py",
  line: 3,
};

/** The text as the engine writes it, with a time in front of each line. */
function timed(text: string): string {
  return text.replace(/^/gm, "2026-01-02T03:04:05.123456789Z ");
}

const files = () =>
  Promise.resolve(["backend/tests/test_a.py", "tests/a.bats", "README.md"]);

Deno.test("the failed tests of a service are those of its log, in files of the repository", async () => {
  const logs = [
    { service: "lint", text: TAP },
    { service: "test", text: timed(PYTEST) },
  ];
  assertEquals(await failedTestsOf({ service: "test", logs, files }), [BAD]);
  assertEquals(await failedTestsOf({ service: "db", logs, files }), []);
});

Deno.test("a file that the repository has not keeps its path in the container", async () => {
  const [one] = await failedTestsOf({
    service: "test",
    logs: [{ service: "test", text: PYTEST }],
    files: () => Promise.resolve(["README.md"]),
  });
  assertEquals([one?.file, one?.line], ["tests/test_a.py", 3]);
});

Deno.test("failed tests of TAP are there, too, and before those of the console", async () => {
  const logs = [{ service: "test", text: timed(TAP + PYTEST) }];
  const tests = await failedTestsOf({ service: "test", logs, files });
  assertEquals(tests.map(({ name, file, line }) => [name, file, line]), [
    ["bad", "tests/a.bats", 7],
    [BAD.name, BAD.file, BAD.line],
  ]);
});

Deno.test("a test that TAP and the console tell counts once", async () => {
  const text = "TAP version 13\n1..1\nnot ok 1 - A > bad\n" +
    " FAIL  a.test.js > A > bad\nError: x\n Test Files  1 failed (1)\n";
  const logs = [{ service: "test", text }];
  assertEquals(await failedTestsOf({ service: "test", logs, files }), [
    {
      suite: "a.test.js",
      name: "A > bad",
      message: "Error: x",
      file: "a.test.js",
    },
  ]);
});

Deno.test("the files of the repository are listed only if a test has a place", async () => {
  const never = () => Promise.reject(new Error("listed"));
  const text = PYTEST.replace(/^tests.*\n|^FAILED.*\n/gm, "");
  const logs = [{ service: "test", text }];
  const tests = await failedTestsOf({ service: "test", logs, files: never });
  assertEquals(tests.map(({ name }) => name), ["test_bad"]);
});

Deno.test("secrets are hidden in failed tests", async () => {
  const [one] = await failedTestsOf({
    service: "test",
    logs: [{ service: "test", text: PYTEST }],
    files,
    redactor: redactor([new TextEncoder().encode("hunter2hunter2")]),
  });
  assertEquals(one?.message, "AssertionError: the password is ***");
});
