/**
 * Projects without a line of `x-todoflow`, whose services are named otherwise than the conventions.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { exec, output, twinOf, withCheckout } from "./harness.ts";

const DOCKERFILE = `FROM denoland/deno:debian-2.9.6
COPY serve.ts /
CMD ["deno", "run", "--allow-net", "/serve.ts"]
`;
const SERVE =
  "Deno.addSignalListener('SIGTERM', () => Deno.exit());\nDeno.serve(() => new Response('shop'));\n";
const CHECK = "(await fetch('http://localhost:8000')).ok || Deno.exit(1)";

/** A project whose Compose file has these services. */
function project(
  services: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    "docker-compose.yml": `services:\n${services}`,
    "Dockerfile": DOCKERFILE,
    "serve.ts": SERVE,
    ".gitignore": "reports\n",
    ".dockerignore": "reports\n.git\n",
    ...more,
  };
}

/** A server that is built, with a port and a health check. */
const server = (name: string, more = "") =>
  `  ${name}:
    build: .
    healthcheck: { test: [CMD, deno, eval, "${CHECK}"], interval: 1s, retries: 30 }
    ports: ["127.0.0.1::8000"]
${more}`;

const debian = (name: string, command: string, more = "") =>
  `  ${name}:
    image: debian:bookworm-slim
    command: [sh, -c, ${JSON.stringify(command)}]
    init: true
${more}`;

/** The services of a project that have a container, with its state. */
async function states(project: string): Promise<string[]> {
  const list = await output([
    ...["docker", "ps", "--all", "--filter"] as const,
    `label=com.docker.compose.project=${project}`,
    ...["--format", '{{.Label "com.docker.compose.service"}} {{.State}}'],
  ]);
  return list.split("\n").filter(Boolean).toSorted();
}

const SHOP = project(
  server("shop") +
    debian("worker", "sleep infinity") +
    debian("seed", "echo seeded") +
    debian("init-cache", "sleep infinity") +
    debian(
      "watchtower",
      "sleep infinity",
      "    volumes: [/var/run/docker.sock:/var/run/docker.sock]\n",
    ) +
    debian("unit-tests", "echo tested", "    profiles: [test]\n"),
);

Deno.test("a project without a line of configuration is tested and released whole, and each guess is told", () =>
  withCheckout(async ({ todoflow, project, directory }) => {
    const tested = await todoflow("test");
    assertEquals(tested.code, 0, tested.stderr);
    assertStringIncludes(tested.stderr, "test: unit-tests (by its name)");
    assertEquals(await states(`${project}--test`), []);

    const planned = await todoflow("release", "--dry-run");
    assertStringIncludes(
      planned.stdout,
      "# app: shop (the only one that publishes a port)\n# one-shot: init-cache (by its name)\n",
    );
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /^App running at http:\/\/localhost:\d+\n$/);
    assertStringIncludes(stderr, "app: shop (the only one");
    assertStringIncludes(stderr, '"init-cache" still runs, although');
    assertStringIncludes(
      stderr,
      '"watchtower" is left out, because it holds the Docker socket; x-todoflow: {release: {with: [watchtower]}} includes it',
    );
    assertEquals(await states(twinOf(project)), [
      "init-cache running",
      "seed exited",
      "shop running",
      "worker running",
    ]);

    const folder = `${directory}/reports/release`;
    const receipt = JSON.parse(
      await Deno.readTextFile(`${folder}/receipt.json`),
    );
    assertEquals(receipt.apps, ["shop"]);
    assertEquals(receipt.guesses[0], {
      role: "app",
      service: "shop",
      reason: "the only one that publishes a port",
    });
    assertStringIncludes(
      await Deno.readTextFile(`${folder}/run.html`),
      "shop (the only one that publishes a port)",
    );
  }, { files: SHOP }));

Deno.test("a guess that has moved since the last release is told, and not published until the file says it", () =>
  withCheckout(async ({ todoflow, directory, edit }) => {
    const first = await todoflow("release");
    assertEquals(first.code, 0, first.stderr);
    await edit("docker-compose.yml", "  back:", "  shop:");
    await output([
      "git",
      "-C",
      directory,
      "-c",
      "user.name=e",
      "-c",
      "user.email=e@e",
      "commit",
      "--quiet",
      "--all",
      "--message",
      "x",
    ]);
    const second = await todoflow("release");
    assertEquals(second.code, 0, second.stderr);
    assertStringIncludes(
      second.stderr,
      'the app is "shop" now, and was "back" in an earlier release; to confirm: x-todoflow: {release: {app: shop}}',
    );
    // A second release of the same guess confirms nothing.
    const third = await todoflow("release");
    assertEquals(third.code, 0, third.stderr);
    const published = await todoflow("publish", "--unaccepted");
    assertEquals(published.code, 4, published.stderr);
    assertStringIncludes(
      published.stderr,
      'Cannot publish: "shop" is the app of this release by a guess alone',
    );
  }, {
    files: project(server("back", "    image: registry.invalid/shop\n")),
  }));

