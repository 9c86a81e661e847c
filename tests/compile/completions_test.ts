/**
 * The completion scripts, driven in the shells that they are made for.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { flagsOf } from "../../lib/cli/flags.ts";
import { stateFolder } from "../../lib/state/folder.ts";
import { recordKey, recordPath } from "../../lib/state/paths.ts";
import { completions } from "../../lib/cli/completions/mod.ts";
import { namesOf } from "../../lib/cli/completions/model.ts";
import type { Target } from "../../lib/target.ts";
import { TARGETS } from "../../tasks/mod.ts";
import { type Ask, shellcheck, SHELLS } from "./shells.ts";

const AWKWARD = `a "b" [c]: 'd' $(e) \`f\` \\g`;

/** The targets, and one that has what is hard to quote. */
const ALL: readonly Target[] = [...TARGETS, {
  kind: "run",
  name: "extra-target",
  summary: AWKWARD,
  details: "",
  flags: [
    { name: "tag", short: "t", value: "TAG", summary: AWKWARD },
    { name: "allow-dirty", summary: AWKWARD },
  ],
  run: () => Promise.resolve(0),
}];

const FILES = ["a b.yml", "compose.yml", "notes.txt", "sub/inner.yml"];

/** Projects on record. */
const PROJECTS = ["shop--release", "shop--test", "web-2", "old"];

/** The typed lines, and the words that are offered. */
const CASES: readonly [string, readonly string[]][] = [
  ["todoflow ", ALL.map(({ name }) => name)],
  ["todoflow re", ["release"]],
  ["todoflow -C sub re", ["release"]],
  ["todoflow --directory=sub re", ["release"]],
  ["todoflow --vers", ["--version"]],
  ["todoflow release --k", ["--keep"]],
  ["todoflow -p release ls --k", []],
  ["todoflow version --js", ["--json"]],
  ["todoflow version --fi", []],
  ["todoflow ls --", ["--help", "--json", "--quiet"]],
  ["todoflow test --color ", ["always", "auto", "never"]],
  ["todoflow test --color=al", ["always"]],
  ["todoflow test -f ", ["a b.yml", "compose.yml", "sub"]],
  ["todoflow -f co", ["compose.yml"]],
  ["todoflow -f no", []],
  ["todoflow test --file=a", ["a b.yml"]],
  ["todoflow test -C ", ["sub"]],
  ["todoflow test -p ", ["old", "shop", "web-2"]],
  ["todoflow clean --project-name=sh", ["shop"]],
  ["todoflow test co", []],
  ["todoflow test -- ", []],
  ["todoflow release -- --k", []],
  ["todoflow -- re", []],
  ["todoflow completions -- z", []],
  ["todoflow no-target --", []],
  ["todoflow extra-target --a", ["--allow-dirty"]],
  ["todoflow extra-target --tag ", []],
  ["todoflow completions ", ["bash", "fish", "zsh"]],
  ["todoflow completions bash z", []],
];

/** Gives the test a shell's script, and a folder with some files. */
async function withShell(
  shell: string,
  test: (ask: (lines: readonly string[]) => ReturnType<Ask>) => Promise<void>,
) {
  const parent = await Deno.makeTempDir({ prefix: "todoflow completions " });
  const [folder, script] = [`${parent}/folder`, `${parent}/script`];
  const state = `${parent}/state`;
  const records = stateFolder({ XDG_STATE_HOME: state });
  await Deno.mkdir(records, { recursive: true });
  for (const project of PROJECTS) {
    const key = await recordKey(project, "unix:///var/run/docker.sock");
    await Deno.writeTextFile(recordPath(records, key), "{}");
  }
  await Deno.mkdir(`${folder}/sub`, { recursive: true });
  for (const file of FILES) await Deno.writeTextFile(`${folder}/${file}`, "");
  await Deno.writeTextFile(script, completions(shell, ALL));
  try {
    await test((lines) => SHELLS[shell]!(lines, { script, folder, state }));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

for (const shell of Object.keys(SHELLS)) {
  Deno.test(`${shell} offers what can stand there, and nothing behind --`, () =>
    withShell(shell, async (ask) => {
      const offered = await ask(CASES.map(([line]) => line));
      assertEquals(
        CASES.map(([line], i) => [line, offered[i]]),
        CASES.map(([line, expected]) => [line, expected.toSorted()]),
      );
    }));

  Deno.test(`${shell} offers every flag of every target`, () =>
    withShell(shell, async (ask) => {
      const offered = await ask(
        ALL.map(({ name }) => `todoflow ${name} -`),
      );
      assertEquals(
        offered,
        ALL.map((target) => flagsOf(target).flatMap(namesOf).toSorted()),
      );
    }));
}

Deno.test("there is a script for each shell that the target names, and no other", () => {
  const { words } = TARGETS.find(({ name }) => name === "completions")!;
  assertEquals(words?.toSorted(), Object.keys(SHELLS).toSorted());
});

Deno.test("shellcheck finds nothing in the script for bash", async () => {
  const folder = await Deno.makeTempDir();
  const script = `${folder}/todoflow.bash`;
  await Deno.writeTextFile(script, completions("bash", ALL));
  const found = await shellcheck(script);
  await Deno.remove(folder, { recursive: true });
  assertEquals(found, "");
});
