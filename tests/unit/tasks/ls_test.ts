import { assertEquals } from "@std/assert";
import type { Listed } from "../../../lib/state/list.ts";
import { cells } from "../../../lib/text/width.ts";
import { listText } from "../../../tasks/list_text.ts";
import { HOST, owned, PID } from "../fakes.ts";

const NOW = Date.parse("2024-06-07T12:00:00.000Z");

/** The moment that was so many seconds before. */
function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

/** A record in the list. */
function listed(
  project: string,
  record: Partial<Listed["record"]> = {},
  held = false,
): Listed {
  return {
    key: project,
    held,
    record: {
      project,
      directory: `/w/${project}`,
      engine: "unix:///engine.sock",
      ...record,
    },
  };
}

const RUN = {
  id: "1",
  target: "release",
  version: "def5678",
  pid: PID,
  host: HOST,
  started: ago(5),
  owns: owned(),
  reports: "/w/shop/reports/release",
  collected: [],
};

const RELEASED = {
  what: "released" as const,
  version: "abc1234",
  url: "http://localhost:8000",
  since: ago(7200),
};

function answer(records: Listed[], ...flags: string[]): string {
  return listText(records, {
    form: flags.includes("json")
      ? "json"
      : flags.includes("quiet")
      ? "names"
      : "table",
    now: NOW,
    unreadable: [],
  });
}

/** The cells of the table below its header; what is two spaces apart is two cells. */
function rows(records: Listed[]): string[][] {
  return answer(records).split("\n").slice(1, -1)
    .map((line) => line.split(/ {2,}/));
}

function data(records: Listed[]): unknown[] {
  return answer(records, "json").split("\n").slice(0, -1)
    .map((line) => JSON.parse(line));
}

Deno.test("with -q there are only the names of projects", () => {
  const records = [
    listed("shop--release", { left: RELEASED }),
    listed("web", { run: RUN }, true),
  ];
  assertEquals(answer(records, "quiet"), "shop--release\nweb\n");
  assertEquals(answer([], "quiet"), "");
});

Deno.test("the table has a line for each project, in aligned columns", () => {
  assertEquals(
    answer([
      listed("shop", { left: RELEASED }),
      listed("a-long-name", { run: RUN }, true),
    ]),
    `PROJECT      DIRECTORY       VERSION  URL                    AGE  HOLDER
shop         /w/shop         abc1234  http://localhost:8000  2h   -
a-long-name  /w/a-long-name  def5678  -                      5s   release (process ${PID})
`,
  );
});

Deno.test("columns are aligned for characters of any width", () => {
  const wide = listed("shop", { left: { ...RELEASED, version: "日本é" } });
  const narrow = listed("shop", { left: { ...RELEASED, version: "abcde" } });
  const [, first = "", second = ""] = answer([wide, narrow]).split("\n");
  const before = (line: string) => line.slice(0, line.indexOf("http"));
  assertEquals(cells(before(first)), cells(before(second)));
});

Deno.test("where there is nothing the table has a header only, and JSON has no line", () => {
  assertEquals(
    answer([]),
    "PROJECT  DIRECTORY  VERSION  URL  AGE  HOLDER\n",
  );
  assertEquals(answer([], "json"), "");
});

for (
  const [seconds, age] of [
    [0, "0s"],
    [59, "59s"],
    [60, "1m"],
    [3_599, "59m"],
    [3_600, "1h"],
    [86_399, "23h"],
    [86_400, "1d"],
    [100 * 86_400, "100d"],
    // A clock that was put back.
    [-60, "0s"],
  ] as const
) {
  Deno.test(`what is ${seconds} s old has the age ${age}`, () => {
    const left = { ...RELEASED, since: ago(seconds) };
    assertEquals(rows([listed("shop", { left })])[0]?.[4], age);
  });
}

const STATES: [string, Listed, string, string | undefined][] = [
  [
    "a released application",
    listed("shop", { left: RELEASED }),
    "-",
    "released",
  ],
  [
    "an application that was kept after a failure",
    listed("shop", { left: { what: "kept", since: ago(1) } }),
    "kept",
    "kept",
  ],
  [
    "a run",
    listed("shop", { run: RUN }, true),
    `release (process ${PID})`,
    "running",
  ],
  ["a run that died", listed("shop", { run: RUN }), "dead", "dead"],
  [
    "a run beside a released application",
    listed("shop", { left: RELEASED, run: { ...RUN, target: "test" } }, true),
    `test (process ${PID})`,
    "running",
  ],
  [
    "a run that died beside a released application",
    listed("shop", { left: RELEASED, run: RUN }),
    "dead",
    "dead",
  ],
];

