/** What the documentation shows is what happens: the plan of a release, and the program on the library's page. */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import type { TimedEvent } from "../../lib/events.ts";
import { recordedSteps } from "../../tools/docs.ts";
import { leftovers, ROOT, spawn, withCheckout } from "./harness.ts";

Deno.test("the plan that the documentation shows is the one of todobackend's release", () =>
  withCheckout(async (checkout) => {
    const run = spawn(checkout, "release", "--json");
    const first = () => run.stdout().split("\n", 2);
    while (first().length < 2) await new Promise((next) => setTimeout(next));
    run.kill("SIGINT");
    await run.status;
    const [line = ""] = first();
    const event: TimedEvent = JSON.parse(line);
    assert(event.kind === "run-start");
    // Of how the engine was found: images of an earlier run.
    const steps = event.steps.filter(({ name }) => name !== "prune");
    assertEquals(steps, [...await recordedSteps()]);
  }));

const PROJECT = {
  "Dockerfile": "FROM denoland/deno:debian-2.9.6\nWORKDIR /src\nCOPY . .\n",
  "compose.yaml": "services: { test: { build: . } }\n",
  "main.ts": "export const answer = 42;\n",
};

Deno.test("the program on the library's page runs its own target, which leaves nothing", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/library.md`);
  const [, program = ""] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const folder = await Deno.makeTempDir();
  try {
    const imports = { ...config.imports, [config.name]: `${ROOT}mod.ts` };
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ nodeModulesDir: "none", imports }),
    );
    await Deno.writeTextFile(`${folder}/workflow.ts`, program);
    await withCheckout(async ({ todoflow, edit, project }) => {
      const good = await todoflow("lint");
      assertEquals(good.code, 0, good.stderr);
      assert(good.stderr.includes("Checked 1 file"), good.stderr);
      await edit("main.ts", "export const", "export var");
      const bad = await todoflow("lint");
      assertEquals(bad.code, 1, bad.stderr);
      assert(bad.stderr.includes("no-var"), bad.stderr);
      assertEquals(await leftovers(project), []);
    }, {
      files: PROJECT,
      command: [
        Deno.execPath(),
        ...["run", "--quiet", "--no-lock", "--allow-all"],
        `${folder}/workflow.ts`,
      ],
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
