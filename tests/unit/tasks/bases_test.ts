import { assertEquals } from "@std/assert";
import { type PlanOptions, recordedTarget } from "../fakes.ts";

/** An image on which another one stands, on which the app stands. */
const MODEL = `
name: shop
services:
  base: { build: { context: /base } }
  middle: { build: { context: /middle }, image: "me/middle:2" }
  app: { build: { context: /app } }
  test: { build: { context: /app, target: test } }
`;

/** The steps until the images are there, each with its line and the steps before it. */
async function steps(
  target: string,
  bases: Readonly<Record<string, readonly string[]>>,
  options: PlanOptions = {},
) {
  const basesOf = (key: string) =>
    Object.entries(bases).find(([part]) => key.includes(part))?.[1] ?? [];
  const { steps, owns } = await recordedTarget(target, {
    ...{ model: MODEL, basesOf, ...options },
  });
  const built = steps.filter(({ name }) => /^(pull|build|name) ?/.test(name));
  return {
    lines: built.map(({ name, line, after }) => [name, line, after.join()]),
    names: owns?.images.map(({ name }) => name),
  };
}

const CHAIN = {
  "/base": ["debian"],
  "/middle": ["shop-base"],
  "/app": ["me/middle:2", "redis"],
};

Deno.test("images of the file on which others stand are built first, by level, and not fetched", async () => {
  const { lines } = await steps("test", CHAIN);
  assertEquals(lines, [
    ["pull debian", "docker pull --quiet debian", ""],
    ["pull redis", "docker pull --quiet redis", ""],
    [
      "build bases",
      "docker compose build base",
      "pull debian,pull redis",
    ],
    [
      "build bases 2",
      "docker compose build middle",
      "pull debian,pull redis,build bases",
    ],
    [
      "build",
      "docker compose build test",
      "pull debian,pull redis,build bases,build bases 2",
    ],
    ["build others", "docker compose build app", "build"],
  ]);
});

Deno.test("a release builds them first, too", async () => {
  const { lines } = await steps("release", CHAIN);
  assertEquals(lines.map(([name, line]) => [name, line]), [
    ["build bases", "docker compose build base"],
    ["build bases 2", "docker compose build middle"],
    ["build", "docker compose build app"],
  ]);
});

Deno.test("images that stand on each other are left to docker, which says so", async () => {
  const { lines } = await steps("release", {
    "/base": ["me/middle:2"],
    "/middle": ["shop-base"],
    "/app": ["debian"],
  });
  assertEquals(lines.at(-1)?.[1], "docker compose build app");
  const own = await steps("release", { "/app": ["shop-app"] });
  assertEquals(own.lines.map(([, line]) => line), [
    "docker compose build app base middle",
  ]);
});

Deno.test("where builds have names of their own, Dockerfiles find the file's name, and the run owns it", async () => {
  const { lines, names } = await steps("release", CHAIN, {
    model: MODEL.replace("name: shop", "name: shop-0a1b"),
    plain: "shop",
  });
  assertEquals(lines[0], ["build bases", "docker compose build base", ""]);
  assertEquals(lines[1], [
    ...["name base", "docker tag shop-0a1b-base shop-base", "build bases"],
  ]);
  assertEquals(names?.includes("shop-base:latest"), true);
});
