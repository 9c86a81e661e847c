/**
 * The pictures of terminals are what a person sees, in both color schemes, and tell nothing of the machine that made them.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  DARK,
  LIGHT,
  screenOf,
  textOf,
  windowOf,
} from "../../tools/terminal_picture.ts";
import { ROOT } from "./docs/markdown.ts";

const SIZE = { columns: 20, rows: 4 };

Deno.test("a picture has the last rows of the terminal, without the empty ones below", async () => {
  const lines = ["one", "two", "three", "four", "five", ""];
  const screen = await screenOf(lines.join("\r\n"), SIZE);
  assertEquals(textOf(screen), "three\nfour\nfive");
});

Deno.test("a picture shows a line that was written over as it is in the end", async () => {
  const screen = await screenOf("running\r\x1b[Kok", SIZE);
  assertEquals(textOf(screen), "ok");
});

Deno.test("a word has the class of its color, and text is no markup", async () => {
  const screen = await screenOf("\x1b[31mfailed\x1b[m \x1b[1m<a>\x1b[m", SIZE);
  const picture = windowOf(screen, { command: "x", columns: 20 });
  assert(/<text class="red"[^>]*>failed</.test(picture), picture);
  assert(/<text class="text"[^>]*font-weight="bold">&lt;a>/.test(picture));
  assertStringIncludes(picture, `.red { fill: ${LIGHT.red} }`);
  assertStringIncludes(picture, `.red { fill: ${DARK.red} }`);
  assertStringIncludes(picture, "@media (prefers-color-scheme: dark)");
});

/** The relative luminance of a color such as "#16181d": https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

for (const [name, colors] of Object.entries({ LIGHT, DARK })) {
  Deno.test(`each color of ${name} is readable on its ground`, () => {
    const { ground = "", ...others } = colors;
    for (const [color, value] of Object.entries(others)) {
      const [low = 0, high = 0] = [luminance(ground), luminance(value)]
        .toSorted((a, b) => a - b);
      const contrast = (high + 0.05) / (low + 0.05);
      assert(contrast >= 4.5, `${color}: ${contrast.toFixed(2)}`);
    }
  });
}

for (const name of ["release", "failure"]) {
  Deno.test(`docs/${name}.svg names no folder of a machine`, async () => {
    const file = new URL(`docs/${name}.svg`, ROOT);
    const picture = await Deno.readTextFile(file);
    assertEquals(
      picture.match(/\/(tmp|home|root|Users|var|opt)\b[^<]*/g),
      null,
    );
  });
}
