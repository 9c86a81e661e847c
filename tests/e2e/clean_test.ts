import { assert, assertEquals } from "@std/assert";
import { leftovers, output, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

Deno.test("clean removes what test and release made, dangling images too, and may be run twice", () =>
  withCheckout(async ({ todoflow, edit, project }) => {
    assertEquals((await todoflow("test")).code, 0);
    await edit("Dockerfile", "tiny'", "tinier'");
    assertEquals((await todoflow("release")).code, 0);
    assert((await leftovers(project)).includes("image <none>"));
    for (let time = 0; time < 2; time++) {
      const { code, stderr } = await todoflow("clean");
      assertEquals(code, 0, stderr);
      assertEquals(await leftovers(project), []);
    }
  }, { from: TINY }));

Deno.test("clean of one project touches nothing of another with the same application", () =>
  withCheckout((mine) =>
    withCheckout(async (other) => {
      assertEquals((await other.todoflow("release")).code, 0);
      await other.edit("Dockerfile", "tiny'", "other'");
      assertEquals((await other.todoflow("test")).code, 0);
      const before = await leftovers(other.project);
      assert(before.includes("image <none>"), "no dangling image to lose");
      assertEquals((await mine.todoflow("clean")).code, 0);
      assertEquals(await leftovers(other.project), before);
    }, { from: TINY }), { from: TINY }));

Deno.test("external networks and volumes stay, as do one-off containers' neighbours", () =>
  withCheckout(async ({ todoflow, edit, project, directory }) => {
    const name = `${project}-external`;
    await output(["docker", "network", "create", name]);
    await output(["docker", "volume", "create", name]);
    try {
      await edit(
        "docker-compose.yml",
        "services:\n",
        `networks: { default: { external: true, name: ${name} } }\n` +
          `volumes: { data: { external: true, name: ${name} } }\nservices:\n`,
      );
      assertEquals((await todoflow("release")).code, 0);
      await output(["docker", "compose", "run", "--detach", "migrate"], {
        cwd: directory,
        env: { COMPOSE_PROJECT_NAME: project },
      });
      assertEquals((await todoflow("clean")).code, 0);
      assertEquals(await leftovers(project), []);
      await output(["docker", "network", "inspect", name]);
      await output(["docker", "volume", "inspect", name]);
    } finally {
      await output(["docker", "network", "rm", name]);
      await output(["docker", "volume", "rm", name]);
    }
  }, { from: TINY }));
