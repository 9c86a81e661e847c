import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { composeFiles } from "../../../../lib/compose/files.ts";
import { locate } from "../../../../lib/compose/locate.ts";
import { cli, withFakeDocker, writeFiles } from "../../fakes.ts";

/** A file system that holds these files. */
function reader(files: Record<string, string>) {
  return (path: string) =>
    path in files
      ? Promise.resolve(files[path]!)
      : Promise.reject(new Error(`no ${path}`));
}

type Path = readonly (string | number)[];

/** "file:line:column" of a path in files that are used in the order in which they are written here. */
async function place(path: Path, files: Record<string, string>) {
  const found = await locate(path, {
    files: Object.keys(files),
    readTextFile: reader(files),
  });
  return found && `${found.file}:${found.line}:${found.column}`;
}

const YAML = `# A comment first.
name: shop
x-todoflow:
  application: shop
  test: {service: tset, "reports": [/a, 1]}
  release:
    setup:
      - migrate
      - {name: static, service: ap}
      - name: seed
        service: app
        run: &run [a, b]
    port: "8000"
`;

const PLACES: [Path, string][] = [
  [[], "3:1"],
  [["application"], "4:3"],
  [["test", "service"], "5:10"],
  [["test", "reports"], "5:25"],
  [["test", "reports", 1], "5:41"],
  [["release", "setup"], "7:5"],
  [["release", "setup", 0], "8:9"],
  [["release", "setup", 1, "service"], "9:24"],
  [["release", "setup", 2], "10:9"],
  [["release", "setup", 2, "run"], "12:9"],
  [["release", "port"], "13:5"],
];

for (const [path, expected] of PLACES) {
  Deno.test(`the place of x-todoflow.${path.join(".")} is that of its key, or of its item`, async () => {
    assertEquals(
      await place(["x-todoflow", ...path], { a: YAML }),
      `a:${expected}`,
    );
  });
}

Deno.test("the place of a key that the file does not contain is that of the nearest key around it", async () => {
  const release = ["x-todoflow", "release"];
  assertEquals(await place([...release, "app"], { a: YAML }), "a:6:3");
  assertEquals(await place([...release, "setup", 7], { a: YAML }), "a:7:5");
  assertEquals(await place([...release, "port", "x"], { a: YAML }), "a:13:5");
});

Deno.test("the place of a block that is an alias is where the block is written", async () => {
  const a = "x-shared: &shared\n  bogus: 1\nx-todoflow: *shared\n";
  assertEquals(await place(["x-todoflow", "bogus"], { a }), "a:2:3");
});

Deno.test("the place of a key that << has merged in is the block that it came into", async () => {
  const a = "x-shared: &s {bogus: 1}\nx-todoflow:\n  <<: *s\n";
  assertEquals(await place(["x-todoflow", "bogus"], { a }), "a:2:1");
});

Deno.test("of several files the last one that has the block counts, even an empty one", async () => {
  const path = ["x-todoflow", "test"];
  const first = "x-todoflow:\n  test: 1\n";
  const none = "services: {}\n";
  assertEquals(await place(path, { first, none }), "first:2:3");
  const second = "services: {}\nx-todoflow: {test: 1}\n";
  assertEquals(await place(path, { first, second, none }), "second:2:14");
  assertEquals(
    await place(path, { first, second: "x-todoflow:" }),
    "second:1:1",
  );
});

Deno.test("of several documents in a file the last one that has the block counts", async () => {
  const a =
    "x-todoflow: {test: 1}\n---\nx-todoflow:\n  test: 2\n---\nname: x\n";
  assertEquals(await place(["x-todoflow", "test"], { a }), "a:4:3");
});

Deno.test("Compose's own tags, CRLF and a byte order mark are no obstacle", async () => {
  const a =
    "\uFEFFservices: {a: !reset null}\r\nx-todoflow: !override\r\n  é: 1\r\n";
  assertEquals(await place(["x-todoflow", "é"], { a }), "a:3:3");
});

for (
  const [what, files] of Object.entries({
    "no file has the block": { a: "services: {}\n", b: "" },
    "the YAML is broken": { a: YAML, b: "a: [\n" },
    "the top of the YAML is no map": { a: "- x\n" },
    "there is no file": {},
  })
) {
  Deno.test(`a mistake has no place when ${what}`, async () => {
    assertEquals(await place(["x-todoflow", "test"], files), undefined);
  });
}

Deno.test("a key has no place when a file that may have the block cannot be read", async () => {
  const found = await locate(["x-todoflow"], {
    files: ["/a", "/gone"],
    readTextFile: reader({ "/a": YAML }),
  });
  assertEquals(found, undefined);
});

interface Tree {
  files: readonly string[];
  env?: Record<string, string>;
  dotEnv?: Record<string, string>;
}

/** The files that Compose would use in /w/sub. */
function used({ files, env = {}, dotEnv = {} }: Tree): Promise<string[]> {
  const empty = Object.fromEntries(files.map((file) => [file, ""]));
  return composeFiles({
    directory: "/w/sub",
    env,
    readTextFile: reader({ ...empty, ...dotEnv }),
  });
}

