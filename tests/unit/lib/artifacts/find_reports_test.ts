import { assert, assertEquals, assertMatch } from "@std/assert";
import { pause } from "../../../../lib/pause.ts";
import { type Ended, type FakeFile, foundIn } from "./found_reports.ts";
import { LCOV } from "./test_reports.ts";

const JUNIT = '<testsuite><testcase name="a"/></testsuite>';
const BEFORE = "2026-01-02T03:04:00Z";
const CHOOSE = ' in "unit"; say x-todoflow.test.reports to choose';

Deno.test("reports among the changed files are copied and told in one line, under the rules of named ones", async () => {
  const { files, lines, lost, found } = await foundIn({
    files: {
      "/app/junit.xml": JUNIT,
      "/app/coverage/lcov.info": LCOV,
      "/app/a/unit.xml": JUNIT,
      "/app/b/unit.xml": JUNIT,
      "/tmp/all.tap": "1..1\nok 1\n",
      "/app/config/report.xml": "<report/>",
      "/app/test.xml": "password: hunter2",
      "/app/id_rsa": "secret",
    },
  });
  assertEquals(files, {
    "unit/junit.xml": JUNIT,
    "lcov.info": LCOV,
    "unit.xml": JUNIT,
    "app/b/unit.xml": JUNIT,
    "all.tap": "1..1\nok 1\n",
  });
  assertEquals(lines, [
    `found /app/a/unit.xml, /app/b/unit.xml, /app/coverage/lcov.info and 2 more${CHOOSE}`,
  ]);
  assertEquals(lost, []);
  assertEquals(
    Object.entries(found).toSorted(),
    Object.keys(files).toSorted().map((place) => [place, "unit"]),
  );
});

Deno.test("a container without a report is looked at, and nothing is told", async () => {
  const { files, lines, asked } = await foundIn({
    files: { "/app/index.html": "<html>", "/app/reports/x.html": "" },
  });
  assertEquals([files, lines], [{}, []]);
  assertEquals(asked, ["GET /json", "GET /changes"]);
});

Deno.test("a file that is older than the container's start is not from this run, although chmod has copied it", async () => {
  const { files } = await foundIn({
    files: {
      "/app/old.junit.xml": { text: JUNIT, mtime: BEFORE },
      // The engine notes the start only after the program has begun.
      "/app/new.junit.xml": { text: JUNIT, mtime: "2026-01-02T03:04:04Z" },
    },
  });
  assertEquals(Object.keys(files), ["new.junit.xml"]);
});

Deno.test("a container that has not started is not asked for changes", async () => {
  const started = "0001-01-01T00:00:00Z";
  const { asked, lines } = await foundIn({ started });
  assertEquals([asked, lines], [["GET /json"], []]);
});

Deno.test("links, FIFOs and folders with the name of a report are left out, the first two with a word", async () => {
  const { files, lines, lost } = await foundIn({
    files: {
      "/app/junit.xml": { type: "symlink", linkname: "/etc/shadow" },
      "/app/report.xml": { type: "fifo" },
      "/app/results.xml/secret": "secret",
      "/app/unit.xml": JUNIT,
    },
    changed: [
      ...["/app/junit.xml", "/app/report.xml", "/app/results.xml"],
      "/app/unit.xml",
    ],
  });
  assertEquals(files, { "unit.xml": JUNIT });
  const told = [
    "no report /app/junit.xml: it is a link",
    "no report /app/report.xml: it is a FIFO",
  ];
  assertEquals(lines, [`found /app/unit.xml${CHOOSE}`, ...told]);
  assertEquals(lost, told);
});

Deno.test("a file that is there is not replaced: a container may have written it by a mount", async () => {
  const { files } = await foundIn({
    files: { "/app/unit.xml": JUNIT },
  }, { before: { "unit.xml": "theirs" } });
  assertEquals(files, { "unit.xml": "theirs", "app/unit.xml": JUNIT });
});

Deno.test("a container that is collected again is not looked at again", async () => {
  const files = { "/app/unit.xml": JUNIT };
  const { asked, lines } = await foundIn({ files }, { times: 2 });
  assertEquals(asked, [
    ...["GET /json", "GET /changes", "GET /archive /app/unit.xml"],
  ]);
  assertEquals(lines.length, 1);
});

/** So many reports in a folder. */
function many(folder: string, count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, i) => `TEST-${i + 1000}.xml`);
  return Object.fromEntries(names.map((name) => [`${folder}/${name}`, JUNIT]));
}

Deno.test("many reports of one folder are read together, and those of no report folder one by one, up to a limit", async () => {
  const together = await foundIn({
    files: {
      ...many("/app/target/surefire-reports", 500),
      "/app/target/surefire-reports/unchanged.xml": JUNIT,
    },
    changed: Object.keys(many("/app/target/surefire-reports", 500)),
  });
  assertEquals(Object.keys(together.files).length, 500);
  assertEquals(together.asked.slice(2), [
    "GET /archive /app/target/surefire-reports",
  ]);
  const alone = await foundIn({ files: many("/app/x", 202) });
  assertEquals(Object.keys(alone.files).length, 200);
  assertEquals(alone.lines, [
    `found /app/x/TEST-1000.xml, /app/x/TEST-1001.xml, /app/x/TEST-1002.xml and 197 more${CHOOSE}`,
    'did not look at 2 more files in "unit"; say x-todoflow.test.reports to name reports',
  ]);
});

