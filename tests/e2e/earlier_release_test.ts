/**
 * The effects of `test`, `release` and `clean` on a release of the same checkout, and their messages about it.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { identities, IDLE, type Place, withPlace } from "./foreign.ts";
import { ALL, exec, leftovers, output } from "./harness.ts";

/** An application that answers with the text of a file, and a database that it does not need to build. */
const WEB = {
  "Dockerfile": `FROM denoland/deno:debian-2.9.6
COPY v /v
CMD ["eval", "Deno.addSignalListener('SIGTERM', () => Deno.exit()); Deno.serve(() => new Response(Deno.readTextFileSync('/v')))"]
`,
  "v": "1",
  "compose.yaml": `
name: SHOP
services:
  db: { ${IDLE}, volumes: ["data:/data"] }
  app: { build: ., depends_on: [db], ports: ["127.0.0.1::8000"] }
  test: { image: "debian:bookworm-slim", command: ["true"], profiles: [test] }
volumes: { data: }
`,
};

/** The same, whose tests need a service. */
function needing(service: string) {
  return {
    ...WEB,
    "compose.yaml": WEB["compose.yaml"].replace(
      "profiles: [test]",
      `profiles: [test], depends_on: [${service}]`,
    ),
  };
}

const THINGS = [
  "container SHOP--release-db-1",
  "container SHOP--release-app-1",
  "network SHOP--release_default",
  "volume SHOP--release_data",
];

/** Releases, and leaves a file in the volume; resolves to its URL, its version, and the identities of its things. */
async function release({ todoflow, sh, filled, directory }: Place) {
  const { code, stdout, stderr } = await todoflow("release");
  assertEquals(code, 0, stderr);
  await sh(
    "docker exec SHOP--release-db-1 sh -c 'echo precious > /data/precious'",
  );
  const version = await output(["git", "rev-parse", "--short", "HEAD"], {
    cwd: directory,
  });
  const { stdout: listed } = await todoflow("ls", "--json");
  return {
    url: /http:\S+/.exec(stdout)![0],
    version,
    things: await identities(THINGS.map(filled)),
    listed,
  };
}

/** Asserts that the release is as it was: the same containers and data, the same answer, the same line of `ls`. */
async function assertUntouched(
  { todoflow }: Place,
  { url, things, listed }: Awaited<ReturnType<typeof release>>,
  stderr: string,
) {
  assertEquals(await identities(Object.keys(things)), things, stderr);
  assertEquals(await (await fetch(url)).text(), "1");
  assertEquals((await todoflow("ls", "--json")).stdout, listed);
}

/** Commits another text of the application. */
function change({ sh }: Place, dockerfile = ""): Promise<string> {
  return sh(
    `printf 2 > v; printf '%s\\n' ${
      dockerfile && `'${dockerfile}' >> Dockerfile; echo`
    }
git -c user.name=e2e -c user.email=e2e@example.com commit --quiet --all --message 2`,
  );
}

Deno.test("test beside a release whose services it does not need: runs, and the release is untouched, also when the sources have changed", () =>
  withPlace(async (place) => {
    const released = await release(place);
    for (const changed of [false, true]) {
      if (changed) await change(place);
      const { code, stderr } = await place.todoflow("test");
      assertEquals(code, 0, stderr);
      await assertUntouched(place, released, stderr);
    }
  }, { files: WEB }));

for (const service of ["db", "app"]) {
  Deno.test(
    `test that needs the released service ${service}: has one of its own, and the release is untouched`,
    { ignore: service !== "db" && !ALL },
    () =>
      withPlace(async (place) => {
        const released = await release(place);
        await change(place);
        const { code, stderr } = await place.todoflow("test");
        assertEquals(code, 0, stderr);
        assertMatch(stderr, new RegExp(`^ready ${service}: ok`, "m"));
        await assertUntouched(place, released, stderr);
      }, { files: needing(service) }),
  );
}

Deno.test("release over a release: the earlier one goes only when the images are built, and its volume is named", () =>
  withPlace(async (place) => {
    const { version } = await release(place);
    await change(place);
    const { code, stdout, stderr } = await place.todoflow("release");
    assertEquals(code, 0, stderr);
    const removes =
      `removes release ${version} of .* and its volume ${place.project}--release_data`;
    const at = stderr.search(new RegExp(`^fresh +\\| ${removes}`, "m"));
    assert(at >= 0, stderr);
    assert(at > stderr.search(/^build: ok/m), stderr);
    const url = /http:\S+/.exec(stdout)![0];
    assertEquals(await (await fetch(url)).text(), "2");
  }, { files: WEB }));

