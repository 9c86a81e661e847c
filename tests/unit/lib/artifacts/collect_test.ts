import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ArtifactOptions,
  type Artifacts,
  artifacts,
} from "../../../../lib/artifacts/collect.ts";
import { isFolder, rewriteReport } from "../../../../lib/artifacts/files.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import type { TimedEvent } from "../../../../lib/plan/events.ts";
import { MARKER, markerText } from "../../../../lib/reports/marker.ts";
import { FAKE_TIME as T, type FakeContainer } from "../../fake_engine.ts";
import { withFakeDocker, withFolder, writeFiles } from "../../fakes.ts";
import { canMount, mounted } from "../../mounts.ts";

const AT = "2026-01-02T03:04:05.678Z";
const URL_TOLD: TimedEvent = { at: AT, kind: "url", url: "http://localhost" };

interface Context {
  files: Artifacts;
  /** Where they go. */
  folder: string;
  /** Where the fake docker runs; its containers are in `box`. */
  directory: string;
  options: { output: (line: string) => void; signal: AbortSignal };
  stop: AbortController;
  /** What was told. */
  lines: string[];
  read: (file: string) => Promise<string>;
  /** More artifacts in the same folder. */
  again: (options?: { keep?: boolean }) => Promise<Artifacts>;
}

interface Setup extends Partial<Pick<ArtifactOptions, "collected">> {
  /** Files of the containers, with their text. */
  box?: Record<string, string>;
  /** The containers that have a log. */
  containers?: Record<string, FakeContainer>;
  env?: Record<string, string>;
}

/** A `docker` that copies from the folder `box` as docker copies from a container: a tar whose names begin with the last part. */
const COPIES = `
if [ "$1 $3" = "cp -" ]; then
  from=box\${2#*:}
  if [ ! -e "$from" ] && [ ! -L "$from" ]; then
    echo "Could not find the file \${2#*:} in container \${2%%:*}" >&2; exit 1
  fi
  if [ "$from" = box/. ]; then exec tar -C box -cf - .; fi
  exec tar -C "$(dirname "$from")" -cf - "$(basename "$from")"
fi
if [ "$1 $2" = "container inspect" ]; then
  if [ -e tmpfs ]; then cat tmpfs; else echo '{}'; fi
  exit
fi`;

/** Gives the test artifacts in a folder of its own, of an engine that is written for it, and closes them. */
function withArtifacts(
  { box = {}, env = {}, collected = [], containers = {} }: Setup,
  test: (context: Context) => Promise<void>,
): Promise<void> {
  const silent = collected.map((
    { container },
  ) => [container, { messages: [] }]);
  const all = { ...Object.fromEntries(silent), ...containers };
  return withFakeDocker(
    COPIES,
    async ({ api, directory, surroundings }) => {
      await writeFiles(`${directory}/box`, box);
      const folder = `${directory}/reports/test`;
      const options = {
        api,
        folder,
        collected,
        surroundings: {
          ...surroundings,
          env: { ...surroundings.env, ...env },
        },
      };
      const lines: string[] = [];
      const stop = new AbortController();
      const open = new Set<Artifacts>();
      const again = async (how?: { keep?: boolean }) => {
        const files = await artifacts(options, how);
        let isFinished = false;
        const finish = () => {
          isFinished = true;
          return files.finish();
        };
        const once: Artifacts = {
          ...files,
          finish,
          close: async (more) => {
            if (!open.delete(once)) return;
            if (!isFinished) await finish();
            await files.close(more);
          },
        };
        open.add(once);
        return once;
      };
      try {
        await test({
          files: await again(),
          folder,
          directory,
          options: {
            output: (line) => lines.push(line),
            signal: stop.signal,
          },
          stop,
          lines,
          read: (file) => Deno.readTextFile(`${folder}/${file}`),
          again,
        });
      } finally {
        for (const files of open) await files.close();
      }
    },
    { containers: all },
  );
}

/** A container that has written a line. */
const WROTE: FakeContainer = { messages: [{ text: "one\n" }] };

/** The files below a folder with their text, without the marker; a link with where it leads to. */
async function tree(folder: string, below = ""): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    if (name === ".todoflow") continue;
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await tree(path, `${below}${name}/`));
    else if (isFile) found.push([below + name, await Deno.readTextFile(path)]);
    else found.push([below + name, `-> ${await Deno.readLink(path)}`]);
  }
  return found.toSorted();
}

