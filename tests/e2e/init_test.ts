/**
 * `init` for a folder of source: what it writes is built, tested and released as it is.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Diagnosis } from "../../lib/doctor/project/finding.ts";
import { commitAll, leftovers, output, withCheckout } from "./harness.ts";

/** A tiny application in each language, with one test; it answers "hello". */
const APPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Node: {
    "package.json": JSON.stringify({
      name: "tiny",
      version: "1.0.0",
      scripts: {
        preinstall: "touch executed",
        build: "node build.js",
        start: "node dist/server.js",
        test: "node --test",
      },
    }),
    "package-lock.json": JSON.stringify({
      name: "tiny",
      version: "1.0.0",
      lockfileVersion: 3,
      packages: { "": { name: "tiny", version: "1.0.0" } },
    }),
    "build.js": 'require("node:fs").cpSync("src", "dist", { recursive: true })',
    "src/server.js": `const { hello } = require("./hello.js");
require("node:http").createServer((_, answer) => answer.end(hello()))
  .listen(process.env.PORT || 3000);
`,
    "src/hello.js": 'exports.hello = () => "hello"',
    "test/hello.test.js": `const { hello } = require("../dist/hello.js");
require("node:test")("it greets", () => {
  require("node:assert").equal(hello(), "hello");
});
`,
  },
  Python: {
    // The lab has this one.
    ".python-version": "3.11\r\n",
    "requirements.txt": "# none\r\n",
    "app.py": `from http.server import BaseHTTPRequestHandler, HTTPServer


def hello():
    return "hello"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(hello().encode())


if __name__ == "__main__":
    HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
`,
    "test_app.py": `import unittest

from app import hello


class HelloTest(unittest.TestCase):
    def test_hello(self):
        self.assertEqual(hello(), "hello")
`,
  },
  Deno: {
    "deno.json": JSON.stringify({
      tasks: { start: "deno run --allow-net main.ts" },
    }),
    "deno.lock": '{"version": "5"}\n',
    "main.ts": `export const hello = () => "hello";
if (import.meta.main) Deno.serve(() => new Response(hello()));
`,
    "main_test.ts": `import { hello } from "./main.ts";
Deno.test("it greets", () => {
  if (hello() !== "hello") throw new Error(hello());
});
`,
  },
};

/** The files of a checkout, but git's. */
async function filesOf(directory: string): Promise<string[]> {
  const list = await output(["git", "ls-files", "--cached", "--others"], {
    cwd: directory,
  });
  return list.split("\n").toSorted();
}

for (const [language, files] of Object.entries(APPS)) {
  Deno.test(`the files that init writes for ${language} are built, tested and released`, async () => {
    await withCheckout(async ({ directory, project, env, todoflow }) => {
      const before = await filesOf(directory);
      const printed = await todoflow("init");
      assertEquals(printed.code, 0, printed.stderr);
      // It only reads, and executes nothing.
      assertEquals(await filesOf(directory), before);
      const written = await todoflow("init", "--write");
      assertEquals(written.code, 0, written.stderr);
      const made = [".dockerignore", "Dockerfile", "compose.yaml"];
      assertEquals(await filesOf(directory), [...before, ...made].toSorted());
      for (const name of made) {
        const text = await Deno.readTextFile(`${directory}/${name}`);
        assertStringIncludes(printed.stdout, `# ${name}: new file\n${text}`);
      }
      await commitAll(directory);
      const again = await todoflow("init", "--write");
      assertEquals([again.code, again.stdout], [0, "Nothing is missing\n"]);
      const doctor = await todoflow("doctor", "--json");
      assertEquals(doctor.code, 0, doctor.stdout);
      // init knows neither a registry nor how the application is accepted.
      const open = ["no-acceptance", "no-image-name", "no-report"];
      const { findings }: Diagnosis = JSON.parse(doctor.stdout);
      assertEquals(findings.filter(({ id }) => !open.includes(id)), []);
      await output(["docker", "compose", "config", "--quiet"], {
        cwd: directory,
        env,
      });
      const test = await todoflow("test");
      assertEquals(test.code, 0, test.stderr);
      const release = await todoflow("release");
      assertEquals(release.code, 0, release.stderr);
      assertMatch(release.stdout, /http:\/\/localhost:\d+/);
      const [url = ""] = /http:\/\/localhost:\d+/.exec(release.stdout) ?? [];
      assertEquals(await (await fetch(url)).text(), "hello");
      const clean = await todoflow("clean");
      assertEquals(clean.code, 0, clean.stderr);
      assertEquals(await leftovers(project), []);
    }, { files });
  });
}

/** Does what the text of `init` says of a Compose file: puts each block where it belongs. */
function withBlocks(text: string, printed: string): string {
  const lines: (string | undefined)[] = text.split("\n");
  const blocks = printed.split("\n\n").flatMap((part) => {
    const [head = "", ...own] = part.trimEnd().split("\n");
    const [, where, line] =
      /^# (below|above|in place of) \S+:(\d+): /.exec(head) ??
        [];
    return where ? [{ where, at: Number(line) - 1, own: own.join("\n") }] : [];
  });
  for (const { where, at, own } of blocks) {
    const line = lines[at]!;
    lines[at] = {
      below: `${line}\n${own}`,
      above: `${own}\n${line}`,
      "in place of": own,
    }[where];
  }
  return lines.join("\n");
}

Deno.test("the lines that init prints for a Compose file fit into it, and the doctor has no error then", async () => {
  const compose = `services:
  east:
    build: .
    ports: ["127.0.0.1::80"]
    depends_on: [db]
  west:
    build: .
    ports: ["127.0.0.1::81"]
    depends_on:
      cache: { condition: service_healthy }
  db:
    image: postgres:15
    environment: { POSTGRES_PASSWORD: "" }
  cache:
    image: redis:7
`;
  const files = {
    "compose.yaml": compose,
    "Dockerfile":
      'FROM debian:bookworm-slim\nCOPY . .\nUSER nobody\nCMD ["sleep", "9"]\n',
    "Makefile": "test:\n\ttrue\n",
  };
  await withCheckout(async ({ directory, todoflow }) => {
    const { code, stdout } = await todoflow("init", "--write");
    assertEquals(code, 0);
    const path = `${directory}/compose.yaml`;
    assertEquals(await Deno.readTextFile(path), compose);
    await Deno.writeTextFile(path, withBlocks(compose, stdout));
    await commitAll(directory);
    const doctor = await todoflow("doctor", "--json");
    const findings: { severity: string; id: string }[] =
      JSON.parse(doctor.stdout).findings;
    const errors = findings.filter(({ severity }) => severity === "error");
    assertEquals([doctor.code, errors], [0, []]);
    const again = await todoflow("init");
    assertEquals([again.code, again.stdout], [0, "Nothing is missing\n"]);
  }, { files });
});
