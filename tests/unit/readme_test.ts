import { assert, assertEquals } from "@std/assert";
import { exitCode } from "../../lib/errors/exit_code.ts";
import type { Failure } from "../../lib/errors/failure.ts";
import { TARGETS } from "../../tasks/mod.ts";

const README = await Deno.readTextFile(
  new URL("../../README.md", import.meta.url),
);

/** The first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const [, section = ""] = README.split(`\n## ${heading}\n`);
  return section.split("\n## ")[0]!.split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|")[1]!.trim())
    .slice(2);
}

Deno.test("the README is a front page: at most 200 lines", () => {
  const lines = README.trimEnd().split("\n").length;
  assert(lines <= 200, `${lines} lines`);
});

Deno.test("the README lists every target", () => {
  assertEquals(
    firstColumn("Targets"),
    TARGETS.map(({ name }) => `\`${name}\``),
  );
});

Deno.test("the README's exit codes are the ones that failures have", () => {
  const documented = firstColumn("Exit codes");
  assertEquals(documented, ["0", "1", "2", "3", "4", "124", "128+n"]);
  const signal: Failure = { kind: "signal", signal: "SIGINT" };
  assertEquals(exitCode(signal), 130);
});
