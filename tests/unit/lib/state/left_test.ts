import { assertEquals } from "@std/assert";
import { leftIn, madeAfter } from "../../../../lib/state/left.ts";
import type { ProjectObject } from "../../../../lib/engine/objects.ts";
import type { Made } from "../../../../lib/plan/plan.ts";
import type { ProjectRecord } from "../../../../lib/state/record.ts";
import { owned, withFakeDocker } from "../../fakes.ts";

const HERE = "/w/shop";

function container(
  name: string,
  { id = `id-${name}`, project = "shop", directory = HERE } = {},
): ProjectObject {
  return {
    kind: "container",
    project,
    name,
    id,
    state: "running",
    service: "app",
    ...(directory !== "" && { directory }),
  };
}

const OBJECTS: ProjectObject[] = [
  container("shop-app-1"),
  { kind: "network", project: "shop", name: "shop_default", id: "n1" },
  {
    kind: "volume",
    project: "shop",
    name: "shop_data",
    id: "a-run",
    directory: HERE,
  },
];

const MADE: Made[] = OBJECTS.map(({ kind, name, id }) => ({ kind, name, id }));

const RECORD: ProjectRecord = {
  project: "shop",
  directory: HERE,
  engine: "unix:///engine.sock",
  left: { what: "released", version: "1.2", since: "2026-11-29T12:00:00Z" },
  made: MADE,
};

/** The foreign objects of a project, by name. */
function foreign(
  objects: readonly ProjectObject[],
  { record = RECORD, own = false }: {
    record?: ProjectRecord | undefined;
    own?: boolean;
  } = {},
) {
  return leftIn("shop", { record, objects, directory: HERE, own })
    .foreign.map(({ name }) => name);
}

Deno.test("the objects that a record of this checkout names are its own, with its release", () => {
  const { made, foreign, left } = leftIn("shop", {
    record: RECORD,
    objects: [...OBJECTS, container("blog-app-1", { project: "blog" })],
    directory: HERE,
    own: false,
  });
  assertEquals([made, foreign, left], [MADE, [], RECORD.left]);
});

Deno.test("objects that no record names are foreign: a developer's, another checkout's, a container from the project's image", () => {
  const objects = [
    container("shop-db-1"),
    container("shop-web-1", { directory: "/x/shop" }),
    container("x", { directory: "" }),
    { kind: "network" as const, project: "shop", name: "lan", id: "n2" },
    { kind: "volume" as const, project: "shop", name: "data", id: "" },
  ];
  assertEquals(
    foreign([...OBJECTS, ...objects]),
    objects.map(({ name }) => name),
  );
});

Deno.test("the same name with another identity is foreign: it was made again", () => {
  const again = [
    container("shop-app-1", { id: "new" }),
    {
      kind: "network" as const,
      project: "shop",
      name: "shop_default",
      id: "n2",
    },
    { kind: "volume" as const, project: "shop", name: "shop_data", id: "" },
    {
      kind: "volume" as const,
      project: "shop",
      name: "shop_data",
      id: "other",
    },
  ];
  assertEquals(foreign(again), again.map(({ name }) => name));
});

Deno.test("another checkout's record proves nothing here, nor does none", () => {
  const names = OBJECTS.map(({ name }) => name);
  assertEquals(
    foreign(OBJECTS, { record: { ...RECORD, directory: "/x/shop" } }),
    names,
  );
  const { foreign: all } = leftIn("shop", {
    record: undefined,
    objects: OBJECTS,
    directory: HERE,
    own: false,
  });
  assertEquals(all.map(({ name }) => name), names);
});

Deno.test("under a name of todoflow's own the label is proof, but for what other folders or programs have started", () => {
  const record = { ...RECORD, made: [] };
  assertEquals(foreign(OBJECTS, { record, own: true }), []);
  assertEquals(
    foreign([
      container("a", { directory: "/x/shop" }),
      container("b", { directory: "" }),
      { kind: "volume", project: "shop", name: "c", id: "a-run" },
    ], { record, own: true }),
    ["a", "b", "c"],
  );
});

