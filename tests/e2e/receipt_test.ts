/**
 * The meaning of a receipt: `publish` pushes the image of this very release, of these Compose files, project, service
 * and repository, and no other.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Checkout, commitAll, output, withCheckout } from "./harness.ts";
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
  Config: { Env: string[] };
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
    const { image, published } = JSON.parse(
      await Deno.readTextFile(`${directory}/${RECEIPT}`),
    );
    assertEquals(published.name, `${registry.host}/team/admin`);
    const { Config } = await inspect(image);
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
    const receipt = JSON.parse(await Deno.readTextFile(file));
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
    await change({ image });
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
      "cannot compare the image's label org.opencontainers.image.revision",
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

Deno.test("a release that can make no receipt says so, and publish says the same", () => {
  const why = "the engine is out of memory";
  return withFault(
    {
      requests: ["GET /containers/*-app-1/json"],
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
        files: {
          // Ready at once, so that the engine is not asked about it again before it is accepted.
          "docker-compose.yml": `${compose("shop")}
    healthcheck: { test: [CMD, /sleep, "0"], interval: 1s }
  acceptance:
    image: debian:bookworm-slim
    command: ["true"]
    depends_on: { app: { condition: service_healthy } }
`,
        },
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
