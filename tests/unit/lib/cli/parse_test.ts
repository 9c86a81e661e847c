import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "../../../../lib/cli/parse.ts";
import { ownWords } from "../../../../lib/cli/command_line.ts";
import { flagsOf } from "../../../../lib/cli/flags.ts";
import type { Request } from "../../../../lib/cli/request.ts";
import { help } from "../../../../lib/cli/help.ts";
import { TARGETS } from "../../../../tasks/mod.ts";
import { cli, withFolder, type WorldOptions, writeFiles } from "../../fakes.ts";

/** The command to type after a wrong command line. */
async function nextOf(
  argv: readonly string[],
  options?: WorldOptions,
): Promise<string | undefined> {
  const { code, stderr } = await cli(argv, options);
  assertEquals(code, 2, stderr);
  return /^Next: (.*?)(?: {3}#.*)?$/m.exec(stderr)?.[1];
}

async function request(...argv: string[]) {
  const request = await parse(argv, TARGETS);
  assert(request.kind === "run");
  return request as Extract<Request, { kind: "run" }>;
}

Deno.test("no target means the first one, as with make", async () => {
  const { target, bare } = await request();
  assertEquals([target.name, bare], ["version", true]);
});

Deno.test("flags may stand before and after the target", async () => {
  const before = await request("-C", "test", "-n", "release");
  assertEquals(before.target.name, "release");
  assertEquals([before.directory, before.dryRun], ["test", true]);
  const after = await request("release", "--dry-run", "--directory=test");
  assertEquals([after.directory, after.dryRun], ["test", true]);
});

Deno.test("the value of any flag is not the target", async () => {
  for (
    const argv of [
      ["--color", "never", "test"],
      ["--reports", "ls", "test"],
      ["-f", "ls", "-p", "release", "-C", "doctor", "test"],
    ]
  ) {
    assertEquals((await request(...argv)).target.name, "test", `${argv}`);
  }
  const published = await request("--tag", "release", "publish");
  assertEquals(published.target.name, "publish");
});

Deno.test("help is asked for as a word, too", async () => {
  assertEquals(await parse(["help"], TARGETS), { kind: "help" });
  const { stdout } = await cli(["help", "test"]);
  assertEquals(stdout, (await cli(["test", "--help"])).stdout);
  const { code, stderr } = await cli(["help", "tset"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'did you mean "test"?');
});

Deno.test("-f is collected in order, and words that look like numbers stay words", async () => {
  const { files, project } = await request(
    "test",
    "-f",
    "1.10",
    "--file",
    "b.yml",
    "-p",
    "007",
  );
  assertEquals(files, ["1.10", "b.yml"]);
  assertEquals(project, "007");
});

Deno.test("arguments after -- are handed on untouched", async () => {
  const { args } = await request("test", "--", "-k", "validation", "--", "");
  assertEquals(args, ["-k", "validation", "--", ""]);
});

Deno.test("--tag is collected in order; a target and its own flags can be typed again", async () => {
  const given = await request(
    ...["publish", "--tag", "1.10", "-q", "-p", "shop"],
    ...["--allow-dirty", "--tag=latest"],
  );
  assertEquals(given.values.get("tag"), ["1.10", "latest"]);
  assertEquals(
    ownWords(given),
    ["publish", "--tag", "1.10", "--tag", "latest", "--allow-dirty"],
  );
  const word = await request("completions", "zsh");
  assertEquals(ownWords(word), ["completions", "zsh"]);
});

Deno.test("--reports is taken before and after every target that has reports, and typed again for others", async () => {
  for (const name of ["test", "release", "publish"]) {
    for (
      const argv of [["--reports", "out", name], [name, "--reports=out"]]
    ) {
      const given = await request(...argv);
      assertEquals(given.values.get("reports"), ["out"]);
      assertEquals(
        given.typing.target(["release"]),
        "todoflow release --reports out",
      );
    }
  }
});

Deno.test("every target with a plan takes the flags of its output", async () => {
  for (const target of TARGETS.filter(({ kind }) => kind === "plan")) {
    const { flags } = await request(target.name, "--json", "-q", "--verbose");
    assertEquals([...flags].toSorted(), ["json", "quiet", "verbose"]);
    for (const when of ["auto", "always", "never"] as const) {
      assertEquals((await request(target.name, "--color", when)).color, when);
    }
    assertEquals((await request(target.name)).color, undefined);
  }
});

const REFUSED: [string, string[], string][] = [
  ["an unknown target", ["relase"], 'did you mean "release"?'],
  [
    "an unknown long flag",
    ["release", "--dry-rum"],
    'did you mean "--dry-run"?',
  ],
  ["an unknown short flag", ["release", "-z"], 'Unknown flag "-z"'],
  [
    "another target's flag",
    ["clean", "--keep"],
    'Cannot use "--keep" with "clean": it is a flag of test and release',
  ],
  ["an unknown flag with a value", ["clean", "--fil=x"], '"--file"'],
  ["a word that is no target", ["frobnicate"], 'Unknown target "frobnicate"\n'],
  [
    "a flag that is like none",
    ["release", "--parallel"],
    'Unknown flag "--parallel"\n',
  ],
  ["a flag without its value", ["test", "-f"], "a value is missing"],
  ["a flag with an empty value", ["test", "-C="], "its value is empty"],
  ["a flag before another one", ["test", "-f", "-n"], "a value is missing"],
  ["a switch with a value", ["test", "--json=1"], "it takes no value"],
  ["standard input as a file", ["test", "-f", "-"], "read several times"],
  ["a single flag twice", ["test", "-p", "a", "-p", "b"], "given twice"],
  ["a second target", ["test", "release"], 'Unexpected argument "release"'],
  [
    "arguments for a target without any",
    ["clean", "--", "x"],
    'Unexpected argument "x"',
  ],
  ["a color that is none", ["test", "--color=blue"], 'got "blue"'],
  ["--color without a value", ["test", "--color"], "a value is missing"],
  ["--verbose without a plan", ["ls", "--verbose"], '"--verbose" with "ls"'],
  ["--color without a plan", ["ls", "--color=never"], '"--color" with "ls"'],
  ["a tag that is none", ["publish", "--tag", ".a"], '".a" is no legal image'],
  ["a second tag that is none", ["publish", "--tag=a", "--tag=a/b"], '"a/b"'],
  ["a tag for another target", ["release", "--tag", "a"], "a flag of publish"],
  ["a plan's flag without a target", ["--dry-run"], "without a target"],
  ["a plan's flag where there is no plan", ["ls", "-n"], '"-n" with "ls"'],
];

for (const [what, argv, message] of REFUSED) {
  Deno.test(`${what} is refused with exit code 2, on stderr only`, async () => {
    const { code, stdout, stderr } = await cli(argv);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, message);
  });
}

Deno.test("--json where it means nothing is refused with exit code 2, on stdout as JSON too", async () => {
  const { code, stdout, stderr } = await cli(["init", "--json"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot use "--json" with "init"');
  const { kind, exitCode } = JSON.parse(stdout);
  assertEquals([kind, exitCode], ["failure", 2]);
});

Deno.test("-C with a folder that is not there is refused with exit code 2", async () => {
  const { code, stderr } = await cli(["version", "-C", "no/such/dir"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot use "-C no/such/dir"');
});

Deno.test("-C with a misspelled folder, or with a file, names the folder that is meant", () =>
  withFolder(async (directory) => {
    await writeFiles(directory, { "shop/api/compose.yml": "" });
    const next = async (folder: string) =>
      await nextOf(["version", "-C", folder], { directory });
    assertEquals(await next("shp"), "todoflow version -C shop");
    assertEquals(await next("shop/app"), "todoflow version -C shop/api");
    assertEquals(
      await next("shop/api/compose.yml"),
      "todoflow version -C shop/api",
    );
    assertEquals(await next("other"), "ls .");
    assertEquals(await next("no/such/folder"), "ls .");
  }));

Deno.test("help is the answer, so it is on stdout, with exit code 0", async () => {
  for (
    const argv of [
      ...[["--help"], ["-h"], ["test", "-h"], ["--help", "test"]],
      ...[["-f", "x", "-h"], ["test", "-n", "--color", "never", "-h"]],
      ...[["test", "-f", "-h"], ["test", "--bogus", "word", "-h"]],
      ...[["completions", "-h"], ["-C", "x", "ls", "-qh"]],
    ]
  ) {
    const { code, stdout, stderr } = await cli(argv);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "Usage: todoflow");
  }
});

Deno.test("help fits 80 columns", () => {
  for (const target of [undefined, ...TARGETS]) {
    for (const line of help(TARGETS, target).split("\n")) {
      assert(line.length <= 80, line);
    }
  }
});

Deno.test("help of the tool lists every target, help of a target every flag", () => {
  const text = help(TARGETS);
  const width = Math.max(...TARGETS.map(({ name }) => name.length));
  for (const { name, summary } of TARGETS) {
    assertStringIncludes(text, `  ${name.padEnd(width)}  ${summary}\n`);
  }
  for (const target of TARGETS) {
    for (const { name } of target.flags) {
      assertStringIncludes(help(TARGETS, target), `--${name}`);
    }
  }
});

Deno.test("help of a target has only the flags that mean something to it, and any target takes -q", () => {
  const flags = (name: string) =>
    flagsOf(TARGETS.find((target) => target.name === name)!)
      .map(({ name }) => name);
  assertEquals(flags("version"), ["json", "quiet", "directory", "help"]);
  assertEquals(flags("ls"), ["json", "quiet", "help"]);
  assertEquals(flags("completions"), ["quiet", "help"]);
  assertEquals(flags("clean").includes("reports"), false);
  for (const target of TARGETS) {
    const quiet = flagsOf(target).filter(({ name }) => name === "quiet");
    assertEquals(quiet.map(({ short }) => short), ["q"], target.name);
  }
});

Deno.test("the words of other tools are known", async () => {
  const meant = {
    release: ["up", "start", "run", "deploy", "ship", "UP"],
    clean: ["down", "stop", "rm", "destroy"],
    ls: ["ps", "status", "list"],
    publish: ["push", "attest", "sign"],
    test: ["build", "check", "tset", "tests"],
  };
  for (const [target, words] of Object.entries(meant)) {
    for (const word of words) {
      assertEquals(await nextOf([word]), `todoflow ${target}`, word);
    }
  }
  assertEquals(await nextOf(["logs"]), "ls reports/*/logs");
  assertEquals(await nextOf(["watch"]), "docker compose up --build");
});

Deno.test("what follows an unknown target is kept if the target that is meant takes it", async () => {
  assertEquals(
    await nextOf(["up", "-n", "-f", "a b.yml"]),
    "todoflow release -n -f 'a b.yml'",
  );
  assertEquals(await nextOf(["up", "-d"]), "todoflow release");
  assertEquals(await nextOf(["check", "--", "-x"]), "todoflow test -- -x");
});

Deno.test("a word that is like no target has no suggestion", async () => {
  for (const word of ["xy", "env", "images", "config", "x".repeat(10_000)]) {
    assertEquals(await nextOf([word]), "todoflow --help", word.slice(0, 20));
  }
});

Deno.test("a flag that is like none has no suggestion", async () => {
  for (const flag of ["--port", "--kept-back", "--parallel", "--no"]) {
    assertEquals(await nextOf(["release", flag]), "todoflow release --help");
  }
  assertEquals(await nextOf(["release", "--kep"]), "todoflow release --keep");
  assertEquals(
    await nextOf(["release", "--debug", "-q"]),
    "todoflow release --verbose -q",
  );
});

Deno.test("what the tests are to get goes after --, in the words of the caller", async () => {
  const cases: [string[], string][] = [
    [["-k", "foo"], "-- -k foo"],
    [["-k", "a or b"], "-- -k 'a or b'"],
    [["--cov=src", "-xvs"], "-- --cov=src -xvs"],
    [["-f", "c.yml", "--maxfail", "1"], "-f c.yml -- --maxfail 1"],
    [["tests/unit", "--", "-x"], "-- tests/unit -x"],
    [["--keep", "tests/unit"], "--keep -- tests/unit"],
    [["--tag", "slow"], "-- --tag slow"],
  ];
  for (const [argv, expected] of cases) {
    assertEquals(await nextOf(["test", ...argv]), `todoflow test ${expected}`);
  }
  assertEquals(
    await nextOf(["test", "--fail-fst"]),
    "todoflow test --fail-fast",
  );
});

Deno.test("a flag that means nothing to a target is refused, with the command without it", async () => {
  const cases: [string[], string][] = [
    [["version", "-f", "x"], "todoflow version"],
    [["ls", "-p", "x", "--json", "-C=y"], "todoflow ls --json"],
    [["completions", "--directory", "x", "zsh"], "todoflow completions zsh"],
    [["clean", "--reports=x", "-p", "shop"], "todoflow clean -p shop"],
    [["publish", "--keep"], "todoflow publish --help"],
    [["test", "--version"], "todoflow --version"],
    [["test", "-V"], "todoflow --version"],
    [["-f", "x"], "todoflow --help"],
  ];
  for (const [argv, expected] of cases) {
    assertEquals(await nextOf(argv), expected, argv.join(" "));
  }
});

Deno.test("two targets are two calls", async () => {
  assertEquals(
    await nextOf(["test", "release"]),
    "todoflow test && todoflow release",
  );
});

Deno.test("a project's name that Compose does not take is refused, with one that it takes", async () => {
  for (
    const [name, legal] of [
      ["Ünïcode", "unicode"],
      ["My.Shop", "myshop"],
      ["_x", "x"],
      ["ß", "app"],
    ] as const
  ) {
    assertEquals(
      await nextOf(["test", "-n", "-f", "x", "-p", name]),
      `todoflow test --dry-run -f x -p ${legal}`,
    );
  }
  assertEquals(await nextOf(["test", "-p", ""]), "todoflow test --help");
});

Deno.test("-v and -V alone are todoflow's version; behind a target -v is --verbose", async () => {
  for (const argv of [["-v"], ["-V"], ["--version"], ["-C", "x", "-v"]]) {
    assertEquals(await parse(argv, TARGETS), { kind: "tool-version" });
  }
  for (const argv of [["test", "-v"], ["-v", "test"]]) {
    assertEquals([...(await request(...argv)).flags], ["verbose"]);
  }
});

Deno.test("short flags may be written together, with a value at the end", async () => {
  const given = await request("release", "-qnfx.yml", "-p=shop");
  assertEquals(
    [given.dryRun, given.files, given.project],
    [true, ["x.yml"], "shop"],
  );
});
