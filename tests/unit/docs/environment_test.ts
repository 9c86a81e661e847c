/**
 * The page of environment variables has those that the source reads or sets, and no other ones.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "./markdown.ts";

const PAGE = await Deno.readTextFile(
  new URL("docs/environment-variables.md", ROOT),
);

/** Not the tool's own environment: the file that `init` writes for an agent, and the wording of messages. */
const OTHERS = /^lib\/init\/|^lib\/errors\/|^lib\/doctor\/checks\//;

/** A variable by its name: those of a known kind, wherever they stand in the code. */
const KNOWN =
  /\b(?:APP_VERSION|SOURCE_DATE_EPOCH|LC_ALL|(?:COMPOSE|DOCKER|GIT|GITHUB|GITLAB|TODOFLOW|XDG)_[A-Z_]*[A-Z])\b/g;

/** A variable by the environment that it is read from. */
const READ = /\benv\.([A-Z][A-Z_]+)\b/g;

/** Variables that are taken out of an environment at once: `{ HOME, TMPDIR } = env`, `{ env: { PATH = "" } }`. */
const TAKEN = [
  /\{([^{}]*)\}\s*=\s*env\b/g,
  /\benv:\s*\{([^{}]*)\}/g,
  /\{\s*(PATH = "")\s*\}/g,
];

/** Constants of this source whose names look like variables. */
const CONSTANTS = ["COMPOSE_FLAGS"];

/** The text of a module without its comments. */
function codeOf(text: string): string {
  return text.replaceAll(/^\s*(?:\/\*\*|\*|\/\/|#).*$/gm, "");
}

function variablesIn(code: string): string[] {
  const taken = TAKEN.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap(([, names = ""]) =>
      [...names.matchAll(/(?<![\w.[])[A-Z][A-Z_]+\b/g)].map(([name]) => name)
    )
  );
  return [
    ...[...code.matchAll(KNOWN)].map(([name]) => name),
    ...[...code.matchAll(READ)].map(([, name = ""]) => name),
    ...taken,
  ].filter((name) => !CONSTANTS.includes(name));
}

/** The variables of all modules below a folder. */
async function variablesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    const path = `${folder}${name}`;
    if (OTHERS.test(path)) continue;
    if (isDirectory) found.push(...await variablesBelow(`${path}/`));
    else found.push(...await variablesOf(path));
  }
  return found;
}

async function variablesOf(path: string): Promise<string[]> {
  return variablesIn(codeOf(await Deno.readTextFile(new URL(path, ROOT))));
}

Deno.test("the page of environment variables has those of the source, and no other ones", async () => {
  const documented = [...PAGE.matchAll(/^- ((?:\*\*`[A-Z_]+`\*\*,?\s*)+):/gm)]
    .flatMap(([, names = ""]) => [...names.matchAll(/\*\*`([A-Z_]+)`\*\*/g)])
    .map(([, name = ""]) => name);
  const found = [
    ...await variablesBelow("lib/"),
    ...await variablesBelow("tasks/"),
    ...await variablesOf("install.sh"),
  ];
  assert(new Set(found).size > 25, `${new Set(found).size} variables`);
  const sorted = (names: string[]) => [...new Set(names)].toSorted();
  assertEquals(sorted(documented), sorted(found));
});

Deno.test("a variable is found however it is read, and not in a comment", () => {
  const code = codeOf(`
/** Of GIT_DIR. */
// env.NONE
const { HOME, TMPDIR } = env;
function find({ env: { PWD } }: Lookup) {}
const all = place.COMPOSE_FILE || env.CI;
`);
  assertEquals(variablesIn(code).toSorted(), [
    ...["CI", "COMPOSE_FILE", "HOME", "PWD", "TMPDIR"],
  ]);
});
