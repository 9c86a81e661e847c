import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Checkout, leftovers, output, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A build by hand takes the names from the images of a release: those are the builder's then. */
async function loseImages(
  edit: Checkout["edit"],
  { directory, project }: Pick<Checkout, "directory" | "project">,
): Promise<string[]> {
  await edit("Dockerfile", "tiny'", "tinier'");
  // All of them: the image has a name for each service.
  await output(["docker", "compose", "--profile", "*", "build", "--quiet"], {
    cwd: directory,
    env: { COMPOSE_PROJECT_NAME: project },
  });
  const label = `label=com.docker.compose.project=${project}`;
  const tags = await output([
    ...["docker", "image", "ls", "--filter", label, "--format"] as const,
    "{{.Repository}}:{{.Tag}}",
  ]);
  return tags.split("\n").filter((tag) => !tag.endsWith(":<none>"));
}

Deno.test("clean removes what test and release made, images that lost their names too, leaves a builder's images, and may be run twice", () =>
  withCheckout(async ({ todoflow, edit, project, directory }) => {
    assertEquals((await todoflow("release")).code, 0);
    const tags = await loseImages(edit, { directory, project });
    try {
      for (let time = 0; time < 2; time++) {
        const { code, stderr } = await todoflow("clean");
        assertEquals(code, 0, stderr);
        for (const tag of tags) {
          assertStringIncludes(stderr, `left alone: image ${tag}`);
        }
        assertEquals(
          (await leftovers(project)).map((line) => `${line}:latest`),
          tags.map((tag) => `image ${tag}`).toSorted(),
        );
      }
    } finally {
      await output(["docker", "rmi", ...tags]);
    }
  }, { from: TINY }));

Deno.test("clean of one project touches nothing of another with the same application", () =>
  withCheckout((mine) =>
    withCheckout(async (other) => {
      assertEquals((await other.todoflow("release")).code, 0);
      const tags = await loseImages(other.edit, other);
      const before = await leftovers(other.project);
      assertEquals((await mine.todoflow("clean")).code, 0);
      assertEquals(await leftovers(other.project), before);
      await output(["docker", "rmi", ...tags]);
    }, { from: TINY }), { from: TINY }));

Deno.test("external networks and volumes stay, and one-off containers of a person's", () =>
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
      const container = await output(
        ["docker", "compose", "run", "--detach", "migrate"],
        { cwd: directory, env: { COMPOSE_PROJECT_NAME: project } },
      );
      const refused = await todoflow("clean");
      assertEquals(refused.code, 4, refused.stderr);
      await output(["docker", "rm", "--force", container]);
      assertEquals((await todoflow("clean")).code, 0);
      assertEquals(await leftovers(project), []);
      await output(["docker", "network", "inspect", name]);
      await output(["docker", "volume", "inspect", name]);
    } finally {
      await output(["docker", "network", "rm", name]);
      await output(["docker", "volume", "rm", name]);
    }
  }, { from: TINY }));
