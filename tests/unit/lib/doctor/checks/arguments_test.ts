import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  CHECKED,
  diagnosed,
  DOCKERFILE,
  lines,
  only,
  project,
} from "../situation.ts";

/** A project whose app is built with these arguments. */
function withArguments(args: string, dockerfile: string, block = "") {
  const given = args.replace(/^(?=.)/gm, "      ");
  const { model, files } = project({
    text: `  app:
    build:
      context: .
${given}
    healthcheck: { test: [CMD, app, check], interval: 3s }
${block}`,
    services: `  app:
    build:
      context: /project
      dockerfile: Dockerfile
${given}
    ${CHECKED}
    networks:
      default: null
`,
    rest: block,
  });
  return diagnosed({
    model,
    files: { ...files, Dockerfile: dockerfile, ".dockerignore": "*\n!src\n" },
    env: { API_TOKEN: "hunter2" },
  });
}

/** Findings about build arguments, with their places. */
function found(diagnosis: Awaited<ReturnType<typeof withArguments>>) {
  return lines(diagnosis)
    .filter((line) => line.includes("secret-build-argument"));
}

Deno.test("an ARG that is named like a secret is found where it stands, with the lines of a build secret to paste", async () => {
  const diagnosis = await withArguments(
    "args:\n  API_TOKEN: hunter2",
    DOCKERFILE.replace(
      "USER",
      "ARG VERSION=1 API_TOKEN=x\nARG TOKENIZER\nRUN get $API_TOKEN $TOKENIZER && make\nUSER",
    ),
  );
  assertEquals(found(diagnosis), [
    "warning secret-build-argument Dockerfile:3:1",
  ]);
  const { title, fix } = only(diagnosis, "secret-build-argument");
  assertStringIncludes(title, '"API_TOKEN"');
  assertEquals(
    fix,
    `RUN --mount=type=secret,id=api_token export API_TOKEN="$(cat /run/secrets/api_token)" && get $API_TOKEN $TOKENIZER && make
# and in the Compose file, instead of the argument:
services:
  app:
    build:
      secrets: [api_token]
secrets:
  api_token:
    environment: API_TOKEN`,
  );
});

Deno.test("a build argument that only the Compose file gives is found there", async () => {
  const diagnosis = await withArguments(
    "args:\n  VERSION: '1'\n  API_TOKEN: hunter2",
    DOCKERFILE,
  );
  assertEquals(found(diagnosis), [
    "warning secret-build-argument compose.yaml:9:9",
  ]);
  assertEquals(
    only(diagnosis, "secret-build-argument").fix,
    "# ARG API_TOKEN   # remove this line",
  );
});

Deno.test("arguments of other names, and build secrets, are no findings", async () => {
  const diagnosis = await withArguments(
    "args:\n  PUBLIC_KEY: abc",
    DOCKERFILE.replace(
      "USER",
      "ARG PUBLIC_KEY\nRUN --mount=type=secret,id=api_token true\nUSER",
    ),
  );
  assertEquals(found(diagnosis), []);
});

Deno.test("the doctor shows lines of a project's files without values", async () => {
  const diagnosis = await withArguments(
    "args:\n  API_TOKEN: hunter2",
    DOCKERFILE.replace('["deno", "serve"]', "deno serve --token hunter2"),
    "x-todoflow:\n  release: hunter2\n",
  );
  assertEquals(JSON.stringify(diagnosis).includes("hunter2"), false);
  assertStringIncludes(only(diagnosis, "shell-form").fix, "***");
  assertStringIncludes(only(diagnosis, "invalid-config").title, "***");
});
