/**
 * The modules that a target must not load, because it would start in twice the time.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../..", import.meta.url).pathname;

/** The modules that main loads for one kind of request only. */
const PARTS = [
  "lib/cli/completions/mod.ts",
  "lib/doctor/doctor.ts",
  "lib/cli/help.ts",
  "lib/cli/no_directory.ts",
  "lib/cli/unknown_flag.ts",
  "lib/cli/unknown_target.ts",
  "lib/run/sweep.ts",
  "lib/state/current.ts",
  "lib/run/perform.ts",
  "lib/run/prepare.ts",
  "lib/run/run_plan.ts",
  "lib/reporters/failure.ts",
  "lib/cli/tool_version.ts",
];

/** Runs the CLI with an import map in which these packages and modules of the tool cannot be loaded. */
async function without(names: readonly string[], ...argv: string[]) {
  const folder = await Deno.makeTempDir();
  const trap = "data:text/javascript,throw new Error('loaded')";
  const imports = Object.fromEntries([
    ...Object.entries(config.imports),
    ...names.map((name) => [
      name.startsWith("lib/") ? `file://${ROOT}${name}` : name,
      trap,
    ]),
  ]);
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
      ...argv,
    ],
    cwd: ROOT,
    env: {
      NO_COLOR: "1",
      DOCKER_HOST: "unix:///nowhere/docker.sock",
      XDG_STATE_HOME: folder,
    },
  }).output();
  await Deno.remove(folder, { recursive: true });
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The modules that every request loads. */
const ALWAYS = ["@std/async/delay"];

/** A request, its answer, and all else that it needs. */
const LEAST: readonly [string[], RegExp, readonly string[]][] = [
  [["version"], /^\{"Version": "[0-9a-f]{7,}"\}\n$/, []],
  [["--version"], /^todoflow \d/, ["lib/cli/tool_version.ts"]],
  [["--help"], /^One workflow/, ["lib/cli/help.ts"]],
  [["completions", "bash"], /complete -F/, ["lib/cli/completions/mod.ts"]],
  [
    ["show", "tools/docs_events.jsonl", "--json"],
    /^\{"at":/,
    // Its reporters need the width of characters.
    ["@std/cli/parse-args", "get-east-asian-width"],
  ],
  [
    ["ls"],
    /^PROJECT/,
    // Its columns need the width of characters.
    ["lib/state/current.ts", "get-east-asian-width"],
  ],
];

for (const [argv, answer, needed] of LEAST) {
  Deno.test(`${argv.join(" ")} loads what it needs and no more`, async () => {
    const names = [...Object.keys(config.imports), ...PARTS]
      .filter((name) => ![...ALWAYS, ...needed].includes(name));
    const { code, stdout, stderr } = await without(names, ...argv);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, answer);
    for (const name of needed) {
      const { stderr } = await without([...names, name], ...argv);
      // A name that is imported from the trap is missed before the trap throws.
      const fault = /loaded|does not provide an export/;
      assertMatch(stderr, fault, `${name} is not needed`);
    }
  });
}

Deno.test("the trap of the tests above is one: a target with a plan falls into it", async () => {
  // A dry run goes on without an engine, which a new machine does not have.
  const { code, stderr } = await without(["dax"], "release", "--dry-run");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "loaded");
});
