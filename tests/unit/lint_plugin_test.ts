import { assertEquals } from "@std/assert";
import plugin, { forbidden, quotesValue } from "../../tools/lint_plugin.ts";

const IMPORTS: [string, string, "value" | "type", boolean][] = [
  ["lib/plan/plan.ts", "./errors.ts", "type", false],
  ["lib/plan/runner.ts", "./plan.ts", "value", true],
  ["lib/plan/runner.ts", "./faults.ts", "value", true],
  ["lib/plan/runner.ts", "./engine.ts", "value", false],
  ["tasks/test.ts", "../lib/compose/workflow.ts", "type", true],
  ["tasks/test.ts", "../lib/compose/workflow.ts", "value", false],
  ["tasks/test.ts", "./services.ts", "value", true],
  ["lib/main.ts", "../tasks/mod.ts", "value", false],
  ["mod.ts", "./tasks/mod.ts", "value", true],
  ["lib/cli/parse.ts", "../../tasks/mod.ts", "value", false],
  ["lib/engine/docker.ts", "dax", "value", true],
  ["lib/run/perform.ts", "dax", "value", false],
  ["lib/main.ts", "../todobackend/main.ts", "value", false],
  ["tests/lab/mod.ts", "dax", "value", true],
];

for (const [place, specifier, kind, allowed] of IMPORTS) {
  Deno.test(`${place} ${allowed ? "may" : "must not"} import ${specifier} as ${kind}`, () => {
    assertEquals(
      forbidden(place, specifier, kind === "type") === undefined,
      allowed,
    );
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
  assertEquals(rules("import $ from 'dax';"), ["todoflow/import-direction"]);
  assertEquals(rules("$`echo '${x}'`;"), ["todoflow/shell-quoting"]);
  assertEquals(rules("$.raw`echo ${x}`;"), ["todoflow/shell-quoting"]);
});