for (
  const [what, command] of [
    ["exits with 0 and is started again", "sleep 0.3"],
    ["fails and is started again", "echo no database >&2; sleep 0.3; exit 1"],
  ] as const
) {
  Deno.test(`an app that ${what} by its restart policy fails`, () =>
    withCheckout(async ({ todoflow }) => {
      const { code, stderr } = await todoflow("release");
      assert(code === 1 || code === 124, stderr);
      assertStringIncludes(stderr, "shop");
    }, {
      files: {
        "docker-compose.yml": `services:\n${
          debian(
            "shop",
            command,
            "    restart: always\n    ports: ['127.0.0.1::8000']\n",
          )
        }x-todoflow: {deadlines: {ready: 8s}}\n`,
      },
    }));
}

Deno.test("the entrance of an app that publishes nothing has the URL", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const [, url = ""] = /^App running at (\S+)\n$/.exec(stdout) ?? [];
    assertEquals(await (await fetch(url)).text(), "shop");
    assertStringIncludes(stderr, "entrance: front");
  }, {
    files: project(
      debian("app", "sleep infinity") +
        server("front", "    depends_on: [app]\n"),
    ),
  }));

Deno.test("several apps have a gate, a proof and a URL each, and all of them are in the receipt", () =>
  withCheckout(async ({ todoflow, directory, project }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const lines = stdout.trim().split("\n");
    assertEquals(lines.map((line) => line.replace(/\d+/g, "N")), [
      "api running at http://localhost:N",
      "web running at http://localhost:N",
    ]);
    for (const line of lines) {
      const [url = ""] = /http\S+/.exec(line) ?? [];
      assertEquals(await (await fetch(url)).text(), "shop");
    }
    const receipt = JSON.parse(
      await Deno.readTextFile(`${directory}/reports/release/receipt.json`),
    );
    assertEquals(receipt.apps, ["api", "web"]);
    assertEquals(
      receipt.images.map(({ service }: { service: string }) => service),
      ["api", "web"],
    );
    assertEquals(await states(twinOf(project)), ["api running", "web running"]);
  }, {
    files: project(
      server("api") + server("web") +
        "x-todoflow: {release: {app: [api, {service: web, path: /up}]}}\n",
    ),
  }));

Deno.test("an app of several that answers nothing fails the release, and nothing is left", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stderr } = await todoflow("release");
    assert(code === 1 || code === 124, stderr);
    assertStringIncludes(stderr, "url web");
    assertEquals(await states(twinOf(project)), []);
  }, {
    files: project(
      server("api") +
        debian("web", "sleep infinity", "    ports: ['127.0.0.1::8000']\n") +
        "x-todoflow: {release: {app: [api, web]}, deadlines: {ready: 5s}}\n",
    ),
  }));

const SEVERAL = {
  "docker-compose.yml": `services:\n${
    debian("unit", "echo unit ran; exit 3") +
    debian("lint", "sleep 1; echo lint ran") +
    debian("db", "sleep infinity") +
    debian("e2e", "echo e2e ran", "    depends_on: [db]\n")
  }x-todoflow: {test: {service: [unit, lint, e2e]}}\n`,
};

Deno.test("of several test services, a failure does not end the others; each has its log and its verdict", () =>
  withCheckout(async ({ todoflow, directory, project }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 1, stderr);
    for (const name of ["unit", "lint", "e2e"]) {
      const log = `${directory}/reports/test/logs/${name}.log`;
      assertStringIncludes(await Deno.readTextFile(log), `${name} ran`);
    }
    assertMatch(stderr, /run unit +failed/);
    assertMatch(stderr, /run lint +ok/);
    assertMatch(stderr, /run e2e +ok/);
    assertEquals(await states(`${project}--test`), []);
  }, { files: SEVERAL }));

Deno.test("with --fail-fast the first failure ends the others; with --keep the containers stay until clean", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stderr } = await todoflow("test", "--fail-fast", "--keep");
    assertEquals(code, 1, stderr);
    assertMatch(stderr, /run lint +stopped/);
    const left = await states(`${project}--test`);
    assert(left.includes("unit exited"), left.join());
    assert(left.includes("db running"), left.join());
    // The next run replaces what was kept.
    const again = await todoflow("test");
    assertEquals(again.code, 1, again.stderr);
    assertEquals(await states(`${project}--test`), []);
    const asked = await todoflow("test", "--", "-k", "x");
    assertEquals(asked.code, 2, asked.stderr);
  }, { files: SEVERAL }));

Deno.test("tests that succeed leave nothing, with --keep, too", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stderr } = await todoflow("test", "--keep");
    assertEquals(code, 0, stderr);
    assertEquals(await states(`${project}--test`), []);
  }, {
    files: {
      "docker-compose.yml": `services:\n${debian("tests", "echo ok")}`,
    },
  }));

