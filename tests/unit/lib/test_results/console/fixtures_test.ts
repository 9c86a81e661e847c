/**
 * Reads the console output that real programs wrote; `fixtures/README.md` has the commands. The counts are those that each
 * program itself has printed in it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { failedTestsIn } from "../../../../../lib/test_results/console/failed_tests.ts";
import { logLines } from "../../../../../lib/test_results/console/log_lines.ts";
import { line } from "../../artifacts/test_reports.ts";
import { ROWS } from "./fixtures.ts";

const FOLDER = new URL("fixtures/", import.meta.url);

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, FOLDER));
}

function outline(log: string): string[] {
  return failedTestsIn(log).map((one) => line(one).replace(/^failed /, ""));
}

/** The names of failed tests, without the parameters that only some lines of Maven have. */
function namesIn(log: string): string[] {
  return failedTestsIn(log).map(({ name }) => name.replace(/\(int\).*/, ""));
}

/** The sum of the numbers that a program has printed; a match without one counts once. */
function sumIn(log: string, pattern: RegExp): number {
  const matches = logLines(log).join("\n").matchAll(pattern);
  return [...matches].reduce((sum, [, ...groups]) => {
    const numbers = groups.filter((group) => group !== undefined).map(Number);
    return sum + (numbers.length > 0 ? numbers : [1])
      .reduce((one, other) => one + other);
  }, 0);
}

for (const { tool, files, counted, parents = 0, failed } of ROWS) {
  for (const file of files) {
    const path = `${tool}/${file}`;
    Deno.test(`${path} has the failed tests that are counted in it`, async () => {
      const log = await read(path);
      assertEquals(outline(log), failed);
      assertEquals(failed.length, sumIn(log, counted) - parents);
      assertEquals(outline(log.replaceAll("\n", "\r\n")), failed);
    });

    Deno.test(`${path} has no other tests if its beginning is cut off`, async () => {
      const lines = (await read(path)).split("\n");
      const all = new Set(namesIn(lines.join("\n")).concat("connect"));
      let most = Infinity;
      for (let at = 1; at < lines.length; at++) {
        const names = namesIn(lines.slice(at).join("\n"));
        // A test inside may have been cut off.
        const others = names.filter((name) =>
          !all.has(name) && name !== "TestParent"
        );
        assertEquals(others, [], `from line ${at + 1}`);
        assert(names.length <= most, `from line ${at + 1}`);
        most = names.length;
      }
    });
  }
}

/** How many failed tests the second half of the lines has. */
const HALVES: Readonly<Record<string, number>> = {
  "bats/pretty.txt": 1,
  "bats/timing.txt": 1,
  "by_hand/dotnet.txt": 1,
  "by_hand/rails.txt": 1,
  "by_hand/surefire3.txt": 3,
  "cargo/color.txt": 3,
  "cargo/plain.txt": 3,
  "deno/color.txt": 4,
  "deno/dot.txt": 4,
  "deno/plain.txt": 4,
  "django/plain.txt": 1,
  "exunit/color.txt": 1,
  "exunit/plain.txt": 1,
  "go/plain.txt": 1,
  "go/verbose.txt": 2,
  "gotestsum/plain.txt": 1,
  "gotestsum/testname.txt": 3,
  "gotestsum/verbose.txt": 3,
  "gradle/plain.txt": 0,
  "jest/color.txt": 4,
  "jest/plain.txt": 4,
  "junit5/color.txt": 3,
  "junit5/plain.txt": 3,
  "minitest/plain.txt": 2,
  "minitest/verbose.txt": 2,
  "mocha/color.txt": 3,
  "mocha/plain.txt": 3,
  "node/color.txt": 5,
  "node/node24.txt": 5,
  "node/plain.txt": 6,
  "phpunit/color.txt": 1,
  "phpunit/plain.txt": 1,
  "phpunit/testdox.txt": 2,
  "playwright/color.txt": 3,
  "playwright/plain.txt": 3,
  "pytest/color.txt": 7,
  "pytest/line.txt": 7,
  "pytest/plain.txt": 7,
  "pytest/pytest7.txt": 7,
  "pytest/short.txt": 7,
  "pytest/subtests.txt": 6,
  "rspec/color.txt": 4,
  "rspec/load.txt": 0,
  "rspec/plain.txt": 4,
  "surefire/color.txt": 2,
  "surefire/plain.txt": 2,
  "unittest/plain.txt": 3,
  "unittest/python38.txt": 3,
  "unittest/verbose.txt": 4,
  "vitest/color.txt": 3,
  "vitest/plain.txt": 3,
};

Deno.test("the end of a log has the failed tests whose titles or lines in a list it has", async () => {
  const found: Record<string, number> = {};
  for (const { tool, files } of ROWS) {
    for (const file of files) {
      const lines = (await read(`${tool}/${file}`)).split("\n");
      const half = lines.slice(Math.floor(lines.length / 2)).join("\n");
      found[`${tool}/${file}`] = namesIn(half).length;
    }
  }
  assertEquals(found, HALVES);
});

Deno.test("a log with the output of all programs has the failed tests of each", async () => {
  // gotestsum repeats failures of Go.
  const rows = ROWS.filter(({ tool }) => tool !== "gotestsum");
  const logs = await Promise.all(
    rows.map(({ tool, files: [file] }) => read(`${tool}/${file}`)),
  );
  // The same tests of another version count once.
  const all = new Set(rows.flatMap(({ failed }) => failed));
  assertEquals(outline(logs.join("\n")).toSorted(), [...all].toSorted());
});

Deno.test("each fixture is read by a test", async () => {
  const known = new Set(
    ROWS.flatMap(({ tool, files }) => files.map((file) => `${tool}/${file}`)),
  );
  for await (const { name: tool, isDirectory } of Deno.readDir(FOLDER)) {
    if (!isDirectory) continue;
    for await (const { name } of Deno.readDir(new URL(tool, FOLDER))) {
      assert(known.has(`${tool}/${name}`), `${tool}/${name}`);
    }
  }
});
