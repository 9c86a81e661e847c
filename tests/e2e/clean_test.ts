import { assert, assertEquals } from "@std/assert";
import { type Checkout, leftovers, output, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A build by hand takes the name from the image before it. */
async function loseImage(
  edit: Checkout["edit"],
  { directory, project }: Pick<Checkout, "directory" | "project">,
) {
  await edit("Dockerfile", "tiny'", "tinier'");
  // All of them: the image has a name for each service.
  await output(["docker", "compose", "--profile", "*", "build", "--quiet"], {
    cwd: directory,
    env: { COMPOSE_PROJECT_NAME: project },
  });
  // One that a container uses is not dangling.
  await output(["docker", "rm", "--force", `${project}-app-1`]);
  const left = await leftovers(project);
  assert(left.includes("image <none>"), "no dangling image to lose");
}

Deno.test("clean removes what test and release made, dangling images too, and may be run twice", () =>
  withCheckout(async ({ todoflow, edit, project, directory }) => {
    assertEquals((await todoflow("release")).code, 0);
    await loseImage(edit, { directory, project });
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
      await loseImage(other.edit, other);
      const before = await leftovers(other.project);
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
