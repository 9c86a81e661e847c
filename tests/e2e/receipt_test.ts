/**
 * The meaning of a receipt: `publish` pushes the images of this very release, of these Compose files and project, and no
 * others.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Checkout, commitAll, output, withCheckout } from "./harness.ts";
import type { Receipt } from "../../lib/publish/receipt.ts";
import { withFault } from "./proxy.ts";
import { type Registry, withRegistry } from "./registry.ts";

/** Small, so that it is pushed in no time: one program and what it needs. */
const DOCKERFILE = `FROM debian:bookworm-slim AS base
RUN mkdir /out && cp --parents $(ldd /bin/sleep | grep -o '/[^ ]*') /out \\
 && cp /bin/sleep /out/sleep
FROM scratch
COPY --from=base /out /
ARG WHO
ENV WHO=$WHO
CMD ["/sleep", "infinity"]
`;

/** A Compose file of a service that is pushed to a repository of the test's registry. */
const compose = (who: string, more = "") =>
  `services:
  app:
    build: { context: ., args: { WHO: ${who} }${more} }
    image: \${REGISTRY}/team/${who}
    stop_signal: SIGKILL
  acceptance:
    build: { context: ., args: { WHO: ${who} }${more} }
    command: [/sleep, "0"]
    depends_on: [app]
`;

const FILES = {
  Dockerfile: DOCKERFILE,
  ".dockerignore": "reports\n",
  ".gitignore": "reports\n",
  "docker-compose.yml": compose("shop"),
};

interface Context extends Checkout {
  registry: Registry;
  /** Asserts that the target succeeds. */
  succeeds(...argv: string[]): Promise<string>;
  /** Asserts that nothing is published, and why. */
  refused(words: string, ...argv: string[]): Promise<void>;
}

/** Gives the test a checkout and a registry that its Compose files name. */
function withFiles(
  test: (context: Context) => Promise<void>,
  { files = {}, env = {}, folder = "checkout" }: {
    files?: Record<string, string>;
    env?: Record<string, string>;
    folder?: string;
  } = {},
) {
  return withRegistry((registry) =>
    withCheckout((checkout) =>
      test({
        ...checkout,
        registry,
        succeeds: async (...argv) => {
          const { code, stderr } = await checkout.todoflow(...argv);
          assertEquals(code, 0, stderr);
          return stderr;
        },
        refused: async (words, ...argv) => {
          const puts = [...registry.puts];
          const { code, stdout, stderr } = await checkout
            .todoflow("publish", ...argv);
          assertEquals([code, stdout], [4, ""], stderr);
          assertStringIncludes(stderr, `todoflow: Cannot publish: ${words}`);
          assertEquals(registry.puts, puts);
        },
      }), {
      files: { ...FILES, ...files },
      env: { REGISTRY: registry.host, ...env },
      folder,
    })
  );
}

interface Image {
  Id: string;
  RepoDigests: string[];
  Config: { Env: string[]; Labels: Record<string, string> };
}

async function inspect(image: string): Promise<Image> {
  const [found] = JSON.parse(
    await output(["docker", "image", "inspect", image]),
  );
  return found;
}

const RECEIPT = "reports/release/receipt.json";

Deno.test("of two Compose files in a folder, only the one that was released is published", () =>
  withFiles(async ({ registry, succeeds, refused, directory }) => {
    const other = "the accepted release is of another Compose file";
    await succeeds("release", "-f", "shop.yml");
    await refused(
      `${other}\nWhy:  the accepted Compose file is shop.yml, this one is admin.yml`,
      "-f",
      "admin.yml",
    );
    await refused(other, "-f", "admin.yml", "--allow-dirty");
    await refused(other, "-f", "admin.yml", "--dry-run");
    await refused(other, "-f", "shop.yml", "-f", "admin.yml");

    // The receipt of the last release replaces the other one.
    await succeeds("release", "-f", "admin.yml");
    await refused(other, "-f", "shop.yml");
    await succeeds("publish", "-f", "admin.yml", "--dry-run");
    await succeeds("publish", "-f", `${directory}/admin.yml`);
    // The registry's proxy lists the images that are put into team/shop.
    assertEquals(registry.puts, []);
    const { images, published }: Receipt = JSON.parse(
      await Deno.readTextFile(`${directory}/${RECEIPT}`),
    );
    assertEquals(published?.map(({ name }) => name), [
      `${registry.host}/team/admin`,
    ]);
    const { Config } = await inspect(images[0]!.id);
    assertEquals(Config.Env.includes("WHO=admin"), true);
    await succeeds("clean", "-f", "admin.yml");
  }, {
    files: { "shop.yml": compose("shop"), "admin.yml": compose("admin") },
  }));