Deno.test("the number of found reports and their bytes are limited, and told", async () => {
  const few = await foundIn({ files: many("/reports", 1_003) });
  assertEquals(Object.keys(few.files).length, 1_000);
  assertEquals(
    few.lines[1],
    `"unit" has changed more files than are looked at; say x-todoflow.test.reports to name reports`,
  );
  const large: FakeFile = { text: JUNIT + " ".repeat(40_000_000) };
  const small = await foundIn({
    files: { "/a/unit.xml": large, "/b/unit.xml": large, "/c/unit.xml": JUNIT },
  });
  assertEquals(Object.keys(small.files).toSorted(), ["c/unit.xml", "unit.xml"]);
  assertEquals(small.lost, [
    "no report /b/unit.xml: reports of at most 64 MiB are found",
  ]);
});

/** An engine that does not list the changes. */
const NO_CHANGES: Ended["answer"] = async ({ path }, wire) => {
  if (!path.endsWith("/changes")) return false;
  await wire.answer(500, '{"message":"no diff"}');
  return true;
};

Deno.test("where the engine lists no changes, usual names in the working directory are found, and a line says so", async () => {
  const { files, lines } = await foundIn({
    files: {
      "/app/junit.xml": JUNIT,
      "/app/reports/any.xml": JUNIT,
      "/x/junit.xml": JUNIT,
    },
    answer: NO_CHANGES,
  });
  assertEquals(Object.keys(files).toSorted(), ["any.xml", "unit/junit.xml"]);
  assertEquals(lines, [
    `found /app/junit.xml, /app/reports/any.xml${CHOOSE}`,
    'the engine does not list the files that "unit" has changed (no diff); say x-todoflow.test.reports to name reports',
  ]);
});

Deno.test("a run that is to end soon does not have the engine compare the image, and finds usual names", async () => {
  const ended = { files: { "/app/junit.xml": JUNIT, "/x/junit.xml": JUNIT } };
  const { files, lines, asked } = await foundIn(ended, { isHurried: true });
  assertEquals(Object.keys(files), ["unit/junit.xml"]);
  assertEquals(lines, [`found /app/junit.xml${CHOOSE}`]);
  assertEquals(asked.includes("GET /changes"), false);
});

Deno.test("the engine does not compare the image of a container that has written nothing", async () => {
  assertEquals((await foundIn({ written: 0 })).asked, ["GET /json"]);
  const { asked } = await foundIn({ written: 1 });
  assertEquals(asked, ["GET /json", "GET /changes"]);
});

Deno.test("a long look without a result says how to do without", async () => {
  const answer: Ended["answer"] = async ({ path }) => {
    if (path.endsWith("/changes")) await pause(2_050);
    return false;
  };
  const { lines } = await foundIn({ answer });
  assertMatch(
    lines.join(),
    /^found no report in "unit" in 2\.\d s; say x-todoflow\.test\.reports: \[\] to look for none$/,
  );
  const found = await foundIn({ answer, files: { "/app/unit.xml": JUNIT } });
  assertEquals(found.lines, [`found /app/unit.xml${CHOOSE}`]);
});

Deno.test("an engine that does not describe the container costs one line, and one that breaks off a report loses it", async () => {
  const refused = await foundIn({
    answer: async (_, wire) => {
      await wire.answer(500, '{"message":"no answer"}');
      return true;
    },
  });
  assertEquals(refused.lines, [
    'cannot look for reports in "unit": no answer',
  ]);
  const broken = await foundIn({
    files: { "/a/unit.xml": JUNIT, "/b/unit.xml": JUNIT },
    answer: async ({ query, method }, wire) => {
      if (query.get("path") !== "/a/unit.xml" || method !== "GET") return false;
      const { packTar } = await import("modern-tar");
      const text = JUNIT + " ".repeat(9_000);
      const tar = await packTar([{
        header: { name: "unit.xml", size: text.length },
        body: text,
      }]);
      await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n");
      await wire.write(tar.slice(0, 6_000));
      wire.close();
      return true;
    },
  });
  assertEquals(Object.values(broken.files), [JUNIT]);
  assertEquals(broken.lines.length, 2);
  assert(broken.lines[0]!.startsWith("found /b/unit.xml in "), broken.lines[0]);
  assert(
    broken.lines[1]!.startsWith("no report /a/unit.xml: "),
    broken.lines[1],
  );
});

Deno.test("a container that is gone, or a run that is stopped, is told nothing about", async () => {
  const gone = await foundIn({
    answer: async (_, wire) => {
      await wire.answer(404, '{"message":"No such container: c"}');
      return true;
    },
  });
  assertEquals([gone.lines, gone.lost], [[], []]);
  const stop = new AbortController();
  const stopped = await foundIn({
    answer: ({ path }) => {
      if (!path.endsWith("/changes")) return Promise.resolve(false);
      // The engine never answers.
      stop.abort();
      return Promise.resolve(true);
    },
  }, { stop });
  assertEquals([stopped.lines, stopped.lost], [[], []]);
});

Deno.test("a tmpfs is told only if nothing was found and the program ran there, or by its name", async () => {
  const told = (path: string) => [
    `reports under ${path} would be lost: it is a tmpfs`,
  ];
  const rows = [
    [{ tmpfs: ["/app"] }, told("/app")],
    [{ tmpfs: ["/app/test-results/"] }, told("/app/test-results")],
    [{ mounts: [{ Type: "tmpfs", Destination: "/app" }] }, told("/app")],
    [{ tmpfs: ["/tmp", "/run", "/app/cache"] }, []],
    [{ tmpfs: ["/app"], files: { "/unit.xml": JUNIT } }, [
      `found /unit.xml${CHOOSE}`,
    ]],
  ] as const;
  for (const [ended, lines] of rows) {
    assertEquals((await foundIn(ended)).lines, lines);
  }
});
