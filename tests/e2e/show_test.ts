/**
 * A run is shown again on a machine that has nothing but its reports.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runFlags } from "../../tools/compile.ts";
import { recordedEvents } from "../../tools/docs.ts";
import { exec, ROOT, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** Shows a run in a folder, with the permissions that `deno task show` has, and without any program on the PATH. */
async function show(
  directory: string,
  argv: readonly string[],
  flags: readonly string[] = [],
) {
  return await exec([
    Deno.execPath(),
    "run",
    ...runFlags(config.tasks.show.command),
    ...flags,
    `${ROOT}mod.ts`,
    "show",
    ...argv,
  ], {
    cwd: directory,
    env: { PATH: "/nowhere", DOCKER_HOST: "unix:///nowhere/docker.sock" },
  });
}

/** The lines of a run without those that containers have written, without signs of life, and with the name of its page. */
function own(stderr: string): string[] {
  return stderr.split("\n").filter((line) =>
    !/^test +\| |^still running: /.test(line)
  ).map((line) => line.replace(/^Report: .*\//, "Report: "));
}

Deno.test("a run is shown as it was, from its folder alone, however it has ended", () =>
  withCheckout(async ({ todoflow, directory }) => {
    const good = await todoflow("test");
    assertEquals(good.code, 0, good.stderr);
    const folder = await Deno.makeTempDir();
    try {
      await Deno.rename(`${directory}/reports/test`, `${folder}/test`);
      const again = await show(folder, ["test"]);
      assertEquals([again.code, again.stdout], [0, good.stdout]);
      assertEquals(own(again.stderr), own(good.stderr));
      const bad = await todoflow("test", "--", "fail");
      assertEquals(bad.code, 1);
      const shown = await show(folder, [`${directory}/reports`]);
      assertEquals([shown.code, shown.stdout], [0, bad.stdout]);
      assertEquals(own(shown.stderr), own(bad.stderr));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }, { from: TINY }));

Deno.test("a file that is much larger than the memory is shown", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [first, ...rest] = await recordedEvents();
    const encoder = new TextEncoder();
    using file = await Deno.open(`${folder}/events.jsonl`, {
      write: true,
      createNew: true,
    });
    const write = (event: object) =>
      file.writeSync(encoder.encode(`${JSON.stringify(event)}\n`));
    write(first!);
    const event = {
      ...{ at: first!.at, kind: "output", step: "build" },
      line: "#7 1.0 ".padEnd(2_000, "x"),
    };
    const line = encoder.encode(`${JSON.stringify(event)}\n`.repeat(500));
    for (let i = 0; i < 150; i++) file.writeSync(line);
    rest.forEach(write);
    const { code, stderr } = await show(folder, ["events.jsonl", "--quiet"], [
      "--v8-flags=--max-old-space-size=60",
    ]);
    assertEquals(code, 0, stderr.slice(-1_000));
    assert(stderr.includes("release "), stderr.slice(-1_000));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
