/**
 * What a collection of static files holds, and which files a page gets from it.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { collectStatic, readAssets, readCollection } from "../../src/static.ts";
import { apiOf } from "./api.ts";
import type { TodoStore } from "../../src/store.ts";

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

const SOURCES = new URL("../../static", import.meta.url).pathname;

/** Copies the static files, which the page needs, and writes others to them. */
async function write(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(SOURCES)) {
    await Deno.copyFile(`${SOURCES}/${name}`, `${folder}/${name}`);
  }
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

const LONG = "/* the same again and again */\n".repeat(50);

Deno.test(
  "a collection has each file under its hash, and compressed",
  withFolder(async (folder) => {
    await write(`${folder}/from`, { "a.js": LONG });
    const root = `${folder}/to/static`;
    for (let time = 0; time < 2; time++) {
      assertMatch(
        await collect(root, `${folder}/from`),
        /^\d+ static files collected in ".*\/to\/static"$/,
      );
    }
    const entries = await Array.fromAsync(Deno.readDir(root));
    const found = entries.map(({ name }) => name).toSorted();
    const [a, br, gz] = found;
    assertMatch(a!, /^a\.[0-9a-f]{12}\.js$/);
    assertEquals([br, gz], [`${a}.br`, `${a}.gz`]);
    for (const name of found) assertMatch(name, /^\w+\.[0-9a-f]{12}\.\w+/);
    const read = (name: string) => Deno.readFile(`${root}/${name}`);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(text(await read(a!)), LONG);
    assertEquals(text(brotliDecompressSync(await read(br!))), LONG);
    assertEquals(text(gunzipSync(await read(gz!))), LONG);
    assert((await read(br!)).length < (await read(gz!)).length);
  }),
);

Deno.test(
  "files of the releases before stay for pages that are still open, and what is not ours is not served",
  withFolder(async (folder) => {
    const root = `${folder}/to`;
    await Deno.mkdir(root);
    await Deno.writeTextFile(`${root}/mine.txt`, "");
    const earlier = "app.0123456789ab.js";
    await Deno.writeTextFile(`${root}/${earlier}`, "");
    await collect(root);
    const { files, page } = await readCollection(root);
    const { names } = await readAssets();
    assertEquals(page, names.get("page.html"));
    const plain = [...files.keys()].filter((name) => !/\.(br|gz)$/.test(name));
    assertEquals(plain.toSorted(), [earlier, ...names.values()].toSorted());
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
    await Deno.writeTextFile(`${folder}/c.js`, "2");
    const after = await readAssets(folder);
    const changed = [...after.names].filter(([source, name]) =>
      before.names.get(source) !== name
    );
    assertEquals(changed.map(([source]) => source).toSorted(), [
      "a.js",
      "b.js",
      "c.js",
    ]);
    const text = (source: string) =>
      new TextDecoder().decode(after.files.get(after.names.get(source)!));
    assertEquals(text("a.js"), `import "./${after.names.get("b.js")}";`);
    assertStringIncludes(text("d.css"), `"./${after.names.get("e.svg")}"`);
    assertEquals(text("e.svg"), texts["e.svg"]);
  }),
);

Deno.test(
  "a file that is named and is not there is an error, and so is a circle",
  withFolder(async (folder) => {
    await write(folder, { "a.js": 'import "./b.js"' });
    await assertRejects(() => readAssets(folder), Error, "b.js is not there");
    await Deno.writeTextFile(`${folder}/b.js`, 'import "./a.js"');
    await assertRejects(() => readAssets(folder), Error);
  }),
);

Deno.test(
  "a client gets the encoding that it accepts, once, and each has an ETag of its own",
  withFolder(async (root) => {
    await collect(root);
    const collection = await readCollection(root);
    const name = (await readAssets()).names.get("app.js")!;
    const { send } = apiOf({} as TodoStore, { collection });
    const tags = new Set<string | null>();
    for (const path of ["/", `/static/${name}`]) {
      const cases = [
        ["", null],
        ["gzip, deflate, br, zstd", "br"],
        ["gzip, deflate", "gzip"],
        ["br; q=0, gzip", "gzip"],
        ["deflate", null],
        ["gzip;q=0", null],
      ] as const;
      for (const [accepted, expected] of cases) {
        const headers = { "Accept-Encoding": accepted };
        const response = await send("GET", path, undefined, headers);
        const { headers: got, status } = response;
        assertEquals(status, 200);
        assertEquals(
          [accepted, got.get("Content-Encoding")],
          [accepted, expected],
        );
        assertMatch(got.get("Vary") ?? "", /^Accept-Encoding/);
        const etag = got.get("ETag") ?? "";
        tags.add(etag);
        const again = { ...headers, "If-None-Match": `"x", W/${etag}` };
        const known = await send("GET", path, undefined, again);
        assertEquals([known.status, await known.text()], [304, ""]);
        assertEquals(known.headers.get("ETag"), etag);
        assertEquals(
          known.headers.get("Cache-Control"),
          got.get("Cache-Control"),
        );
        assertMatch(known.headers.get("Vary") ?? "", /^Accept-Encoding/);
        assertEquals(known.headers.get("Content-Type"), null);
        await response.body?.cancel();
      }
    }
    assertEquals(tags.size, 6);
  }),
);