Deno.test("a release under CI is published without CI, and not as another project", async () => {
  const folder = `e2e-${crypto.randomUUID().slice(0, 8)}`;
  await withFiles(async ({ succeeds, refused, env, registry }) => {
    env.CI = "1";
    await succeeds("release");
    delete env.CI;
    await refused("the accepted release is of another project", "-p", "x");
    await succeeds("publish");
    assertEquals(registry.puts.length, 1);
    // With CI, too, nothing has to be pushed again.
    env.CI = "1";
    await succeeds("publish");
    assertEquals(registry.puts.length, 1);
    await succeeds("clean");
    delete env.CI;
    await succeeds("release");
    env.CI = "1";
    await succeeds("publish", "--tag", "again");
    await succeeds("clean");
    delete env.CI;
    await succeeds("clean");
  }, { env: { COMPOSE_PROJECT_NAME: "" }, folder });
});

Deno.test("a receipt that was edited is refused by what the image's labels say", () =>
  withFiles(async ({ succeeds, refused, directory }) => {
    const file = `${directory}/${RECEIPT}`;
    await Deno.writeTextFile(`${directory}/new`, "in no commit");
    await succeeds("release");
    await Deno.remove(`${directory}/new`);
    const receipt: Receipt = JSON.parse(await Deno.readTextFile(file));
    assertEquals(receipt.dirty, true);
    const change = (change: object) =>
      Deno.writeTextFile(file, JSON.stringify({ ...receipt, ...change }));

    await refused("the accepted image has changes that are in no commit");
    await change({ dirty: false });
    const contradicts = "the receipt and its image do not agree";
    await refused(
      `${contradicts}\nWhy:  the label org.opencontainers.image.revision`,
    );
    const { Id: image } = await inspect("debian:bookworm-slim");
    const images = receipt.images.map((one) => ({ ...one, id: image }));
    await change({ images });
    await refused(
      `${contradicts}\nWhy:  the label com.docker.compose.project`,
      "--allow-dirty",
    );
    await change({ format: undefined });
    await refused("the receipt was written by another version of todoflow");
  }));

Deno.test("publish does not compare a revision that the Compose file sets itself, and says so", () =>
  withFiles(async ({ succeeds, registry }) => {
    await succeeds("release");
    const told = await succeeds("publish");
    assertStringIncludes(
      told,
      "cannot compare the label org.opencontainers.image.revision",
    );
    assertEquals(registry.puts.length, 1);
  }, {
    files: {
      "docker-compose.yml": compose(
        "shop",
        ", labels: { org.opencontainers.image.revision: mine }",
      ),
    },
  }));

