import { assertEquals, assertMatch } from "@std/assert";
import config from "../../../../deno.json" with { type: "json" };
import { commitOf } from "../../../../lib/cli/tool_version.ts";
import { cli, withFolder } from "../../fakes.ts";

const ENV = { PATH: Deno.env.get("PATH") ?? "" };

async function git(folder: string, ...args: string[]) {
  const { success, stdout } = await new Deno.Command("git", {
    args: ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", ...args],
  }).output();
  assertEquals(success, true, args.join(" "));
  return new TextDecoder().decode(stdout).trim();
}

/** A repository with one commit of one file, and its short hash. */
async function repository(folder: string) {
  await git(folder, "init", "--quiet");
  await Deno.writeTextFile(`${folder}/file`, "as committed");
  await git(folder, "add", "file");
  await git(folder, "commit", "--quiet", "-m", "x");
  return await git(folder, "rev-parse", "--short", "HEAD");
}

Deno.test("--version from source is the version and the commit of the source, not of where it runs", () =>
  withFolder(async (directory) => {
    await repository(directory);
    const { code, stdout, stderr } = await cli(["--version"], { directory });
    assertEquals([code, stderr], [0, ""]);
    const [, version, commit = ""] = /^todoflow (\S+)(?: \((.+)\))?\n$/
      .exec(stdout)!;
    assertEquals(version, config.version);
    const own = await commitOf(
      new URL("../../../..", import.meta.url).pathname,
      {
        ...ENV,
      },
    );
    assertEquals(commit, own ?? "");
  }));

Deno.test("--version without git is the version alone", async () => {
  const { code, stdout, stderr } = await cli(["--version"], {
    env: { PATH: "" },
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout, `todoflow ${config.version}\n`);
});

Deno.test("a commit is its short hash even if it has tags, and is dirty when a tracked file differs", () =>
  withFolder(async (folder) => {
    const hash = await repository(folder);
    await git(folder, "tag", "-m", "x", "v9.9.9");
    await Deno.writeTextFile(`${folder}/untracked`, "");
    assertEquals(await commitOf(folder, ENV), hash);
    await Deno.writeTextFile(`${folder}/file`, "as edited");
    assertEquals(await commitOf(folder, ENV), `${hash}-dirty`);
    assertMatch(hash, /^[0-9a-f]{7,}$/);
  }));

Deno.test("a folder inside another repository has not that one's commit", () =>
  withFolder(async (folder) => {
    await repository(folder);
    await Deno.mkdir(`${folder}/vendored`);
    assertEquals(await commitOf(`${folder}/vendored`, ENV), undefined);
    assertEquals(await commitOf(undefined, ENV), undefined);
  }));
