/**
 * Values that must not be shown: a container and a build print them wherever they can.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ALL, type Checkout, output, withCheckout } from "../harness.ts";
import { assertWell, watchBystander } from "./hostile.ts";

watchBystander();

/** Secret values, by what makes them secret. */
const VALUES = {
  "a secret of a file": "s3cret-of-a-file",
  "a secret of the environment": "s3cret-of-the-environment",
  "a build argument that is named like a secret": "s3cret-build-argument",
  "a secret with characters of regular expressions": "s3cret.*[a]+$(x)",
};

/** The value of a variable that only x-todoflow.redact makes secret. */
const REDACTED = { "a variable in x-todoflow.redact": "s3cret-redacted" };

const FILES = {
  "secret.txt": `${VALUES["a secret of a file"]}\n`,
  "Dockerfile": `FROM debian:bookworm-slim
ARG DB_PASSWORD
RUN echo "build says $DB_PASSWORD"
`,
  "compose.yaml": `
x-todoflow:
  test: { reports: [/r] }
services:
  test:
    build: { context: ., args: { DB_PASSWORD: "\${DB_PASSWORD}" } }
    environment: { PLAIN_NAME: "\${PLAIN_NAME}" }
    secrets: [of_file, of_env, odd]
    command:
      - bash
      - -c
      - |
        for f in /run/secrets/*; do echo "<$$(cat $$f)>"; done
        echo "redact $$PLAIN_NAME" >&2
        s=$$(cat /run/secrets/of_file); printf '%s' "$\${s:0:5}"; sleep 0.3; printf '%s\\n' "$\${s:5}"
        mkdir /r; echo "<testsuite name='t'><testcase name='$$PLAIN_NAME'><failure message='$$s'/></testcase></testsuite>" > /r/j.xml
        exit 1
  app: { image: "debian:bookworm-slim" }
secrets:
  of_file: { file: ./secret.txt }
  of_env: { environment: TOKEN }
  odd: { environment: ODD }
`,
};

const ENV = {
  DB_PASSWORD: VALUES["a build argument that is named like a secret"],
  TOKEN: VALUES["a secret of the environment"],
  PLAIN_NAME: REDACTED["a variable in x-todoflow.redact"],
  ODD: VALUES["a secret with characters of regular expressions"],
};

/** Where a value stands: files below reports that todoflow writes, and the state. */
async function filesWith(
  { directory, env }: Checkout,
  value: string,
): Promise<string> {
  const folders = [`${directory}/reports`, env.XDG_STATE_HOME!];
  return await output([
    ...["sh", "-c", 'grep -rlF -- "$@" || true', "grep", value] as const,
    ...folders,
  ]);
}

/** Runs the tests, and asserts that none of the values is shown. */
async function assertHidden(
  checkout: Checkout,
  { t, values, flags = [] }: {
    t: Deno.TestContext;
    values: Readonly<Record<string, string>>;
    flags?: readonly string[];
  },
) {
  const outcome = await checkout.todoflow("test", ...flags);
  for (const [what, value] of Object.entries(values)) {
    await t.step(`${what}: streams`, () => {
      // The screen cuts long lines, in the middle of a value, too.
      const start = value.slice(0, 10);
      assert(!outcome.stdout.includes(start), outcome.stdout);
      assert(!outcome.stderr.includes(start), outcome.stderr);
    });
    await t.step(`${what}: files`, async () => {
      // A report that a container has written is copied as it is.
      const files = (await filesWith(checkout, value)).split("\n")
        .filter((file) => file && !file.endsWith("/j.xml"));
      assertEquals(files, []);
    });
  }
  await t.step(
    "they were printed",
    () => assert((outcome.stdout + outcome.stderr).includes("***")),
  );
  await t.step(
    "the run ends well",
    async () => await assertWell(checkout, outcome, [1]),
  );
}

for (const flags of [[], ["--json"], ["--verbose"]]) {
  const shown = ["test", ...flags].join(" ");
  const title =
    `secrets that a container and a build print are *** in every stream and file of ${shown}`;
  // e2e/secrets_test.ts and secrets_run_test.ts have the flags, too.
  Deno.test(title, { ignore: flags.length > 0 && !ALL }, (t) =>
    withCheckout(
      (checkout) => assertHidden(checkout, { t, flags, values: VALUES }),
      { files: FILES, env: ENV },
    ));
}

Deno.test("values of variables in x-todoflow.redact are *** in every stream and file", (t) =>
  withCheckout((checkout) => assertHidden(checkout, { t, values: REDACTED }), {
    files: {
      ...FILES,
      "compose.yaml": FILES["compose.yaml"].replace(
        "x-todoflow:\n",
        "x-todoflow:\n  redact: [PLAIN_NAME]\n",
      ),
    },
    env: ENV,
  }));
