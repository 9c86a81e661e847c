import { assertEquals, assertStringIncludes } from "@std/assert";
import { NOTHING } from "../../../../lib/init/missing.ts";
import { missingText } from "../../../../lib/init/text.ts";
import { style } from "../../../../lib/text/color.ts";
import { withFolder } from "../../fakes.ts";

const FILES = [
  { path: "/r/Dockerfile", text: 'FROM node:24\n\nCMD ["node"]\n' },
  { path: "/r/api/compose.yaml", text: 'ports:\n  - "127.0.0.1::3000"\n' },
];
const BLOCK = {
  place: "below compose.yaml:3",
  why: "nothing checks it",
  text: "    healthcheck:\n      test: [CMD, a]",
  comment: "#" as const,
};
const PLAIN = {
  shown: (path: string) => path.slice("/r/".length),
  paint: style(false),
};

Deno.test("what is missing is text to paste, all else is a comment", () => {
  const missing = { files: FILES, blocks: [BLOCK], notes: ["Decide"] };
  assertEquals(
    missingText(missing, { ...PLAIN, asDiff: false }),
    `# Dockerfile: new file
FROM node:24

CMD ["node"]

# api/compose.yaml: new file
ports:
  - "127.0.0.1::3000"

# below compose.yaml:3: nothing checks it
    healthcheck:
      test: [CMD, a]

# Decide
`,
  );
});

Deno.test("a repository that lacks nothing is told so", () => {
  const text = missingText(NOTHING, { ...PLAIN, asDiff: true });
  assertEquals(text, "Nothing is missing\n");
});

Deno.test("git applies the diff, which gives the files", async () => {
  const missing = { files: FILES, blocks: [BLOCK], notes: ["Decide"] };
  await withFolder(async (folder) => {
    const diff = missingText(missing, { ...PLAIN, asDiff: true });
    await Deno.writeTextFile(`${folder}/init.diff`, diff);
    const { code, stderr } = await new Deno.Command("git", {
      args: ["apply", "init.diff"],
      cwd: folder,
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    for (const { path, text } of FILES) {
      const written = await Deno.readTextFile(path.replace("/r", folder));
      assertEquals(written, text);
    }
  });
});

Deno.test("hostile names command neither a terminal nor a CI system", () => {
  const why = "\x1b]0;x\x07::error::\u202ex";
  const blocks = [{ ...BLOCK, why }];
  const text = missingText({ ...NOTHING, blocks, notes: [why] }, {
    ...PLAIN,
    asDiff: false,
  });
  for (const hostile of ["\x1b", "\u202e", "::error"]) {
    assertEquals(text.includes(hostile), false, text);
  }
  assertStringIncludes(text, "# below compose.yaml:3");
});