Deno.test("every image that the application builds is published under its name, and the receipt has all images with their bases", () =>
  withFiles(async ({ succeeds, todoflow, directory, registry }) => {
    const names = ["shop", "worker"].map((it) => `${registry.host}/team/${it}`);
    await succeeds("release");
    const file = `${directory}/${RECEIPT}`;
    const read = async (): Promise<Receipt> =>
      JSON.parse(await Deno.readTextFile(file));
    const { images, acceptance } = await read();
    assertEquals(acceptance, { service: "acceptance", passed: true });
    const base = "debian:bookworm-slim";
    const { Id: id, RepoDigests: digests } = await inspect(base);
    assertEquals(images.find(({ service }) => service === "store"), {
      ...{ service: "store", name: base, id, built: false, digests },
    });
    const built = images.filter(({ built }) => built);
    assertEquals(
      built.map(({ service, repository, bases }) => ({
        ...{ service, repository, bases: bases?.map(({ name }) => name) },
      })),
      [
        { service: "acceptance", repository: undefined, bases: [base] },
        { service: "app", repository: names[0], bases: [base] },
        { service: "worker", repository: names[1], bases: [base] },
      ],
    );
    const { stdout } = await todoflow("publish", "--tag", "beta", "--dry-run");
    for (const name of names) {
      assertStringIncludes(stdout, `docker push ${name}:beta\n`);
    }
    await succeeds("publish", "--tag", "beta");
    // The registry's proxy lists only the tags of team/shop.
    assertEquals(registry.puts.length, 2);
    const { published } = await read();
    assertEquals(published?.map(({ name }) => name), names);
  }, {
    files: {
      "docker-compose.yml": `${compose("shop")}  worker:
    build: { context: ., args: { WHO: worker } }
    image: \${REGISTRY}/team/worker
    stop_signal: SIGKILL
  store:
    image: debian:bookworm-slim
    command: [sleep, infinity]
    init: true
`.replace(
        "    stop_signal",
        "    depends_on: [worker, store]\n    stop_signal",
      ),
    },
  }));

Deno.test("a service that runs the image of another one's build never runs an older one", () =>
  withFiles(async ({ succeeds, edit, directory, project }) => {
    await succeeds("release");
    await edit("docker-compose.yml", "WHO: shop", "WHO: newer");
    await succeeds("release");
    const { images }: Receipt = JSON.parse(
      await Deno.readTextFile(`${directory}/${RECEIPT}`),
    );
    const ids = ["app", "worker"].map((name) =>
      images.find(({ service }) => service === name)?.id
    );
    const ran = await Promise.all(["app", "worker"].map((service) =>
      output([
        "docker",
        ...["container", "inspect", "--format", "{{.Image}}"],
        `${project}--release-${service}-1`,
      ])
    ));
    assertEquals(ids, ran);
    const { Config: { Env } } = await inspect(ran[1]!);
    assertEquals(Env.includes("WHO=newer"), true, Env.join());
  }, {
    files: {
      "docker-compose.yml": `${compose("shop")}  worker:
    image: \${REGISTRY}/team/shop:latest
    stop_signal: SIGKILL
`.replace("    stop_signal", "    depends_on: [worker]\n    stop_signal"),
    },
  }));

Deno.test("a release that no test has accepted is published only with --unaccepted", () =>
  withFiles(async ({ succeeds, refused, registry }) => {
    assertStringIncludes(await succeeds("release"), "not accepted by any test");
    await refused("the release is not accepted by any test");
    await refused("the release is not accepted by any test", "--allow-dirty");
    await succeeds("publish", "--unaccepted");
    assertEquals(registry.puts.length, 1);
  }, {
    files: {
      "docker-compose.yml": compose("shop").replace(
        /^ {2}acceptance:[^]*/m,
        "",
      ),
    },
  }));

Deno.test("acceptance whose report has a failed test accepts nothing, whatever its exit code", () =>
  withFiles(async ({ succeeds, refused }) => {
    const why = '"acceptance" reports 2 tests, 1 passed, 1 failed';
    assertStringIncludes(await succeeds("release"), `not accepted: ${why}`);
    await refused(`the release is not accepted by any test\nWhy:  ${why}`);
  }, {
    files: {
      "docker-compose.yml": `${
        compose("shop").replace(/^ {2}acceptance:[^]*/m, "")
      }  acceptance:
    image: debian:bookworm-slim
    command: [printf, "TAP version 13\\n1..2\\nok 1 - a\\nnot ok 2 - b\\n"]
    depends_on: [app]
`,
    },
  }));

