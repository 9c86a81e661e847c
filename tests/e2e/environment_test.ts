import { assertEquals, assertStringIncludes } from "@std/assert";
import { exec, running, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;
const TARGETS = ["test", "release", "clean"];

Deno.test("no engine: exit code 4 for every target that needs one, and no output on stdout", () =>
  withCheckout(async ({ todoflow }) => {
    for (const target of TARGETS) {
      const { code, stdout, stderr } = await todoflow(target);
      assertEquals([code, stdout], [4, ""], stderr);
      assertStringIncludes(stderr, "Cannot reach a Docker Engine");
    }
    assertEquals((await todoflow("version")).code, 0);
  }, { from: TINY, env: { DOCKER_HOST: "unix:///nowhere/docker.sock" } }));

Deno.test("an invalid Compose file: exit code 3, Compose's reason, nothing is changed", () =>
  withCheckout(async ({ todoflow, edit, project }) => {
    await edit(
      "docker-compose.yml",
      "    build: .\n",
      "    build: .\n    bogus: 1\n",
    );
    for (const target of ["test", "release"]) {
      const { code, stdout, stderr } = await todoflow(target);
      assertEquals([code, stdout], [3, ""], stderr);
      assertStringIncludes(stderr, "bogus");
    }
    assertEquals(await running(project), []);
    await edit("docker-compose.yml", "    bogus: 1\n", "");
  }, { from: TINY }));

Deno.test("no Compose file: exit code 3", () =>
  withCheckout(async ({ todoflow, directory }) => {
    const file = `${directory}/docker-compose.yml`;
    const text = await Deno.readTextFile(file);
    await Deno.remove(file);
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 3);
    assertStringIncludes(stderr, "Cannot find a Compose file");
    await Deno.writeTextFile(file, text);
  }, { from: TINY }));

Deno.test("no commit: exit code 4, except for clean", () =>
  withCheckout(async ({ todoflow, directory }) => {
    await Deno.remove(`${directory}/.git`, { recursive: true });
    await exec(["git", "init", "--quiet"], { cwd: directory });
    assertEquals((await todoflow("release")).code, 4);
    const cleaned = await todoflow("clean");
    assertEquals(cleaned.code, 0, cleaned.stderr);
  }, { from: TINY }));
