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

Deno.test("a run holds the project in a twin, or in the project of the builds", () => {
  for (const project of ["shop--test", "shop--release"]) {
    const holder = listed(true, { project, run: RUN! });
    const { facts, drafts } = examine({ records: [listed(true), holder] });
    assertEquals(facts.length, 1, project);
    assertEquals(drafts.map(({ id }) => id), ["lock-held"], project);
  }
  const of = listed(true, { project: "shop--prod", run: RUN! });
  assertEquals(examine({ records: [of] }).drafts, []);
});

Deno.test("objects in a twin that no run of this checkout has made are a finding in the words of the refusal", () => {
  const name = "shop--release-db-1";
  const made = { kind: "container", name, id: "1" } as const;
  const project = "shop--release";
  const objects = [{ ...made, project, directory: "/other/shop" }];
  const ids = (options: Partial<RunsOptions>) =>
    examine({ objects, ...options }).drafts.map(({ id }) => id);
  assertEquals(ids({}), ["foreign"]);
  const [draft] = examine({ objects }).drafts;
  assertStringIncludes(
    draft!.title,
    `Cannot release: the project "${project}"`,
  );
  // A record of the plain project names other objects.
  assertEquals(ids({ records: [listed(false, { made: [made] })] }), [
    "foreign",
  ]);
  assertEquals(
    ids({ records: [listed(false, { project, made: [made] })] }),
    [],
  );
  assertEquals(ids({ project: "blog" }), []);
  const here = [{ ...objects[0]!, directory: "/src/shop" }];
  assertEquals(ids({ objects: here }), []);
  // A run that goes on has not recorded its objects yet, or nothing at all.
  for (const run of [{ run: RUN! }, {}]) {
    assertEquals(ids({ records: [listed(true, { project, ...run })] }), [
      "lock-held",
    ]);
  }
});

Deno.test("the objects of a developer in the plain project are in no run's way", () => {
  const objects = ["/src/shop", "/other/shop"].map((directory) => ({
    ...{ kind: "container", name: "shop-db-1", id: "1" } as const,
    ...{ project: "shop", directory },
  }));
  assertEquals(examine({ objects }).drafts, []);
});

Deno.test("a record that cannot be read is an error where a target would need it, else advice", () => {
  const record = (key: string) => ({
    key,
    file: `/s/${key}.json`,
    problem: "p",
  });
  const { drafts } = examine({
    unreadable: [record("shop.1"), record("blog.1")],
    keys: ["shop.0", "shop.1"],
  });
  assertEquals(drafts.map(({ id, severity }) => [id, severity]), [
    ["unknown-record", "error"],
    ["unknown-record", "advice"],
  ]);
  assertStringIncludes(drafts[0]!.title, "/s/shop.1.json");
});

Deno.test("a developer's objects in the plain project are a finding only where releases are there", () => {
  const made = { kind: "container", name: "shop-db-1", id: "1" } as const;
  const objects = [{ ...made, project: "shop", directory: "/src/shop" }];
  assertEquals(examine({ objects }).drafts, []);
  const [draft] = examine({ objects, isPlain: true }).drafts;
  assertStringIncludes(draft!.title, 'Cannot release: the project "shop"');
});
