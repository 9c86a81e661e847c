import { assertEquals } from "@std/assert";
import type { ProjectObject } from "../../../../lib/engine/objects.ts";
import { isOwned, type Proof } from "../../../../lib/engine/owned.ts";
import type { Owns } from "../../../../lib/plan/plan.ts";
import { owned } from "../../fakes.ts";

const HERE = "/src/shop";
const DEATH = Date.parse("2026-11-29T12:00:00Z");
const TWIN = "shop--test";

/** What a run in a twin names: not all that Compose makes there has a name that is known before. */
const OWNS = owned({ project: TWIN, base: "shop" });
const PROOF: Proof = { run: "mine", directory: HERE, marks: true };

function one(
  kind: ProjectObject["kind"],
  more: Partial<ProjectObject> = {},
): ProjectObject {
  return { kind, project: TWIN, name: "x", id: "x", ...more };
}

const OBJECTS: [string, ProjectObject, boolean, Partial<Proof>?][] = [
  [
    "a container from the folder, of any name",
    one("container", {
      directory: HERE,
    }),
    true,
  ],
  [
    "a container that the label of another run names",
    one("container", {
      ...{ directory: HERE, run: "other" },
    }),
    true,
  ],
  [
    "a container from another folder",
    one("container", {
      directory: "/other/shop",
    }),
    false,
  ],
  ["a container that Compose has not made", one("container"), false],
  ["a network", one("network"), true],
  ["a volume of the run", one("volume", { id: "mine" }), true],
  [
    "a volume of another run from the folder",
    one("volume", {
      ...{ id: "other", directory: HERE },
    }),
    false,
  ],
  [
    "a volume of no run from the folder",
    one("volume", {
      ...{ id: "", directory: HERE },
    }),
    false,
  ],
  [
    "a container of the plain project",
    one("container", {
      ...{ project: "shop", directory: HERE },
    }),
    false,
  ],
  [
    "a network of the plain project",
    one("network", { project: "shop" }),
    false,
  ],
  [
    "a volume of the plain project",
    one("volume", {
      ...{ project: "shop", id: "mine" },
    }),
    false,
  ],
  [
    "a container of the other twin",
    one("container", {
      ...{ project: "shop--release", directory: HERE },
    }),
    false,
  ],
  [
    "a container that is later than a dead run",
    one("container", {
      ...{ directory: HERE, created: DEATH + 60_000 },
    }),
    false,
    { until: DEATH },
  ],
  [
    "a container of a dead run's child, a little later",
    one("container", {
      ...{ directory: HERE, created: DEATH + 5_000 },
    }),
    true,
    { until: DEATH },
  ],
  [
    "a network that is later than a dead run",
    one("network", {
      created: DEATH + 60_000,
    }),
    false,
    { until: DEATH },
  ],
];

for (const [what, object, is, proof = {}] of OBJECTS) {
  Deno.test(`for a run in a twin, ${what} is ${is ? "the run's" : "not the run's"}`, () => {
    assertEquals(isOwned(object, OWNS, { ...PROOF, ...proof }), is);
  });
}

for (
  const [what, hookOf, is] of [
    ["of the run", one("container", { directory: HERE }), true],
    ["from another folder", one("container", { directory: "/other" }), false],
  ] as const
) {
  Deno.test(`the container of a hook is ${is ? "" : "not "}the run's if it prepares a container ${what}`, () => {
    const hook = one("container", { directory: HERE, hookOf });
    assertEquals(isOwned(hook, OWNS, PROOF), is);
  });
}

Deno.test("in a plain project the container of a hook is the run's if the run has made the one that it prepares", () => {
  const project = "shop";
  const owns = owned({ project });
  const hook = (run: string) =>
    one("container", {
      ...{ project, directory: HERE, run: "" },
      hookOf: one("container", { project, directory: HERE, run }),
    });
  assertEquals(isOwned(hook("mine"), owns, PROOF), true);
  assertEquals(isOwned(hook("other"), owns, PROOF), false);
  assertEquals(isOwned(hook(""), owns, PROOF), false);
});

Deno.test("in a twin a record takes precedence: a kept object stays, and a recorded one goes", () => {
  const object = one("container", { directory: HERE });
  const made = { kind: "container", name: "x", id: "x" } as const;
  const kept: Owns = { ...OWNS, kept: [made] };
  assertEquals(isOwned(object, kept, PROOF), false);
  const foreign = one("container", { directory: "/other" });
  assertEquals(isOwned(foreign, { ...OWNS, made: [made] }, PROOF), true);
});

Deno.test("in the plain project names, folder and the run in a label remain the proof", () => {
  const plain = { project: "shop", directory: HERE };
  const owns = owned({ containers: ["x"], networks: ["x"] });
  const is = (object: ProjectObject, proof: Proof = PROOF) =>
    isOwned(object, owns, proof);
  assertEquals(is(one("container", { ...plain, run: "mine" })), true);
  assertEquals(is(one("container", { ...plain, run: "other" })), false);
  const unmarked = { run: "mine", directory: HERE };
  assertEquals(is(one("container", plain), unmarked), true);
  assertEquals(is(one("container", { ...plain, name: "y" }), unmarked), false);
  assertEquals(is(one("network", { ...plain, name: "y" })), false);
});