/** The copied files: all but those that a run writes itself. */
async function copied(folder: string) {
  const files = await tree(folder);
  return Object.fromEntries(
    files.filter(([file]) => !/^(logs\/|events\.jsonl$)/.test(file)),
  );
}

const REPORTS = {
  "/app/reports/unit.xml": "unit",
  "/app/reports/more/deep.xml": "deep",
  "/app/reports/more/notes.txt": "notes",
  "/app/summary.txt": "summary",
};

/** The reports in the container, the copied files and the lines about lost ones. */
async function reported(...reports: string[]) {
  let files: Record<string, string> = {};
  let told: string[] = [];
  const collected = [{ container: "c", service: "test", reports }];
  await withArtifacts({ box: REPORTS, collected }, async (context) => {
    await context.files.collect(["c"], context.options);
    files = await copied(context.folder);
    told = context.lines;
  });
  return { files, told };
}

const COPIED: [string, string, Record<string, string>][] = [
  ["a folder gives its content", "/app/reports", {
    "unit.xml": "unit",
    "more/deep.xml": "deep",
    "more/notes.txt": "notes",
  }],
  ["a slash at the end says nothing", "/app/reports/more/", {
    "deep.xml": "deep",
    "notes.txt": "notes",
  }],
  ["a file gives itself", "/app/summary.txt", { "summary.txt": "summary" }],
  ["a star matches within a folder", "/app/reports/*.xml", {
    "unit.xml": "unit",
  }],
  ["two stars match in all folders below", "/app/reports/**/*.xml", {
    "unit.xml": "unit",
    "more/deep.xml": "deep",
  }],
  ["a glob may be in the middle", "/app/*/unit.xml", {
    "reports/unit.xml": "unit",
  }],
  ["a glob may be at the top", "/a*/summary.txt", {
    "app/summary.txt": "summary",
  }],
  [
    "a question mark, brackets and braces are globs",
    "/app/{reports,x}/[tu]?it.xml",
    {
      "reports/unit.xml": "unit",
    },
  ],
];

for (const [what, report, files] of COPIED) {
  Deno.test(`reports: ${what} (${report})`, async () => {
    assertEquals(await reported(report), { files, told: [] });
  });
}

Deno.test("a run names missing reports, and copies the others", async () => {
  const { files, told } = await reported(
    "/none",
    "/app/*.xml",
    "/none/*.xml",
    "/app/summary.txt",
  );
  assertEquals(files, { "summary.txt": "summary" });
  assertEquals(told.toSorted(), [
    "no report /app/*.xml: nothing matches /app/*.xml",
    "no report /none/*.xml: Could not find the file /none in container c",
    "no report /none: Could not find the file /none in container c",
  ]);
});

Deno.test("a link in what a glob copies is not followed", () =>
  withArtifacts({
    box: REPORTS,
    collected: [{
      container: "c",
      service: "test",
      reports: ["/app/reports/**/*.xml"],
    }],
  }, async ({ files, folder, directory, options, lines }) => {
    await writeFiles(directory, {
      "secret.xml": "of the host",
      "secrets/x.xml": "of the host",
    });
    const box = `${directory}/box/app/reports`;
    await Deno.symlink(`${directory}/secret.xml`, `${box}/link.xml`);
    await Deno.symlink(`${directory}/secrets`, `${box}/links`);
    await files.collect(["c"], options);
    assertEquals(await copied(folder), {
      "unit.xml": "unit",
      "more/deep.xml": "deep",
    });
    assertEquals(lines, ["no report /app/reports/link.xml: it is a link"]);
  }));

for (const report of ["/app/reports", "/app/reports/*"]) {
  Deno.test(`a report that is a link in the container takes nothing of the host (${report})`, () =>
    withArtifacts({
      box: { "app/other": "" },
      collected: [{ container: "c", service: "test", reports: [report] }],
    }, async ({ files, folder, directory, options, lines }) => {
      await writeFiles(directory, { "host/precious": "the host's" });
      await Deno.symlink(`${directory}/host`, `${directory}/box/app/reports`);
      await files.collect(["c"], options);
      assertEquals(await tree(`${directory}/host`), [
        ["precious", "the host's"],
      ]);
      assertEquals(await copied(folder), {});
      assertEquals(lines, ["no report /app/reports: it is a link"]);
    }));
}

