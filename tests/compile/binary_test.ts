import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { completions } from "../../lib/cli/completions/mod.ts";
import { commitOf } from "../../lib/cli/tool_version.ts";
import { TARGETS } from "../../tasks/mod.ts";
import { binaryName, PLATFORMS } from "../../tools/release_files.ts";
import { ALL, exec, leftovers, ROOT, withCheckout } from "../e2e/harness.ts";
import { compiler } from "../lab/compiler.ts";

const TINY = new URL("../e2e/fixtures/tiny", import.meta.url).pathname;

const folder = await Deno.makeTempDir();
const dist = `${folder}/dist`;

// Where one is wanted by tests that follow, it stays.
const binary = Deno.env.get("TODOFLOW_BINARY") ?? `${folder}/todoflow`;

/** The compiled commit: a checkout may have moved on by the end. */
let commit: string | undefined;

Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

/** How a program for a platform begins, and where its header names the processor. */
const FORMATS: Readonly<
  Record<typeof PLATFORMS[number], (file: DataView) => boolean>
> = {
  // EM_X86_64 and EM_AARCH64: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
  "x86_64-unknown-linux-gnu": (file) => isElf(file, 62),
  "aarch64-unknown-linux-gnu": (file) => isElf(file, 183),
  // MH_MAGIC_64, CPU_TYPE_X86_64 and CPU_TYPE_ARM64 of <mach-o/loader.h> and <mach/machine.h>
  "x86_64-apple-darwin": (file) => isMachO(file, 0x01000007),
  "aarch64-apple-darwin": (file) => isMachO(file, 0x0100000c),
  // IMAGE_FILE_MACHINE_AMD64: https://learn.microsoft.com/windows/win32/debug/pe-format
  "x86_64-pc-windows-msvc": (file) => {
    const header = file.getUint32(0x3c, true);
    return file.getUint32(header) === 0x50450000 &&
      file.getUint16(header + 4, true) === 0x8664;
  },
};

function isElf(file: DataView, machine: number) {
  return file.getUint32(0) === 0x7f454c46 &&
    file.getUint16(18, true) === machine;
}

function isMachO(file: DataView, cpu: number) {
  return file.getUint32(0, true) === 0xfeedfacf &&
    file.getUint32(4, true) === cpu;
}

let prepared: ReturnType<typeof compiler> | undefined;

/** Runs `deno task compile`, which must succeed and leave no file with the commit. */
async function compile(...args: string[]): Promise<void> {
  prepared ??= compiler(folder, ALL ? PLATFORMS : undefined);
  const { command, env } = await prepared;
  const { code, stderr } = await exec(
    [...command, "run", "-A", "tools/compile.ts", ...args],
    { cwd: ROOT, env },
  );
  assertEquals(code, 0, stderr);
  assertEquals(
    await Deno.stat(`${ROOT}commit.txt`).catch(() => "none"),
    "none",
  );
}

async function assertIsFor(platform: keyof typeof FORMATS, file: string) {
  const bytes = await Deno.readFile(file);
  const isFor = FORMATS[platform](new DataView(bytes.buffer));
  assert(isFor, `${platform}: another file format`);
}

Deno.test("compile makes a binary for this platform", async () => {
  commit = await commitOf(ROOT, Deno.env.toObject());
  await compile("--output", binary);
  await assertIsFor(Deno.build.target as typeof PLATFORMS[number], binary);
});

// release_files_test.ts makes a release of binaries that others have compiled.
Deno.test(
  "compile --all makes five binaries, completions, the schema, install.sh and their checksums",
  { ignore: !ALL },
  async () => {
    await compile("--all", "--output", dist);
    const names = [...Deno.readDirSync(dist)].map(({ name }) => name);
    const others = [
      ...["todoflow.bash", "_todoflow", "todoflow.fish"],
      ...["x-todoflow.schema.json", "install.sh", "checksums.txt"],
    ];
    const expected = [...PLATFORMS.map(binaryName), ...others];
    assertEquals(names.toSorted(), expected.toSorted());
    const checked = await exec(
      ["sha256sum", "--check", "--strict", "checksums.txt"],
      { cwd: dist },
    );
    assertEquals(checked.code, 0, checked.stdout);
    assertEquals(checked.stdout.match(/: OK$/gm)?.length, names.length - 1);
    for (const platform of PLATFORMS) {
      await assertIsFor(platform, `${dist}/${binaryName(platform)}`);
    }
    // The folder that becomes dist does not stay.
    assertEquals(
      [...Deno.readDirSync(folder)].map(({ name }) => name).filter(
        (name) => name.startsWith("."),
      ),
      [],
    );
    // The tests below run the binaries of the release.
    await Deno.copyFile(`${dist}/${binaryName(Deno.build.target)}`, binary);
  },
);

Deno.test("a binary tells its version and the commit that it was compiled from", async () => {
  const elsewhere = await exec([binary, "--version"], { cwd: folder });
  assertEquals(
    elsewhere.stdout,
    `todoflow ${config.version} (${commit ?? "unknown commit"})\n`,
  );
});

Deno.test("a binary prints the completions that are released", async () => {
  const { stdout } = await exec([binary, "completions", "bash"]);
  assertEquals(stdout, completions("bash", TARGETS));
  if (!ALL) return;
  assertEquals(stdout, await Deno.readTextFile(`${dist}/todoflow.bash`));
});

Deno.test("the compiled binary, alone in another repository, runs every target", () =>
  withCheckout(async ({ todoflow, directory, project }) => {
    await Deno.copyFile(binary, `${directory}/todoflow`);
    const version = await todoflow("version");
    assertMatch(version.stdout, /^\{"Version": "[0-9a-f]{7,}"\}\n$/);
    const test = await todoflow("test", "--", "one two");
    assertEquals(test.code, 0, test.stderr);
    const release = await todoflow("release");
    assertEquals(release.code, 0, release.stderr);
    const [, url = ""] = /^App running at (\S+)\n$/.exec(release.stdout) ?? [];
    assertEquals(await (await fetch(url)).text(), "tiny");
    const clean = await todoflow("clean");
    assertEquals(clean.code, 0, clean.stderr);
    assertEquals(await leftovers(project), []);
  }, { from: TINY, command: ["./todoflow"] }));
