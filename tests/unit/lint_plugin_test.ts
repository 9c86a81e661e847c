import { assertEquals } from "@std/assert";
import plugin, {
  forbidden,
  type Manner,
  quotesValue,
} from "../../tools/lint_plugin.ts";

const IMPORTS: [string, string, Manner, boolean][] = [
  ["lib/plan/plan.ts", "../errors/failure.ts", "type", true],
  ["lib/plan/plan.ts", "../engine/docker.ts", "type", false],
  ["lib/plan/runner.ts", "./plan.ts", "value", true],
  ["lib/plan/runner.ts", "../engine/docker.ts", "lazy", false],
  ["lib/errors/wording.ts", "../plan/plan.ts", "value", false],
  ["tasks/test.ts", "../lib/compose/graph.ts", "value", true],
  ["tasks/test.ts", "./up.ts", "value", true],
  ["tasks/test.ts", "../lib/run/perform.ts", "type", false],
  ["tasks/ls.ts", "../lib/state/list.ts", "type", true],
  ["tasks/ls.ts", "../lib/state/current.ts", "lazy", true],
  ["tasks/ls.ts", "../lib/state/current.ts", "value", false],
  ["lib/main.ts", "./run/run_plan.ts", "lazy", true],
  ["lib/main.ts", "./run/run_plan.ts", "value", false],
  ["lib/main.ts", "../tasks/mod.ts", "value", false],
  ["mod.ts", "./tasks/mod.ts", "value", true],
  ["lib/cli/parse.ts", "../../tasks/mod.ts", "value", false],
  ["lib/cli/parse.ts", "../main.ts", "type", false],
  ["lib/cli/parse.ts", "./completions/mod.ts", "lazy", false],
  ["lib/new/file.ts", "../errors/failure.ts", "type", false],
  ["lib/new.ts", "./errors/failure.ts", "type", false],
  ["lib/engine/shell.ts", "dax", "value", true],
  ["lib/engine/docker.ts", "dax", "type", true],
  ["lib/engine/docker.ts", "dax", "lazy", false],
  ["lib/run/perform.ts", "dax", "value", false],
  ["lib/plan/runner.ts", "node:path", "value", true],
  ["lib/plan/runner.ts", "node:fs", "value", false],
  ["lib/plan/runner.ts", "node:child_process", "lazy", false],
  ["lib/main.ts", "../todobackend/main.ts", "value", false],
  ["tests/lab/mod.ts", "dax", "value", true],
];

for (const [place, specifier, manner, allowed] of IMPORTS) {
  Deno.test(`${place} ${allowed ? "may" : "must not"} import ${specifier} as ${manner}`, () => {
    const why = forbidden(place, specifier, manner);
    assertEquals(why === undefined, allowed, why);
  });
}

Deno.test("a value inside quotes of a shell template is found", () => {
  assertEquals(quotesValue(["docker run ", ""]), false);
  assertEquals(quotesValue(["docker run --name=", ' "a"']), false);
  assertEquals(quotesValue(['echo "', '"']), true);
  assertEquals(quotesValue(["echo '\"", "'"]), true);
  assertEquals(quotesValue(["echo 'a' ", ' "b" \'c ', "'"]), true);
});

Deno.test("the rules report through deno lint", () => {
  const file = new URL("../../lib/compose/schema.ts", import.meta.url).pathname;
  const rules = (source: string) =>
    Deno.lint.runPlugin(plugin, file, source).map(({ id }) => id);
  assertEquals(rules("Deno.exit(1);"), ["todoflow/effects"]);
  assertEquals(rules("Deno.env.get('x');"), ["todoflow/effects"]);
  const imports = [
    "import $ from 'dax';",
    "import { main } from '../main.ts';",
    "import type { World } from '../run/prepared.ts';",
    "export { main } from '../main.ts';",
    "export * from '../main.ts';",
    "await import('../main.ts');",
    "let main: import('../main.ts').main;",
    "import { readFileSync } from 'node:fs';",
  ];
  for (const source of imports) {
    assertEquals(rules(source), ["todoflow/import-direction"], source);
  }
  assertEquals(rules("import { join } from 'node:path';"), []);
  assertEquals(rules("$`echo '${x}'`;"), ["todoflow/shell-quoting"]);
  assertEquals(rules("$.raw`echo ${x}`;"), ["todoflow/shell-quoting"]);
  const lines = (count: number) => "\n// line".repeat(count - 2);
  const long = (count: number) => `const f = () => {${lines(count)}\n};\nf();`;
  assertEquals(rules(long(60)), []);
  assertEquals(rules(long(61)), ["todoflow/length"]);
  assertEquals(rules(`f();${lines(300)}\nf();`), []);
  assertEquals(rules(`f();${lines(301)}\nf();`), ["todoflow/length"]);
});
