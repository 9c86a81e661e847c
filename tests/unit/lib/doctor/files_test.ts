import { assert, assertEquals, assertRejects } from "@std/assert";
import { localFiles } from "../../../../lib/doctor/files.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

Deno.test("files are read, folders are listed, a link to a folder is none", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, { "a/b": "text" });
    await Deno.symlink(`${folder}/a`, `${folder}/link`);
    const { readTextFile, list } = localFiles();
    assertEquals(await readTextFile(`${folder}/a/b`), "text");
    const entries = await list(folder);
    assertEquals(entries.toSorted((a, b) => a.name < b.name ? -1 : 1), [
      { name: "a", isFolder: true },
      { name: "link", isFolder: false },
    ]);
    await assertRejects(() => readTextFile(`${folder}/none`));
    await assertRejects(() => list(`${folder}/none`));
  }));

Deno.test("the free space is known if the folder exists", () =>
  withFolder(async (folder) => {
    const { free } = localFiles();
    const bytes = await free(folder);
    assert(bytes !== undefined && bytes > 0);
    assertEquals(await free(`${folder}/none`), undefined);
  }));
