/**
 * What `version` must not load, because it would start in twice the time.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../..", import.meta.url).pathname;

/** Runs the CLI with an import map in which these packages cannot be loaded. */
async function withoutPackages(names: string[], target: string) {
  const folder = await Deno.makeTempDir();
  const trap = "data:text/javascript,throw new Error('loaded')";
  const imports = Object.fromEntries(
    Object.entries(config.imports).map(([name, specifier]) => [
      name,
      names.includes(name) ? trap : specifier,
    ]),
  );
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({ nodeModulesDir: "none", imports }),
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      "--config",
      `${folder}/deno.json`,
      `${ROOT}mod.ts`,
      target,
      "-C",
      ROOT,
    ],
    env: { NO_COLOR: "1", DOCKER_HOST: "unix:///nowhere/docker.sock" },
  }).output();
  await Deno.remove(folder, { recursive: true });
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("version loads neither dax nor a YAML parser", async () => {
  const { code, stdout, stderr } = await withoutPackages(
    ["dax", "@std/yaml", "yaml", "@std/text/closest-string"],
    "version",
  );
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^\{"Version": "[0-9a-f]{7,}"\}\n$/);
});

Deno.test("the trap of the test above is one: a target with a plan falls into it", async () => {
  const { code, stderr } = await withoutPackages(["dax"], "release");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "loaded");
});
