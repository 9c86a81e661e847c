import { assert, assertEquals } from "@std/assert";
import { READ } from "../../../../lib/artifacts/report_look.ts";
import { type Ended, foundIn } from "./found_reports.ts";
import { LCOV } from "./test_reports.ts";

const JUNIT = '<testsuite><testcase name="a"/></testsuite>';
const CHOOSE = ' in "unit"; say x-todoflow.test.reports to choose';
const OLD = { text: JUNIT, mtime: "2026-01-02T03:04:00Z" };

const OLD_LINK = {
  ...{ type: "symlink", linkname: "x" } as const,
  mtime: OLD.mtime,
};

/** A mount; a bind mount of a checkout by default. */
function mount(Destination: string, more: Record<string, unknown> = {}) {
  return { Type: "bind", Source: "/w/shop", RW: true, ...more, Destination };
}

const CHECKOUT = { mounts: [mount("/app")] };

Deno.test("reports in a mounted checkout are found by usual names in its root, its report folders and the working directory", async () => {
  const { files, lines, asked } = await foundIn({
    ...CHECKOUT,
    workdir: "/app/backend",
    files: {
      "/app/junit.xml": JUNIT,
      "/app/coverage/lcov.info": LCOV,
      "/app/test-results/deep/any.xml": JUNIT,
      "/app/build/logs/phpunit.junit.xml": JUNIT,
      "/app/backend/pytest.xml": JUNIT,
      "/app/backend/target/surefire-reports/TEST-a.xml": JUNIT,
      "/app/backend/target/surefire-reports/a.txt": "text",
      // Of earlier runs, or the developer's.
      "/app/report.xml": OLD,
      "/app/reports/old.xml": OLD,
      "/app/reports/node_modules/x/junit.xml": JUNIT,
      // Under names that are not asked for.
      "/app/src/test/my.xml": JUNIT,
      "/app/.env": "secret",
      "/app/data.bin": { size: 1_000 },
    },
  });
  assertEquals(Object.keys(files).toSorted(), [
    ...["TEST-a.xml", "any.xml", "lcov.info", "phpunit.junit.xml"],
    ...["pytest.xml", "unit/junit.xml"],
  ]);
  assertEquals(lines.length, 1);
  const sent = asked.filter((request) => request.startsWith("GET /archive "))
    .map((request) => request.slice("GET /archive ".length));
  assertEquals(sent, [
    ...["/app/backend/pytest.xml", "/app/junit.xml"],
    "/app/backend/target/surefire-reports",
    ...["/app/build/logs", "/app/coverage", "/app/reports"],
    "/app/test-results",
  ]);
  assert(asked.length < 110, `${asked.length} requests`);
});

Deno.test("a mount that is a folder of reports is read, and one of a single file is asked for", async () => {
  const { files } = await foundIn({
    mounts: [
      mount("/app/reports", { Source: "/w/shop/out" }),
      mount("/results", { Type: "volume" }),
      mount("/app/cov.lcov", { Source: "/w/shop/cov.lcov" }),
    ],
    files: {
      "/app/reports/suite/any.xml": JUNIT,
      "/app/reports/page.html": "<html>",
      "/results/all.tap": "1..1\nok 1\n",
      "/app/cov.lcov": LCOV,
    },
  });
  assertEquals(Object.keys(files).toSorted(), [
    ...["all.tap", "any.xml", "cov.lcov"],
  ]);
});

Deno.test("read-only mounts, mounts of the system and of packages, sockets and secrets are not looked at", async () => {
  const { asked } = await foundIn({
    mounts: [
      mount("/app", { RW: false }),
      mount("/run/secrets/key"),
      mount("/var/run/docker.sock"),
      mount("/app/node_modules", { Type: "volume" }),
      mount("/root/.cache/pip", { Type: "volume" }),
      mount("/var/lib/mysql", { Type: "volume" }),
      mount("/pipe", { Type: "npipe" }),
    ],
    files: { "/app/junit.xml": JUNIT, "/app/node_modules/junit.xml": JUNIT },
    changed: [],
  });
  assertEquals(asked, ["GET /json", "GET /changes"]);
});

Deno.test("the copies of this run and of earlier ones are no reports of the container that has them by a mount", async () => {
  const files = {
    "/app/reports/a.xml": JUNIT,
    "/app/reports/release/.todoflow": "{}",
    "/app/reports/release/acceptance/junit.xml": JUNIT,
    "/app/reports/test/.todoflow": "{}",
    "/app/reports/test/junit.xml": JUNIT,
    "/app/reports/test/unit.xml": JUNIT,
    "/app/reports/z.xml": JUNIT,
  };
  for (const at of ["/app", "/app/reports"]) {
    const found = await foundIn({ mounts: [mount(at)], files });
    assertEquals(Object.keys(found.files).toSorted(), ["a.xml", "z.xml"]);
  }
});

Deno.test("a folder that holds too much is not read to its end, which is told; usual names beside todoflow's own folder are found nevertheless", async () => {
  const ended = (Source: string): Ended => ({
    mounts: [mount("/app", { Source })],
    files: {
      "/app/reports/a.xml": JUNIT,
      "/app/reports/release/logs/app.log": { size: READ.bytes },
      "/app/reports/unit.xml": JUNIT,
    },
  });
  const { files, lines } = await foundIn(ended("/elsewhere"));
  assertEquals(Object.keys(files), ["a.xml"]);
  assertEquals(lines, [
    `found /app/reports/a.xml${CHOOSE}`,
    '/app/reports in "unit" holds more than 64 MiB or 10,000 files; say x-todoflow.test.reports to name reports',
  ]);
  const own = await foundIn(ended("HERE"));
  assertEquals(Object.keys(own.files).toSorted(), ["a.xml", "unit.xml"]);
});

Deno.test("a report with a usual name in a folder that is read, too, is found once", async () => {
  const { files, lines } = await foundIn({
    mounts: [mount("/app", { Source: "HERE" })],
    files: { "/app/reports/unit.xml": JUNIT },
  });
  assertEquals(Object.keys(files), ["unit.xml"]);
  assertEquals(lines, [`found /app/reports/unit.xml${CHOOSE}`]);
});

Deno.test("a link in a mount is told if it is new; a report that is linked hard is copied", async () => {
  const { files, lost } = await foundIn({
    ...CHECKOUT,
    files: {
      "/app/junit.xml": { type: "symlink", linkname: "/etc/shadow" },
      "/app/report.xml": OLD_LINK,
      "/app/reports/a.xml": JUNIT,
      "/app/reports/b.xml": { type: "link", linkname: "reports/a.xml" },
      "/app/reports/c.xml": OLD_LINK,
    },
  });
  assertEquals(files, { "a.xml": JUNIT, "b.xml": JUNIT });
  assertEquals(lost, ["no report /app/junit.xml: it is a link"]);
});

Deno.test("a mount that the engine cannot describe costs nothing else", async () => {
  const { files, lines } = await foundIn({
    ...CHECKOUT,
    files: { "/unit.xml": JUNIT, "/app/junit.xml": JUNIT },
    answer: async ({ method }, wire) => {
      if (method !== "HEAD") return false;
      await wire.write("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
      return true;
    },
  });
  assertEquals(Object.keys(files), ["unit.xml"]);
  assertEquals(lines.length, 1);
});