Deno.test("a link in one report leads no other report into the host", () =>
  withArtifacts({
    box: { "a/x": "of a", "b/link/file": "of b" },
    collected: [
      { container: "first", service: "test", reports: ["/a"] },
      { container: "second", service: "app", reports: ["/b"] },
    ],
  }, async ({ files, folder, directory, options }) => {
    await writeFiles(directory, { "host/file": "the host's" });
    await Deno.symlink(`${directory}/host`, `${directory}/box/a/link`);
    await files.collect(["first"], options);
    await files.collect(["second"], options);
    assertEquals(await tree(`${directory}/host`), [["file", "the host's"]]);
    assertEquals(await copied(folder), { "x": "of a", "link/file": "of b" });
  }));

Deno.test("a report that is called as a file of the run's own is in its service's folder, and no obstacle to the others", () =>
  withArtifacts({
    box: {
      "app/events.jsonl": "forged",
      "app/junit.xml": "<testsuites/>",
      "app/receipt.json": "forged",
      "app/steps.xml": "<testsuites/>",
      "app/x": "x",
      "etc/logs": "forged",
    },
    collected: [{
      container: "c",
      service: "test",
      reports: ["/app", "/etc/logs"],
    }],
  }, async ({ files, folder, options, lines, read }) => {
    await files.collect(["c"], options);
    assertEquals(await read("events.jsonl"), "");
    assertEquals(await isFolder(`${folder}/logs`), true);
    assertEquals(await copied(folder), {
      x: "x",
      "test/events.jsonl": "forged",
      "test/junit.xml": "<testsuites/>",
      "test/receipt.json": "forged",
      "test/steps.xml": "<testsuites/>",
    });
    const [taken = "", ...rest] = lines;
    assertEquals(rest, []);
    assert(taken.startsWith("no report /etc/logs: "), taken);
  }));

Deno.test("a folder that is called as a file of the run's own is in its service's folder, beside what the run writes", () =>
  withArtifacts({
    box: {
      "app/.todoflow/x": "marker",
      "app/Receipt.json/x": "receipt",
      "app/build.log/x": "build",
      "app/events.jsonl/x": "events",
      "app/logs/x": "logs",
      "app/run.html/x": "page",
    },
    collected: [{ container: "c", service: "test", reports: ["/app"] }],
  }, async ({ files, folder, options, lines }) => {
    await files.collect(["c"], options);
    await files.finish();
    BUILDS.forEach(files.record);
    await files.close({ "run.html": "own page", "receipt.json": "own" });
    assertEquals(lines, []);
    const { "build.log": log, ...found } = await copied(folder);
    assertEquals(log, "built\n");
    // The marker's folder is left out by its name.
    assertEquals(
      await Deno.readTextFile(`${folder}/test/.todoflow/x`),
      "marker",
    );
    assertEquals(found, {
      "run.html": "own page",
      "receipt.json": "own",
      "test/Receipt.json/x": "receipt",
      "test/build.log/x": "build",
      "test/events.jsonl/x": "events",
      "test/logs/x": "logs",
      "test/run.html/x": "page",
    });
  }));

Deno.test("a service that is called as a file of the run's own takes the place of none", () =>
  withArtifacts({
    box: { "app.log": "forged", "junit.xml": "theirs" },
    collected: [
      { container: "a", service: "app", reports: ["/*.log"] },
      { container: "b", service: "logs", reports: ["/*.log"] },
      { container: "c", service: "run.html", reports: ["/junit.xml"] },
    ],
    containers: { a: WROTE },
  }, async ({ files, folder, options, read, lines }) => {
    await files.collect(["a"], options);
    await files.collect(["b"], options);
    await files.collect(["c"], options);
    await files.finish();
    await files.close({ "run.html": "own page" });
    assertEquals(await read("logs/app.log"), `${T} one\n`);
    assertEquals(await copied(folder), {
      "app.log": "forged",
      "run.html": "own page",
      "service-logs/app.log": "forged",
      "service-run.html/junit.xml": "theirs",
    });
    assertEquals(lines, []);
  }));