/** The objects in a twin for which there is no record: the checkout's, and the foreign ones by name. */
function inTwin(project: string, objects: readonly ProjectObject[]) {
  const { made, foreign } = leftIn(project, {
    record: undefined,
    objects: objects.map((object) => ({ ...object, project })),
    directory: HERE,
    own: false,
  });
  return { made, foreign: foreign.map(({ name }) => name) };
}

const VOLUME = { kind: "volume", project: "shop", id: "" } as const;

Deno.test("in a twin the folder in the labels is proof, without a record; a volume that has none is foreign", () => {
  for (const project of ["shop--test", "shop--release"]) {
    const volumes = [
      { ...VOLUME, name: "by-hand" },
      { ...VOLUME, name: "theirs", id: "a-run", directory: "/x/shop" },
    ];
    assertEquals(inTwin(project, [...OBJECTS, ...volumes]), {
      made: MADE,
      foreign: ["by-hand", "theirs"],
    });
  }
  assertEquals(inTwin("shop--prod", OBJECTS).made, []);
});

Deno.test("in a twin another checkout's containers are foreign, and so is a network that they may use", () => {
  for (const directory of ["/x/shop", ""]) {
    const other = container("x", { directory });
    assertEquals(inTwin("shop--release", [...OBJECTS, other]), {
      made: MADE.filter(({ kind }) => kind !== "network"),
      foreign: ["shop_default", "x"],
    });
  }
});

Deno.test("a release that is gone from the engine is none", () => {
  const { left, made } = leftIn("shop", {
    record: RECORD,
    objects: [],
    directory: HERE,
    own: false,
  });
  assertEquals([left, made], [undefined, []]);
});

Deno.test("after a run, its objects and the earlier recorded ones are on record, and nothing else", () =>
  withFakeDocker(
    `case "$1 $2" in
      "ps --all") echo '["shop","shop-app-1","new","2026-11-29 12:00:00 +0000 UTC","running","app","${HERE}"]'
        echo '["shop","shop-old-1","old","","running","old","${HERE}"]'
        echo '["shop","x","x","","running","",""]' ;;
      "volume ls") echo '["shop","shop_data","a-run"]'; echo '["shop","other",""]' ;;
      "image inspect")
        echo '["sha256:1",["shop-app:latest","me/mine:1"],"2026-11-29T12:00:00Z"]'
        echo '["sha256:2",["shop-dev:latest"],"2026-11-29T12:00:00Z"]'
        echo '["sha256:3",["shop-kept:latest"],"2026-11-29T12:00:00Z"]'
        echo '["sha256:4",[],"2026-11-29T12:00:00Z"]'
        echo '["sha256:5",["me/kept:1"],"2026-11-29T12:00:00Z"]' ;;
    esac`,
    async ({ api }) => {
      const before: Made[] = [
        { kind: "container", name: "shop-old-1", id: "old" },
        { kind: "image", name: "shop-kept:latest", id: "sha256:3" },
        { kind: "image", name: "shop-app:latest", id: "sha256:4" },
        { kind: "image", name: "shop-web:latest", id: "sha256:5" },
      ];
      const made = await madeAfter(api, {
        owns: owned({
          containers: ["shop-app-1"],
          images: [
            { name: "shop-app:latest", before: "sha256:4" },
            { name: "shop-dev:latest", before: "sha256:2" },
            { name: "shop-kept:latest", before: "sha256:3" },
          ],
        }),
        before,
        proof: { run: "a-run", directory: HERE },
      });
      assertEquals(made, [
        { kind: "container", name: "shop-app-1", id: "new" },
        { kind: "container", name: "shop-old-1", id: "old" },
        { kind: "volume", name: "shop_data", id: "a-run" },
        { kind: "image", name: "shop-app:latest", id: "sha256:1" },
        { kind: "image", name: "shop-kept:latest", id: "sha256:3" },
        { kind: "image", name: "", id: "sha256:4" },
        { kind: "image", name: "", id: "sha256:5" },
      ]);
    },
  ));
