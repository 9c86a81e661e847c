import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Checkout,
  leftovers,
  output,
  removeAll,
  twinOf,
  withCheckout,
} from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A build by hand takes the names from the images of a release: those are the builder's then. */
async function loseImages(
  edit: Checkout["edit"],
  { directory, project }: Pick<Checkout, "directory" | "project">,
): Promise<string[]> {
  await edit("Dockerfile", "tiny'", "tinier'");
  const tags: string[] = [];
  for (const name of [project, twinOf(project)]) {
    // All of them: the image has a name for each service.
    await output(["docker", "compose", "--profile", "*", "build", "--quiet"], {
      cwd: directory,
      env: { COMPOSE_PROJECT_NAME: name },
    });
    const label = `label=com.docker.compose.project=${name}`;
    const list = await output([
      ...["docker", "image", "ls", "--filter", label, "--format"] as const,
      "{{.Repository}}:{{.Tag}}",
    ]);
    tags.push(...list.split("\n").filter((tag) => !tag.endsWith(":<none>")));
  }
  return [...new Set(tags)];
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

Deno.test("external networks and volumes stay, and one-off containers of a person's, which are in the way in a release's project only", () =>
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
      const runs = async (name: string, cwd: string) => {
        const run = [
          "docker",
          "compose",
          "run",
          "--detach",
          "migrate",
        ] as const;
        const env = { COMPOSE_PROJECT_NAME: name };
        // In the plain project it builds its image first.
        return (await output(run, { cwd, env })).split("\n").at(-1)!;
      };
      const state = (container: string) =>
        output(["docker", "inspect", "--format", "{{.State}}", container]);
      const elsewhere = `${directory}-elsewhere`;
      await output(["cp", "-R", directory, elsewhere]);
      const foreign = await runs(twinOf(project), elsewhere);
      const refused = await todoflow("clean");
      assertEquals(refused.code, 4, refused.stderr);
      await output(["docker", "rm", "--force", foreign]);
      const container = await runs(project, directory);
      await output(["docker", "wait", container]);
      const before = await state(container);
      assertEquals((await todoflow("clean")).code, 0);
      assertEquals(await state(container), before);
      await output(["docker", "rm", "--force", container]);
      await output(["docker", "rmi", `${project}-migrate`]);
      assertEquals((await todoflow("clean")).code, 0);
      assertEquals(await leftovers(project), []);
      await output(["docker", "network", "inspect", name]);
      await output(["docker", "volume", "inspect", name]);
    } finally {
      await removeAll([`network ${name}`, `volume ${name}`]);
    }
  }, { from: TINY }));
