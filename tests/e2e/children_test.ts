/**
 * How many docker processes a run starts: each costs more processor time than all requests of a run to the engine.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { ALL, withCheckout, withDocker } from "./harness.ts";

/** A service as in the tiny project, which only runs. */
const service = (name: string) => `
  ${name}:
    image: debian:bookworm-slim
    command: [sh, -c, "trap exit TERM; sleep infinity & wait"]
    healthcheck: { test: [CMD, "true"], interval: 1s }
    volumes: ["${name}:/data"]
`;

/** A project with this many databases. */
const project = (databases: number) => {
  const names = Array.from({ length: databases }, (_, i) => `db${i}`);
  return {
    "Dockerfile": "FROM debian:bookworm-slim\nCOPY x /x\n",
    x: "x",
    "compose.yaml": `
services:
  test:
    build: .
    command: ["true"]
    depends_on: { ${
      names.map((name) => `${name}: { condition: service_healthy }`).join(", ")
    } }
  app:
    build: .
    command: [sh, -c, "trap exit TERM; sleep infinity & wait"]
    depends_on: [${names.join(", ")}]
${names.map(service).join("")}
volumes: { ${names.map((name) => `${name}: {}`).join(", ")} }
`,
  };
};

/** The docker processes of the second run of a target, by their first words. */
async function childrenOf(target: string, databases: number) {
  let children: string[] = [];
  await withDocker(
    `printf '%s\\n' "$*" >> $FOLDER/calls`,
    ({ PATH, folder }) =>
      withCheckout(async ({ todoflow }) => {
        for (let run = 0; run < 2; run++) {
          await Deno.remove(`${folder}/calls`).catch(() => {});
          const { code, stderr } = await todoflow(target);
          assertEquals(code, 0, stderr);
        }
        const calls = await Deno.readTextFile(`${folder}/calls`);
        children = calls.trim().split("\n").map((line) =>
          line.replace("--profile * ", "").replace(/--project-name \S+ /, "")
            .split(" ").slice(0, 2).join(" ")
            .replace(/^pull .*/, "pull")
        );
      }, { files: project(databases), env: { PATH } }),
  );
  return children.toSorted();
}

// The wrapper that counts is a script, so docker is asked for the engine that it reaches, too.
const FOUND = [
  ...["compose config", "compose version", "context inspect"],
  "info --format",
];

/** The docker processes of a warm run. The tool starts no other ones, however many services there are. */
const CHILDREN = {
  test: [...FOUND, "compose build", "compose run", "compose up", "pull"],
  release: [...FOUND, "compose build", "compose create", "compose up"],
};

for (const [target, expected] of Object.entries(CHILDREN)) {
  const title =
    `a warm ${target} starts the same docker processes with one database as with three`;
  Deno.test(title, { ignore: target === "release" && !ALL }, async () => {
    assertEquals(await childrenOf(target, 1), expected.toSorted());
    assertEquals(await childrenOf(target, 3), expected.toSorted());
  });
}
