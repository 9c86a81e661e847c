/**
 * `publish` with a real registry: open, with authentication, and with trouble half-way.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commitAll, exec, output, spawn } from "./harness.ts";
import { imageIn, receiptOf, withRelease } from "./pushed.ts";
import { type Fate, PASSWORD, USER } from "./registry.ts";

Deno.test("publish pushes the accepted image, labeled, under each tag; publishing it again pushes nothing", () =>
  withRelease(async ({ todoflow, directory, registry, image, version }) => {
    const first = await todoflow("publish", "--tag", "beta", "--tag", version);
    assertEquals(first.code, 0, first.stderr);
    const pointer = await registry.pointer(version);
    assertEquals(pointer?.config, image);
    assertEquals(await registry.pointer("beta"), pointer);
    const { digest } = pointer!;
    const name = `${registry.host}/team/shop`;
    assertEquals(
      first.stdout,
      `Published ${name}@${digest} as ${version}, beta\n`,
    );
    const receipt = await receiptOf({ directory });
    const commit = await output(["git", "rev-parse", "HEAD"], {
      cwd: directory,
    });
    assertEquals([receipt.commit, receipt.dirty], [commit, false]);
    const published = receipt.published?.map(({ at: _, ...one }) => one);
    assertEquals(published, [{ name, digest, tags: [version, "beta"] }]);

    const epoch = await output(["git", "log", "-1", "--format=%ct"], {
      cwd: directory,
    });
    const [{ Created, Config: { Labels } }] = JSON.parse(
      await output(["docker", "image", "inspect", image]),
    );
    assertEquals(Date.parse(Created) / 1000, Number(epoch));
    assertEquals(Labels["org.opencontainers.image.revision"], commit);
    assertEquals(Labels["org.opencontainers.image.version"], version);

    // The same release once more is the same image.
    assertEquals((await todoflow("release", "--quiet")).code, 0);
    assertEquals(imageIn(await receiptOf({ directory })), image);
    const again = await todoflow("publish", "--tag", "beta");
    assertEquals(again.code, 0, again.stderr);
    assertEquals(
      again.stdout,
      `Already published: ${name}@${digest} as ${version}, beta\n`,
    );
    assertEquals(registry.puts, [version, "beta"]);
  }));

Deno.test("publish pushes the accepted image even if its name points at another one by now, and leaves the name as it is", () =>
  withRelease(async ({ todoflow, registry, image, version }) => {
    const name = `${registry.host}/team/shop:latest`;
    const other = "debian:bookworm-slim";
    await output(["docker", "tag", other, name]);
    const idOf = (image: string) =>
      output(["docker", "image", "inspect", "--format", "{{.Id}}", image]);
    // The accepted image would go with its last name.
    await output(["docker", "tag", image, `${registry.host}/kept`]);
    const { code, stderr } = await todoflow("publish", "--tag", "latest");
    assertEquals(code, 0, stderr);
    assertEquals((await registry.pointer(version))?.config, image);
    assertEquals((await registry.pointer("latest"))?.config, image);
    assertEquals(await idOf(name), await idOf(other));
    // The image goes with its last name, which is not a run's.
    assertEquals((await todoflow("clean")).code, 0);
    await output(["docker", "rmi", name, `${registry.host}/kept`]);
  }));

Deno.test("publish refuses any image but the accepted one of this commit, and says what to type", () =>
  withRelease(async (release) => {
    const { todoflow, directory, edit, env, registry, version } = release;
    const refused = async (words: string, next: string, ...flags: string[]) => {
      const { code, stdout, stderr } = await todoflow("publish", ...flags);
      assertEquals([code, stdout], [4, ""], stderr);
      assertStringIncludes(stderr, `todoflow: Cannot publish${words}`);
      assertMatch(stderr, /^Why: {2}\S/m);
      assertStringIncludes(stderr, `Next: ${next}`);
    };
    const text = (text: string) =>
      Deno.writeTextFile(`${directory}/text`, text);
    await text("second\n");
    await refused(": the checkout has changes", "git status");
    const dirty = await todoflow("publish", "--allow-dirty");
    assertEquals(dirty.code, 0, dirty.stderr);
    assertEquals(registry.puts, [version]);

    // An image that was built from a dirty checkout stays one when the checkout is clean again.
    assertEquals((await todoflow("release", "--quiet")).code, 0);
    await text("first\n");
    await refused(": the accepted image has changes", "git status");

    await text("third\n");
    await commitAll(directory);
    await refused(": another commit was accepted", "todoflow release");
    await refused(
      ": another commit was accepted",
      "todoflow release",
      "--allow-dirty",
    );

    assertEquals((await todoflow("release", "--quiet")).code, 0);
    env.APP_VERSION = "1.0";
    await refused(
      " as 1.0: the accepted version is",
      "todoflow release   # or: APP_",
    );
    delete env.APP_VERSION;

    assertEquals((await todoflow("clean")).code, 0);
    await refused(
      ": the accepted image is no longer on this engine",
      "todoflow re",
    );

    // A release that fails leaves no receipt of the one before.
    await edit("Dockerfile", '["/sleep", "infinity"]', '["/sleep", "x"]');
    assertEquals((await todoflow("release")).code, 1);
    await refused(
      ": no release of this checkout was accepted",
      "todoflow release",
      "--allow-dirty",
    );
    assertEquals(registry.puts, [version]);
  }));

Deno.test("publish takes docker's own credentials, says where to log in without them, and shows them nowhere", async () => {
  const config = await Deno.makeTempDir({ prefix: "todoflow-docker-" });
  const home = Deno.env.get("DOCKER_CONFIG") ??
    `${Deno.env.get("HOME")}/.docker`;
  const write = (more: Record<string, unknown>) =>
    Deno.writeTextFile(
      `${config}/config.json`,
      JSON.stringify({ cliPluginsExtraDirs: [`${home}/cli-plugins`], ...more }),
    );
  const secret = btoa(`${USER}:${PASSWORD}`);
  await write({});
  await withRelease(async ({ todoflow, directory, env, registry, version }) => {
    const { host } = registry;
    const refused = async () => {
      const { code, stdout, stderr } = await todoflow("publish");
      assertEquals([code, stdout], [1, ""], stderr);
      assertStringIncludes(stderr, "does not let this user push");
      assertStringIncludes(stderr, `Next: docker login ${host}   # then: `);
      assertEquals(stderr.includes("trying again"), false, stderr);
    };
    await refused();
    await write({ auths: { [host]: { auth: btoa(`${USER}:wrong`) } } });
    await refused();
    assertEquals(registry.puts, []);

    await write({});
    await login(host, { ...Deno.env.toObject(), ...env });
    let processes = "";
    registry.onPut = async (): Promise<Fate> => {
      processes = await output(["ps", "axeww"]);
      return "pass";
    };
    const { code, stdout, stderr } = await todoflow("publish", "--verbose");
    assertEquals(code, 0, stderr);
    assertEquals((await registry.pointer(version)) !== undefined, true);
    assertStringIncludes(processes, "docker push");
    const kept = await exec(["grep", "-rE", `${PASSWORD}|${secret}`, "."], {
      cwd: `${directory}/..`,
    });
    assertEquals([kept.code, kept.stdout], [1, ""]);
    for (const text of [stdout, stderr, processes]) {
      assertEquals(text.includes(PASSWORD) || text.includes(secret), false);
    }
  }, { authenticates: true, env: { DOCKER_CONFIG: config } })
    .finally(() => Deno.remove(config, { recursive: true }));
});

/** Logs in as a person would, with the password on stdin. */
async function login(host: string, env: Record<string, string>) {
  const child = new Deno.Command("docker", {
    args: ["login", "--username", USER, "--password-stdin", host],
    env,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(PASSWORD));
  await writer.close();
  assertEquals((await child.status).code, 0);
}

Deno.test("publish that fails half-way says which tags point at the image, and goes on from there the next time", () =>
  withRelease(async ({ todoflow, directory, registry, version }) => {
    registry.onPut = (tag) => tag === "beta" ? "deny" : "pass";
    const flags = ["publish", "--tag", "beta", "--tag", "latest"];
    const half = await todoflow(...flags);
    assertEquals([half.code, half.stdout], [1, ""], half.stderr);
    const { digest } = (await registry.pointer(version))!;
    const name = `${registry.host}/team/shop`;
    for (
      const line of [
        `Not published: ${name}:beta, ${name}:latest`,
        `${name}:${version} points at ${digest}`,
        `${name}:beta is not in the registry`,
        `${name}:latest is not in the registry`,
        "Next: todoflow publish --tag beta --tag latest",
      ]
    ) assertStringIncludes(half.stderr, line);
    assertEquals((await receiptOf({ directory })).published, undefined);

    // A connection that is cut is tried again, a tag that is there is not pushed again.
    let cuts = 1;
    registry.puts.length = 0;
    registry.onPut = () => cuts-- > 0 ? "cut" : "pass";
    const whole = await todoflow(...flags);
    assertEquals(whole.code, 0, whole.stderr);
    assertStringIncludes(whole.stderr, "trying again in 1 s");
    assertEquals(registry.puts, ["beta", "beta", "latest"]);
    for (const tag of ["beta", "latest"]) {
      assertEquals((await registry.pointer(tag))?.digest, digest);
    }
  }));

Deno.test("SIGINT in the middle of a push ends it at once, and todoflow names the published tags", () =>
  withRelease(async (release) => {
    const { registry, version, directory } = release;
    const reached = Promise.withResolvers<void>();
    const held = Promise.withResolvers<"cut">();
    registry.onPut = (tag) => {
      if (tag !== "beta") return "pass";
      reached.resolve();
      return held.promise;
    };
    const run = spawn(release, "publish", "--tag", "beta");
    await Promise.race([reached.promise, run.ended]);
    run.kill("SIGINT");
    const { code } = await run.status;
    held.resolve("cut");
    assertEquals(code, 130, run.stderr());
    const name = `${registry.host}/team/shop`;
    assertStringIncludes(run.stderr(), "Stopped by SIGINT");
    assertStringIncludes(run.stderr(), `Not published: ${name}:beta`);
    assertStringIncludes(run.stderr(), `${name}:${version} points at sha256:`);
    assertEquals(run.stdout(), "");
    assertEquals((await receiptOf({ directory })).published, undefined);
  }));
