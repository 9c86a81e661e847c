import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Event } from "../../../../lib/plan/events.ts";
import {
  end,
  FAILURE,
  GITHUB,
  report,
  runEnd,
  runStart,
  start,
  TESTS,
} from "./fakes.ts";

Deno.test("the step's summary has the result, the tests, the failure and the steps, and none of their text is markup", () => {
  const { files } = report([
    runStart("run a|b"),
    start("run a|b"),
    end("run a|b", 100, "failed"),
    {
      ...TESTS as Extract<Event, { kind: "tests" }>,
      failed: [{
        suite: "",
        name: "<b>`x` | y",
        result: "failed",
        message: "[a](http://x)",
      }],
    },
    {
      kind: "failure",
      exitCode: 1,
      explanation: {
        headline: "H",
        evidence: [{ title: "E", lines: ["```", "````</pre>"] }],
      },
    },
    runEnd(1),
  ], GITHUB);
  assertEquals(
    files.get("summary"),
    `### release failed in 7.2 s

test: 12 tests, 11 passed, 1 failed, 83 % covered

\`\`\`\`\`text
todoflow: H
E:
  | \`\`\`
  | \`\`\`\`</pre>
\`\`\`\`\`

| failed test | message | place |
| --- | --- | --- |
| \\<b\\>\\\`x\\\` \\| y | \\[a\\](http://x) |  |

| step | result | duration |
| --- | --- | --- |
| run a\\|b | failed | 0.1 s |

`,
  );
});

/** The bytes of the largest summary that GitHub takes. */
const MIB = 1_048_576;

const LONG = [
  "_|#[<".repeat(900),
  "日本語".repeat(1_500),
  "🙂".repeat(2_300),
];

Deno.test("the step's summary stays below 1 MiB, whatever is long", () => {
  for (const text of LONG) {
    const failed = Array.from({ length: 300 }, (_, i) => ({
      suite: text.slice(0, 500),
      name: `t${i} ${text.slice(0, 490)}`,
      result: "failed" as const,
      message: text.slice(0, 2_000),
      file: text.slice(0, 1_000),
      line: 1,
    }));
    const tests = TESTS as Extract<Event, { kind: "tests" }>;
    const failure: Event = {
      kind: "failure",
      exitCode: 1,
      explanation: {
        headline: text,
        why: text,
        evidence: [{ title: text, lines: Array(12).fill(text) }],
        next: "todoflow test",
      },
    };
    const { files } = report([
      runStart("run a"),
      start("run a"),
      end("run a", 100, "failed"),
      ...Array.from({ length: 200 }, (_, i): Event[] => [
        start(`s${i} ${text}`),
        end(`s${i} ${text}`, 100, "ok"),
        { kind: "output", step: "run a", line: text, notice: true },
      ]).flat(),
      { ...tests, failed },
      ...Array.from(
        { length: 30 },
        () => ({ ...tests, service: text, failed }),
      ),
      ...Array(20).fill(failure),
      runEnd(1),
    ], GITHUB);
    const summary = files.get("summary")!;
    const { length } = new TextEncoder().encode(summary);
    assert(length < MIB && length > MIB / 2, `${length} bytes`);
    assertStringIncludes(summary, "### release failed in 7.2 s");
    assertStringIncludes(summary, "todoflow test\n```\n");
    assertStringIncludes(summary, "| run a | failed | 0.1 s |");
    const rows = summary.match(/^\| .*t\d+ .* \|$/gm) ?? [];
    assert(rows.length > 30, `${rows.length} rows`);
    assertStringIncludes(
      summary,
      `… and ${300 * 31 - rows.length} more failed tests, in junit.xml\n`,
    );
    assert(/^… and \d+ more steps, in events\.jsonl$/m.test(summary));
    assert(/^… and \d+ more failures, in events\.jsonl$/m.test(summary));
  }
});

