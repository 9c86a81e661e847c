/**
 * Values that must not be shown, of each kind and in each place, with a real engine, builder and Compose.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Checkout,
  type CheckoutOptions,
  exec,
  withCheckout,
  withDocker,
} from "./harness.ts";

/** The values, by where they come from. */
const VALUES = {
  argument: `arg-"5f'$1\\c9e`,
  default: "default-8d21f0",
  file: "line-one-77b2a9\nline two <&> 61d0",
  variable: "variable-é-93c7",
  dotenv: "dotenv-2b#40aa",
  named: "named 4e5f/+?",
  short: "q7",
};

/** Tells all of them: as they are, and in some notations. */
const TELL = `for name in API_TOKEN DEFAULT_TOKEN NAMED SHORT; do
  eval "value=\\$$name"
  echo "$name is $value."
  printf %s "$value" | base64
done
for file in /run/secrets/*; do
  cat $file && echo
  printf '{"user":"me","password":"' && sed 's/"/\\\\"/g' $file
  base64 -w 40 $file && base64 $file
done
echo "SAFE is $SAFE"
`;

const FILES: Readonly<Record<string, string>> = {
  "compose.yaml": `
x-build: &build { context: ., args: [API_TOKEN] }
x-shared: &shared
  build: *build
  environment: { NAMED: "\${NAMED}", SHORT: "\${SHORT}", SAFE: shown }
  secrets: [file, variable, dotenv]
x-todoflow:
  redact: [NAMED, SHORT, NOT_SET]
  test: { reports: [/reports] }
  release:
    setup: [{ service: migrate, run: [echo, "\${NAMED}"] }]
services:
  test:
    <<: *shared
    command: [sh, /test.sh]
    profiles: [test]
  migrate: { <<: *shared }
  app:
    <<: *shared
    ports: ["127.0.0.1::8000"]
secrets:
  file: { file: ./file.txt }
  variable: { environment: VARIABLE }
  dotenv: { environment: DOTENV }
`,
  "Dockerfile": `FROM denoland/deno:debian-2.9.6
ARG API_TOKEN
ARG DEFAULT_TOKEN=${VALUES.default}
ENV DEFAULT_TOKEN=$DEFAULT_TOKEN
COPY *.sh /
RUN echo "told by the build: $API_TOKEN" && echo $API_TOKEN $DEFAULT_TOKEN >&2 && sh /build.sh
CMD sh /tell.sh; exec deno eval "Deno.serve(() => new Response('ok'))"
`,
  "build.sh": "true\n",
  "tell.sh": TELL,
  "test.sh": `sh /tell.sh
mkdir /reports
cat > /reports/cases.xml <<END
<testsuite><testcase name="logs in with $NAMED"><failure message="401 for $(head -n 1 /run/secrets/file)">
$(sed 's/&/\\&amp;/g; s/</\\&lt;/g' /run/secrets/file)
</failure></testcase></testsuite>
END
exit 1
`,
  "file.txt": `${VALUES.file}\n`,
  ".env": `DOTENV=${VALUES.dotenv}   # a comment\n`,
};

const ENV = {
  API_TOKEN: VALUES.argument,
  VARIABLE: VALUES.variable,
  NAMED: VALUES.named,
  SHORT: VALUES.short,
};

/**
 * The texts that would give a value away: its lines, in the notations in which the programs of the test may write them.
 */
const TELLING = Object.values(VALUES).flatMap((value) => value.split("\n"))
  .flatMap((line) => [
    line,
    JSON.stringify(line).slice(1, -1),
    line.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
    encodeURIComponent(line),
    ...(line.length < 6 ? [] : [new TextEncoder().encode(line).toBase64()]),
  ]);

/** Asserts that a text contains no value. */
function assertSilent(text: string, place: string) {
  // A short value may be in any ID: only as a word of its own it tells something.
  const found = TELLING.filter((value) =>
    value.length > 4 ? text.includes(value) : text.includes(` ${value}.`)
  );
  assertEquals(found, [], `told by ${place}:\n${text}`);
}

/** The texts of all files below a folder, by their paths in it. */
async function filesBelow(folder: string): Promise<Map<string, string>> {
  const { stdout } = await exec(["find", folder, "-type", "f"]);
  const files = stdout.split("\n").filter(Boolean);
  return new Map(
    await Promise.all(files.map(async (file) =>
      [
        file.slice(folder.length + 1),
        await Deno.readTextFile(file),
      ] as const
    )),
  );
}

/** The program's own files, which were copied out of the container. */
const FOREIGN = /^test\/cases\.xml$/;

