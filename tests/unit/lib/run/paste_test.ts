import { assertEquals } from "@std/assert";
import type { Prepared } from "../../../../lib/run/prepared.ts";
import { typedFor } from "../../../../lib/run/paste.ts";
import { fakeWorld } from "../../fakes.ts";

const BUILD = ["docker", "compose", "--project-name", "shop", "build", "app"];
const UP = ["docker", "compose", "up", "--detach", "db"];

/** How a person types commands of a run in the twin of "shop". */
function typed(
  { name, plain = "shop", files, env = {} }: {
    name?: string;
    plain?: string;
    files?: Record<string, string>;
    env?: Record<string, string>;
  } = {},
) {
  const prepared = {
    exported: { COMPOSE_PROJECT_NAME: "shop--release", ...files },
    identity: { name },
    plain,
    workflow: { base: "shop" },
  } as unknown as Prepared;
  const { world } = fakeWorld({ env });
  return [BUILD, UP, ["docker", "start", "a b"]].map(typedFor(prepared, world));
}

Deno.test("a command is typed for the project in which the run works, and a build as without todoflow", () => {
  assertEquals(typed(), [
    "docker compose build app",
    "COMPOSE_PROJECT_NAME=shop--release docker compose up --detach db",
    "docker start 'a b'",
  ]);
});

Deno.test("a build names its project where Compose would take another one", () => {
  const named = "docker compose --project-name shop build app";
  // Of -p, which the shell does not know; of CI, where the checkout has a name of its own.
  assertEquals(typed({ name: "shop" })[0], named);
  assertEquals(typed({ plain: "other" })[0], named);
  const env = { COMPOSE_PROJECT_NAME: "shop" };
  assertEquals(typed({ name: "shop", env })[0], "docker compose build app");
});

Deno.test("a command names the files that the shell does not name", () => {
  const files = { COMPOSE_FILE: "/a/x y.yml:/b", COMPOSE_PATH_SEPARATOR: ":" };
  const prefix = "COMPOSE_FILE='/a/x y.yml:/b' COMPOSE_PATH_SEPARATOR=: ";
  assertEquals(typed({ files }).slice(0, 2), [
    `${prefix}docker compose build app`,
    `COMPOSE_PROJECT_NAME=shop--release ${prefix}docker compose up --detach db`,
  ]);
  assertEquals(typed({ files, env: files })[0], "docker compose build app");
});