Deno.test("release over a release, whose build fails: the earlier one answers as before", () =>
  withPlace(async (place) => {
    const released = await release(place);
    await change(place, "RUN echo ouch; exit 3");
    const { code, stderr } = await place.todoflow("release");
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "ouch");
    await assertUntouched(place, released, stderr);
  }, { files: WEB }));

Deno.test("release over a release, which fails after it was built: the screen says that the earlier one is gone", () =>
  withPlace(async (place) => {
    const { version } = await release(place);
    await change(place, 'CMD ["eval", "Deno.exit(7)"]');
    const { code, stderr } = await place.todoflow("release");
    assertEquals(code, 1, stderr);
    const [, screen = ""] = stderr.split("\ntodoflow: ");
    const gone = new RegExp(`${version}.* gone|gone.*${version}`, "i");
    assert(gone.test(screen), `"${version} … gone" is not on ${screen}`);
  }, { files: WEB }));

Deno.test("clean says what it removes, and that there was nothing to remove", () =>
  withPlace(async (place) => {
    const { things } = await release(place);
    const { code, stderr } = await place.todoflow("clean");
    assertEquals(code, 0, stderr);
    for (const thing of [...Object.keys(things), "image SHOP-app"]) {
      assertStringIncludes(stderr, place.filled(thing).split(" ")[1]!);
    }
    assertEquals(await leftovers(place.project), []);
    const again = await place.todoflow("clean");
    assertEquals(again.code, 0, again.stderr);
    assertStringIncludes(again.stderr, "nothing to remove");
  }, { files: WEB }));

Deno.test("release takes the name of an image that a developer has built, says so, and the image stays", () =>
  withPlace(async (place) => {
    await place.sh("docker compose build");
    const id = await output([
      ...["docker", "image", "inspect", "--format", "{{.Id}}"] as const,
      `${place.project}-app`,
    ]);
    await change(place);
    const { code, stderr } = await place.todoflow("release");
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      `takes the name ${place.project}-app:latest from image ${
        id.slice(0, 12)
      }`,
    );
    for (const target of ["clean", "clean"]) {
      assertEquals((await place.todoflow(target)).code, 0);
      const there = await exec(["docker", "image", "inspect", id]);
      assertEquals(there.code, 0, "the developer's image is gone");
    }
  }, { files: WEB }));

/** A build that gives names of its own. */
const TAGGED = {
  ...WEB,
  "compose.yaml": WEB["compose.yaml"].replace(
    "build: .",
    "build: { context: ., tags: ['SHOP-extra:1', 'SHOP-extra:latest'] }",
  ),
};

/** The tags of images of the name. */
function tagsOf(name: string): Promise<string> {
  return output(["docker", "images", "--quiet", name]);
}

for (const target of ["test", "release"]) {
  Deno.test(`names that build.tags gives are gone after ${target} and clean`, {
    ignore: target !== "release" && !ALL,
  }, () =>
    withPlace(async ({ project, todoflow }) => {
      const { code, stderr } = await todoflow(target);
      assertEquals(code, 0, stderr);
      if (target === "release") {
        assert(await tagsOf(`${project}-extra`), "no tag was made");
      }
      assertEquals((await todoflow("clean")).code, 0);
      assertEquals(await tagsOf(`${project}-extra`), "");
    }, { files: TAGGED }));
}

Deno.test("names that build.tags gives are private under CI", () =>
  withPlace(async ({ project, todoflow, sh }) => {
    await sh("docker tag debian:bookworm-slim SHOP-extra:1");
    const before = await tagsOf(`${project}-extra`);
    for (const target of ["test", "release", "clean"]) {
      const { code, stderr } = await todoflow(target);
      assertEquals(code, 0, stderr);
      assertEquals(await tagsOf(`${project}-extra`), before, target);
    }
    // Of a name for CI nothing is left either.
    assertEquals(await tagsOf(`${project}-*`), before);
  }, { files: TAGGED, env: { CI: "1" } }));
