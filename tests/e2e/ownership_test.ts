import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ALL,
  type Checkout,
  exec,
  leftovers,
  output,
  running,
  spawn,
  twinOf,
  withCheckout,
} from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A migration that does not end by itself. */
const STUCK = {
  "compose.yaml": `
services:
  migrate:
    image: debian:bookworm-slim
    command: [sh, -c, "echo migrating; sleep infinity"]
  app:
    image: debian:bookworm-slim
    depends_on: { migrate: { condition: service_completed_successfully } }
`,
};

/** As on a laptop, or a build agent: no name for the project is given. */
const UNNAMED = { COMPOSE_PROJECT_NAME: "" };

/** Gives the projects a name in their files that nothing else on this machine has. */
async function named(...checkouts: Checkout[]): Promise<string> {
  const name = `tiny-${crypto.randomUUID().slice(0, 8)}`;
  for (const { edit } of checkouts) {
    await edit("docker-compose.yml", "name: tiny", `name: ${name}`);
  }
  return name;
}

/** The project whose twin has the containers of the checkout's release; "" without a release. */
async function projectOf({ directory }: Checkout): Promise<string> {
  const label = "com.docker.compose.project";
  const names = await output([
    "docker",
    "ps",
    "--all",
    "--filter",
    `label=${label}.working_dir=${directory}`,
    "--format",
    `{{.Label "${label}"}}`,
  ]);
  return names.split("\n")[0]!.replace(/--release$/, "");
}

/** The URL that a release has printed. */
function urlIn(stdout: string): string {
  return /http:\S+/.exec(stdout)![0];
}

async function textOf(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

Deno.test("a second run of a project names the run that holds it, ends with exit code 4, and changes nothing", () =>
  withCheckout(async (checkout) => {
    const first = spawn(checkout, "release");
    await first.shows("| migrating");
    for (const target of ["test", "release", "clean"]) {
      const { code, stderr } = await checkout.todoflow(target);
      assertEquals(code, 4, stderr);
      assertStringIncludes(stderr, `process ${first.pid}`);
      assertStringIncludes(stderr, "todoflow release");
      assertStringIncludes(stderr, checkout.directory);
    }
    const listed = await checkout.todoflow("ls");
    assertStringIncludes(listed.stdout, `release (process ${first.pid})`);
    assert((await running(checkout.project)).length > 0);
    first.kill("SIGINT");
    assertEquals((await first.status).code, 130);
  }, { files: STUCK }));

Deno.test("a released application is not swept, nor what it needs, when a test beside it was killed", () =>
  withCheckout(async (checkout) => {
    await checkout.edit(
      "docker-compose.yml",
      `'printf "<%s>\\n" "$$@"; test "$$1" != fail'`,
      `'echo started; sleep 60'`,
    );
    const released = await checkout.todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    const before = await leftovers(checkout.project);
    const test = spawn(checkout, "test");
    await test.shows("| started");
    test.kill("SIGKILL");
    await test.status;
    assert(
      (await running(checkout.project)).includes(
        `container ${checkout.project}--test-test-run`,
      ),
    );
    const dead = await checkout.todoflow("ls");
    assertStringIncludes(dead.stdout, "dead");
    await checkout.edit("docker-compose.yml", "; sleep 60", "");
    const { code, stderr } = await checkout.todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "has died");
    assertEquals(await leftovers(checkout.project), before);
    assertEquals(await textOf(urlIn(released.stdout)), "tiny");
    const listed = await checkout.todoflow("ls", "--json");
    assertEquals(JSON.parse(listed.stdout).state, "released");
  }, { from: TINY }));

Deno.test("a dead run of another project is swept as well, and its log is complete", async () => {
  const state = await Deno.makeTempDir();
  const options = { files: STUCK, env: { XDG_STATE_HOME: state } };
  await withCheckout((other) =>
    withCheckout(async (mine) => {
      const release = spawn(other, "release");
      await release.shows("| migrating");
      release.kill("SIGKILL");
      await release.status;
      const { code, stderr } = await mine.todoflow("clean");
      assertEquals(code, 0, stderr);
      assertEquals(await leftovers(other.project), []);
      const log = await Deno.readTextFile(
        `${other.directory}/reports/release/logs/migrate.log`,
      );
      assertStringIncludes(log, "Z migrating\n");
    }, options), options);
  await Deno.remove(state, { recursive: true });
});

Deno.test("two checkouts with one folder name: the second has no release beside that of the first, and says where that is", () =>
  withCheckout(
    (first) =>
      withCheckout(async (second) => {
        const name = await named(first, second);
        const released = await first.todoflow("release");
        assertEquals(released.code, 0, released.stderr);
        const before = await leftovers(name);
        for (const target of ["release", "clean"]) {
          const { code, stderr } = await second.todoflow(target);
          assertEquals(code, 4, stderr);
          assertEquals(await leftovers(name), before);
          assertStringIncludes(stderr, `docker compose in ${first.directory}`);
        }
        const tested = await second.todoflow("test");
        assertEquals(tested.code, 0, tested.stderr);
        assertEquals(await leftovers(name), before);
        assertEquals(await textOf(urlIn(released.stdout)), "tiny");
        const cleaned = await first.todoflow("clean");
        assertEquals(cleaned.code, 0, cleaned.stderr);
        const { code, stderr } = await second.todoflow("release");
        assertEquals(code, 0, stderr);
        assertEquals((await second.todoflow("clean")).code, 0);
      }, { from: TINY, env: UNNAMED }),
    { from: TINY, env: UNNAMED },
  ));

