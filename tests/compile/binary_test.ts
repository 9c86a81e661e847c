import { assertEquals, assertMatch } from "@std/assert";
import { exec, leftovers, ROOT, withCheckout } from "../e2e/harness.ts";
import { compiler } from "../lab/compiler.ts";

const TINY = new URL("../e2e/fixtures/tiny", import.meta.url).pathname;

Deno.test("the compiled binary, alone in another repository, runs every target", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { command, env } = await compiler(folder);
    // Where one is wanted by tests that follow, it stays.
    const binary = Deno.env.get("TODOFLOW_BINARY") ?? `${folder}/todoflow`;
    const compiled = await exec(
      [...command, "run", "-A", "tools/compile.ts", "--output", binary],
      { cwd: ROOT, env },
    );
    assertEquals(compiled.code, 0, compiled.stderr);

    await withCheckout(async ({ todoflow, directory, project }) => {
      await Deno.copyFile(binary, `${directory}/todoflow`);
      const version = await todoflow("version");
      assertMatch(version.stdout, /^\{"Version": "[0-9a-f]{7,}"\}\n$/);
      const test = await todoflow("test", "--", "one two");
      assertEquals(test.code, 0, test.stderr);
      const release = await todoflow("release");
      assertEquals(release.code, 0, release.stderr);
      const [, url = ""] = /^App running at (\S+)\n$/.exec(release.stdout) ??
        [];
      assertEquals(await (await fetch(url)).text(), "tiny");
      const clean = await todoflow("clean");
      assertEquals(clean.code, 0, clean.stderr);
      assertEquals(await leftovers(project), []);
    }, { from: TINY, command: ["./todoflow"] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
