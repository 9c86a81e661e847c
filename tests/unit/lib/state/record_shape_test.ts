import { assert, assertEquals } from "@std/assert";
import { FORMAT, parseRecord } from "../../../../lib/state/record_shape.ts";
import { HOST, owned, PID } from "../../fakes.ts";

const RUN = {
  id: "a-run",
  target: "release",
  version: "1.2",
  pid: PID,
  host: HOST,
  started: "2024-06-07T08:09:10.000Z",
  owns: owned({
    containers: ["shop-app-1"],
    images: [{ name: "shop-app:latest" }],
  }),
  reports: "/w/shop/reports/release",
  collected: [{ container: "shop-app-1", service: "app", reports: ["/r/*"] }],
  caller: { uid: 1000, gid: 0 },
};

/** All that a record has. */
const RECORD = {
  project: "shop",
  directory: "/w/shop",
  engine: "unix:///var/run/docker.sock",
  left: { what: "released", url: "http://localhost", since: RUN.started },
  made: [{ kind: "volume", name: "shop_db", id: "a-run" }],
  run: RUN,
  sweeping: true,
  folders: ["/w/shop/data"],
  seen: 1_700_000_000_000,
};

function problemOf(record: object): string | undefined {
  const parsed = parseRecord(JSON.stringify({ format: FORMAT, ...record }));
  return "problem" in parsed ? parsed.problem : undefined;
}

Deno.test("a record is read with all that it has, also what this version does not know", () => {
  const record = { ...RECORD, run: { ...RUN, other: { deep: [1] } } };
  const parsed = parseRecord(JSON.stringify({ format: FORMAT, ...record }));
  assert("record" in parsed);
  assertEquals(parsed.record as unknown, record);
});

/** The same record with another value at a path. */
function withValue(path: string, value: unknown): object {
  const copy = structuredClone(RECORD) as Record<string, unknown>;
  const names = path.split(".");
  const last = names.pop()!;
  const at = names.reduce(
    (at, name) => at[name] as Record<string, unknown>,
    copy,
  );
  at[last] = value;
  return copy;
}

/** Invalid values of each part. */
const WRONG: readonly [path: string, values: readonly unknown[]][] = [
  ["project", [
    undefined,
    "",
    5,
    null,
    ["shop"],
    "--flag",
    "a\nb",
    "x".repeat(9_000),
  ]],
  ["directory", [undefined, "w/shop", 5, "/a\0b"]],
  ["engine", [undefined, 5, "a\x1b[2J"]],
  ["left", ["x", [], 5, null]],
  ["left.what", [undefined, "other"]],
  ["left.since", [undefined, 5]],
  ["left.url", [5, "a\nb"]],
  ["made", ["x", {}]],
  ["made.0", [null, "x"]],
  ["made.0.kind", [undefined, "secret"]],
  ["made.0.name", [undefined, 5, "--all"]],
  ["made.0.id", [undefined, {}, "--all"]],
  ["own", ["yes"]],
  ["folders", ["x", {}]],
  ["folders.0", [5, "data", null]],
  ["run", ["x", [], null]],
  ["run.id", [undefined, "", "a b", "x;y", 5]],
  ["run.target", [undefined, 5]],
  ["run.version", [5]],
  ["run.pid", [undefined, "1", 0, -1, 1.5]],
  ["run.host", [undefined, {}]],
  ["run.started", [undefined, 5]],
  ["run.owns", [undefined, null, [], "x"]],
  ["run.owns.project", [undefined, "", "-x"]],
  ["run.owns.made", [undefined, [{}]]],
  ["run.owns.kept", [undefined, "x"]],
  ["run.owns.containers", [undefined, "x", {}]],
  ["run.owns.containers.0", [5, null, "--force", ""]],
  ["run.owns.networks", [undefined, [{}]]],
  ["run.owns.volumes", [undefined, [[]]]],
  ["run.owns.images", [undefined, ["-a"]]],
  ["run.owns.images.0.name", [undefined, "", "-a"]],
  ["run.owns.images.0.before", [5, "-a"]],
  ["run.reports", [undefined, "reports", 5]],
  ["run.collected", [undefined, {}]],
  ["run.collected.0", ["x", null]],
  ["run.collected.0.container", [undefined, "--since"]],
  ["run.collected.0.service", [undefined, "../../x", "..", ".", "a/b", ""]],
  ["run.collected.0.reports", [undefined, "x", [5]]],
  ["run.collected.0.finds", [5, null, true]],
  ["run.caller", [1000, { uid: 1000 }]],
  ["run.caller.uid", [0, -1, "1000"]],
  ["run.caller.gid", [-1, 1.5, null]],
  ["run.marks", ["yes", 1]],
  ["run.hides", ["yes", 1]],
  ["sweeping", ["yes"]],
  ["seen", ["now", -1]],
];

for (const [path, values] of WRONG) {
  Deno.test(`a record whose ${path} has an invalid value is none, and the reason names the field`, () => {
    for (const value of values) {
      const problem = problemOf(withValue(path, value));
      assert(
        problem?.includes(`"${path}`),
        `${JSON.stringify(value)}: ${problem}`,
      );
    }
  });
}

Deno.test("absent optional fields are no fault", () => {
  const { project, directory, engine } = RECORD;
  assertEquals(problemOf({ project, directory, engine }), undefined);
});

Deno.test("another format is reported before any other fault", () => {
  const told = (format: unknown) => problemOf({ format, project: 5 });
  assertEquals(told(2), "written by another version (format 2)");
  for (const format of [undefined, null, "1", [], "\x1b[2J"]) {
    assertEquals(told(format), "written by another version (format unknown)");
  }
});

Deno.test("a record that is nested too deep to be written again is none", () => {
  const deep = JSON.parse("[".repeat(5_000) + "]".repeat(5_000));
  assertEquals(problemOf({ ...RECORD, more: deep }), "it is nested too deep");
});

Deno.test("a prototype in a record is data", () => {
  const text = `{"format":${FORMAT},"__proto__":{"project":"x"}}`;
  const parsed = parseRecord(text);
  assert("problem" in parsed);
});