Deno.test("a folder of the checkout over the image's files, and files that git ignores, are published only on demand", () =>
  withFiles(async ({ succeeds, refused, registry, directory }) => {
    await succeeds("release");
    const receipt: Receipt = JSON.parse(
      await Deno.readTextFile(`${directory}/${RECEIPT}`),
    );
    assertEquals(receipt.uncommitted, { files: [".env"], count: 1 });
    assertEquals(receipt.hidden, [
      { service: "app", folder: "conf", target: "/etc/conf" },
    ]);
    await refused(
      "the accepted image may have files that are in no commit\nWhy:  the build takes them, and git ignores them: .env",
      "--unaccepted",
    );
    await refused(
      'the accepted release ran other files\nWhy:  "app" had conf at /etc/conf',
      "--allow-dirty",
    );
    await succeeds("publish", "--allow-dirty", "--unaccepted");
    assertEquals(registry.puts.length, 1);
  }, {
    files: {
      ".gitignore": "reports\n.env\n",
      ".env": "X=1\n",
      "conf/a": "",
      Dockerfile: `${DOCKERFILE}COPY . /etc/\n`,
      "docker-compose.yml": compose("shop").replace(
        "    stop_signal",
        "    volumes: [./conf:/etc/conf]\n    stop_signal",
      ),
    },
  }));

Deno.test("labels that the Dockerfile sets win over derived ones, and publish does not compare them", () =>
  withFiles(async ({ succeeds, registry, directory }) => {
    await succeeds("release");
    const { images }: Receipt = JSON.parse(
      await Deno.readTextFile(`${directory}/${RECEIPT}`),
    );
    const { Config: { Labels } } = await inspect(images[0]!.id);
    assertEquals(Labels["org.opencontainers.image.version"], "mine");
    const told = await succeeds("publish");
    assertStringIncludes(
      told,
      "cannot compare the label org.opencontainers.image.version",
    );
    assertEquals(registry.puts.length, 1);
  }, {
    files: {
      Dockerfile: `${DOCKERFILE}LABEL org.opencontainers.image.version=mine\n`,
    },
  }));

Deno.test("a release that can make no receipt says so, and publish says the same", () => {
  const why = "the engine is out of memory";
  return withFault(
    {
      // Only the receipt asks for the base, and the record for the images of the run.
      requests: ["GET /images/debian*/json"],
      after: "POST /containers/*-acceptance-1/wait",
      fault: { kind: "is refused", status: 500, message: why },
    },
    ({ env, end }) =>
      withFiles(async ({ succeeds, refused }) => {
        const told = await succeeds("release");
        assertStringIncludes(
          told,
          `todoflow: no receipt, so nothing can be published: ${why}\n`,
        );
        end();
        await refused(`the last release has no receipt\nWhy:  ${why}`);
        await succeeds("clean");
      }, {
        env,
      }),
  );
});

Deno.test("a release runs no program that the checkout's .git names", () =>
  withFiles(async ({ succeeds, directory }) => {
    const mark = `${directory}/../mark`;
    const evil = `${directory}/../evil`;
    await Deno.writeTextFile(evil, `#!/bin/sh\ntouch '${mark}'\ncat\n`, {
      mode: 0o755,
    });
    await Deno.writeTextFile(`${directory}/.gitattributes`, "* filter=x\n");
    await commitAll(directory);
    const git = (...args: string[]) =>
      output(["git", "-C", directory, ...args]);
    await git("config", "core.fsmonitor", evil);
    await git("config", "filter.x.clean", evil);
    await Deno.utime(`${directory}/Dockerfile`, 1, 1);
    const isMarked = () => Deno.remove(mark).then(() => true, () => false);
    await isMarked();
    await succeeds("release");
    await succeeds("publish", "--allow-dirty");
    await succeeds("clean");
    assertEquals(await isMarked(), false);
    await git("status");
    assertEquals(await isMarked(), true, "the checkout is not hostile");
  }));