Deno.test("a file that a container has written by a bind mount under a name of the run's own is kept under another name, which todoflow prints", () =>
  withArtifacts({}, async ({ files, folder }) => {
    await writeFiles(folder, {
      "junit.xml": "<testsuites/>",
      "receipt.json": "forged",
      "run.html/x": "theirs",
      "service-run.html": "theirs, too",
    });
    await files.finish();
    // What was told is told again: the last one is read.
    const { reports, notices } = await files.finish();
    assertEquals(reports.map(({ path }) => path), ["service-junit.xml"]);
    const line = (name: string, other: string) =>
      `${name} is not from todoflow: it is kept as ${other}`;
    assertEquals(notices, [
      line("junit.xml", "service-junit.xml"),
      line("run.html", "service-2-run.html"),
      line("receipt.json", "service-receipt.json"),
    ]);
    await files.close({ "run.html": "own page", "junit.xml": "own tests" });
    assertEquals(await copied(folder), {
      "junit.xml": "own tests",
      "run.html": "own page",
      "service-2-run.html/x": "theirs",
      "service-junit.xml": "<testsuites/>",
      "service-receipt.json": "forged",
      "service-run.html": "theirs, too",
    });
  }));

Deno.test("a file in the place of one of the run's own stays, is reported, and costs no other file", () =>
  withArtifacts({}, async ({ files, folder }) => {
    await files.finish();
    await writeFiles(folder, { "run.html/x": "theirs" });
    await assertRejects(
      () => files.close({ "run.html": "own page", "receipt.json": "receipt" }),
      Deno.errors.AlreadyExists,
    );
    assertEquals(await copied(folder), {
      "receipt.json": "receipt",
      "run.html/x": "theirs",
    });
  }));

Deno.test("reports that have a folder of one name are merged, although they are copied in parallel", async () => {
  const names = ["a", "b", "c", "d"];
  const of = (path: (name: string) => string) =>
    Object.fromEntries(names.map((name) => [path(name), name]));
  for (let round = 0; round < 10; round++) {
    await withArtifacts({
      box: of((name) => `app/${name}/more/${name}.xml`),
      collected: [{
        container: "c",
        service: "test",
        reports: names.map((name) => `/app/${name}`),
      }],
    }, async ({ files, folder, options, lines }) => {
      await files.collect(["c"], options);
      assertEquals(await copied(folder), of((name) => `more/${name}.xml`));
      assertEquals(lines, []);
    });
  }
});

const ON_TMPFS =
  "it is on a tmpfs, which the engine cannot read after the container has ended: write it elsewhere, or mount a volume there";

Deno.test("a run names a report that was on a tmpfs, and a report that is an empty folder", () =>
  withArtifacts({
    box: { "app/x": "x" },
    collected: [{
      container: "c",
      service: "test",
      reports: ["/reports", "/run/a/j.xml", "/app", "/empty", "/shm/*.xml"],
    }],
  }, async ({ files, directory, folder, options, lines }) => {
    for (const name of ["reports", "app/cache", "empty"]) {
      await Deno.mkdir(`${directory}/box/${name}`);
    }
    await Deno.writeTextFile(
      `${directory}/tmpfs`,
      JSON.stringify({
        HostConfig: { Tmpfs: { "/reports": "", "/run/": "size=1m" } },
        Mounts: [
          { Type: "tmpfs", Destination: "/app/cache" },
          { Type: "tmpfs", Destination: "/shm" },
          { Type: "volume", Destination: "/empty" },
        ],
      }),
    );
    await files.collect(["c"], options);
    assertEquals(await copied(folder), { x: "x" });
    const expected = [
      `no report /app/cache: ${ON_TMPFS}`,
      "no report /empty: the folder is empty",
      `no report /reports: ${ON_TMPFS}`,
      `no report /run/a/j.xml: ${ON_TMPFS}`,
      `no report /shm: ${ON_TMPFS}`,
    ];
    assertEquals(lines.toSorted(), expected);
    // At the end it is told again.
    assertEquals((await files.finish()).lost?.toSorted(), expected);
  }));

Deno.test("files of one name out of two reports are both there", () =>
  withArtifacts({
    box: { "a/junit.xml": "of a", "a/unit.xml": "a", "b/unit.xml": "b" },
    collected: [
      { container: "c", service: "..", reports: ["/a", "/b", "/a"] },
    ],
  }, async ({ files, folder, options, lines }) => {
    await files.collect(["c"], options);
    const found = await copied(folder);
    assertEquals(Object.values(found).toSorted(), ["a", "b", "of a"]);
    assertEquals(found["service/junit.xml"], "of a");
    // What is collected again has the same names.
    await files.collect(["c"], options);
    assertEquals(await copied(folder), found);
    assertEquals(lines, []);
  }));

