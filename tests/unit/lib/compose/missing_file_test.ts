import { assertEquals } from "@std/assert";
import {
  composeFilesNear,
  withFileIn,
  withOthers,
} from "../../../../lib/compose/missing_file.ts";

/** Lists folders, given by their absolute paths. */
function tree(folders: Record<string, readonly string[]>) {
  return (folder: string) => Promise.resolve(folders[folder]);
}

function options(
  files: readonly string[],
  folders: Record<string, readonly string[]>,
) {
  const without = (file: string) => file.replace(/^\/x\//, "");
  return { files, list: tree(folders), shown: without, asFlag: without };
}

Deno.test("of a missing file the one that is meant is told, with the others in its place", async () => {
  const files = ["/x/a.yaml", "/x/compose.yaml"];
  const folders = { "/x": ["a.yaml", "compose.yml", "notes.txt"] };
  assertEquals(
    await withOthers({ name: files[1]! }, options(files, folders)),
    {
      what: "compose-file",
      name: "compose.yaml",
      folder: "/x",
      there: ["compose.yml"],
      nearest: "compose.yml",
      files: ["a.yaml", "compose.yml"],
    },
  );
});

Deno.test("without a near name the default file is meant, or the only one, or none", async () => {
  const meant = async (...names: string[]) => {
    const found = await withOthers(
      { name: "/x/nope.yml" },
      options(["/x/nope.yml"], { "/x": names }),
    );
    return [found.nearest, found.files];
  };
  assertEquals(
    await meant("compose.prod.yml", "docker-compose.yml"),
    [undefined, ["docker-compose.yml"]],
  );
  assertEquals(
    await meant("compose.prod.yml"),
    [undefined, ["compose.prod.yml"]],
  );
  assertEquals(
    await meant("compose.a.yml", "compose.b.yml", "x.yaml"),
    [undefined, undefined],
  );
  assertEquals(await meant(), [undefined, undefined]);
  assertEquals(await meant("-compose.yml"), [undefined, undefined]);
});

Deno.test("the file that is named besides the missing one is not named twice", async () => {
  const files = ["/x/compose.yml", "/x/nope.yml"];
  const { files: right } = await withOthers(
    { name: files[1]! },
    options(files, { "/x": ["compose.yml"] }),
  );
  assertEquals(right, ["compose.yml"]);
});

Deno.test("in place of a folder the file in it is meant", async () => {
  const of = async (...names: string[]) =>
    (await withFileIn(
      { name: "/x/dir" },
      options(["/x/dir"], { "/x/dir": names }),
    )).files;
  assertEquals(await of("a.txt", "compose.yml"), ["dir/compose.yml"]);
  assertEquals(await of("a.txt"), undefined);
  const included = await withFileIn(
    { name: "/x/dir" },
    options(["/x/compose.yml"], { "/x/dir": ["compose.yml"] }),
  );
  assertEquals(included.files, undefined);
});

Deno.test("Compose files of other names, and in folders, are near; those of third parties are not", async () => {
  const list = tree({
    "/x": ["docker", "docker-compose.prod.yml", "node_modules", "src", "a.b"],
    "/x/docker": ["Dockerfile", "compose.yaml"],
    "/x/node_modules": ["compose.yaml"],
    "/x/src": ["main.ts"],
    "/x/a.b": ["compose.yaml"],
  });
  assertEquals(await composeFilesNear("/x", list), [
    "/x/docker-compose.prod.yml",
    "/x/docker/compose.yaml",
  ]);
  assertEquals(await composeFilesNear("/y", list), []);
});
