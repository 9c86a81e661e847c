import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "../../../../lib/cli/parse.ts";
import { commandLine, ownWords } from "../../../../lib/cli/command_line.ts";
import type { Request } from "../../../../lib/cli/request.ts";
import { help } from "../../../../lib/cli/help.ts";
import { TARGETS } from "../../../../tasks/mod.ts";
import { cli } from "../../fakes.ts";

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

Deno.test("--reports is taken before and after every target with a plan, and typed again for others", async () => {
  for (const { name } of TARGETS.filter(({ kind }) => kind === "plan")) {
    for (
      const argv of [["--reports", "out", name], [name, "--reports=out"]]
    ) {
      const given = await request(...argv);
      assertEquals(given.values.get("reports"), ["out"]);
      assertEquals(
        commandLine(["release"], given),
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
  ["another target's flag", ["clean", "--keep"], 'Unknown flag "--keep"'],
  ["an unknown flag with a value", ["clean", "--fil=x"], '"--file"'],
  ["a word that is no target", ["deploy"], 'Unknown target "deploy"\n'],
  [
    "a flag that is like none",
    ["release", "--parallel"],
    'Unknown flag "--parallel"\n',
  ],
  ["a flag without its value", ["test", "-f"], "a value is missing"],
  ["a flag with an empty value", ["test", "-C="], "a value is missing"],
  ["a single flag twice", ["test", "-p", "a", "-p", "b"], "given twice"],
  ["a second target", ["test", "release"], 'Unexpected argument "release"'],
  [
    "arguments for a target without any",
    ["clean", "--", "x"],
    'Unexpected argument "x"',
  ],
  ["a color that is none", ["test", "--color=blue"], 'got "blue"'],
  ["--color without a value", ["test", "--color"], "a value is missing"],
  ["--quiet without a plan", ["ls", "-q"], 'Unknown flag "-q"'],
  ["--verbose without a plan", ["ls", "--verbose"], "Unknown flag"],
  ["--color without a plan", ["ls", "--color=never"], "Unknown flag"],
  ["a tag that is none", ["publish", "--tag", ".a"], '".a" is no legal image'],
  ["a second tag that is none", ["publish", "--tag=a", "--tag=a/b"], '"a/b"'],
  ["a tag for another target", ["release", "--tag", "a"], "Unknown flag"],
  ["a plan's flag without a target", ["--dry-run"], "Unknown flag"],
  ["a plan's flag where there is no plan", ["ls", "-n"], 'Unknown flag "-n"'],
];

for (const [what, argv, message] of REFUSED) {
  Deno.test(`${what} is refused with exit code 2, on stderr only`, async () => {
    const { code, stdout, stderr } = await cli(argv);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, message);
  });
}

Deno.test("--json without a plan is refused with exit code 2, on stdout as JSON too", async () => {
  const { code, stdout, stderr } = await cli(["version", "--json"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Unknown flag "--json"');
  const { kind, exitCode } = JSON.parse(stdout);
  assertEquals([kind, exitCode], ["failure", 2]);
});

Deno.test("-C with a folder that is not there is refused with exit code 2", async () => {
  const { code, stderr } = await cli(["version", "-C", "no/such/dir"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Cannot use "-C no/such/dir"');
});

Deno.test("help is the answer, so it is on stdout, with exit code 0", async () => {
  for (const argv of [["--help"], ["-h"], ["test", "-h"]]) {
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

Deno.test("help of the tool lists every target, help of a target every flag", (t) => {
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
  void t;
});
