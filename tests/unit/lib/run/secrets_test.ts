/**
 * The output of a run with secrets in each of its styles; a fake docker prints values at once that a real one prints in
 * turn.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cli, withFakeDocker, writeFiles } from "../../fakes.ts";

/** Tells the value wherever it can: in the output of each command, in the container's log, in errors. */
const DOCKER = `
case "$*" in
  *config) cat <<END
name: shop
services:
  test: { image: a, build: { context: $PWD, args: { API_TOKEN: hunter2 } } }
secrets: { one: { file: $PWD/one.txt } }
x-todoflow: { redact: [NAMED] }
END
  ;;
  *--short) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
  ps*) ;;
  *build*) echo "#5 [test 2/2] RUN echo hunter2"; echo "#5 0.1 named-value" ;;
  "image inspect"*) echo sha256:1 ;;
  *" run "*) echo "created by hunter2" ;;
  logs*) echo "2026-01-01T00:00:00.000000000Z file-value"; echo "not ok 1 named-value" ;;
  wait*) echo 1 ;;
  "container inspect"*) echo '{"State":{"Status":"exited","ExitCode":1,"Error":"no named-value"},"Config":{}}' ;;
esac
true`;

const VALUES = ["hunter2", "named-value", "file-value"];

const STYLES: Readonly<Record<string, readonly string[]>> = {
  "for a person": [],
  "--verbose": ["--verbose"],
  "--quiet": ["--quiet"],
  "--json": ["--json"],
  "--dry-run": ["--dry-run"],
};

for (const terminal of [false, true]) {
  for (const [style, flags] of Object.entries(STYLES)) {
    const where = terminal ? "on a terminal" : "in a pipe";
    Deno.test(`a run ${where}, ${style}, shows no value`, () =>
      withFakeDocker(DOCKER, async ({ directory, surroundings }) => {
        await writeFiles(directory, {
          "compose.yaml": "services: {}",
          Dockerfile: "FROM a\n",
          "one.txt": "file-value\n",
        });
        const { code, stdout, stderr } = await cli(["test", ...flags], {
          directory,
          terminal,
          env: {
            ...surroundings.env,
            NAMED: "named-value",
            APP_VERSION: "1.2",
            XDG_STATE_HOME: `${directory}/state`,
          },
        });
        assertEquals(code, style === "--dry-run" ? 0 : 1, stderr);
        for (const value of VALUES) {
          assert(!(stdout + stderr).includes(value), stdout + stderr);
        }
        if (style === "--dry-run") return;
        // A person on a terminal, and one who wants it quiet, see no line of a container.
        const isShort = style === "--quiet" ||
          style === "for a person" && terminal;
        if (!isShort) assertStringIncludes(stdout + stderr, "***");
        for (
          const file of ["build.log", "events.jsonl", "run.html"]
        ) {
          const text = await Deno.readTextFile(
            `${directory}/reports/test/${file}`,
          );
          for (const value of VALUES) assert(!text.includes(value), text);
          assertStringIncludes(text, "***", file);
        }
      }));
  }
}

Deno.test("a dry run shows no value, however it has to be quoted", () => {
  const value = "pw ::error::b##x[1]S3cr";
  const docker = DOCKER.replace(
    "x-todoflow: { redact: [NAMED] }",
    `x-todoflow: { redact: [NAMED], release: { setup: [{ name: s, service: app, run: [a, "--x=${value}"] }] } }`,
  ).replace("  test:", "  app: { image: b }\n  test:");
  return withFakeDocker(docker, async ({ directory, surroundings }) => {
    await writeFiles(directory, {
      "compose.yaml": "services: {}",
      "one.txt": "file-value\n",
    });
    const { code, stdout, stderr } = await cli(["release", "--dry-run"], {
      directory,
      env: {
        ...surroundings.env,
        NAMED: value,
        APP_VERSION: "1.2",
        XDG_STATE_HOME: `${directory}/state`,
      },
    });
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "--x=***");
    assert(!stdout.includes("S3cr"), stdout);
  });
});

Deno.test("a run with values that must not be shown has that on record", () =>
  withFakeDocker(
    `cp state/todoflow/*.json seen 2>/dev/null\n${DOCKER}`,
    async ({ directory, surroundings }) => {
      await writeFiles(directory, {
        "compose.yaml": "services: {}",
        Dockerfile: "FROM a\n",
      });
      await cli(["test"], {
        directory,
        env: {
          ...surroundings.env,
          APP_VERSION: "1.2",
          XDG_STATE_HOME: `${directory}/state`,
        },
      });
      assertStringIncludes(
        (await Deno.readTextFile(`${directory}/seen`)).replace(/\s/g, ""),
        '"hides":true',
      );
    },
  ));

/** Fails as Compose does, with a value in what it says. */
const INVALID = `
case "$*" in
  *config) echo "invalid: hunter2" >&2; exit 15 ;;
  *--short) echo 2.26.1 ;;
  ps*) ;;
  context*) echo unix:///engine.sock ;;
esac`;

Deno.test("Compose's error is not shown if the file is too large to be read for its values", () =>
  withFakeDocker(INVALID, async ({ directory, surroundings: { env } }) => {
    await Deno.writeTextFile(`${directory}/compose.yaml`, "");
    await Deno.truncate(`${directory}/compose.yaml`, 17 * 2 ** 20);
    const { code, stderr } = await cli(["test"], {
      directory,
      env: { ...env, APP_VERSION: "1.2" },
    });
    assertEquals(code, 3, stderr);
    assertStringIncludes(stderr, "the reason is not shown");
    assert(!stderr.includes("hunter2"), stderr);
  }));
