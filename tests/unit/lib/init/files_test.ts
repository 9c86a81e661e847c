import { assertEquals, assertRejects } from "@std/assert";
import { exitCode } from "../../../../lib/errors/exit_code.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { isTaken, localTree, writeNew } from "../../../../lib/init/files.ts";
import { withFolder } from "../../fakes.ts";

/** Writes a file below `repository` in a folder; resolves to what it fails with. */
async function failing(folder: string, path: string): Promise<string> {
  const top = `${folder}/repository`;
  const file = {
    path: path.startsWith("/") ? path : `${top}/${path}`,
    text: "new",
  };
  const error = await assertRejects(
    () => writeNew(file, { top, shown: path }),
    TodoflowError,
  );
  const { failure } = error;
  assertEquals(exitCode(failure), 4);
  return failure.kind === "unwritable" ? failure.detail : failure.kind;
}

/** Gives the test a folder, without links on the way to it, with an empty `repository` and a folder `outside`. */
async function withRepository(test: (folder: string) => Promise<void>) {
  await withFolder(async (path) => {
    const folder = await Deno.realPath(path);
    await Deno.mkdir(`${folder}/repository`);
    await Deno.mkdir(`${folder}/outside`);
    await test(folder);
    const outside = [...Deno.readDirSync(`${folder}/outside`)];
    assertEquals(outside.map(({ name }) => name), []);
  });
}

Deno.test("a new file is written, with the folders on the way to it", async () => {
  await withRepository(async (folder) => {
    const top = `${folder}/repository`;
    const path = `${top}/.github/workflows/todoflow.yml`;
    await writeNew({ path, text: "on: push\n" }, { top, shown: path });
    assertEquals(await Deno.readTextFile(path), "on: push\n");
  });
});

Deno.test("a file that is there is never overwritten", async () => {
  await withRepository(async (folder) => {
    const path = `${folder}/repository/Dockerfile`;
    await Deno.writeTextFile(path, "mine");
    assertEquals(await failing(folder, "Dockerfile"), "it is there already");
    assertEquals(await Deno.readTextFile(path), "mine");
  });
});

Deno.test("nothing is written through a link, whether it leads to a file, a folder or nowhere", async () => {
  await withRepository(async (folder) => {
    const top = `${folder}/repository`;
    await Deno.symlink("../outside/target", `${top}/Dockerfile`);
    await Deno.symlink("../outside", `${top}/.github`);
    await Deno.symlink("../nowhere", `${top}/api`);
    assertEquals(await isTaken(`${top}/Dockerfile`), true);
    assertEquals(await failing(folder, "Dockerfile"), "it is there already");
    const link = "a folder on the way to it is a link";
    assertEquals(await failing(folder, ".github/workflows/x.yml"), link);
    assertEquals(await failing(folder, "api/Dockerfile"), link);
  });
});

Deno.test("nothing is written outside of the repository", async () => {
  await withRepository(async (folder) => {
    const outside = "it is outside of the repository";
    assertEquals(await failing(folder, "../outside/Dockerfile"), outside);
    assertEquals(await failing(folder, `${folder}/outside/x`), outside);
  });
});

Deno.test("a folder that cannot be written to ends with exit code 4", async () => {
  await withRepository(async (folder) => {
    await Deno.writeTextFile(`${folder}/repository/api`, "a file");
    const detail = await failing(folder, "api/Dockerfile");
    assertEquals(/ENOTDIR/.test(detail), true, detail);
  });
});

Deno.test("links, large files and folders are not read", async () => {
  await withRepository(async (folder) => {
    const top = `${folder}/repository`;
    const tree = localTree();
    await Deno.writeTextFile(`${top}/a`, "text");
    await Deno.symlink("a", `${top}/link`);
    await Deno.writeTextFile(`${top}/large`, "x".repeat(600_000));
    const texts = ["a", "link", "large", ".", "missing"].map((name) =>
      tree.read(`${top}/${name}`)
    );
    const none = undefined;
    assertEquals(await Promise.all(texts), ["text", none, none, none, none]);
    assertEquals(await tree.list(top), [
      { name: "a", kind: "file" },
      { name: "large", kind: "file" },
      { name: "link", kind: "other" },
    ]);
    assertEquals(await tree.list(`${top}/missing`), []);
  });
});