Deno.test("files of one name out of two containers of a service are both there", () =>
  withArtifacts({
    box: { "a/x": "of the first" },
    collected: ["c", "d", "e", "f", "g"].map((container) => ({
      ...{ container, service: "test", reports: ["/a"] },
    })),
  }, async ({ files, folder, directory, options, lines }) => {
    for (const container of ["c", "d", "e", "f", "g"]) {
      await writeFiles(directory, { "box/a/x": `of ${container}` });
      await files.collect([container], options);
    }
    assertEquals(await copied(folder), {
      "x": "of c",
      "a/x": "of d",
      "test/a/x": "of e",
      "test-2/a/x": "of f",
      "test-3/a/x": "of g",
    });
    assertEquals(lines, []);
  }));

Deno.test("a folder that was removed while the run went on gets what comes after that", () =>
  withArtifacts({
    box: REPORTS,
    collected: [{ container: "c", service: "test", reports: ["/app/reports"] }],
  }, async ({ files, folder, options, lines, read }) => {
    await Deno.remove(`${folder}/..`, { recursive: true });
    await files.collect(["c"], options);
    assertEquals(await read("unit.xml"), "unit");
    await Deno.remove(folder, { recursive: true });
    await files.finish();
    await files.close({ "run.html": "page" });
    assertEquals(await read("run.html"), "page");
    assertEquals(lines, []);
  }));

Deno.test("no report and no page is written where a link has taken the folder's place", () =>
  withArtifacts({
    box: REPORTS,
    collected: [{ container: "c", service: "test", reports: ["/app/reports"] }],
  }, async ({ files, folder, directory, options, lines }) => {
    await writeFiles(directory, { "host/unit.xml": "the host's" });
    await Deno.remove(folder, { recursive: true });
    await Deno.symlink(`${directory}/host`, folder);
    await files.collect(["c"], options).catch(() => {});
    const closing = files.close({ "run.html": "page" });
    await assertRejects(() => closing, Error, "was replaced while");
    assertEquals(await tree(`${directory}/host`), [["unit.xml", "the host's"]]);
    assertEquals(lines.length, 3, lines.join());
  }));

Deno.test("a run neither writes a log nor reads a file where a link has taken the folder's place, and says so", () =>
  withArtifacts({
    containers: { a: WROTE, b: WROTE },
    collected: TWO,
  }, async ({ files, folder, directory, options }) => {
    await writeFiles(directory, {
      "host/logs/app.log": "the host's",
      "host/logs/db.log.new": "the host's",
      "host/unit.xml": "<testsuites/>",
    });
    const before = await tree(`${directory}/host`);
    await Deno.remove(folder, { recursive: true });
    await Deno.symlink(`${directory}/host`, folder);
    BUILDS.forEach(files.record);
    await files.follow("a", "app", options);
    await files.follow("b", "db", options);
    const { logs, reports, lost, notices } = await files.finish();
    assertEquals(await tree(`${directory}/host`), before);
    const replaced = `${folder} was replaced while the run went on`;
    assertEquals([logs, reports, lost?.slice(0, 1)], [[], [], [replaced]]);
    assertEquals(notices?.toSorted(), [
      `log of "app" is incomplete: ${replaced}`,
      `log of "db" is incomplete: ${replaced}`,
    ]);
    await assertRejects(() => files.close(), Error, replaced);
  }));

Deno.test("a log that begins in a folder that was removed loses nothing of what comes after it", () =>
  withArtifacts({
    containers: { a: WROTE },
    box: REPORTS,
    collected: [{ container: "a", service: "app", reports: ["/app/reports"] }],
  }, async ({ files, folder, options, read, lines }) => {
    await Deno.remove(folder, { recursive: true });
    await files.follow("a", "app", options);
    await files.collect(["a"], options);
    assertEquals(await read("logs/app.log"), `${T} one\n`);
    assertEquals(await read("unit.xml"), "unit");
    assertEquals(lines, ["one"]);
  }));

