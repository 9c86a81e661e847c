/**
 * Whom runs that are killed have beside them on an engine: a developer with data, and another checkout with a release.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { identities, IDLE, withPlace } from "./foreign.ts";
import { type Checkout, output, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

/** A developer's stack, with a database that has a volume. */
const STACK = {
  "compose.yaml": `
name: SHOP
services:
  db: { ${IDLE}, volumes: ["data:/data"] }
  web: { ${IDLE}, depends_on: [db] }
volumes: { data: }
`,
};

/** The neighbors of killed runs. */
export interface Neighbors {
  /** The folder of the records, which runs share with their neighbors: a sweep reads them all. */
  state: string;
  /**
   * Asserts that all of theirs is as it was: the same containers, running since the same moment, the same data, and a
   * release that answers and is listed.
   */
  assertUntouched(): Promise<void>;
  /** Removes them. */
  remove(): Promise<void>;
}

/** Makes the neighbors. */
export async function neighbors(): Promise<Neighbors> {
  const state = await Deno.makeTempDir({ prefix: "todoflow-neighbors-" });
  const made = Promise.withResolvers<Neighbors["assertUntouched"]>();
  const leave = Promise.withResolvers<void>();
  const live = async (things: readonly string[], other: Checkout) => {
    const { code, stdout, stderr } = await other.todoflow("release");
    assertEquals(code, 0, stderr);
    const url = /http:\S+/.exec(stdout)![0];
    const all = [...things, `container ${other.project}--release-app-1`];
    const before = await identities(all);
    made.resolve(async () => {
      assertEquals(await identities(all), before, "neighbors' things");
      assertEquals(await (await fetch(url)).text(), "tiny");
      assertStringIncludes((await other.todoflow("ls")).stdout, url);
    });
    await leave.promise;
  };
  const lived = withPlace(async ({ sh, filled }) => {
    await sh(`docker compose up --detach
docker compose exec -T db sh -c 'echo precious > /data/precious'`);
    const things = [
      "container SHOP-db-1",
      "container SHOP-web-1",
      "network SHOP_default",
      "volume SHOP_data",
    ].map(filled);
    await withCheckout((other) => live(things, other), {
      from: TINY,
      env: { XDG_STATE_HOME: state },
    });
  }, { files: STACK });
  lived.catch(made.reject);
  return {
    state,
    assertUntouched: await made.promise,
    remove: async () => {
      leave.resolve();
      await lived;
      await Deno.remove(state, { recursive: true });
    },
  };
}

/**
 * Gives the test a developer's database, in another project of the folder of a checkout, and asserts that it has outlived
 * the test.
 */
export async function withDatabaseIn(
  { directory, project }: Checkout,
  test: () => Promise<void>,
): Promise<void> {
  const name = `${project}-dev`;
  const compose = (...args: string[]) =>
    output(["docker", "compose", "--project-name", name, ...args], {
      cwd: directory,
    });
  await compose("up", "--detach", "db");
  try {
    const write = "echo precious > /data/precious";
    await compose("exec", "-T", "db", "sh", "-c", write);
    const things = [`container ${name}-db-1`, `volume ${name}_data`];
    const before = await identities(things);
    await test();
    assertEquals(await identities(things), before, "in the same folder");
  } finally {
    await compose("down", "--volumes", "--timeout", "0");
  }
}
