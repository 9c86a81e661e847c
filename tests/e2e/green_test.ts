/**
 * What a failure says about the time since the last successful run: commits, Compose keys, images of others, and a run in
 * which nothing of that has changed.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TimedEvent } from "../../lib/plan/events.ts";
import {
  type Checkout,
  commitAll,
  exec,
  output,
  withCheckout,
} from "./harness.ts";

const SECRET = "hunter2-of-the-shop";

/** The tests fail if a file is there that is no part of the repository. */
const FILES = (foreign: string) => ({
  "docker-compose.yml": `services:
  test:
    build: .
    command: [sh, -c, "! test -e /outside/fails"]
    environment: { MODE: dev, DB_PASSWORD: ${SECRET} }
    volumes: ["./outside:/outside:ro"]
    depends_on: [cache]
  cache:
    image: ${foreign}
    command: [sleep, infinity]
    stop_signal: SIGKILL
`,
  "Dockerfile": "FROM debian:bookworm-slim\nCOPY app /app\n",
  "app": "1\n",
  "outside/.gitkeep": "",
  ".gitignore": "reports\noutside/fails\n",
});

/** Gives the test a checkout, and an image of somebody else. */
async function withForeign(
  test: (checkout: Checkout, foreign: string) => Promise<void>,
) {
  const foreign = `foreign-${crypto.randomUUID().slice(0, 8)}:1`;
  await output(["docker", "tag", "debian:bookworm-slim", foreign]);
  try {
    await withCheckout((checkout) => test(checkout, foreign), {
      files: FILES(foreign),
    });
  } finally {
    await exec(["docker", "image", "rm", foreign]);
  }
}

/** Runs tests that fail; the lines about what has changed, as the screen and the file of events have them. */
async function failed({ todoflow, directory }: Checkout) {
  const { code, stderr } = await todoflow("test");
  assertEquals(code, 1, stderr);
  const text = await Deno.readTextFile(
    `${directory}/reports/test/events.jsonl`,
  );
  const events: TimedEvent[] = text.trim().split("\n")
    .map((line) => JSON.parse(line));
  const changes = events.flatMap((event) =>
    event.kind === "failure" ? event.explanation.changed ?? [] : []
  );
  assertEquals(changes.length, 1, stderr);
  const { title, lines } = changes[0]!;
  const shown = lines.map((line) => `  | ${line}\n`).join("");
  assertStringIncludes(stderr, `${title}:\n${shown}Next: `);
  return { title, lines };
}

async function head({ directory }: Pick<Checkout, "directory">) {
  return await output(["git", "-C", directory, "rev-parse", "HEAD"]);
}

Deno.test("a failure says what has changed since the last green run: nothing, or commits, Compose keys and images", () =>
  withForeign(async (checkout, foreign) => {
    const { todoflow, directory, edit, env } = checkout;
    const green = await todoflow("test");
    assertEquals(green.code, 0, green.stderr);
    const first = (await head(checkout)).slice(0, 7);

    await Deno.writeTextFile(`${directory}/outside/fails`, "");
    const same = await failed(checkout);
    assertMatch(same.title, /^changed since the last green test, /);
    assertStringIncludes(same.title, `, ${first} of `);
    assertEquals(same.lines, [
      `nothing in the repository has changed: commit ${first}`,
      "nothing else is known to have changed",
    ]);

    await edit("docker-compose.yml", "MODE: dev", "MODE: prod");
    await commitAll(directory);
    await edit("app", "1", "2");
    await output(["docker", "tag", "denoland/deno:debian-2.9.6", foreign]);
    for (let run = 0; run < 2; run++) {
      const { lines: [commit = "", ...rest] } = await failed(checkout);
      assertMatch(commit, /^1 commit: [0-9a-f]{7,} /);
      const moved = rest[2] ?? "";
      assertEquals(rest.slice(0, 2), [
        "1 uncommitted change: app",
        "services.test.environment.MODE differs",
      ]);
      const ids = "from [0-9a-f]{12} to [0-9a-f]{12}";
      assertMatch(moved, new RegExp(`^${foreign} has moved ${ids}$`));
    }

    const state = `${env.XDG_STATE_HOME}/todoflow`;
    const found = await exec(["grep", "-r", "-e", SECRET, "-e", "prod", state]);
    assertEquals([found.code, found.stdout], [1, ""]);

    // A clone that lacks the green commit, and the green run of another checkout.
    const clone = `${directory}-clone`;
    const url = `file://${directory}`;
    await output(["git", "clone", "--quiet", "--depth", "1", url, clone]);
    await Deno.writeTextFile(`${clone}/outside/fails`, "");
    const there = {
      ...checkout,
      directory: clone,
      todoflow: (...args: string[]) => checkout.todoflow(...args, "-C", clone),
    };
    const other = await failed(there);
    assertStringIncludes(
      other.title,
      ` in another checkout, ${await Deno.realPath(directory)}, ${first} of `,
    );
    const now = (await head(there)).slice(0, 7);
    assertEquals(
      other.lines[0],
      `the green commit is not in this clone, whose commit is ${now}`,
    );
  }));