Deno.test({
  name: "a run names the files for which a full disk has no room",
  ignore: !canMount,
  fn: () =>
    withArtifacts({
      box: {
        "app/a.xml": "a",
        "app/big": "x".repeat(900_000),
        "app/z.xml": "z",
      },
      collected: [{ container: "c", service: "test", reports: ["/app"] }],
    }, async ({ files, folder, options, lines, again }) => {
      await files.close();
      const disk = ["-t", "tmpfs", "-o", "size=256k", "none"];
      await mounted(disk, folder, async () => {
        const small = await again();
        await small.collect(["c"], options);
        assertEquals(Object.keys(await copied(folder)), ["a.xml", "z.xml"]);
        assertEquals(lines.length, 1);
        assert(/^no report \/app\/big: .*[Nn]o space left/.test(lines[0]!));
        await small.close();
      });
    }),
});

Deno.test("a run names a report whose copying was stopped, with that reason", () =>
  withArtifacts({
    box: REPORTS,
    collected: [{ container: "c", service: "test", reports: ["/app/reports"] }],
  }, async ({ files, options, stop, lines }) => {
    stop.abort();
    await files.collect(["c"], options);
    assertEquals(lines, ["no report /app/reports: stopped"]);
  }));

Deno.test("reports whose copying was stopped are copied when there is time again", () =>
  withArtifacts({
    box: REPORTS,
    collected: [{ container: "c", service: "test", reports: ["/app/reports"] }],
  }, async ({ files, folder, options, stop }) => {
    stop.abort();
    await files.collect(["c"], options);
    assertEquals(await copied(folder), {});
    const { signal } = new AbortController();
    await files.collect(["c"], { ...options, signal });
    assertEquals(Object.keys(await copied(folder)).length, 3);
  }));

Deno.test("events are written as they happen, each as a line of JSON with its time", () =>
  withArtifacts({}, async ({ files, read }) => {
    const event = {
      at: AT,
      kind: "step-start",
      step: "build",
      why: "w\n",
    } as const;
    files.record(event);
    assertEquals(JSON.parse(await read("events.jsonl")), event);
    files.record(URL_TOLD);
    assertEquals((await read("events.jsonl")).split("\n").length, 3);
  }));

/** An event of docker's output while an image is built, and the one that makes it that. */
const BUILDS = [
  {
    ...{ at: AT, kind: "run-start", target: "test", project: "shop" },
    ...{ directory: "/shop", engine: "unix:///x", tool: "1" },
    steps: [{ name: "build", kind: "build", section: "prepare" }],
  },
  { at: AT, kind: "output", step: "build", line: "built" },
] as unknown as TimedEvent[];

Deno.test("a run goes on when an event cannot be written, and says so at the end", () =>
  withArtifacts({}, async ({ files, folder, again }) => {
    await files.close();
    const more = await again({ keep: true });
    await Deno.mkdir(`${folder}/build.log`);
    [...BUILDS, URL_TOLD].forEach(more.record);
    const error = await assertRejects(() => more.close({ "run.html": "page" }));
    assert(`${error}`.includes("build.log is no regular file"), `${error}`);
    assertEquals(await Deno.readTextFile(`${folder}/run.html`), "page");
  }));

Deno.test("an event is written as a whole, even if a single call writes only a part", () =>
  withArtifacts({}, async ({ files, read }) => {
    const { writeSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.writeSync = function (bytes) {
      return writeSync.call(this, bytes.subarray(0, 10));
    };
    try {
      files.record(URL_TOLD);
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
    }
    assertEquals(JSON.parse(await read("events.jsonl")), URL_TOLD);
  }));

Deno.test("no link in the place of the build's log or of the events is followed", () =>
  withArtifacts({}, async ({ files, folder, directory, again }) => {
    const theirs = `${directory}/theirs`;
    await Deno.writeTextFile(theirs, "");
    await Deno.symlink(theirs, `${folder}/build.log`);
    BUILDS.forEach(files.record);
    await assertRejects(() => files.close());
    await Deno.remove(`${folder}/events.jsonl`);
    await Deno.symlink(theirs, `${folder}/events.jsonl`);
    await assertRejects(() => again({ keep: true }));
    assertEquals(await Deno.readTextFile(theirs), "");
  }));

Deno.test("a run says that events are lost if another program removes their file", () =>
  withArtifacts({}, async ({ files, folder }) => {
    assertEquals((await files.finish()).lost, []);
    await Deno.remove(`${folder}/events.jsonl`);
    const { lost } = await files.finish();
    assertEquals(lost, ["events.jsonl was removed while it was written"]);
  }));

Deno.test("a container's lines are in its log and no events; docker's are events", () =>
  withArtifacts({}, async ({ files, read }) => {
    const output = { at: AT, kind: "output", step: "run test" } as const;
    files.record({ ...output, line: "of a container", service: "test" });
    files.record({ ...output, line: "of docker" });
    const lines = (await read("events.jsonl")).trim().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line).line), ["of docker"]);
  }));