Deno.test("under CI a checkout has a project of its own, always the same, whose image names no other checkout uses", () =>
  withCheckout(
    (first) =>
      withCheckout(async (second) => {
        const names: string[] = [];
        for (const checkout of [first, second]) {
          await checkout.edit(
            "docker-compose.yml",
            "  app:\n    build: .\n",
            "  app:\n    build: .\n    image: tiny-shared:${APP_VERSION}\n",
          );
          await checkout.edit("Dockerfile", "'tiny'", `'${names.length}'`);
          const { code, stdout, stderr } = await checkout.todoflow("release");
          assertEquals(code, 0, stderr);
          assertEquals(await textOf(urlIn(stdout)), `${names.length}`);
          names.push(await projectOf(checkout));
        }
        const [one = "", two = ""] = names;
        assert(/^tiny-[0-9a-f]{8}$/.test(one), one);
        assert(one !== two, one);
        assertEquals(
          await output(["docker", "images", "--quiet", "tiny-shared"]),
          "",
        );
        const before = await leftovers(two);
        const cleaned = await first.todoflow("clean");
        assertEquals(cleaned.code, 0, cleaned.stderr);
        assertEquals(await leftovers(one), []);
        assertEquals(await leftovers(two), before);
        const { code, stderr } = await second.todoflow("clean");
        assertEquals(code, 0, stderr);
        assertEquals(await leftovers(two), []);
      }, { from: TINY, env: { ...UNNAMED, CI: "true" } }),
    { from: TINY, env: { ...UNNAMED, CI: "true" } },
  ));

Deno.test("clean removes the checkout's objects of both releases, with CI and without", () =>
  withCheckout(async (checkout) => {
    const { directory, env } = checkout;
    const name = await named(checkout);
    assertEquals((await checkout.todoflow("release")).code, 0);
    const asAgent = spawn(
      { directory, env: { ...env, CI: "true" } },
      "release",
    );
    assertEquals((await asAgent.status).code, 0);
    const { code, stderr } = await checkout.todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals(await projectOf(checkout), "");
    assertEquals(await leftovers(name), []);
  }, { from: TINY, env: UNNAMED }));

for (const CI of ["", "true"]) {
  Deno.test(
    `clean works by labels when the Compose file is broken${
      CI && ", under CI too"
    }`,
    { ignore: CI === "" && !ALL },
    () =>
      withCheckout(async (checkout) => {
        await named(checkout);
        const released = await checkout.todoflow("release");
        assertEquals(released.code, 0, released.stderr);
        const project = await projectOf(checkout);
        await checkout.edit("docker-compose.yml", "services:", "services: [");
        const { code, stderr } = await checkout.todoflow("clean");
        assertEquals(code, 0, stderr);
        assertEquals(await leftovers(project), []);
        assertEquals((await checkout.todoflow("clean")).code, 0);
      }, { from: TINY, env: { ...UNNAMED, CI } }),
  );
}

Deno.test(
  "eight checkouts of one repository, released at once on one engine, do not meet; a ninth is cleaned meanwhile",
  { ignore: !ALL },
  async () => {
    const checkouts: Checkout[] = [];
    const all = async (count: number): Promise<void> => {
      if (count === 0) return await inAll(checkouts);
      await withCheckout((checkout) => {
        checkouts.push(checkout);
        return all(count - 1);
      }, { from: TINY, env: { ...UNNAMED, CI: "true" } });
    };
    await all(9);
  },
);

async function inAll(checkouts: readonly Checkout[]) {
  for (const [i, { edit }] of checkouts.entries()) {
    await edit("Dockerfile", "'tiny'", `'checkout ${i}'`);
  }
  const [cleaned, ...others] = checkouts;
  assertEquals((await cleaned!.todoflow("release")).code, 0);
  const runs = others.map((checkout) =>
    spawn(checkout, "release", "--verbose")
  );
  await Promise.all(runs.map((run) => run.shows("build: ")));
  const clean = await cleaned!.todoflow("clean");
  assertEquals(clean.code, 0, clean.stderr);
  for (const [i, run] of runs.entries()) {
    assertEquals((await run.status).code, 0, run.stderr());
    assertEquals(await textOf(urlIn(run.stdout())), `checkout ${i + 1}`);
  }
  for (const checkout of others) {
    const project = await projectOf(checkout);
    const { code, stderr } = await checkout.todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals(await leftovers(project), []);
  }
}

Deno.test("a tag that a person gave to a built image stays", () =>
  withCheckout(async ({ todoflow, project }) => {
    assertEquals((await todoflow("release")).code, 0);
    const own = `kept-${project}:1`;
    await output(["docker", "tag", `${twinOf(project)}-app`, own]);
    try {
      assertEquals((await todoflow("clean")).code, 0);
      assertEquals(
        (await exec(["docker", "image", "inspect", own])).code,
        0,
      );
    } finally {
      await output(["docker", "rmi", own]);
    }
  }, { from: TINY }));
