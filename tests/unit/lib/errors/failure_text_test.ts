import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { failureText } from "../../../../lib/errors/failure_text.ts";
import { style } from "../../../../lib/text/color.ts";
import { cells } from "../../../../lib/text/width.ts";
import { uncolored } from "../reporters/fakes.ts";

const LONG = "the quick brown fox jumps over the lazy dog ".repeat(4).trim();

Deno.test("a failure is shown with its fields, and nothing else", () => {
  assertEquals(failureText({ headline: "H" }), "todoflow: H\n");
  assertEquals(
    failureText({ headline: "H", why: "a\nb", next: "docker x\ndocker y" }),
    "todoflow: H\nWhy:  a\n      b\nNext: docker x\n      docker y\n",
  );
});

Deno.test("prose and evidence stay within the width; commands to paste are not broken", () => {
  const next = `docker run ${"x".repeat(100)}`;
  const text = failureText({
    headline: LONG,
    why: `${LONG}\n${LONG}`,
    evidence: [{
      title: "Last lines",
      lines: [LONG, "x".repeat(500), "\ttab"],
    }],
    next,
  }, { width: 80 });
  const lines = text.split("\n").slice(0, -1);
  assertEquals(lines.at(-1), `Next: ${next}`);
  assert(lines.slice(0, -1).every((line) => cells(line) <= 80), text);
  assertEquals(lines.filter((line) => line.startsWith("  | x")).length, 3);
  assertStringIncludes(text, "x…\n  |   tab\n");
});

Deno.test("without a width nothing is broken", () => {
  const text = failureText({
    headline: LONG,
    why: LONG,
    evidence: [{ title: "E", lines: [LONG] }],
  });
  assertEquals(
    text,
    `todoflow: ${LONG}\nWhy:  ${LONG}\nE:\n  | ${LONG}\n`,
  );
});

Deno.test("the last twelve lines of the evidence are shown", () => {
  const lines = Array.from({ length: 30 }, (_, i) => `${i}`);
  const text = failureText({
    headline: "H",
    evidence: [{ title: "E", lines }],
  });
  assertEquals(text.split("\n").slice(1, 3), ["E:", "  | 18"]);
  assertEquals(text.split("\n").length, 15);
});

Deno.test("colors change nothing else", () => {
  const explanation = {
    headline: "H",
    why: "a\nb",
    evidence: [{ title: "E", lines: ["\x1b[2J\x1b[31mx"], logs: "l" }],
    next: "n",
  };
  const colored = failureText(explanation, { style: style(true) });
  assertEquals(uncolored(colored), failureText(explanation));
  assertEquals(colored.includes("\x1b[2J"), false);
});

Deno.test("no line of a failure is a command of a CI system", () => {
  const text = failureText({
    headline: "::error::a\n::error::b",
    why: "::error::c\r\n::error::d",
    evidence: [{
      title: "::error::e",
      lines: ["::error::f\n::error::g"],
      logs: "::error::h",
    }],
    next: "::error::i",
  });
  assertEquals(text.match(/^\s*::/gm), null);
});