Deno.test("a failed test that a failure names is not in the table, too", () => {
  const [first] = TESTS.kind === "tests" ? TESTS.failed : [];
  const tests = ["b", "c", "d"].map((name) => ({ ...first!, name }));
  const { files } = report([
    runStart("run test"),
    {
      ...TESTS as Extract<Event, { kind: "tests" }>,
      failed: [first!, ...tests],
    },
    {
      kind: "failure",
      exitCode: 1,
      explanation: { headline: "H", tests: [first!, ...tests] },
    },
    runEnd(1),
  ], GITHUB);
  const summary = files.get("summary")!;
  assertEquals(summary.split("an id is never used again").length, 2);
  // The text of the failure has room for three of them.
  assertEquals(summary.match(/^\| todos.*/gm), [
    "| todos: d | expected 2, got 1 | tests/todos\\_test.ts:31 |",
  ]);
});

Deno.test("a hundred failed tests are listed in the summary, and the others counted", () => {
  const failed = Array.from({ length: 103 }, (_, i) => ({
    suite: "",
    name: `t${i}`,
    result: "failed" as const,
  }));
  const { files } = report([
    runStart(),
    { ...TESTS as Extract<Event, { kind: "tests" }>, failed },
    runEnd(1),
  ], GITHUB);
  const summary = files.get("summary")!;
  assertStringIncludes(
    summary,
    "| t99 |  |  |\n\n… and 3 more failed tests, in junit.xml\n",
  );
  assertEquals(summary.includes("t100"), false);
});

/** Reads outputs as the runner does: a value ends at its delimiter. */
function outputsIn(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split("\n").slice(0, -1);
  while (lines.length > 0) {
    const [name = "", delimiter = ""] = lines.shift()!.split("<<");
    const value = lines.splice(0, lines.indexOf(delimiter));
    lines.shift();
    found[name] = value.join("\n");
  }
  return found;
}

Deno.test("the published image is an output, by its digest, and in the summary", () => {
  const { files } = report([
    runStart(),
    {
      kind: "published",
      step: "push 1.0",
      reference: "h/me/shop:1.0",
      digest: "sha256:0f",
      unchanged: false,
    },
    runEnd(),
  ], GITHUB);
  assertEquals(
    outputsIn(files.get("output")!).image,
    "h/me/shop@sha256:0f",
  );
  assertStringIncludes(
    files.get("summary")!,
    "Published h/me/shop\\@sha256:0f as 1.0\n",
  );
});

Deno.test("the outputs are the URL, the version and the result, behind delimiters that no program can guess", () => {
  const run = (code: number) =>
    report([
      runStart(),
      ...(code === 0 ? [{ kind: "url" as const, url: "http://x:1" }] : []),
      runEnd(code),
    ], GITHUB).files.get("output")!;
  assertEquals(outputsIn(run(0)), {
    url: "http://x:1",
    version: "1.2",
    result: "ok",
  });
  assertEquals(outputsIn(run(1)), { version: "1.2", result: "failed" });
  assertEquals(outputsIn(run(143)), { version: "1.2", result: "stopped" });
  const delimiters = [...(run(0) + run(0)).matchAll(/<<(.*)/g)]
    .map(([, delimiter]) => delimiter!);
  assertEquals(new Set(delimiters).size, 6);
  assert(delimiters.every(({ length }) => length >= 32));
});

Deno.test("a failure before the run has begun is in the summary, the outputs and the annotations", () => {
  const { stderr, files } = report([FAILURE], GITHUB);
  assertStringIncludes(stderr, "::error title=release failed");
  assertStringIncludes(files.get("summary")!, "### run failed\n");
  assertEquals(outputsIn(files.get("output")!), { result: "failed" });
});

Deno.test("files are written only where there are some and something has happened", () => {
  assertEquals(report([], GITHUB).files.size, 0);
  const { files } = report([runEnd()], { env: { GITHUB_ACTIONS: "true" } });
  assertEquals(files.size, 0);
});

Deno.test("a file that cannot be written costs a line, not the run", () => {
  const { stderr } = report([runEnd()], {
    ...GITHUB,
    appendFile: () => {
      throw new Error("no such\nfile");
    },
  });
  assertEquals(stderr.split("\n").slice(1, 3), [
    "cannot write to GITHUB_STEP_SUMMARY: no such file",
    "cannot write to GITHUB_OUTPUT: no such file",
  ]);
});