/** Runs a target and asserts that nothing that it prints or writes gives a value away. */
async function silent(
  { todoflow, directory, env }: Checkout,
  ...words: string[]
) {
  const outcome = await todoflow(...words);
  assertSilent(outcome.stdout, "stdout");
  assertSilent(outcome.stderr, "stderr");
  const reports = await filesBelow(`${directory}/reports`);
  for (const [file, text] of reports) {
    if (!FOREIGN.test(file)) assertSilent(text, file);
  }
  const state = await filesBelow(env.XDG_STATE_HOME!);
  for (const [file, text] of state) assertSilent(text, file);
  return { ...outcome, reports };
}

function withSecrets(
  test: (checkout: Checkout) => Promise<void>,
  { env = {}, files = {} }: CheckoutOptions = {},
) {
  return withCheckout(test, {
    files: { ...FILES, ...files },
    env: { ...ENV, ...env },
  });
}

Deno.test("a failed test shows no secret: not on the screen, in no page, log of a build, event or report of its own", () =>
  withSecrets(async (checkout) => {
    const { code, stderr, reports } = await silent(checkout, "test");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "logs in with ***");
    assertStringIncludes(stderr, "401 for ***");
    // It was in the way of all of them.
    const has = (file: string, text: string) =>
      assertStringIncludes(reports.get(`test/${file}`) ?? "", text);
    has("build.log", "told by the build: ***");
    has("events.jsonl", "told by the build: ***");
    has("run.html", "told by the build: ***");
    has("run.html", "NAMED is ***.");
    has("run.html", "SAFE is shown");
    has("junit.xml", "logs in with ***");
    has("trace.json", "run test");
    has("logs/test.log", "SAFE is shown");
  }));

Deno.test("--json and --verbose show no secret, nor does any command line of docker", () =>
  withDocker(
    `printf '%s\\n' "$*" >> $FOLDER/calls`,
    ({ PATH, folder }) =>
      withSecrets(async (checkout) => {
        const json = await silent(checkout, "test", "--json");
        assertEquals(json.code, 1);
        assertStringIncludes(json.stdout, "SHORT is ***.");
        const verbose = await silent(checkout, "test", "--verbose");
        assertStringIncludes(verbose.stderr, "NAMED is ***.");
        assertSilent(await Deno.readTextFile(`${folder}/calls`), "ps");
      }, { env: { PATH } }),
  ));

Deno.test("annotations and the summary on GitHub show no secret", () =>
  withSecrets(async (checkout) => {
    const summary = `${checkout.directory}/../summary.md`;
    await Deno.writeTextFile(summary, "");
    checkout.env.GITHUB_STEP_SUMMARY = summary;
    const { stderr } = await silent(checkout, "test");
    assert(/^::error.*\*\*\*/m.test(stderr), stderr);
    const text = await Deno.readTextFile(summary);
    assertSilent(text, "summary");
    assertStringIncludes(text, "***");
  }, { env: { GITHUB_ACTIONS: "true" } }));

Deno.test("a failed build shows no secret, although BuildKit repeats it with the step and its output", () =>
  withSecrets(async (checkout) => {
    const { code, stderr, reports } = await silent(checkout, "test");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "***");
    assertStringIncludes(reports.get("test/build.log") ?? "", "build: ***");
  }, { files: { "build.sh": 'echo "sorry: $API_TOKEN"; exit 3\n' } }));

Deno.test("a successful release shows no secret, nor do its receipt and its records; its dry run prints no value", () =>
  withSecrets(async (checkout) => {
    const dry = await silent(checkout, "release", "--dry-run");
    assertStringIncludes(dry.stdout, "***");
    const { code, stderr, reports } = await silent(checkout, "release");
    assertEquals(code, 0, stderr);
    assert(reports.has("release/receipt.json"));
    const again = await silent(checkout, "ls");
    assertStringIncludes(again.stdout, checkout.project);
    await silent(checkout, "clean", "--verbose");
  }));

Deno.test("Compose's error about a file that it cannot resolve is shown without secrets", () =>
  withSecrets(async (checkout) => {
    await checkout.edit("compose.yaml", "127.0.0.1::8000", "${API_TOKEN}:80");
    const { code, stderr, stdout } = await silent(checkout, "test", "--json");
    assertEquals(code, 3);
    assertStringIncludes(stderr, "***");
    assertStringIncludes(stdout, "***");
    const doctor = await silent(checkout, "doctor");
    assertStringIncludes(doctor.stdout, "***");
  }));

Deno.test("an error in x-todoflow is shown without values", () =>
  withSecrets(async (checkout) => {
    await checkout.edit("compose.yaml", "[/reports]", '"${NAMED}"');
    const { code, stderr } = await silent(checkout, "test");
    assertEquals(code, 3);
    assertStringIncludes(stderr, 'expected an array, got "***"');
  }));
