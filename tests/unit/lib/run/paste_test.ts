import { assertEquals } from "@std/assert";
import type { Prepared } from "../../../../lib/run/prepared.ts";
import { typedFor } from "../../../../lib/run/paste.ts";
import { fakeWorld } from "../../fakes.ts";

const BUILD = ["docker", "compose", "--project-name", "shop", "build", "app"];
const UP = ["docker", "compose", "up", "--detach", "db"];

/** How a person types commands of a run in the twin of "shop", in the folder /w/src, after the run. */
function typed(
  { name, plain = "shop", files, env = {}, override, directory, version }: {
    name?: string;
    plain?: string;
    files?: Record<string, string>;
    env?: Record<string, string>;
    override?: string;
    directory?: string;
    version?: string;
  } = {},
) {
  const named = { COMPOSE_PROJECT_NAME: "shop--release", ...files };
  const prepared = {
    typed: named,
    exported: override === undefined
      ? named
      : { ...named, COMPOSE_FILE: "/w/src/compose.yaml:/state/override.yaml" },
    files: ["/w/src/compose.yaml", "/state/override.yaml"],
    ...(override !== undefined && { override }),
    identity: { name, usesVersion: version !== undefined },
    ...{ plain, version },
    workflow: { base: "shop" },
    surroundings: { directory: "/w/src" },
  } as unknown as Prepared;
  const { world } = fakeWorld({ env, directory: directory ?? "/w/src" });
  const folder = "/w/src/reports/test";
  return [BUILD, UP, ["docker", "start", "a b"]]
    .map(typedFor(prepared, { world, folder }));
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

Deno.test("a command names the override where it is kept, a build does without it: the run's own is gone", () => {
  const kept = "/w/src/compose.yaml:/w/src/reports/test/compose.override.yaml";
  assertEquals(typed({ override: "services: {}" }).slice(0, 2), [
    "docker compose build app",
    `COMPOSE_PROJECT_NAME=shop--release COMPOSE_FILE=${kept} COMPOSE_PATH_SEPARATOR=: docker compose up --detach db`,
  ]);
});

Deno.test("a command of Compose is typed in the folder of the run", () => {
  assertEquals(typed({ directory: "/w" }), [
    "(cd src && docker compose build app)",
    "(cd src && COMPOSE_PROJECT_NAME=shop--release docker compose up --detach db)",
    "docker start 'a b'",
  ]);
});

Deno.test("a command has the version that its files may name", () => {
  assertEquals(
    typed({ version: "1.2" })[0],
    "APP_VERSION=1.2 docker compose build app",
  );
  const env = { APP_VERSION: "1.2" };
  assertEquals(typed({ version: "1.2", env })[0], "docker compose build app");
});
