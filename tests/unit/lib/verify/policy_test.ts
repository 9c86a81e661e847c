/**
 * The requirements for an image, and the predicate that they are about.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { policyOf, violations } from "../../../../lib/verify/policy.ts";
import { predicateOf } from "../../../../lib/publish/statement.ts";
import type { Receipt } from "../../../../lib/publish/receipt.ts";

const NOW = Date.parse("2026-01-08T00:00:00Z");
const ID = `sha256:${"1".repeat(64)}`;
const IMAGE = { service: "app", repository: "r.example/shop", id: ID };
const TOTALS = { tests: 1, passed: 1, failed: 0, skipped: 0 };

const RECEIPT: Receipt = {
  format: 2,
  project: "shop",
  files: ["compose.yaml"],
  builtIn: "shop",
  commit: "c".repeat(40),
  dirty: false,
  version: "1.0",
  acceptance: { service: "e2e", passed: true, tests: TOTALS },
  images: [],
  hidden: [],
  uncommitted: { files: [], count: 0 },
  tests: TOTALS,
  tool: "1",
  at: "2026-01-01T00:00:00Z",
};

const predicate = (change: Partial<Receipt> = {}) =>
  predicateOf({ ...RECEIPT, ...change }, IMAGE, (text) => text);

Deno.test("a policy is accepted, clean and younger, and no other word", () => {
  assertEquals(policyOf("accepted"), { clean: false });
  assertEquals(policyOf("clean, younger=2h"), {
    clean: true,
    younger: 7_200_000,
  });
  for (const wrong of ["", "younger", "younger=1", "younger=-1d", "Clean"]) {
    assertEquals(policyOf(wrong), { wrong });
  }
});

Deno.test("an image is refused if no test has accepted it, if it is not clean, too old, or from the future", () => {
  const problems = (change: Partial<Receipt>, policy = "accepted") =>
    violations(
      predicate(change),
      policyOf(policy) as { clean: boolean },
      NOW,
    ).length;
  assertEquals(problems({}, "clean,younger=7d"), 0);
  assertEquals(problems({}, "younger=6d"), 1);
  assertEquals(problems({ at: "2026-02-01T00:00:00Z" }), 1);
  assertEquals(problems({ dirty: true }), 0);
  assertEquals(problems({ dirty: true }, "clean"), 1);
  assertEquals(
    problems({ uncommitted: { files: ["a"], count: 1 } }, "clean"),
    1,
  );
  const failed = { service: "e2e", passed: false };
  assertEquals(problems({ acceptance: failed }), 1);
  const hidden = [{ service: "app", folder: "src", target: "/app" }];
  assertEquals(problems({ hidden }), 1);
  const forged = { ...predicate({ acceptance: failed }), result: "PASSED" };
  assertEquals(
    violations(forged as ReturnType<typeof predicate>, { clean: false }, NOW)
      .length,
    1,
  );
  const told = { ...predicate(), result: "FAILED" as const };
  assertEquals(violations(told, { clean: false }, NOW).length, 1);
});

Deno.test("a predicate has neither secrets nor the credentials of URLs nor the names of files in no commit", () => {
  const text = JSON.stringify(predicateOf(
    {
      ...RECEIPT,
      version: "a-hunter2-b",
      files: ["https://me:pass@git.example/x"],
      uncommitted: { files: [".env"], count: 1 },
    },
    IMAGE,
    (text) => text.replaceAll("hunter2", "***"),
  ));
  for (const hidden of ["hunter2", "me:pass", ".env"]) {
    assertEquals(text.includes(hidden), false, hidden);
  }
  assertStringIncludes(text, "https://git.example/x");
  assertStringIncludes(text, '"result":"PASSED"');
});
