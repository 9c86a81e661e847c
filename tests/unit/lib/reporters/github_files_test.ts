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
        evidence: { title: "E", lines: ["```", "````</pre>"] },
      },
    },
    runEnd(1),
  ], GITHUB);
  assertEquals(
    files.get("summary"),
    `### release failed in 7.2 s (12.9 s sequentially, 5.7 s saved)

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
