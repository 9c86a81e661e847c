import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { request } from "../../tools/compile.ts";
import {
  binaryName,
  makeRelease,
  PLATFORMS,
} from "../../tools/release_files.ts";
import { withFolder } from "./fakes.ts";

const GOOD = `#!/bin/sh\necho "todoflow ${config.version} (abc1234)"\n`;

/** Makes a release with a compiler that writes a script; what it says of a platform instead is in `errors`. */
async function make(
  folder: string,
  { errors = {}, script = GOOD, stopAt }: {
    errors?: Record<string, string>;
    script?: string;
    /** The platform during whose compilation a user types Ctrl-C. */
    stopAt?: string;
  } = {},
) {
  const said: string[] = [];
  const stop = new AbortController();
  const code = await makeRelease(folder, {
    compile: async (platform, output) => {
      const error = errors[platform];
      if (platform === stopAt) stop.abort();
      await Deno.writeTextFile(output, script, { mode: 0o755 });
      const stderr = new TextEncoder().encode(`Check mod.ts\n${error}\n`);
      return { success: error === undefined, stderr };
    },
    say: (text) => said.push(text),
    signal: stop.signal,
  });
  return { code, said: said.join("\n") };
}

/** Names in a folder, with hidden ones. */
function namesIn(folder: string) {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

Deno.test("a release is made in place of the one before, and nothing is left beside it", () =>
  withFolder(async (folder) => {
    const dist = `${folder}/dist`;
    assertEquals((await make(dist)).code, 0);
    await Deno.writeTextFile(`${dist}/of-the-one-before`, "");
    assertEquals((await make(`${dist}/`)).code, 0);
    assertEquals(namesIn(folder), ["dist"]);
    assertEquals(namesIn(dist).includes("of-the-one-before"), false);
    const sums = await Deno.readTextFile(`${dist}/checksums.txt`);
    const names = sums.trim().split("\n").map((line) => line.split("  ")[1]);
    assertEquals([...names, "checksums.txt"].toSorted(), namesIn(dist));
    for (const platform of PLATFORMS) {
      assert(names.includes(binaryName(platform)));
    }
  }));

Deno.test("a target that cannot be compiled is named with its reason, and the earlier release stays", () =>
  withFolder(async (folder) => {
    const dist = `${folder}/dist`;
    await make(dist);
    const before = await Deno.readTextFile(`${dist}/checksums.txt`);
    const { code, said } = await make(dist, {
      errors: {
        "aarch64-apple-darwin":
          "error: Setting up base binary\n\nStack backtrace:\n  0: x",
        "x86_64-pc-windows-msvc": "no word of it",
      },
      script: GOOD.replace("abc", "def"),
    });
    assertEquals(code, 1);
    assertStringIncludes(
      said,
      "aarch64-apple-darwin: failed\n  error: Setting up base binary\n",
    );
    assertStringIncludes(
      said,
      "x86_64-pc-windows-msvc: failed\n  Check mod.ts",
    );
    assert(said.endsWith(
      `Cannot make ${dist}: aarch64-apple-darwin, x86_64-pc-windows-msvc failed`,
    ));
    assertEquals(await Deno.readTextFile(`${dist}/checksums.txt`), before);
    assertEquals(namesIn(folder), ["dist"]);
  }));

Deno.test("a binary of this platform that does not print this version is no release", () =>
  withFolder(async (folder) => {
    const script = "#!/bin/sh\necho no runtime >&2; exit 1\n";
    const { code, said } = await make(`${folder}/dist`, { script });
    assertEquals(code, 1);
    assertStringIncludes(
      said,
      `${Deno.build.target}: failed\n  --version answers: no runtime`,
    );
    assertEquals(namesIn(folder), []);
  }));

Deno.test("a stopped compilation begins no other platform, and leaves nothing", () =>
  withFolder(async (folder) => {
    for (const stopAt of [PLATFORMS[1], PLATFORMS.at(-1)!]) {
      const { code, said } = await make(`${folder}/dist`, { stopAt });
      assertEquals(code, 1);
      assert(said.endsWith(`Cannot make ${folder}/dist: stopped`), said);
      assertEquals(said.includes(`${stopAt}:`), false);
      assertEquals(namesIn(folder), []);
    }
  }));

Deno.test("a folder that is no release is not replaced", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/documents`);
    await Deno.writeTextFile(`${folder}/documents/mine`, "");
    const { code, said } = await make(`${folder}/documents`);
    assertEquals(code, 1);
    assertStringIncludes(said, "something else is there");
    assertEquals(namesIn(`${folder}/documents`), ["mine"]);
  }));

Deno.test("the command line of compile: one target or all, and nothing unknown", () => {
  assertEquals(request([]).output, "todoflow");
  assertEquals(request(["--all"]), {
    all: true,
    target: undefined,
    output: "dist",
  });
  for (const argv of [["--all", "--target", "x"], ["--bogus"], ["word"]]) {
    let refused = false;
    try {
      request(argv);
    } catch {
      refused = true;
    }
    assert(refused, argv.join(" "));
  }
});
