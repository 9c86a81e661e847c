/** The documentation shows the real plan of a release, and a program that works. */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import type { TimedEvent } from "../../lib/plan/events.ts";
import { recordedSteps } from "../../tools/docs.ts";
import { leftovers, output, ROOT, spawn, withCheckout } from "./harness.ts";

Deno.test("the plan that the documentation shows is the one of todobackend's release", () =>
  withCheckout(async (checkout) => {
    // Where it has to be fetched, the build does not wait for its start.
    await output(["docker", "pull", "--quiet", "mariadb:10.11"]);
    const run = spawn(checkout, "release");
    await run.shows("build: ");
    run.kill("SIGINT");
    await run.status;
    const [line = ""] = (await Deno.readTextFile(
      `${checkout.directory}/reports/release/events.jsonl`,
    )).split("\n");
    const event: TimedEvent = JSON.parse(line);
    assert(event.kind === "run-start");
    assertEquals(event.steps, await recordedSteps());
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
