import { assert, assertEquals } from "@std/assert";
import {
  identify,
  nameOfFolder,
  ownName,
} from "../../../../lib/compose/project.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

/** The identity of a project in a folder with these files. */
function identified(
  { files = { "compose.yml": "" }, env = {}, below = "" }: {
    files?: Record<string, string>;
    env?: Record<string, string>;
    below?: string;
  } = {},
) {
  return withFolder(async (folder) => {
    await writeFiles(folder, files);
    if (below) await Deno.mkdir(`${folder}/${below}`, { recursive: true });
    const identity = await identify({
      directory: folder + below,
      env,
      readTextFile: (path) => Deno.readTextFile(path),
    });
    return {
      ...identity,
      directory: identity.directory.replace(folder, ""),
      files: identity.files.map((file) => file.replace(folder, "")),
    };
  });
}

for (
  const [value, isCi] of [
    [undefined, false],
    ["", false],
    ["0", false],
    ["false", false],
    ["true", true],
    ["1", true],
    ["woodpecker", true],
  ] as const
) {
  Deno.test(`CI=${value ?? "(unset)"} is ${isCi ? "" : "not "}a build agent's`, async () => {
    const env = value === undefined ? {} : { CI: value };
    assertEquals((await identified({ env })).ci, isCi);
  });
}

Deno.test("CI in .env, which is Compose's, makes no build agent", async () => {
  const files = { "compose.yml": "", ".env": "CI=true\n" };
  assertEquals((await identified({ files })).ci, false);
});

const NAMED: [string, Parameters<typeof identified>[0], string | undefined][] =
  [
    ["nobody names", {}, undefined],
    ["the file names", { files: { "compose.yml": "name: shop\n" } }, undefined],
    ["COMPOSE_PROJECT_NAME names", {
      env: { COMPOSE_PROJECT_NAME: "mine" },
    }, "mine"],
    ["an empty COMPOSE_PROJECT_NAME names", {
      env: { COMPOSE_PROJECT_NAME: "" },
    }, undefined],
    ["COMPOSE_PROJECT_NAME in .env names, which is the file's word,", {
      files: { "compose.yml": "", ".env": "COMPOSE_PROJECT_NAME=dotted\n" },
    }, undefined],
    ["the environment names otherwise than .env", {
      files: { "compose.yml": "", ".env": "COMPOSE_PROJECT_NAME=dotted\n" },
      env: { COMPOSE_PROJECT_NAME: "mine" },
    }, "mine"],
  ];

for (const [what, options, name] of NAMED) {
  Deno.test(`a project that ${what} has ${name ? `the name "${name}"` : "no name of the caller's"}`, async () => {
    assertEquals((await identified(options)).name, name);
  });
}

Deno.test("profiles are those of COMPOSE_PROFILES, in .env, too", async () => {
  const profiles = async (value: string) =>
    (await identified({ env: { COMPOSE_PROFILES: value } })).profiles;
  assertEquals(await profiles(""), []);
  assertEquals(await profiles("a,b"), ["a", "b"]);
  assertEquals(await profiles("a, b ,"), ["a", "b"]);
  assertEquals(await profiles("*"), ["*"]);
  const files = { "compose.yml": "", ".env": "COMPOSE_PROFILES=dotted\n" };
  assertEquals((await identified({ files })).profiles, ["dotted"]);
});

Deno.test("the folder is that of the Compose file, wherever in it the caller stands", async () => {
  const { directory, files } = await identified({ below: "/a/b" });
  assertEquals([directory, files], ["", ["/compose.yml"]]);
});

Deno.test("the folder is that of the first file that is named", async () => {
  const { directory, files } = await identified({
    files: { "deploy/a.yml": "", "b.yml": "" },
    env: { COMPOSE_FILE: "deploy/a.yml:b.yml" },
  });
  assertEquals([directory, files], ["/deploy", ["/deploy/a.yml", "/b.yml"]]);
});

Deno.test("the folder has no links in its path, so that every way to a checkout is the same", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/checkout`);
    await Deno.writeTextFile(`${folder}/checkout/compose.yml`, "");
    await Deno.symlink(`${folder}/checkout`, `${folder}/link`);
    const { directory } = await identify({
      directory: `${folder}/link`,
      env: {},
      readTextFile: (path) => Deno.readTextFile(path),
    });
    assertEquals(directory, `${folder}/checkout`);
  }));

Deno.test("a checkout's own name is always the same, and another for another folder or machine", async () => {
  const here = { directory: "/w/shop", host: "box" };
  const name = await ownName("shop", here);
  assert(/^shop-[0-9a-f]{8}$/.test(name), name);
  assertEquals(await ownName("shop", { ...here }), name);
  const others = await Promise.all([
    ownName("shop", { ...here, directory: "/w/shop2" }),
    ownName("shop", { ...here, host: "box2" }),
    // A folder cannot be mistaken for a machine, nor a machine for a folder.
    ownName("shop", { directory: "/shop", host: "box/w" }),
    ownName("blog", here),
  ]);
  assertEquals(new Set([name, ...others]).size, 5);
});

for (
  const [folder, name] of [
    ["/code/shop", "shop"],
    ["/code/shop/", "shop"],
    ["C:\\work\\Shop", "shop"],
    ["/code/My Shop (2).d", "myshop2d"],
    ["/code/_-shop_1-x", "shop_1-x"],
    ["/code/.shop", "shop"],
    ["/", ""],
  ] as const
) {
  Deno.test(`Compose would call the project of ${folder} "${name}"`, () => {
    assertEquals(nameOfFolder(folder), name);
  });
}
