/**
 * The source and the documentation name who acts, use the plain words of the field, and are spelled as in the United
 * States.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Exemption, findWords, WORDS } from "./language.ts";
import { pages, ROOT } from "./markdown.ts";

/** The texts that are not ours. Each must be in its file: delete the line of one that is not. */
const EXEMPT: readonly Exemption[] = [
  {
    file: "lib/page/page.ts",
    text: "aria-labelledby",
    why: "an attribute of HTML: https://www.w3.org/TR/wai-aria/",
  },
  {
    file: "lib/page/failures.ts",
    text: "aria-labelledby",
    why: "an attribute of HTML: https://www.w3.org/TR/wai-aria/",
  },
];

interface Source {
  file: string;
  text: string;
}

/** The modules below a folder. */
async function modules(folder: string): Promise<Source[]> {
  const found: Source[] = [];
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    const file = `${folder}${entry.name}`;
    if (entry.isDirectory) found.push(...await modules(`${file}/`));
    else if (file.endsWith(".ts")) {
      found.push({ file, text: await Deno.readTextFile(new URL(file, ROOT)) });
    }
  }
  return found.toSorted((a, b) => a.file.localeCompare(b.file));
}

const SOURCES: Readonly<Record<string, readonly Source[]>> = {
  "lib/": await modules("lib/"),
  "tasks/": await modules("tasks/"),
  "docs/, README.md and the other pages": (await pages())
    .map(({ path, text }) => ({ file: path, text })),
};

for (const [place, sources] of Object.entries(SOURCES)) {
  Deno.test(`${place}: each word is one that this project uses`, () => {
    assert(sources.length > 5, `${sources.length} files`);
    const found = sources.flatMap((source) =>
      findWords({ ...source, exempt: EXEMPT })
    );
    const lines = found.map(({ file, line, found, better }) =>
      `${file}:${line}: "${found}": ${better}`
    );
    assert(lines.length === 0, `${lines.length} words\n${lines.join("\n")}`);
  });
}

Deno.test("each exempt text is in its file, and would be found there", () => {
  const all = Object.values(SOURCES).flat();
  const idle = EXEMPT.filter(({ file, text }) =>
    !all.find((source) => source.file === file)?.text.includes(text) ||
    findWords({ file, text }).length === 0
  );
  assertEquals(idle, []);
});

for (const { word, pattern, better, bad, good = [] } of WORDS) {
  const find = (text: string) =>
    findWords({ file: "FILE", text }).filter((one) => one.better === better);
  Deno.test(`the checker finds ${word.slice(0, 60)}`, () => {
    assert(bad.length > 0 && pattern.global);
    assertEquals(bad.filter((line) => find(line).length === 0), []);
    assertEquals(good.filter((line) => find(line).length > 0), []);
  });
}

Deno.test("a finding has the file, the line on which it begins, and the better word", () => {
  const text = "/**\n * Fine.\n * The steps run side\n * by side.\n */\n";
  assertEquals(findWords({ file: "lib/a.ts", text }), [{
    file: "lib/a.ts",
    line: 3,
    found: "side by side",
    better: "in parallel",
  }]);
});

Deno.test("an exemption is of one file and one text", () => {
  const exempt = [{
    file: "lib/a.ts",
    text: "aria-labelledby",
    why: "an attribute of HTML",
  }];
  const lines = (file: string, text: string) =>
    findWords({ file, text, exempt }).map(({ line }) => line);
  const text = 'aria-labelledby="x"\nlabelled images\n';
  assertEquals(lines("lib/a.ts", text), [2]);
  assertEquals(lines("lib/b.ts", text), [1, 2]);
});
