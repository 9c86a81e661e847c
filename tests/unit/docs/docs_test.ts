/**
 * The documentation says what is: its files for agents are checked by programs that know them, its command lines by the
 * tool's own parser, its links, and what is generated.
 *
 * @module
 */

import { assert, assertEquals, assertExists } from "@std/assert";
import { parseDocument } from "yaml";
import config from "../../../deno.json" with { type: "json" };
import { parse } from "../../../lib/cli/parse.ts";
import { EXIT_CODES, exitCode } from "../../../lib/errors/exit_code.ts";
import { TARGETS } from "../../../tasks/mod.ts";
import { generated, recordedEvents } from "../../../tools/docs.ts";
import { interfacesOf } from "../../../tools/types.ts";
import { withFolder, writeFiles } from "../fakes.ts";
import {
  anchorsOf,
  blocksOf,
  commandsOf,
  linksOf,
  pages,
  proseOf,
  ROOT,
} from "./markdown.ts";

const PAGES = await pages();
const BLOCKS = PAGES.flatMap(blocksOf);
const FILES = new URL("./", import.meta.url).pathname;

function page(name: string) {
  const found = PAGES.find(({ path }) => path === `docs/${name}`);
  assertExists(found, name);
  return found;
}

function blocks(name: string, language: string): string[] {
  return blocksOf(page(name)).filter((block) => block.language === language)
    .map(({ text }) => text);
}

interface Outcome {
  success: boolean;
  stdout: string;
  stderr: string;
}

async function run(
  program: string,
  args: string[],
  { input = "", cwd }: { input?: string; cwd?: string } = {},
): Promise<Outcome> {
  const child = new Deno.Command(program, {
    args,
    // The test reads its output, also with a caller's FORCE_COLOR.
    env: { FORCE_COLOR: "0", NO_COLOR: "1" },
    ...(cwd && { cwd }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  await new Blob([input]).stream().pipeTo(child.stdin);
  const { success, stdout, stderr } = await output;
  const text = new TextDecoder();
  return {
    success,
    stdout: text.decode(stdout),
    stderr: text.decode(stderr),
  };
}

/** Packages from npm, with a lock file of their own. */
const CHECKER = [
  "run",
  "--quiet",
  "--no-prompt",
  "--no-config",
  `--lock=${FILES}checkers.lock`,
  "--frozen",
];

for (const [path, text] of await generated()) {
  Deno.test(`${path} is what its sources give: deno task docs`, async () => {
    assertEquals(await Deno.readTextFile(new URL(path, ROOT)), text);
  });
}

Deno.test("lines of the documentation have at most 120 columns, but those of an address", () => {
  const wide = PAGES.filter(({ path }) => path.startsWith("docs/"))
    .flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, i) =>
        line.length > 120 && !line.includes("](https:")
          ? `${path}:${i + 1}`
          : []
      )
    );
  assertEquals(wide, []);
});

Deno.test("no code span is broken over two lines", () => {
  const broken = PAGES.flatMap((page) =>
    [...proseOf(page).matchAll(/(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)/gs)]
      .map(([span]) => span).filter((span) => span.includes("\n"))
      .map((span) => `${page.path}: ${span}`)
  );
  assertEquals(broken, []);
});

Deno.test("every page is in the index", () => {
  const index = linksOf(page("README.md"));
  const names = PAGES.map(({ path }) => path)
    .filter((path) => /^docs\/(?!README)/.test(path))
    .map((path) => path.slice("docs/".length));
  assertEquals(names.filter((name) => !index.includes(name)), []);
});

Deno.test("links lead to files and titles that are there", async () => {
  const broken: string[] = [];
  for (const from of PAGES) {
    for (const target of linksOf(from)) {
      const url = new URL(target, new URL(from.path, ROOT));
      const hash = decodeURIComponent(url.hash.slice(1));
      url.hash = "";
      const path = url.href.slice(ROOT.href.length);
      const isThere = await Deno.stat(url).then(() => true, () => false);
      const to = PAGES.find((page) => page.path === path);
      if (!isThere || (hash && !(to && anchorsOf(to).includes(hash)))) {
        broken.push(`${from.path}: ${target}`);
      }
    }
  }
  assertEquals(broken, []);
});

for (const { path, line, language, text } of BLOCKS) {
  const name = `${path}:${line}`;
  if (language === "yaml") {
    Deno.test(`${name} is YAML`, () => {
      const { errors, warnings } = parseDocument(text, { strict: true });
      assertEquals([...errors, ...warnings].map(({ message }) => message), []);
    });
  } else if (language === "json") {
    Deno.test(`${name} is JSON`, () => void JSON.parse(text));
  } else if (language === "sh") {
    Deno.test(`${name} is shell`, () => assertShell(text));
  }
}