Deno.test("collected files are read when they are complete: logs, and files that may be reports", () =>
  withArtifacts({
    containers: { c: WROTE },
    box: REPORTS,
    collected: [{ container: "c", service: "test", reports: ["/app/reports"] }],
  }, async ({ files, options }) => {
    await files.collect(["c"], options);
    const { logs, reports, notices } = await files.finish();
    assertEquals(notices, []);
    assertEquals(logs, [{ service: "test", text: `${T} one\n`, cut: 0 }]);
    const read = reports.map(async ({ path, size, text }) =>
      [path, await size(), await text()] as const
    );
    assertEquals((await Promise.all(read)).toSorted(), [
      ["more/deep.xml", 4, "deep"],
      ["unit.xml", 4, "unit"],
    ]);
  }));

Deno.test("the run's own files are written next to collected ones; a link of such a name is not followed", () =>
  withArtifacts({}, async ({ files, folder, directory, read }) => {
    await Deno.writeTextFile(`${directory}/precious`, "mine");
    await Deno.symlink(`${directory}/precious`, `${folder}/run.html`);
    await files.close({ "run.html": "page", "junit.xml": "tests" });
    assertEquals(await read("run.html"), "page");
    assertEquals(await read("junit.xml"), "tests");
    assertEquals(await Deno.readTextFile(`${directory}/precious`), "mine");
  }));

Deno.test("a run begins with an empty folder", () =>
  withArtifacts(
    { containers: { c: WROTE } },
    async ({ files, folder, options, again }) => {
      await Deno.writeTextFile(`${folder}/old.xml`, "old");
      await files.follow("c", "app", options);
      files.record(URL_TOLD);
      await again();
      assertEquals(await tree(folder), [["events.jsonl", ""]]);
    },
  ));

Deno.test("opening the folder with keep leaves the files of the same run there", () =>
  withArtifacts(
    { containers: { c: WROTE } },
    async ({ files, folder, options, again }) => {
      await Deno.writeTextFile(`${folder}/unit.xml`, "unit");
      await files.follow("c", "app", options);
      files.record(URL_TOLD);
      const before = await tree(folder);
      const more = await again({ keep: true });
      assertEquals(await tree(folder), before);
      more.record(URL_TOLD);
      const [[name, events = ""] = []] = await tree(folder);
      assertEquals([name, events.trim().split("\n").length], [
        "events.jsonl",
        2,
      ]);
    },
  ));

const TWO = [
  { container: "a", service: "app", reports: [] },
  { container: "b", service: "test", reports: ["/app/summary.txt"] },
];

Deno.test("the log and the reports of a container that was not followed are fetched when it has ended", () =>
  withArtifacts({
    containers: { a: WROTE, b: { messages: [{ text: "two\n" }] } },
    box: REPORTS,
    collected: TWO,
  }, async ({ files, folder, options, lines }) => {
    await files.collect(["a", "b", "somebody's"], options);
    assertEquals(await tree(folder), [
      ["events.jsonl", ""],
      ["logs/app.log", `${T} one\n`],
      ["logs/test.log", `${T} two\n`],
      ["summary.txt", "summary"],
    ]);
    assertEquals(lines, []);
  }));

Deno.test("only containers that were asked for are collected", () =>
  withArtifacts({ containers: { a: WROTE, b: WROTE }, collected: TWO }, async (
    { files, folder, options },
  ) => {
    await files.collect(["a"], options);
    assertEquals((await tree(folder)).map(([name]) => name), [
      "events.jsonl",
      "logs/app.log",
    ]);
  }));