Deno.test("test.run runs a command in the app's image, without its ports", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stderr } = await todoflow("test", "--", "two");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "tested one two");
    assertEquals(await states(`${project}--test`), []);
  }, {
    files: project(
      server("shop") +
        'x-todoflow: {test: {run: [sh, -c, "echo tested $$0 $$1", one]}}\n',
    ),
  }));

Deno.test("a Compose file of tests beside the default one is read for test, and for nothing else", () =>
  withCheckout(async ({ todoflow, directory }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      "test: shop (docker-compose.test.yml says what it runs)",
    );
    assertStringIncludes(stderr, "the test of shop");
    const { code: resolved } = await exec([
      ...["docker", "compose", "config", "--quiet"] as const,
    ], { cwd: directory });
    assertEquals(resolved, 0);
    const release = await todoflow("release", "--dry-run");
    assertEquals(release.stdout.includes("docker-compose.test.yml"), false);
  }, {
    files: project(server("shop"), {
      "docker-compose.test.yml":
        "services:\n  shop:\n    command: [sh, -c, 'echo the test of shop']\n",
    }),
  }));

Deno.test("where rules cannot tell, the lines to paste work", () =>
  withCheckout(async ({ todoflow, directory, edit }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 3);
    assertStringIncludes(stderr, 'Cannot release: the app may be "one", "two"');
    const [, line = ""] = /^Next: (.*?) {3}#/m.exec(stderr) ?? [];
    assertEquals(line, "x-todoflow: {release: {app: one}}");
    await edit("docker-compose.yml", "services:", `${line}\nservices:`);
    const planned = await todoflow("release", "--dry-run");
    assertEquals(planned.code, 0, planned.stderr);

    const untested = await todoflow("test");
    assertEquals(untested.code, 3);
    assertMatch(
      untested.stderr,
      /Next: test: \{run: \[npm, test\]\} {3}# in x-todoflow of docker-compose\.yml/,
    );
    await Deno.remove(`${directory}/package.json`);
  }, {
    files: project(server("one") + server("two"), {
      "package.json": '{"scripts": {"test": "jest"}}',
    }),
  }));

const JUNIT = (name: string) =>
  `<testsuite name='${name}'><testcase classname='${name}' name='a'/></testsuite>`;

Deno.test("each of several test services has its own tests, named, found, or in its log, and each counts once", () =>
  withCheckout(async ({ todoflow, directory }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "unit: 1 test, 1 passed\n");
    assertStringIncludes(stderr, "api: 1 test, 1 passed\n");
    assertStringIncludes(stderr, "bats: 1 test, 1 passed\n");
    // Only one of them writes it.
    assertEquals(stderr.includes("no report"), false, stderr);
    const junit = `${directory}/reports/test/junit.xml`;
    const text = await Deno.readTextFile(junit);
    assertEquals(text.match(/<testcase [^>]*name="a"/g)?.length, 3, text);
  }, {
    files: {
      "docker-compose.yml": `services:\n${
        debian(
          "unit",
          `mkdir -p /out && echo "${JUNIT("unit")}" > /out/a.xml`,
        ) +
        debian("api", `mkdir -p /out && echo "${JUNIT("api")}" > /out/a.xml`) +
        debian("bats", "echo '1..1'; echo 'ok 1 a'")
      }x-todoflow: {test: {service: [unit, api, bats], reports: [/out/a.xml]}}\n`,
    },
  }));

Deno.test("a report that is found and the same tests in the log count once", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "tests: 1 test, 1 passed\n");
    assertStringIncludes(stderr, "/junit.xml");
  }, {
    files: {
      "docker-compose.yml": `services:\n${
        debian(
          "tests",
          `echo "${JUNIT("x")}" > /junit.xml; echo '1..1'; echo 'ok 1 a'`,
        )
      }`,
    },
  }));

Deno.test("a report that is found does not stay if it has a value that is hidden, and copies of one count once", () =>
  withCheckout(async ({ todoflow, directory }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "tests: 1 test, 1 passed\n");
    assertStringIncludes(
      stderr,
      "no report /srv/test-results/b.xml: it has a value that is hidden; x-todoflow.test.reports would copy it",
    );
    const all = await output([
      "grep",
      "-rc",
      "precious",
      `${directory}/reports`,
    ])
      .catch((error) => String(error));
    assertEquals(/:[1-9]/.test(all), false, all);
  }, {
    files: {
      "docker-compose.yml": `services:\n${
        debian(
          "tests",
          `mkdir -p /out /srv/test-results; echo "${
            JUNIT("x")
          }" > /out/junit.xml; cp /out/junit.xml /srv/test-results/; echo "<testsuite><testcase name='b'/><system-out>$$TOKEN</system-out></testsuite>" > /srv/test-results/b.xml`,
          "    environment: { TOKEN: precious }\n",
        )
      }x-todoflow: {redact: [TOKEN]}\n`,
    },
  }));
