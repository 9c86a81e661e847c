import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { commitAll, exec, output, twinOf, withCheckout } from "./harness.ts";

/** Files that a developer's folder has besides the source, and that must never be in an image. */
const DECOYS = [
  ".env",
  "db.sqlite3",
  "todobackend/.env",
  "todobackend/.env.local",
  "todobackend/db.sqlite3",
  "todobackend/db.sqlite3-wal",
  "todobackend/src/copy.sqlite3",
  "todobackend/reports/unittests.xml",
];

/** Every path in an image, without what the kernel mounts. */
async function filesIn(image: string): Promise<string[]> {
  const find = ["/", "-xdev", "-not", "-path", "/proc/*"];
  const root = ["--user", "root", "--entrypoint", "find"];
  const list = await output(["docker", "run", "--rm", ...root, image, ...find]);
  return list.split("\n");
}

const inspect = async (image: string) =>
  JSON.parse(await output(["docker", "image", "inspect", image]))[0];

Deno.test("release runs the tested images: one for each distinct build, on one base", () =>
  withCheckout(async ({ todoflow, directory, project }) => {
    // The names of the builds, which no container has; the others are those of the release's containers.
    const isBuild = (service: string) => ["test", "release"].includes(service);
    const id = async (service: string) => {
      const name = isBuild(service) ? project : twinOf(project);
      return (await inspect(`${name}-${service}`)).Id as string;
    };
    const tested = await todoflow("test");
    assertEquals(tested.code, 0, tested.stderr);
    // The images themselves are gone.
    const events = await Deno.readTextFile(
      `${directory}/reports/test/events.jsonl`,
    );
    const ids = new Map<string, string>(
      events.trim().split("\n").map((line) => JSON.parse(line))
        .filter(({ kind }) => kind === "image")
        .flatMap(({ services, id }) =>
          services.map((service: string) => [service, id])
        ),
    );
    const groups = [
      ["test", "acceptance"],
      ["release", "migrate", "collectstatic", "app"],
    ];
    assertEquals(ids.size, 6);
    for (const group of groups) {
      assertEquals(new Set(group.map((name) => ids.get(name))).size, 1);
    }
    for (const time of ["first", "second"]) {
      const released = await todoflow("release");
      assertEquals(released.code, 0, released.stderr);
      for (const [service, tested] of ids) {
        assertEquals(await id(service), tested);
      }
      // The second time says what it did not have to do.
      const unchanged = released.stderr.includes("(unchanged)");
      assertEquals(unchanged, time === "second", released.stderr);
    }
    const { Layers: base } =
      (await inspect("denoland/deno:debian-2.9.6")).RootFS;
    for (const service of ["test", "release"]) {
      const { Layers: layers } =
        (await inspect(`${project}-${service}`)).RootFS;
      assertEquals(layers.slice(0, base.length), base);
    }
    const running = await output([
      ...["docker", "inspect", "--format", "{{.Image}}"] as const,
      `${twinOf(project)}-app-1`,
    ]);
    assertEquals(running, ids.get("app"));
  }));

Deno.test("images hold the application and nothing of a developer's, as user app", () =>
  withCheckout(async ({ todoflow, directory, project, edit }) => {
    for (const file of DECOYS) {
      const path = `${directory}/${file}`;
      await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(path, "DECOY=secret\n");
    }
    // A .git folder within the build context.
    await commitAll(`${directory}/todobackend`);
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);

    const [test, release] = [`${project}-test`, `${project}-release`];
    for (const image of [test, release]) {
      const files = await filesIn(image);
      assert(files.includes("/app/main.ts"));
      const leaked = files.filter((file) =>
        /\.sqlite3|\/\.env|\/\.git(\/|$)|unittests\.xml/.test(file)
      );
      assertEquals(leaked, [], image);
      const { Config } = await inspect(image);
      assertEquals(Config.User, "app");
      assertEquals(Config.Labels.application, "todobackend");
      assertEquals(
        await output(["docker", "run", "--rm", "--entrypoint", "id", image]),
        "uid=1000(app) gid=1000(app) groups=1000(app)",
      );
    }

    // The release image has no test tools and is smaller than the one that was tested.
    const released = await filesIn(release);
    assertEquals(
      released.filter((file) => /\/app\/tests|deno-std/.test(file)),
      [],
    );
    const sizes = [await inspect(release), await inspect(test)];
    assert(sizes[0].Size < sizes[1].Size);
    assertEquals(Object.keys(sizes[0].Config.Volumes), ["/public"]);
    assertEquals(
      await output(
        [
          "docker",
          "run",
          "--rm",
          "--entrypoint",
          "stat",
          release,
          "--format=%U:%G",
          "/public",
        ],
      ),
      "app:app",
    );

    // A change of the source fetches no dependency again.
    await edit("todobackend/src/main.ts", "/**", "// changed\n/**");
    const build = await exec(
      ["docker", "build", "--progress", "plain", "--target", "test", "."],
      { cwd: directory },
    );
    assertEquals(build.code, 0, build.stderr);
    assertStringIncludes(build.stderr, "CACHED");
    assertEquals(
      /Download|deno install --frozen\n#\d+ 0/.test(build.stderr),
      false,
    );
  }));
