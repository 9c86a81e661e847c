import { assertEquals, assertStringIncludes } from "@std/assert";
import { cli, type Outcome, withFolder, writeFiles } from "../fakes.ts";

const NODE = {
  "package.json":
    '{"scripts": {"start": "node server.js", "test": "node --test"}}',
  "server.js": "createServer().listen(3000)",
};
const MADE = ["Dockerfile", ".dockerignore", "compose.yaml"];

/** Runs `todoflow init` in a folder with files; `git` makes it a repository whose remote is the given one. */
async function inFolder(
  files: Readonly<Record<string, string>>,
  test: (
    run: (...args: string[]) => Promise<Outcome>,
    folder: string,
  ) => Promise<void>,
  { remote, at = "" }: { remote?: string; at?: string } = {},
) {
  await withFolder(async (folder) => {
    await writeFiles(folder, files);
    if (remote !== undefined) {
      await git(folder, "init", "--quiet");
      await git(folder, "remote", "add", "origin", remote);
    }
    const env = {
      PATH: Deno.env.get("PATH")!,
      // A repository around the folder of temporary files is none of the test's.
      GIT_CEILING_DIRECTORIES: folder.slice(0, folder.lastIndexOf("/")),
    };
    await test(
      (...args) => cli(["init", ...args], { directory: folder + at, env }),
      folder,
    );
  });
}

async function git(cwd: string, ...args: string[]) {
  const { success } = await new Deno.Command("git", { args, cwd }).output();
  assertEquals(success, true);
}

/** The texts of all files below a folder, but git's. */
async function texts(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isFile) found[name] = await Deno.readTextFile(path);
    if (isDirectory && name !== ".git") {
      for (const [below, text] of Object.entries(await texts(path))) {
        found[`${name}/${below}`] = text;
      }
    }
  }
  return found;
}

Deno.test("init prints and changes nothing; --write makes the files that it has printed, and is done then", async () => {
  await inFolder(NODE, async (run, folder) => {
    const printed = await run();
    assertEquals([printed.code, await texts(folder)], [0, NODE]);
    assertEquals(printed.stderr, `\n--write makes ${MADE.join(", ")}\n`);
    const written = await run("--write");
    assertEquals(written.code, 0, written.stderr);
    assertEquals(
      written.stderr,
      MADE.map((name) => `Wrote ${name}\n`).join(""),
    );
    const all = await texts(folder);
    assertEquals(
      Object.keys(all).toSorted(),
      [...Object.keys(NODE), ...MADE].toSorted(),
    );
    for (const name of MADE) {
      assertStringIncludes(printed.stdout, `# ${name}: new file\n${all[name]}`);
      assertStringIncludes(written.stdout, `+++ b/${name}\n`);
    }
  });
});

Deno.test("files that are there stay as they are, and links, too", async () => {
  const own = { ...NODE, "Dockerfile": "FROM mine:1\r\nEXPOSE 80\r\n" };
  await inFolder(own, async (run, folder) => {
    await Deno.symlink("/nowhere", `${folder}/.dockerignore`);
    const { code, stdout } = await run("--write");
    assertEquals(code, 0);
    assertStringIncludes(stdout, "# .dockerignore is there, but is no file");
    const { "compose.yaml": compose, ...rest } = await texts(folder);
    assertEquals(rest, own);
    assertStringIncludes(compose!, '"127.0.0.1::80"');
    assertEquals(await Deno.readLink(`${folder}/.dockerignore`), "/nowhere");
  });
});

Deno.test("in a repository on GitHub, the workflow is at its top, also for a folder of it", async () => {
  const files = {
    "api/package.json": NODE["package.json"],
    "api/server.js": NODE["server.js"],
  };
  const options = { remote: "https://user:secret@github.com/a/b", at: "/api" };
  await inFolder(files, async (run, folder) => {
    const { code, stdout, stderr } = await run("--write");
    assertEquals(code, 0, stderr);
    assertEquals((stdout + stderr).includes("secret"), false);
    const all = await texts(folder);
    assertEquals(
      Object.keys(all).filter((name) => !(name in files)).toSorted(),
      [".github/workflows/todoflow.yml", ...MADE.map((name) => `api/${name}`)]
        .toSorted(),
    );
    assertStringIncludes(
      all[".github/workflows/todoflow.yml"]!,
      "todoflow -C api test",
    );
    assertStringIncludes(stderr, "Wrote ../.github/workflows/todoflow.yml\n");
  }, options);
});

Deno.test("a repository elsewhere gets no file for a CI that it does not use", async () => {
  await inFolder(NODE, async (run, folder) => {
    assertEquals((await run("--write")).code, 0);
    assertEquals(Object.keys(await texts(folder)).length, 5);
  }, { remote: "git@example.com:a/b" });
});

Deno.test("a settings file of git executes nothing", async () => {
  await inFolder(NODE, async (run, folder) => {
    const program = `${folder}/program`;
    await Deno.writeTextFile(program, `#!/bin/sh\ntouch ${folder}/executed\n`, {
      mode: 0o755,
    });
    for (const key of ["core.fsmonitor", "core.sshCommand", "core.pager"]) {
      await git(folder, "config", key, program);
    }
    assertEquals((await run()).code, 0);
    assertEquals("executed" in await texts(folder), false);
  }, { remote: "git@github.com:a/b" });
});

Deno.test("a checkout cannot name another folder as its top", async () => {
  const files = {
    "mine/package.json": NODE["package.json"],
    "mine/server.js": NODE["server.js"],
  };
  await inFolder(files, async (run, folder) => {
    const mine = `${folder}/mine`;
    await git(mine, "init", "--quiet");
    await git(mine, "config", "remote.origin.url", "git@github.com:a/b");
    await git(mine, "config", "core.worktree", folder);
    assertEquals((await run("--write")).code, 0);
    const outside = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(outside, ["mine"]);
    assertEquals(
      ".github/workflows/todoflow.yml" in await texts(mine),
      true,
    );
  }, { at: "/mine" });
});

Deno.test("a language that init does not know ends with exit code 3, and writes nothing", async () => {
  await inFolder({ "go.mod": "module x\n" }, async (run, folder) => {
    const { code, stdout, stderr } = await run("--write");
    assertEquals([code, stdout], [3, ""]);
    assertStringIncludes(stderr, "Cannot start a Dockerfile for Go");
    assertEquals(await texts(folder), { "go.mod": "module x\n" });
  });
});

Deno.test("a wrong flag is a usage error, a file that cannot be written ends with exit code 4", async () => {
  await inFolder(NODE, async (run, folder) => {
    assertEquals((await run("--force")).code, 2);
    await Deno.symlink("/nowhere", `${folder}/.github`);
    const { code, stderr } = await run("--write");
    assertEquals(code, 4);
    assertStringIncludes(stderr, "Cannot write .github/workflows/todoflow.yml");
  }, { remote: "git@github.com:a/b" });
});