async function assertShell(text: string) {
  const { success, stderr } = await run("bash", ["-n"], { input: text });
  assert(success, `${text}\n${stderr}`);
}

/** Every text below a key of this name. */
function below(key: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    name === key
      ? [item].flat().filter((one) => typeof one === "string")
      : below(key, item)
  );
}

Deno.test("the commands in the agents' files are shell", async () => {
  const keys = {
    "github-actions.md": ["run"],
    "gitlab-ci.md": ["before_script", "script", "after_script"],
    "aws-codebuild.md": ["commands", "finally"],
  };
  for (const [name, names] of Object.entries(keys)) {
    const [file = ""] = blocks(name, "yaml");
    const value = parseDocument(file).toJS();
    const commands = names.flatMap((key) => below(key, value));
    assert(commands.length > 3, name);
    for (const command of commands) await assertShell(command);
  }
  const [jenkinsfile = ""] = blocks("jenkins.md", "groovy");
  const scripts = [...jenkinsfile.matchAll(/\bsh ('''|')(.*?)\1/gs)];
  assertEquals(scripts.length, jenkinsfile.match(/\bsh '/g)?.length);
  for (const [, , script = ""] of scripts) await assertShell(script);
});

Deno.test("actionlint has nothing to say of the workflow, nor a grammar of Groovy of the Jenkinsfile", async () => {
  const [workflow = ""] = blocks("github-actions.md", "yaml");
  const [jenkinsfile = ""] = blocks("jenkins.md", "groovy");
  const given = {
    github: [workflow, workflow.replace("always()", "alwys()")],
    groovy: [jenkinsfile, jenkinsfile.replace("steps {", "steps ")],
  };
  const { success, stdout, stderr } = await run(Deno.execPath(), [
    ...CHECKER,
    "--unstable-raw-imports",
    "--allow-read",
    "--allow-env",
    `${FILES}checkers.ts`,
  ], { input: JSON.stringify(given) });
  assert(success, stderr);
  const { github, groovy } = JSON.parse(stdout);
  assertEquals([github[0], groovy[0]], [[], []]);
  // The checkers check.
  assert(github[1].length > 0 && groovy[1].length > 0);
});

Deno.test("GitLab's schema has nothing to say of its file", async () => {
  const [file = ""] = blocks("gitlab-ci.md", "yaml");
  const list = (text: string) =>
    withFolder(async (folder) => {
      await writeFiles(folder, { ".gitlab-ci.yml": text });
      await run("git", ["init", "--quiet"], { cwd: folder });
      return await run(Deno.execPath(), [
        ...CHECKER,
        "--allow-read",
        `--allow-write=${folder}`,
        "--allow-env",
        "--allow-sys",
        "--allow-run=git",
        "npm:gitlab-ci-local@4.75.1",
        "--list",
      ], { cwd: folder });
    });
  const { success, stdout, stderr } = await list(file);
  assert(success, stderr);
  assert(/^todoflow /m.test(stdout), stdout + stderr);
  const wrong = await list(file.replace("when: always", "when: alwys"));
  assert(!wrong.success);
});

/** https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html, as far as the file goes. */
const BUILDSPEC = {
  "": ["version", "env", "phases", "reports", "artifacts"],
  env: ["shell", "variables"],
  phases: ["install", "pre_build", "build", "post_build"],
  build: ["on-failure", "commands", "finally"],
  install: ["on-failure", "commands", "finally", "runtime-versions"],
  todoflow: ["files", "base-directory", "discard-paths", "file-format"],
  artifacts: ["files", "base-directory", "discard-paths", "name"],
};

Deno.test("the buildspec has the keys of its reference", () => {
  const [file = ""] = blocks("aws-codebuild.md", "yaml");
  const value = parseDocument(file).toJS();
  const { phases, reports, artifacts, env } = value;
  const objects = { "": value, env, phases, ...phases, ...reports, artifacts };
  for (const [name, object] of Object.entries(objects)) {
    const known: readonly string[] = BUILDSPEC[name as keyof typeof BUILDSPEC];
    const unknown = Object.keys(object as object)
      .filter((key) => !known.includes(key));
    assertEquals(unknown, [], name);
  }
  assertEquals(value.version, 0.2);
  assertEquals(reports.todoflow["file-format"], "JUNITXML");
});

Deno.test("every command line of todoflow in the documentation is one that it takes", async () => {
  let count = 0;
  for (const from of PAGES) {
    for (const words of commandsOf(from)) {
      // A word for any target, and the shell's own.
      const argv = words.map((word) => word === "TARGET" ? "test" : word)
        .filter((word) => !word.startsWith("$") && word !== "[FLAGS]");
      try {
        await parse(argv, TARGETS);
        count++;
      } catch (error) {
        throw new Error(`${from.path}: todoflow ${words.join(" ")}`, {
          cause: error,
        });
      }
    }
  }
  assert(count > 40, `${count} command lines`);
});

Deno.test("every file for an agent runs test, release, publish and clean, in this order", () => {
  const languages = {
    "github-actions.md": "yaml",
    "gitlab-ci.md": "yaml",
    "jenkins.md": "groovy",
    "aws-codebuild.md": "yaml",
    "cron.md": "sh",
  };
  for (const [name, language] of Object.entries(languages)) {
    const [file = ""] = blocks(name, language);
    const targets = [
      ...file.matchAll(/todoflow"? (test|release|publish|clean)\b/g),
    ].map(([, target]) => target);
    assertEquals(targets, ["test", "release", "publish", "clean"], name);
  }
});

Deno.test("the page of exit codes has those that there are", () => {
  const documented = [...page("exit-codes.md").text.matchAll(/^\| (\d+) /gm)]
    .map(([, code]) => Number(code));
  const signals = ["SIGHUP", "SIGINT", "SIGTERM"]
    .map((signal) => exitCode({ kind: "signal", signal }));
  const { signal: _, ...others } = EXIT_CODES;
  const codes = new Set([0, ...Object.values(others), ...signals]);
  assertEquals(documented, [...codes].toSorted((a, b) => a - b));
});

Deno.test("every kind of event has an example with its fields, and no other ones", async () => {
  const source = await Deno.readTextFile(new URL("lib/plan/events.ts", ROOT));
  const members = interfacesOf(source, "Event");
  const kinds = members.map(({ fields }) => JSON.parse(fields[0]!.type));
  assertEquals(kinds.length, source.match(/^ {4}kind: /gm)?.length);
  for (const event of await recordedEvents()) {
    const { fields } = members[kinds.indexOf(event.kind)]!;
    const given = Object.keys(event).filter((key) => key !== "at");
    const names = fields.map(({ name }) => name);
    assertEquals(given.filter((key) => !names.includes(key)), [], event.kind);
    const missing = fields.filter(({ name, optional }) =>
      !optional && !given.includes(name)
    );
    assertEquals(missing, [], event.kind);
  }
  const shown = (await recordedEvents()).map(({ kind }) => kind);
  assertEquals(shown.toSorted(), kinds.toSorted());
});

/** Runs a program of the library's page, the first or the second, in a folder with these files. */
async function runOfPage(
  at: number,
  { argv, flags = [], files = {} }: {
    argv: readonly string[];
    /** Of Deno. */
    flags?: readonly string[];
    files?: Readonly<Record<string, string>>;
  },
) {
  const program = blocks("library.md", "ts")[at] ?? "";
  return await withFolder(async (folder) => {
    const imports = { ...config.imports, [config.name]: `${ROOT}mod.ts` };
    await writeFiles(folder, {
      ...files,
      "workflow.ts": program,
      "deno.json": JSON.stringify({ nodeModulesDir: "none", imports }),
    });
    const args = ["--quiet", "--allow-all", "--no-lock", ...flags];
    const { success, stdout, stderr } = await run(
      Deno.execPath(),
      ["run", ...args, "workflow.ts", ...argv],
      { cwd: folder },
    );
    assert(success, stderr);
    return stdout;
  });
}

for (const [at, own] of ["lint", "notes"].entries()) {
  Deno.test(`a program on the library's page has the right types, and its own target besides ours: ${own}`, async () => {
    const stdout = await runOfPage(at, {
      argv: ["--help"],
      flags: ["--check"],
    });
    for (const name of [...TARGETS.map(({ name }) => name), own]) {
      assert(stdout.includes(`\n  ${name} `), stdout);
    }
  });
}

Deno.test("the target without a plan on the library's page answers as the page says", async () => {
  const files = { "CHANGELOG.md": "# Changelog\n\n## 2\n\nb\n\n## 1\n\na\n" };
  const text = await runOfPage(1, { argv: ["notes"], files });
  assertEquals(text, "2\n\nb\n\n");
  const json = await runOfPage(1, { argv: ["notes", "--json"], files });
  assertEquals(JSON.parse(json), "2\n\nb\n\n");
});