const USED: [string, Tree, readonly string[]][] = [
  ["nothing where there is nothing", { files: [] }, []],
  [
    "the first of the conventional names",
    {
      files: [
        "/w/sub/docker-compose.yaml",
        "/w/sub/docker-compose.yml",
        "/w/sub/compose.yml",
      ],
    },
    ["/w/sub/compose.yml"],
  ],
  [
    "the override beside it",
    {
      files: [
        "/w/sub/docker-compose.yml",
        "/w/sub/docker-compose.override.yaml",
        "/w/sub/compose.override.yml",
      ],
    },
    ["/w/sub/docker-compose.yml", "/w/sub/compose.override.yml"],
  ],
  [
    "those of the nearest folder above",
    {
      files: ["/w/compose.yaml", "/w/sub/compose.override.yml", "/compose.yml"],
    },
    ["/w/compose.yaml"],
  ],
  [
    "what COMPOSE_FILE names",
    {
      files: ["/w/sub/compose.yml"],
      env: { COMPOSE_FILE: "a.yml:../b.yml:/c.yml" },
    },
    ["/w/sub/a.yml", "/w/b.yml", "/c.yml"],
  ],
  [
    "what COMPOSE_FILE names, with COMPOSE_PATH_SEPARATOR between",
    {
      files: [],
      env: { COMPOSE_FILE: "a:b|c", COMPOSE_PATH_SEPARATOR: "|" },
    },
    ["/w/sub/a:b", "/w/sub/c"],
  ],
  [
    "what COMPOSE_FILE in .env names",
    {
      files: ["/w/sub/compose.yml"],
      dotEnv: { "/w/sub/.env": "# files\nexport COMPOSE_FILE='a:b' # two\n" },
    },
    ["/w/sub/a", "/w/sub/b"],
  ],
  [
    "what COMPOSE_FILE in .env names by a variable",
    {
      files: [],
      env: { STAGE: "ci" },
      dotEnv: { "/w/sub/.env": "COMPOSE_FILE=${STAGE:-dev}.yml\n" },
    },
    ["/w/sub/ci.yml"],
  ],
  [
    "what the last of COMPOSE_ENV_FILES names",
    {
      files: [],
      env: { COMPOSE_ENV_FILES: "one.env,two.env" },
      dotEnv: {
        "/w/sub/.env": "COMPOSE_FILE=a\n",
        "/w/sub/one.env": "NAME=b\nCOMPOSE_FILE=c\n",
        "/w/sub/two.env": "COMPOSE_FILE=$NAME\n",
      },
    },
    ["/w/sub/b"],
  ],
  [
    "no .env where COMPOSE_DISABLE_ENV_FILE says so",
    {
      files: ["/w/sub/compose.yml"],
      env: { COMPOSE_DISABLE_ENV_FILE: "1" },
      dotEnv: { "/w/sub/.env": "COMPOSE_FILE=b\n" },
    },
    ["/w/sub/compose.yml"],
  ],
  [
    "what the environment says rather than .env",
    {
      files: [],
      env: { COMPOSE_FILE: "a" },
      dotEnv: { "/w/sub/.env": "COMPOSE_FILE=b\n" },
    },
    ["/w/sub/a"],
  ],
];

for (const [what, tree, expected] of USED) {
  Deno.test(`Compose uses ${what}`, async () => {
    assertEquals(await used(tree), expected);
  });
}

/** Runs the CLI in a folder with this Compose file, where `docker compose config` prints `model`. */
function inFolder(
  { file, model }: { file: string; model: string },
  argv: readonly string[],
) {
  return withFakeDocker(
    'case "$*" in *config) cat model ;; *--short) echo 2.26.1 ;; esac',
    async ({ directory, surroundings: { env } }) => {
      await writeFiles(directory, { "compose.yml": file, model });
      return await cli(argv, { directory, env: { ...env, APP_VERSION: "1" } });
    },
  );
}

Deno.test("a mistake in the block is reported with file, line and column: exit code 3", async () => {
  const file = "services:\n  app: {image: a}\nx-todoflow:\n  relaese: {}\n";
  const { code, stdout, stderr } = await inFolder(
    { file, model: `name: x\n${file}` },
    ["release", "-n"],
  );
  assertEquals([code, stdout], [3, ""]);
  assertMatch(
    stderr,
    /^todoflow: Cannot use "x-todoflow\.relaese" \(compose\.yml:4:3\): unknown key "relaese", did you mean "release"\?\n/,
  );
});

Deno.test("a mistake whose place is not found is reported without it", async () => {
  const { code, stderr } = await inFolder(
    { file: "", model: "name: x\nx-todoflow: 1" },
    ["test", "-n"],
  );
  assertEquals(code, 3);
  assertStringIncludes(stderr, 'Cannot use "x-todoflow": expected an object');
});

const CYCLES: [string, string, RegExp][] = [
  [
    "an entry whose service waits for the app",
    `name: x
services:
  app: {image: a}
  seed: {image: a, depends_on: {app: {condition: service_started}}}
x-todoflow:
  release:
    setup: [seed]
`,
    /"x-todoflow\.release\.setup" \(compose\.yml:7:5\): ("\w+ app").* "run seed", which waits for .*\1\n/,
  ],
  [
    "the app as an entry",
    "name: x\nservices: {app: {image: a}}\nx-todoflow: {release: {setup: [app]}}\n",
    /setup" \(compose\.yml:3:24\): "run app" waits for itself\n/,
  ],
];

for (const [what, model, message] of CYCLES) {
  Deno.test(`one-shots that wait in a circle are refused: ${what}`, async () => {
    for (const argv of [["release", "-n"], ["release"]]) {
      const { code, stdout, stderr } = await inFolder(
        { file: model, model },
        argv,
      );
      assertEquals([code, stdout], [3, ""]);
      assertMatch(stderr, message);
    }
  });
}
