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
      folder,
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

/** The name that Compose gives a project, where it is certain; FOLDER is that of the folder. */
const PLAIN: [string, Parameters<typeof identified>[0], string | undefined][] =
  [
    ["no name: the folder's", { below: "" }, "FOLDER"],
    ["no name, below the folder", { below: "/a/b" }, "FOLDER"],
    ["a name in the environment", {
      files: { "compose.yml": "name: filed\n" },
      env: { COMPOSE_PROJECT_NAME: "mine" },
    }, "mine"],
    ["a name in .env", {
      files: {
        "compose.yml": "name: filed\n",
        ".env": "COMPOSE_PROJECT_NAME=dotted\n",
      },
    }, "dotted"],
    ["an empty name in the environment", {
      files: { "compose.yml": "name: filed\n" },
      env: { COMPOSE_PROJECT_NAME: "" },
    }, "filed"],
    ["a name that Compose refuses", {
      env: { COMPOSE_PROJECT_NAME: "My Shop" },
    }, undefined],
    ["a name in the file", {
      files: { "compose.yml": "services: {}\nname: shop_1-x\n" },
    }, "shop_1-x"],
    ["a name in quotes, with a comment", {
      files: { "compose.yml": `name: "shop"   # ours\n` },
    }, "shop"],
    ["a name in single quotes, and the key, too", {
      files: { "compose.yml": `'name': 'shop'\n` },
    }, "shop"],
    ["a name in a comment only", {
      files: { "compose.yml": "# name: shop\n" },
    }, "FOLDER"],
    ["a name below another key only", {
      files: { "compose.yml": "volumes:\n  data:\n    name: shop\n" },
    }, "FOLDER"],
    ["a file of Windows", {
      files: { "compose.yml": "name: shop\r\nservices: {}\r\n" },
    }, "shop"],
    ["a name in two files: the last one's", {
      files: {
        "compose.yml": "name: first\n",
        "compose.override.yml": "name: second\n",
      },
    }, "second"],
    ["a name in the first of two files", {
      files: {
        "compose.yml": "name: first\n",
        "compose.override.yml": "services: {}\n",
      },
    }, "first"],
    ["a name with a variable", {
      files: { "compose.yml": "name: ${X}\n" },
    }, undefined],
    ["a name with a variable in a later file", {
      files: {
        "compose.yml": "name: first\n",
        "compose.override.yml": "name: ${X:-y}\n",
      },
    }, undefined],
    ["a name that Compose would change or refuse", {
      files: { "compose.yml": "name: Shop\n" },
    }, undefined],
    ["an empty name", { files: { "compose.yml": "name:\n" } }, undefined],
    ["a name on the next line", {
      files: { "compose.yml": "name:\n  shop\n" },
    }, undefined],
    ["a name by an anchor", {
      files: { "compose.yml": "x-a: &a shop\nname: *a\n" },
    }, undefined],
    ["the same key twice", {
      files: { "compose.yml": "name: a\nname: b\n" },
    }, undefined],
    ["a file in JSON", {
      files: { "compose.yml": '{"name": "shop", "services": {}}' },
    }, undefined],
    ["several documents", {
      files: { "compose.yml": "---\nname: a\n---\nservices: {}\n" },
    }, undefined],
    ["one document with its mark", {
      files: { "compose.yml": "---\nname: shop\n" },
    }, "shop"],
    ["no file", { files: {} }, undefined],
    ["a file that is not there", {
      env: { COMPOSE_FILE: "compose.yml:gone.yml" },
    }, undefined],
  ];

for (const [what, options, expected] of PLAIN) {
  Deno.test(`the name of the plain project: ${what}`, async () => {
    const { plain, folder } = await identified(options);
    const ofFolder = nameOfFolder(folder);
    assertEquals(plain, expected?.replace("FOLDER", ofFolder));
  });
}

Deno.test("the name of a folder that the shell has reached by a link is Compose's to choose", () =>
  withFolder(async (folder) => {
    await writeFiles(folder, { "checkout/compose.yml": "" });
    await Deno.symlink(`${folder}/checkout`, `${folder}/link`);
    const directory = `${folder}/checkout`;
    const plain = async (PWD: string, text = "") => {
      await writeFiles(directory, { "compose.yml": text });
      const { readTextFile } = Deno;
      return (await identify({ directory, env: { PWD }, readTextFile })).plain;
    };
    assertEquals(await plain(`${folder}/link`), undefined);
    assertEquals(await plain(`${folder}/link`, "name: shop\n"), "shop");
    assertEquals(await plain(directory), "checkout");
    // The shell is elsewhere: Compose does not see its folder.
    assertEquals(await plain("/"), "checkout");
    assertEquals(await plain(""), "checkout");
  }));

for (
  const [what, files, uses] of [
    ["a file without it", { "compose.yml": "services: {}\n" }, false],
    ["the name", {
      "compose.yml": "services: { a: { image: '${COMPOSE_PROJECT_NAME}-a' } }",
    }, true],
    ["the name in a second file", {
      "compose.yml": "",
      "compose.override.yml": "x-a: $COMPOSE_PROJECT_NAME\n",
    }, true],
    ["the name in .env", {
      "compose.yml": "",
      ".env": "IMAGE=${COMPOSE_PROJECT_NAME}-a\n",
    }, true],
    ["included files, which may have it", {
      "compose.yml": "include:\n  - other.yml\n",
    }, true],
    ["a service of another file, which may have it", {
      "compose.yml":
        "services:\n  a:\n    extends: { file: b.yml, service: c }\n",
    }, true],
    ["a word that only looks like it", {
      "compose.yml": "x-a: { my-include: 1 }\n",
    }, false],
  ] as const
) {
  Deno.test(`whether a project's name is in its files: ${what}`, async () => {
    assertEquals((await identified({ files })).usesName, uses);
  });
}

Deno.test("whether the version is in its files", async () => {
  const uses = async (text: string) =>
    (await identified({ files: { "compose.yml": text } })).usesVersion;
  assertEquals(await uses("services: { a: { image: a:1 } }"), false);
  assertEquals(await uses("services: { a: { image: a:$APP_VERSION } }"), true);
  assertEquals(await uses("include: [other.yml]"), true);
});

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
