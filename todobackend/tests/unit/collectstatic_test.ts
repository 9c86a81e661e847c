/**
 * What a collection of static files holds, and what another one leaves of it.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { readAssets } from "../../src/assets.ts";
import { collectStatic } from "../../src/collectstatic.ts";
import { createPage } from "../../src/page.ts";
import { encode } from "../../src/representation.ts";
import { readCollection } from "../../src/static_files.ts";

/** Makes a test that is given a new folder. */
function withFolder(
  test: (folder: string) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir();
    try {
      await test(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

/** Writes static files, by their names. */
async function write(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

/** Collects the static files of a folder. */
async function collect(root: string, sources?: string): Promise<string> {
  let said = "";
  await collectStatic({
    env: (name) => name === "STATIC_ROOT" ? root : undefined,
    out: (line) => said += line,
    err: () => {},
    onStop: () => {},
  }, sources);
  return said;
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).toSorted();
}

const LONG = "/* the same again and again */\n".repeat(50);

Deno.test(
  "a collection has each file under its hash, compressed when that makes it smaller, and a manifest",
  withFolder(async (folder) => {
    await write(`${folder}/from`, { "a.js": LONG, "b.txt": "b" });
    const root = `${folder}/to/static`;
    for (let time = 0; time < 2; time++) {
      assertEquals(
        await collect(root, `${folder}/from`),
        `2 static files collected in "${root}"`,
      );
    }
    const [a, br, gz, b, ...rest] = await namesIn(root);
    assertMatch(a!, /^a\.[0-9a-f]{12}\.js$/);
    assertEquals([br, gz], [`${a}.br`, `${a}.gz`]);
    assertMatch(b!, /^b\.[0-9a-f]{12}\.txt$/);
    assertEquals(rest, ["manifest.json"]);
    const read = (name: string) => Deno.readFile(`${root}/${name}`);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(text(await read(a!)), LONG);
    assertEquals(text(brotliDecompressSync(await read(br!))), LONG);
    assertEquals(text(gunzipSync(await read(gz!))), LONG);
    assert((await read(br!)).length < (await read(gz!)).length);
    const manifest = JSON.parse(text(await read("manifest.json")));
    assertEquals(manifest.current, { "a.js": a, "b.txt": b });
  }),
);

Deno.test(
  "the collection before stays for pages that are still open; older ones go, and what is not ours stays",
  withFolder(async (folder) => {
    const [from, root] = [`${folder}/from`, `${folder}/to`];
    await write(root, { "mine.txt": "" });
    const collected: string[] = [];
    for (const text of ["1", "2", "3", "3"]) {
      await write(from, { "a.js": text });
      await collect(root, from);
      const files = await readCollection(root, await readAssets(from));
      const name = (await readAssets(from)).get("a.js")!.name;
      if (!collected.includes(name)) collected.push(name);
      assertEquals(
        [...files.keys()].toSorted(),
        collected.slice(-2).toSorted(),
      );
    }
    assertEquals(
      await namesIn(root),
      [...collected.slice(-2), "manifest.json", "mine.txt"].toSorted(),
    );
    // What only an earlier page needs is not worth an error.
    await Deno.remove(`${root}/${collected[1]}`);
    const files = await readCollection(root, await readAssets(from));
    assertEquals([...files.keys()], collected.slice(-1));
  }),
);

Deno.test(
  "a file that names another one gets a new name when that one changes",
  withFolder(async (folder) => {
    const texts = {
      "a.js": 'import "./b.js";',
      "b.js": 'import "./c.js";',
      "c.js": "1",
      "d.css": 'p { background: url("./e.svg") }',
      "e.svg": '"./c.js"',
    };
    await write(folder, texts);
    const before = await readAssets(folder);
    await write(folder, { "c.js": "2" });
    const after = await readAssets(folder);
    const changed = [...after].filter(([source, { name }]) =>
      before.get(source)?.name !== name
    );
    assertEquals(changed.map(([source]) => source).toSorted(), [
      "a.js",
      "b.js",
      "c.js",
    ]);
    const text = (source: string) =>
      new TextDecoder().decode(after.get(source)?.bytes);
    assertEquals(text("a.js"), `import "./${after.get("b.js")?.name}";`);
    assertStringIncludes(text("d.css"), `"./${after.get("e.svg")?.name}"`);
    assertEquals(text("e.svg"), texts["e.svg"]);
  }),
);

Deno.test(
  "files that name each other in a circle, and a page whose file is missing, are errors",
  withFolder(async (folder) => {
    await write(folder, { "a.js": 'import "./b.js"', "b.js": '"./a.js"' });
    await assertRejects(
      () => readAssets(folder),
      Error,
      "a.js -> b.js -> a.js is a circle",
    );
    const assets = new Map(await readAssets());
    assets.delete("app.js");
    assertThrows(() => createPage(assets), Error, "app.js is not there");
  }),
);

Deno.test("what compression makes no smaller is not compressed", () => {
  const bytes = new TextEncoder().encode("short");
  assertEquals(Object.keys(encode(bytes)), ["identity"]);
});