for (const [what, record, holder, state] of STATES) {
  Deno.test(`${what} is listed as ${state}`, () => {
    assertEquals(rows([record])[0]?.at(-1), holder);
    const [line] = data([record]) as { state?: string; holder?: unknown }[];
    assertEquals(line?.state, state);
    assertEquals(
      line?.holder !== undefined,
      state === "running",
    );
  });
}

Deno.test("a run's version and start are listed instead of those of the release next to it, whose URL stays", () => {
  const both = listed("shop", { left: RELEASED, run: RUN }, true);
  assertEquals(rows([both])[0]?.slice(2, 5), [
    "def5678",
    "http://localhost:8000",
    "5s",
  ]);
});

Deno.test("an unknown value is a dash, so that every line has as many columns", () => {
  const kept = listed("shop", { left: { what: "kept", since: ago(1) } });
  assertEquals(rows([kept])[0], ["shop", "/w/shop", "-", "-", "1s", "kept"]);
});

Deno.test("a project that has only been claimed is listed with a dash for each unknown value", () => {
  assertEquals(rows([listed("shop", {}, true)])[0], [
    "shop",
    "/w/shop",
    "-",
    "-",
    "-",
    "-",
  ]);
});

Deno.test("--json prints a line for each project with all that is known", () => {
  assertEquals(
    data([
      listed("shop", { left: RELEASED }),
      listed("blog", { run: RUN }, true),
      listed("wiki", { left: { what: "kept", since: ago(1) } }),
    ]),
    [
      {
        project: "shop",
        directory: "/w/shop",
        engine: "unix:///engine.sock",
        version: "abc1234",
        url: "http://localhost:8000",
        since: ago(7200),
        state: "released",
      },
      {
        project: "blog",
        directory: "/w/blog",
        engine: "unix:///engine.sock",
        version: "def5678",
        since: ago(5),
        state: "running",
        holder: { target: "release", pid: PID, host: HOST },
      },
      {
        project: "wiki",
        directory: "/w/wiki",
        engine: "unix:///engine.sock",
        since: ago(1),
        state: "kept",
      },
    ],
  );
});

const UNREADABLE = {
  key: "wiki.178b1119",
  file: "/state/wiki.178b1119.json",
  problem: "written by another version (format 2)",
};

/** The answer with a record that this version cannot read. */
function withUnreadable(unreadable: typeof UNREADABLE, ...flags: string[]) {
  const records = [listed("shop")];
  return listText(records, {
    form: flags.includes("json") ? "json" : "table",
    ...{ now: NOW, unreadable: [unreadable] },
  });
}

Deno.test("a record that cannot be read is a line of its own", () => {
  const lines = withUnreadable(UNREADABLE).split("\n").slice(1, -1);
  assertEquals(lines.length, 2);
  assertEquals(lines[1]!.split(/ {2,}/), [
    "wiki",
    "/state/wiki.178b1119.json",
    "-",
    "-",
    "-",
    "cannot read the record: written by another version (format 2)",
  ]);
  const data = withUnreadable(UNREADABLE, "json").split("\n");
  assertEquals(JSON.parse(data[1]!), {
    state: "unreadable",
    record: "/state/wiki.178b1119.json",
    problem: "written by another version (format 2)",
  });
});

Deno.test("text of records commands neither a terminal nor a CI system, and a record is one line", () => {
  const evil = "::set-output name=a::b\n::error::c\x1b]0;t\x07\x9b1m\u202e";
  const run = { ...RUN, target: evil, version: evil };
  const records = [
    listed(evil, { directory: evil, run, left: { ...RELEASED, url: evil } }),
    listed(evil, { run }, true),
  ];
  const unreadable = [{ key: evil, file: evil, problem: evil }];
  const text = listText(records, { form: "table", now: NOW, unreadable });
  assertEquals(/(?!\n)[\p{Cc}\u202e]|^::/mu.test(text), false, text);
  assertEquals(text.split("\n").length, 5);
});

Deno.test("a start that is no time has no age", () => {
  const left = { ...RELEASED, since: "yesterday" };
  assertEquals(rows([listed("shop", { left })])[0]?.[4], "-");
});
