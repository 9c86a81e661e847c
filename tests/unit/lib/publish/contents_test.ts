import { assertEquals } from "@std/assert";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import {
  mountsOverCode,
  uncommittedFiles,
} from "../../../../lib/publish/contents.ts";
import { withFolder, writeFiles } from "../../fakes.ts";

const readTextFile = (path: string) => Deno.readTextFile(path);

const DOCKERFILE = "FROM a\nWORKDIR /srv/app\nCOPY . .\n";

/** A project whose app is built from a folder, with more lines for the app. */
const workflowOf = (folder: string, more = "", image = "image: me/shop") =>
  readWorkflow(`
name: shop
services:
  app:
    ${image}
    build: { context: ${folder} }
    ${more}
`);

/** The mounts that hide files of the image; the one of a service, whose source may be HERE, the checkout. */
function hiddenBy(mount: string, dockerfile = DOCKERFILE, image?: string) {
  return withFolder(async (folder) => {
    await writeFiles(folder, {
      Dockerfile: dockerfile,
      "src/main.ts": "",
      "data/seed": "",
      "nginx.conf": "",
    });
    const [source, target] = mount.replace("HERE", folder).split(":");
    const workflow = await workflowOf(
      folder,
      `volumes: [{ type: bind, source: "${source}", target: "${target}" }]`,
      image,
    );
    return await mountsOverCode(workflow, {
      ...{ checkout: folder, readTextFile },
      workingDirOf: () =>
        Promise.resolve(dockerfile.includes("WORKDIR") ? "/srv/app" : "/"),
      isCode: (folder) => Promise.resolve(!folder.endsWith("/data")),
    });
  });
}

const HIDING: [string, string, string?][] = [
  ["the checkout over the WORKDIR", "HERE:/srv/app"],
  ["a folder above the WORKDIR", "HERE/src:/srv"],
  ["the very folder that COPY has taken", "HERE/src:/srv/app/src"],
  ["a folder that is not there, where the engine makes one", "HERE/x:/srv/app"],
  [
    "what COPY has put elsewhere",
    "HERE/src:/usr/share/nginx/html",
    "FROM a\nCOPY data /usr/share/nginx/html/\n",
  ],
  [
    "files of another stage",
    "HERE/src:/out",
    "FROM a AS b\nFROM a\nCOPY --from=b /x /out/x\n",
  ],
];

for (const [what, mount, dockerfile] of HIDING) {
  Deno.test(`a mount hides files of the image: ${what}`, async () => {
    const [found, ...more] = await hiddenBy(mount, dockerfile);
    assertEquals(more, []);
    const [source = "", target = ""] = mount.split(":");
    const folder = source.replace(/^HERE\/?/, "") || ".";
    assertEquals(found, { service: "app", folder, target });
  });
}

const HARMLESS: [string, string, string?][] = [
  ["a single file", "HERE/nginx.conf:/srv/app/nginx.conf"],
  ["data in a folder that COPY has not filled", "HERE/data:/srv/app/uploads"],
  ["a folder outside of the checkout", "/etc:/srv/app"],
  [
    "data at the place to which COPY may have copied it",
    "HERE/data:/srv/app/data",
  ],
  ["a place without files of the image", "HERE/data:/var/lib/x"],
  ["no file at all", "HERE/data:/data", "FROM a\n"],
];

for (const [what, mount, dockerfile] of HARMLESS) {
  Deno.test(`a mount hides no files of the image: ${what}`, async () => {
    assertEquals(await hiddenBy(mount, dockerfile), []);
  });
}

Deno.test("mounts of an image that cannot be published do not matter", async () => {
  assertEquals(await hiddenBy("HERE:/srv/app", DOCKERFILE, ""), []);
});

/** The files of a checkout that its build may take and its commit lacks. */
function uncommitted(
  files: Record<string, string>,
  {
    besides = [] as string[],
    outside = {},
    more = "",
    services = "",
    prepare = (_folder: string): Promise<unknown> => Promise.resolve(),
  } = {},
) {
  return withFolder(async (top) => {
    const folder = `${top}/checkout`;
    await writeFiles(top, outside);
    await writeFiles(folder, { Dockerfile: DOCKERFILE, ...files });
    const { success } = await new Deno.Command("git", {
      args: ["init", "--quiet", folder],
    }).output();
    assertEquals(success, true);
    await prepare(folder);
    const workflow = await readWorkflow(`
name: shop
services:
  app:
    image: me/shop
    build: { context: ${folder}${more.replaceAll("TOP", top)} }
${services.replaceAll("TOP", top)}
`);
    const key = workflow.services.get("app")!.build!.key;
    const { PATH = "" } = Deno.env.toObject();
    const { files: found, count } = await uncommittedFiles(workflow, {
      asking: { directory: folder, env: { PATH } },
      ...{ checkout: folder, readTextFile },
      bases: new Map([[key, ["me/base"]]]),
      besides: besides.map((path) => `${folder}/${path}`),
    });
    assertEquals(count, found.length);
    return found;
  });
}

const IGNORED = {
  ".gitignore": ".env\nnode_modules\n*.pyc\n",
  ".env": "",
  "node_modules/x/index.js": "",
  "a/b.pyc": "",
  "a/b.py": "",
};

