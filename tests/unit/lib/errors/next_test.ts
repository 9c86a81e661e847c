/**
 * The commands to type after each failure: they can be pasted as they are.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "../../../../lib/cli/parse.ts";
import type { Failure } from "../../../../lib/errors/failure.ts";
import { PLAIN, type Typing } from "../../../../lib/errors/typing.ts";
import { explain } from "../../../../lib/errors/wording.ts";
import { TARGETS } from "../../../../tasks/mod.ts";
import { plausible } from "./plausible.ts";

/** The flags of a call, and how they are typed again. */
const FLAGS = [
  "-C",
  "my shop",
  "-f",
  "x.yml",
  "-p",
  "shop",
  "--reports",
  "out",
];
const PLACE = /-C (?:'my shop'|api|\.) -f \S+ -p [\w-]+ --reports [\w-]+/;
const PLACED = await placed();

async function placed(): Promise<Typing> {
  const request = await parse(["publish", ...FLAGS], TARGETS);
  if (request.kind !== "run") throw new Error(request.kind);
  return request.typing;
}

/** The same without flags. */
const PUBLISH: Typing = {
  ...PLAIN,
  again: (elsewhere) => PLAIN.target(["publish"], elsewhere),
};

/** Words that a person would have to replace. */
const PLACEHOLDER =
  /\b(NAME|FILE|DIR|HOST|VALUE|TARGET|FOLDER|CONTAINER|SERVICE|IMAGE|YOUR)\b|…|<[a-z]|undefined|\[object|::8000/;

const PROGRAMS = [
  ...["todoflow", "docker", "git", "sudo", "journalctl", "ss", "ps"],
  ...["cosign", "less"],
  ...["ls", "df", "cd", "cp", "mv", "rm", "touch", "grep", "sed", "printf"],
  ...["chmod", "export", "unset", "set"],
];

/** The first words of advice, where no command helps. */
const ADVICE = [
  ...["install", "update", "write", "add", "name", "give", "report"],
];

/** A line for the Compose file. */
const YAML = /^(x-todoflow|[a-z]+): \S.* {3}# in /;

/** The lines to type after all failures, with their kinds. */
function nexts(typing: Typing): { kind: Failure["kind"]; lines: string[] }[] {
  return Object.entries(plausible(typing)).flatMap(([kind, all]) =>
    all.map((data) => {
      const failure = { kind, ...data } as unknown as Failure;
      const { next = "" } = explain(failure, typing);
      return { kind: failure.kind, lines: next.split("\n") };
    })
  ).filter(({ kind }) => kind !== "signal");
}

/** The commands of a line: those that are pasted, and those that its comment proposes. */
function commandsOf(line: string): { pasted: string[]; proposed: string[] } {
  const [, command = "", comment = ""] =
    /^(?:# )?(.*?)(?: {3}# (.*))?$/.exec(line) ?? [];
  const isAdvice = ADVICE.includes(command.split(" ")[0]!) ||
    line === "# or, to remove them:";
  const pasted = isAdvice || YAML.test(line) ? [] : command
    .replace(/^\((.*)\)$/, "$1").split(/ && |; (?!\})/)
    .map((one) => one.replace(/^([A-Z_]+=\S+ )+/, ""));
  const proposed = [...`${isAdvice ? command : ""} ${comment}`
    .matchAll(/(?:: |^|or )((?:[A-Z_]+=\S+ )?(?:todoflow|docker) [^;,#]+)/g)]
    .map(([, one = ""]) => one.replace(/^([A-Z_]+=\S+ )+/, ""));
  return { pasted, proposed };
}

/** The words of a command, as a shell makes them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)]
    .map(([word]) => word.replace(/['"]/g, ""));
}

const TYPINGS = { "without flags": PUBLISH, "with flags": PLACED };
const KINDS = [...new Set(nexts(PLACED).map(({ kind }) => kind))];

for (const [what, typing] of Object.entries(TYPINGS)) {
  for (const kind of KINDS) {
    const lines = nexts(typing).filter((one) => one.kind === kind)
      .flatMap(({ lines }) => lines);

    Deno.test(`after ${kind}, ${what}, nothing must be replaced before it is pasted`, () => {
      for (const line of lines) {
        assert(line !== "" && !PLACEHOLDER.test(line), line);
      }
    });

    Deno.test(`after ${kind}, ${what}, each line is a command of a program, YAML or advice`, () => {
      for (const command of lines.flatMap((one) => commandsOf(one).pasted)) {
        const [program = ""] = wordsOf(command);
        assert(PROGRAMS.includes(program.replace("(", "")), command);
      }
    });

    Deno.test(`after ${kind}, ${what}, todoflow understands its own commands`, async () => {
      for (const line of lines) {
        const { pasted, proposed } = commandsOf(line);
        for (const command of [...pasted, ...proposed]) {
          const [program, ...argv] = wordsOf(command);
          // It throws where it does not understand one.
          if (program === "todoflow") await parse(argv, TARGETS);
        }
      }
    });
  }
}

Deno.test("each command of todoflow for the project repeats the flags of the call", () => {
  for (const { kind, lines } of nexts(PLACED)) {
    // Before flags are understood, they cannot be repeated.
    if (/^(unknown|misplaced|unexpected)-|^(flag-value|argument)$/.test(kind)) {
      continue;
    }
    for (const line of lines) {
      const { pasted, proposed } = commandsOf(line);
      for (const command of [...pasted, ...proposed]) {
        const [program, target = ""] = wordsOf(command);
        const isPlaced = ["test", "release", "publish"].includes(target);
        if (program !== "todoflow" || !isPlaced) continue;
        assert(PLACE.test(command), `${kind}: ${command}`);
      }
    }
  }
});

Deno.test("a shell can read all of it", async () => {
  const text = nexts(PLACED).flatMap(({ lines }) => lines)
    .filter((line) => commandsOf(line).pasted.length > 0).join("\n");
  const child = new Deno.Command("bash", {
    args: ["-n"],
    stdin: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${text}\n`));
  await writer.close();
  const { code, stderr } = await child.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});

Deno.test("no command in the source has a placeholder", async () => {
  const command =
    /\b(todoflow|docker|git|npm|export|printf)\b[^`"']*\s-*\b(NAME|FILE|DIR|HOST|VALUE|FOLDER|CONTAINER)\b/;
  for (const folder of ["lib", "tasks"]) {
    const root = new URL(`../../../../${folder}/`, import.meta.url);
    for await (const { path, text } of sources(root)) {
      const found = text.split("\n").filter((line) =>
        !/^\s*(\*|\/\/|\/\*)/.test(line) && command.test(line)
      );
      assertEquals(found, [], path);
    }
  }
});

/** The modules in a folder. */
async function* sources(
  folder: URL,
): AsyncGenerator<{ path: string; text: string }> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sources(path);
    else yield { path: path.pathname, text: await Deno.readTextFile(path) };
  }
}
