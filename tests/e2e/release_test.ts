import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  ALL,
  leftovers,
  output,
  running,
  twinOf,
  withCheckout,
} from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

const URL_LINE = /^App running at (http:\/\/localhost:\d+)\n$/;

/** The containers of a project as "service state", sorted. */
async function containers(project: string): Promise<string[]> {
  const list = await output([
    "docker",
    "ps",
    "--all",
    "--filter",
    `label=com.docker.compose.project=${project}`,
    "--format",
    '{{.Label "com.docker.compose.service"}} {{.State}} {{.ID}}',
  ]);
  return list.split("\n").toSorted();
}

const withoutIds = (list: string[]) =>
  list.map((line) => line.replace(/ \w+$/, ""));

Deno.test("release leaves the accepted application answering, and nothing else running", () =>
  withCheckout(async ({ todoflow, project, directory }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const [, url = ""] = URL_LINE.exec(stdout) ?? [];
    assert(url, `stdout is ${stdout}`);

    // The todos of the acceptance tests are gone: the application is going to be used.
    assertEquals(await (await fetch(`${url}/todos`)).json(), []);
    const page = await (await fetch(url, { headers: { accept: "text/html" } }))
      .text();
    assertMatch(page, /<html/);
    const created = await fetch(`${url}/todos`, {
      method: "POST",
      body: JSON.stringify({ title: "Wash the car" }),
      headers: { "content-type": "application/json" },
    });
    assertEquals(created.status, 201);
    assertStringIncludes(await created.text(), "Wash the car");
    assertStringIncludes(stderr, "15 passed");

    const before = await containers(twinOf(project));
    assertEquals(withoutIds(before), ["app running", "db running"]);
    const address = await output([
      "docker",
      "port",
      `${project}--release-app-1`,
      "8000",
    ]);
    assertMatch(address, /^127\.0\.0\.1:\d+$/);
    assertEquals(
      await output(["docker", "exec", `${project}--release-app-1`, "id", "-u"]),
      "1000",
    );

    // The containers are the ones that `docker compose up` would make in the release's project.
    const up = ["up", "--detach", "--wait", "app"];
    const compose = (name: string, ...args: string[]) =>
      output(["docker", "compose", "--project-name", name, ...args], {
        cwd: directory,
      });
    await compose(twinOf(project), ...up);
    const after = await containers(twinOf(project));
    for (const line of before) assert(after.includes(line), line);

    // A stack of the user's own is beside it, with images that Compose has built: todoflow touches nothing of it.
    await compose(project, ...up);
    const users = await containers(project);

    // Tests leave a released application alone; the next release starts with an empty database.
    const tested = await todoflow("test");
    assertEquals(tested.code, 0, tested.stderr);
    assertStringIncludes(
      await (await fetch(`${url}/todos`)).text(),
      "Wash the car",
    );
    const again = await todoflow("release");
    assertEquals(again.code, 0, again.stderr);
    const [, next = ""] = URL_LINE.exec(again.stdout) ?? [];
    assertEquals(await (await fetch(`${next}/todos`)).json(), []);

    const cleaned = await todoflow("clean");
    assertEquals(cleaned.code, 0, cleaned.stderr);
    assertEquals(await containers(project), users);
    const inTwin = (await leftovers(project))
      .filter((line) => line.includes(twinOf(project)));
    assertEquals(inTwin, []);
    await compose(
      project,
      "--profile",
      "*",
      "down",
      "--volumes",
      "--rmi",
      "local",
    );
    assertEquals((await todoflow("clean")).code, 0);
    assertEquals(await leftovers(project), []);
  }));

// diagnosis_test.ts and projects_test.ts have a one-shot that fails, of smaller projects.
Deno.test(
  "a failing migration: exit code 1, the application never starts, nothing is left",
  { ignore: !ALL },
  () =>
    withCheckout(async ({ todoflow, edit, project }) => {
      await edit(
        "todobackend/src/migrate.ts",
        "createTable(",
        'createTable("no such schema." + ',
      );
      const { code, stdout, stderr } = await todoflow("release");
      assertEquals([code, stdout], [1, ""], stderr);
      assertStringIncludes(stderr, 'release failed at step "run migrate"');
      assertEquals(stderr.includes("start app:"), false);
      assertEquals(await running(project), []);
    }),
);

Deno.test("a failing acceptance test: exit code 1, nothing is left; with --keep the application is", () =>
  withCheckout(async ({ todoflow, edit, project }) => {
    await edit("docker-compose.yml", "app:8000')).ok ||", "app:8000')).ok &&");
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals([code, stdout], [1, ""], stderr);
    assertStringIncludes(stderr, 'release failed at step "run acceptance"');
    assertEquals(await running(project), []);

    const kept = await todoflow("release", "--keep");
    assertEquals(kept.code, 1);
    assertEquals(withoutIds(await containers(twinOf(project))), [
      "acceptance exited",
      "app running",
    ]);
  }, { from: TINY }));
