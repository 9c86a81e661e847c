import { assertEquals } from "@std/assert";
import { explain } from "../../../../lib/errors/wording.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { recordingShell } from "../../../../lib/engine/shell.ts";
import { step } from "../../../../lib/plan/plan.ts";
import { lacking } from "../../../../lib/run/lacking.ts";
import type { Prepared } from "../../../../lib/run/prepared.ts";
import { processWorld } from "../../../../lib/world.ts";
import { withFolder } from "../../fakes.ts";

/**
 * The message about a service that is built and started in a folder with these files; undefined if it lacks nothing.
 *
 * @param service its keys, as Compose resolves them: "/x" is the folder
 */
function told(
  service: string,
  files: Record<string, string>,
  { rest = "", env = {} }: { rest?: string; env?: Record<string, string> } = {},
): Promise<string | undefined> {
  return withFolder(async (folder) => {
    const all = { "compose.yaml": "services:\n", ...files };
    for (const [name, text] of Object.entries(all)) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeTextFile(path, text);
    }
    const model = `name: shop\nservices:\n  app: ${service}\n${rest}`;
    const workflow = await readWorkflow(model.replaceAll("/x", folder));
    const { $ } = await recordingShell();
    const common = { name: "x", why: "a test", command: $`docker` };
    const found = await lacking({
      ...{ workflow, files: [`${folder}/compose.yaml`] },
    } as unknown as Prepared, {
      world: { ...processWorld(), directory: folder },
      surroundings: { directory: folder, env },
      steps: [
        step(1, { ...common, does: { kind: "build", services: ["app"] } }),
        step(1, {
          ...common,
          does: { kind: "start", service: "app", container: "c" },
        }),
      ],
    });
    if (!found) return undefined;
    assertEquals(found.failure.kind, "lacking");
    const { headline, why, next } = explain(found.failure);
    return [headline, why, next].filter(Boolean).join("\n");
  });
}

const DOCKERFILE = { "Dockerfile": "FROM a AS base\nFROM b AS prod\n" };

for (
  const [what, service, files, expected] of [
    [
      "a context that is missing",
      "{ build: { context: /x/nope } }",
      {},
      'Cannot build "app": there is no folder nope\nls .   # then name one of its folders',
    ],
    [
      "a context that is a file",
      "{ build: { context: /x/Dockerfile } }",
      DOCKERFILE,
      'Cannot build "app": Dockerfile is a file, not a folder\nwrite context: . and dockerfile: Dockerfile',
    ],
    [
      "a named context that is missing",
      '{ build: { context: /x, additional_contexts: { ui: "/x/my ui" } } }',
      DOCKERFILE,
      'Cannot build "app": there is no folder my ui for the context "ui"\nls .   # then name one of its folders',
    ],
    [
      "a Dockerfile that is missing",
      "{ build: { context: /x/src, dockerfile: Dockerfile.dev } }",
      { "src/Dockerfile": "FROM a\n" },
      "Cannot build \"app\": there is no file src/Dockerfile.dev\nfind src -iname '*dockerfile*'   # then name one by build.dockerfile",
    ],
    [
      "a submodule that was not fetched",
      "{ build: { context: /x/ui } }",
      {
        ".gitmodules": '[submodule "ui"]\n\tpath = ui\n\turl = ../ui\n',
        "ui/.keep": "",
      },
      'Cannot build "app": there is no file ui/Dockerfile\ngit submodule update --init',
    ],
    [
      "a stage that is missing",
      "{ build: { context: /x, target: test } }",
      DOCKERFILE,
      'Cannot build "app": Dockerfile has no stage "test"\nits stages are: base, prod\nname one of its stages by build.target, or add a stage "test"',
    ],
    [
      "a stage that an inline Dockerfile lacks",
      '{ build: { context: /x, target: test, dockerfile_inline: "FROM a" } }',
      {},
      'Cannot build "app": its Dockerfile has no stage "test"\nnone of its stages has a name\nadd a stage "test", or remove build.target',
    ],
  ] as const
) {
  Deno.test(`${what} is told before anything is built`, async () => {
    assertEquals(await told(service, files), expected);
  });
}

for (
  const [what, service, files] of [
    ["a build that is complete", "{ build: { context: /x } }", DOCKERFILE],
    [
      "a stage whose name has other capitals",
      "{ build: { context: /x, target: PROD } }",
      DOCKERFILE,
    ],
    [
      "a Dockerfile in lower case, which BuildKit takes",
      "{ build: { context: /x, target: prod } }",
      { "dockerfile": "FROM a AS prod\n" },
    ],
    [
      "a Dockerfile for another frontend",
      "{ build: { context: /x, target: prod } }",
      { "Dockerfile": "# syntax=example/frontend\nFROM a\n" },
    ],
    [
      "a context that is a URL",
      "{ build: { context: https://example.com/a.git, target: prod } }",
      {},
    ],
    [
      "contexts that are no folders",
      "{ build: { context: /x, additional_contexts: { a: docker-image://a, b: service:b, c: oci-layout:///x/c } } }",
      DOCKERFILE,
    ],
    [
      "paths of another machine, on which docker is",
      "{ build: { context: /elsewhere/shop/app } }",
      {},
    ],
    [
      "a folder at the top of another machine, on which docker is",
      "{ build: { context: /elsewhere } }",
      {},
    ],
  ] as const
) {
  Deno.test(`${what} lacks nothing`, async () => {
    assertEquals(await told(service, files), undefined);
  });
}

const SECRET = "{ image: a, secrets: [{ source: key }] }";

Deno.test("the file of a secret that is missing is told, outside the checkout it may be the engine's", async () => {
  const rest = "secrets: { key: { name: shop_key, file: /x/my key.txt } }\n";
  assertEquals(
    await told(SECRET, {}, { rest }),
    'Cannot start "app": there is no file my key.txt for the secret "key"\nread -r value && printf %s "$value" > \'my key.txt\'   # then type the value',
  );
  assertEquals(await told(SECRET, { "my key.txt": "x" }, { rest }), undefined);
  const outside = rest.replace("/x/my key.txt", "/etc/nope.txt");
  assertEquals(await told(SECRET, {}, { rest: outside }), undefined);
});

Deno.test("the variable of a config that is not set is told, unless an included file may set it", async () => {
  const service = "{ image: a, configs: [{ source: key }] }";
  const rest = "configs: { key: { name: shop_key, environment: KEY } }\n";
  assertEquals(
    await told(service, {}, { rest }),
    'Cannot start "app": the variable KEY of the config "key" is not set\nread -r KEY && export KEY   # then type the value',
  );
  assertEquals(await told(service, {}, { rest, env: { KEY: "" } }), undefined);
  assertEquals(await told(service, { ".env": "KEY=1\n" }, { rest }), undefined);
  const including = { "compose.yaml": "include: [other.yaml]\n" };
  assertEquals(await told(service, including, { rest }), undefined);
});