Deno.test("the lines that a dead run has written to a log are not in it twice", () =>
  withArtifacts({ containers: { a: WROTE }, collected: TWO }, async (
    { folder, options, read, again },
  ) => {
    await Deno.writeTextFile(`${folder}/logs/app.log`, `${T} o`);
    const files = await again({ keep: true });
    await files.collect(["a"], options);
    assertEquals(await read("logs/app.log"), `${T} one\n`);
  }));

Deno.test("a run ends and names the log that it could not get", () =>
  withArtifacts({
    containers: { a: { driver: "none", messages: [] } },
    collected: TWO,
  }, async ({ files, options, lines }) => {
    files.watch("a", "app");
    await files.collect(["a"], options);
    assertEquals(lines, [
      'no log of "app": its logging driver "none" keeps nothing',
    ]);
  }));

Deno.test({
  name: "under sudo the files and their folder belong to the caller",
  // Only root may give files away.
  ignore: Deno.uid() !== 0,
  fn: () =>
    withArtifacts({
      box: REPORTS,
      collected: [{
        container: "c",
        service: "test",
        reports: ["/app/reports"],
      }],
      env: { SUDO_UID: "12345", SUDO_GID: "54321" },
    }, async ({ files, folder, directory, options }) => {
      await files.collect(["c"], options);
      await files.close();
      const ownerOf = async (path: string) => {
        const { uid, gid } = await Deno.lstat(path);
        return `${uid}:${gid}`;
      };
      for (
        const path of [
          `${directory}/reports`,
          folder,
          `${folder}/logs`,
          `${folder}/events.jsonl`,
          `${folder}/more/deep.xml`,
        ]
      ) {
        assertEquals(await ownerOf(path), "12345:54321", path);
      }
      assertEquals(await ownerOf(directory), "0:0");
    }),
});

Deno.test({
  name: "under sudo, a run does not give away the target of a link",
  ignore: Deno.uid() !== 0,
  fn: () =>
    withArtifacts({
      env: { SUDO_UID: "12345", SUDO_GID: "54321" },
    }, async ({ files, folder, directory }) => {
      await writeFiles(directory, { "host/file": "root's" });
      await Deno.symlink(`${directory}/host`, `${folder}/folder-link`);
      await Deno.symlink(`${directory}/host/file`, `${folder}/file-link`);
      await files.close();
      for (const path of ["host", "host/file"]) {
        const { uid, gid } = await Deno.lstat(`${directory}/${path}`);
        assertEquals([uid, gid], [0, 0], path);
      }
    }),
});

Deno.test("isFolder is true for a folder only, not for a file or nothing", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    assertEquals(await isFolder(folder), true);
    assertEquals(await isFolder(`${folder}/file`), false);
    assertEquals(await isFolder(`${folder}/none`), false);
  }));

/** The folder of a release with a receipt, which the test may rewrite, and what is in it afterwards. */
function withReceipt(
  files: Record<string, string>,
  test: (rewrite: () => Promise<void>) => Promise<unknown>,
) {
  return withFolder(async (directory) => {
    const folder = `${directory}/reports/release`;
    await writeFiles(folder, files);
    const env = { PATH: Deno.env.get("PATH") ?? "" };
    const where = { folder, checkout: directory, env };
    await test(() => rewriteReport("receipt.json", { ...where, text: "new" }));
    return Object.fromEntries(await tree(folder));
  });
}

Deno.test("a receipt is replaced, and other files in the folder stay", async () => {
  const theirs = { "receipt.json.new/x": "theirs" };
  const files = { [MARKER]: markerText({}), "receipt.json": "old", ...theirs };
  assertEquals(
    await withReceipt(files, (rewrite) => rewrite()),
    { "receipt.json": "new", ...theirs },
  );
});

Deno.test("a receipt that cannot be replaced stays as it is, with nothing beside it", async () => {
  const theirs = { "receipt.json/x": "theirs" };
  assertEquals(
    await withReceipt(
      { [MARKER]: markerText({}), ...theirs },
      (rewrite) => assertRejects(rewrite),
    ),
    theirs,
  );
});

Deno.test("no receipt is written where todoflow has not made the folder", async () => {
  const theirs = { "receipt.json": "old" };
  assertEquals(
    await withReceipt(
      theirs,
      (rewrite) => assertRejects(rewrite, TodoflowError),
    ),
    theirs,
  );
});
