import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ALL, family, output, spawn, withCheckout } from "./harness.ts";
import { withSecondEngine } from "./second_engine.ts";

const STACK = new URL("fixtures/stack", import.meta.url).pathname;

/** The objects on that engine with the label of the project or of a twin. */
async function leftOn(host: string, project: string): Promise<string> {
  const lists = family(project).flatMap((name) =>
    [
      ["ps", "--all", "--quiet"],
      ["network", "ls", "--quiet"],
      ["volume", "ls", "--quiet"],
      ["images", "--quiet"],
    ].map((list) =>
      output([
        ...["docker", "--host", host, ...list] as const,
        ...["--filter", `label=com.docker.compose.project=${name}`],
      ])
    )
  );
  return (await Promise.all(lists)).join("");
}

/** Publishes on every address, as for an engine that is elsewhere. */
const PUBLISHED = ['"127.0.0.1::8000"', '"8000"'] as const;

Deno.test("every target works on an engine that cannot see the checkout, and the URL names its host", () =>
  withSecondEngine(({ host }) =>
    withCheckout(async ({ todoflow, edit, project, directory }) => {
      await edit("docker-compose.yml", ...PUBLISHED);
      const tested = await todoflow("test");
      assertEquals(tested.code, 0, tested.stderr);
      for (const report of ["early.txt", "late.txt", "logs/test.log"]) {
        await Deno.stat(`${directory}/reports/test/${report}`);
      }
      assertEquals(await leftOn(host, project), "");
      const { code, stdout, stderr } = await todoflow("release");
      assertEquals(code, 0, stderr);
      const [url = ""] = /http:\S+/.exec(stdout) ?? [];
      assertEquals(new URL(url).hostname, new URL(host).hostname);
      assertEquals(await (await fetch(url)).text(), "stack");
      const listed = JSON.parse((await todoflow("ls", "--json")).stdout);
      assertEquals([listed.engine, listed.url], [host, url]);
      const cleaned = await todoflow("clean");
      assertEquals(cleaned.code, 0, cleaned.stderr);
      assertEquals(await leftOn(host, project), "");
    }, { from: STACK, env: { DOCKER_HOST: host } })
  ));

Deno.test(
  "a context names the engine, too; the same project on two engines is two",
  { ignore: !ALL },
  () =>
    withSecondEngine(async ({ host }) => {
      const DOCKER_CONFIG = await Deno.makeTempDir();
      await output(
        ["docker", "context", "create", "far", "--docker", `host=${host}`],
        { env: { DOCKER_CONFIG } },
      );
      const env = { DOCKER_CONFIG, DOCKER_CONTEXT: "far" };
      await withCheckout(async (checkout) => {
        const { todoflow, edit, project, directory } = checkout;
        await edit("docker-compose.yml", ...PUBLISHED);
        const far = await todoflow("release");
        assertEquals(far.code, 0, far.stderr);
        assertStringIncludes(far.stdout, `http://${new URL(host).hostname}:`);
        const near = { ...checkout.env, DOCKER_CONTEXT: "default" };
        const here = spawn({ directory, env: near }, "release");
        assertEquals((await here.status).code, 0, here.stderr());
        assertStringIncludes(here.stdout(), "http://localhost:");
        assertEquals((await todoflow("clean")).code, 0);
        assertEquals(await leftOn(host, project), "");
        const cleaned = spawn({ directory, env: near }, "clean");
        assertEquals((await cleaned.status).code, 0, cleaned.stderr());
      }, { from: STACK, env });
      await Deno.remove(DOCKER_CONFIG, { recursive: true });
    }),
);

for (const at of ["| migrating", "build: "]) {
  Deno.test(
    `the engine dies in the middle (at "${at.trim()}"): exit code 4, and the next run cleans up`,
    { ignore: at !== "build: " && !ALL },
    () =>
      withSecondEngine((engine) =>
        withCheckout(async (checkout) => {
          const { project } = checkout;
          const run = spawn(checkout, "release", "--verbose");
          await run.shows(at);
          await engine.kill();
          assertEquals((await run.status).code, 4, run.stderr());
          assertStringIncludes(run.stderr(), "lost the Docker Engine");
          await engine.start();
          const next = await checkout.todoflow("test");
          assertEquals(next.code, 0, next.stderr);
          assertEquals(await leftOn(engine.host, project), "");
        }, { from: STACK, env: { DOCKER_HOST: engine.host } })
      ),
  );
}

// diagnosis_test.ts has a full tmpfs.
Deno.test(
  "the disk is full: exit code 4, and nothing but the cause is in the way of the next run",
  { ignore: !ALL },
  () =>
    withSecondEngine(
      ({ host }) =>
        withCheckout(async ({ todoflow, edit, project }) => {
          await edit(
            "Dockerfile",
            "sleep 0.7",
            "dd if=/dev/zero of=/big bs=1M",
          );
          const { code, stderr } = await todoflow("release");
          assertEquals(code, 4, stderr);
          assertStringIncludes(stderr, "the disk is full");
          await edit("Dockerfile", "dd if=/dev/zero of=/big bs=1M", "true");
          const next = await todoflow("test");
          assertEquals(next.code, 0, next.stderr);
          assert(!next.stderr.includes("disk is full"));
          assertEquals(await leftOn(host, project), "");
        }, { from: STACK, env: { DOCKER_HOST: host } }),
      { diskMegabytes: 700 },
    ),
);
