/**
 * Tests that fail and write no report: the screen names them out of their program's own output.
 *
 * @module
 */

import type { Case, Service } from "./failing_project.ts";

/** A checkout whose tests are run by this command, with these files mounted. */
function testing(
  [image, ...command]: [string, ...string[]],
  files: Record<string, string>,
): Case {
  const test: Service = {
    ...{ image, command, working_dir: "/app", volumes: [".:/app:ro"] },
    environment: { NO_COLOR: "1" },
  };
  return {
    target: "test",
    code: 1,
    files: {
      ...files,
      "docker-compose.yml": JSON.stringify({ services: { test } }),
    },
  };
}

export const FAILING_TESTS: Readonly<Record<string, Case>> = {
  "a failing test of unittest": testing(
    ["python:3.11-slim-bookworm", "python3", "-B", "-m", "unittest"],
    {
      "test_cart.py": `import unittest

class Cart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(1 + 1, 2)

    def test_discount(self):
        self.assertEqual(100 - 5, 90, "discount is wrong")
`,
    },
  ),
  "a failing test of Node": testing(
    ["node:24-bookworm-slim", "node", "--test", "--test-reporter=spec"],
    {
      "price.test.mjs": `import test from "node:test";
import assert from "node:assert";

test("adds", () => assert.equal(1 + 1, 2));
test("rounds prices", () => assert.equal(0.1 + 0.2, 0.3));
`,
    },
  ),
  "a failing test of Deno": testing(
    ["denoland/deno:debian-2.9.6", "deno", "test", "--no-check"],
    {
      "stock_test.ts": `Deno.test("counts down", () => {
  const left = 3 - 1;
  if (left !== 1) throw new Error("expected 1 left, got " + left);
});
`,
    },
  ),
};
