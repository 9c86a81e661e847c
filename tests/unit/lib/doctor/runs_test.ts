import { assertEquals, assertStringIncludes } from "@std/assert";
import { examineRuns, type RunsOptions } from "../../../../lib/doctor/runs.ts";
import type { Listed } from "../../../../lib/state/list.ts";

const ENGINE = "unix:///var/run/docker.sock";

const RUN = {
  id: "1",
  target: "release",
  pid: 4711,
  host: "here",
  started: "2026-11-21T08:00:00.000Z",
} as Listed["record"]["run"];

/** A record of the project "shop". */
function listed(held: boolean, record: Partial<Listed["record"]> = {}): Listed {
  const common = { project: "shop", directory: "/src/shop", engine: ENGINE };
  return { key: "k", held, record: { ...common, ...record } };
}

function examine(options: Partial<RunsOptions>) {
  const { facts, drafts } = examineRuns({
    records: [],
    project: "shop",
    endpoint: ENGINE,
    objects: [],
    directory: "/src/shop",
    isOwn: false,
    ...options,
  });
  return {
    drafts,
    facts: facts.filter(({ ok }) => !ok).map(({ name, value }) =>
      `${name}: ${value}`
    ),
  };
}

Deno.test("a run that holds the project is a finding that names the run", () => {
  const { facts, drafts } = examine({ records: [listed(true, { run: RUN! })] });
  assertEquals(facts, ["lock: held by release, process 4711"]);
  assertEquals(drafts.map(({ id, severity }) => [id, severity]), [
    ["lock-held", "error"],
  ]);
  assertStringIncludes(drafts[0]!.why, "todoflow release in /src/shop");
});

Deno.test("a lock whose holder has not written yet is a finding", () => {
  const { facts, drafts } = examine({ records: [listed(true)] });
  assertEquals(facts, ["lock: held"]);
  assertEquals(drafts.map(({ id }) => id), ["lock-held"]);
});

Deno.test("a run of another project, or on another engine, holds nothing", () => {
  const records = [
    listed(true, { project: "blog", run: RUN! }),
    listed(true, { engine: "tcp://ci.example:2376", run: RUN! }),
    listed(false),
  ];
  assertEquals(examine({ records }), { facts: [], drafts: [] });
});

Deno.test("a dead run of any project is a finding with the command that removes its leftovers", () => {
  const record = { project: "blog", directory: "/my src", run: RUN! };
  const { facts, drafts } = examine({ records: [listed(false, record)] });
  assertEquals(facts, ["dead runs: blog"]);
  assertEquals(drafts.map(({ id, severity, fix }) => [id, severity, fix]), [
    ["dead-run", "advice", "todoflow clean -C '/my src' -p blog"],
  ]);
});

Deno.test("objects that no run of this checkout has made are a finding in the words of the refusal", () => {
  const made = { kind: "container", name: "shop-db-1", id: "1" } as const;
  const objects = [{ ...made, project: "shop", directory: "/other/shop" }];
  assertEquals(examine({ objects }).drafts.map(({ id }) => id), ["foreign"]);
  const records = [listed(false, { made: [made] })];
  assertEquals(examine({ objects, records }).drafts, []);
  assertEquals(examine({ objects, project: "blog" }).drafts, []);
  const here = [{ ...objects[0]!, directory: "/src/shop" }];
  assertEquals(examine({ objects: here, isOwn: true }).drafts, []);
});

Deno.test("a record that cannot be read is an error where a target would need it, else advice", () => {
  const record = (key: string) => ({
    key,
    file: `/s/${key}.json`,
    problem: "p",
  });
  const { drafts } = examine({
    unreadable: [record("shop.1"), record("blog.1")],
    key: "shop.1",
  });
  assertEquals(drafts.map(({ id, severity }) => [id, severity]), [
    ["unknown-record", "error"],
    ["unknown-record", "advice"],
  ]);
  assertStringIncludes(drafts[0]!.title, "/s/shop.1.json");
});