Deno.test("files that git ignores and a COPY takes are in no commit", async () => {
  assertEquals(await uncommitted(IGNORED), [
    ".env",
    "a/b.pyc",
    "node_modules/",
  ]);
});

Deno.test("a clean checkout has none", async () => {
  const { ".gitignore": ignore } = IGNORED;
  assertEquals(await uncommitted({ ".gitignore": ignore, "a.ts": "" }), []);
});

Deno.test("what .dockerignore keeps out does not count, what it takes in again does", async () => {
  const ignore = ".env\nnode_modules\n!node_modules/x\n**/*.pyc\n";
  assertEquals(await uncommitted({ ...IGNORED, ".dockerignore": ignore }), [
    "node_modules/",
  ]);
  const all = `${ignore}node_modules/x/index.js`;
  assertEquals(await uncommitted({ ...IGNORED, ".dockerignore": all }), []);
  const own = { "Dockerfile.dockerignore": "*" };
  assertEquals(await uncommitted({ ...IGNORED, ...own }), []);
});

Deno.test("what no instruction takes from the context does not count", async () => {
  const copying = (what: string) =>
    uncommitted({ ...IGNORED, Dockerfile: `FROM a\nCOPY ${what} /x\n` });
  assertEquals(await copying("a"), ["a/b.pyc"]);
  assertEquals(await copying("node_modules/x/index.js"), ["node_modules/"]);
  assertEquals(await copying("--from=b ."), []);
});

Deno.test("reports of runs do not count", async () => {
  const files = { ".gitignore": "out\n", "out/test/junit.xml": "" };
  assertEquals(await uncommitted(files), ["out/"]);
  assertEquals(await uncommitted(files, { besides: ["out"] }), []);
});

Deno.test("a context outside of the checkout is in no commit of it", async () => {
  const more =
    ", additional_contexts: { lib: TOP/lib, image: docker-image://x }";
  const outside = { "lib/a.ts": "" };
  assertEquals(await uncommitted({}, { more, outside }), ["../lib/"]);
});

Deno.test("a context that git ignores as a whole has no file of the commit", async () => {
  const files = {
    ".gitignore": "dist\n",
    "dist/app.jar": "",
    "dist/Dockerfile": "FROM a\nCOPY app.jar /\n",
  };
  assertEquals(await uncommitted(files, { more: "/dist" }), ["dist/"]);
});

Deno.test("files that a submodule ignores count, too", async () => {
  const git = async (cwd: string, ...args: string[]) => {
    const config = [
      "user.name=a",
      "user.email=a@b",
      "protocol.file.allow=always",
    ]
      .flatMap((setting) => ["-c", setting]);
    const { success, stderr } = await new Deno.Command("git", {
      args: [...config, ...args],
      cwd,
    }).output();
    assertEquals(success, true, new TextDecoder().decode(stderr));
  };
  const found = await uncommitted({}, {
    outside: { "lib/.gitignore": ".env\n" },
    prepare: async (folder) => {
      const lib = `${folder}/../lib`;
      await git(lib, "init", "--quiet");
      await git(lib, "add", ".");
      await git(lib, "commit", "--quiet", "--message", "x");
      await git(folder, "submodule", "--quiet", "add", lib, "lib");
      await Deno.writeTextFile(`${folder}/lib/.env`, "");
    },
  });
  assertEquals(found, ["lib/.env"]);
});

Deno.test("files in the contexts of bases that the file builds count, too", async () => {
  const services = `
  base:
    image: me/base
    build: { context: TOP/checkout/base }
`;
  const files = {
    ".gitignore": ".env\n",
    "base/.env": "",
    "base/Dockerfile": "FROM a\nCOPY . .\n",
    Dockerfile: "FROM me/base\n",
  };
  assertEquals(await uncommitted(files, { services }), ["base/.env"]);
});

Deno.test("a source leads nowhere out of the context", async () => {
  const files = { ...IGNORED, Dockerfile: "FROM a\nCOPY ./x/../../.env /x\n" };
  assertEquals(await uncommitted(files), [".env"]);
});

Deno.test("sources in quotes are read without them", async () => {
  const files = { ...IGNORED, Dockerfile: 'FROM a\nCOPY "a" "/x"\n' };
  assertEquals(await uncommitted(files), ["a/b.pyc"]);
});

Deno.test("a large folder that no instruction takes does not count", async () => {
  const large = Object.fromEntries(
    Array.from({ length: 20_001 }, (_, i) => [`node_modules/${i}`, ""]),
  );
  const files = {
    ".gitignore": "node_modules\n",
    Dockerfile: "FROM a\nCOPY src .\n",
  };
  assertEquals(await uncommitted({ ...files, ...large }), []);
});

Deno.test("the working directory of the Compose file is code, too", async () => {
  await withFolder(async (folder) => {
    await writeFiles(folder, { Dockerfile: "FROM a\n", "x/a": "" });
    const mount = `{ type: bind, source: "${folder}/x", target: /code }`;
    const workflow = await workflowOf(
      folder,
      `working_dir: /code\n    volumes: [${mount}]`,
    );
    const hidden = await mountsOverCode(workflow, {
      ...{ checkout: folder, readTextFile },
      workingDirOf: () => Promise.resolve("/app"),
      isCode: () => Promise.resolve(false),
    });
    assertEquals(hidden.map(({ target }) => target), ["/code"]);
  });
});
