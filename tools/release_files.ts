/**
 * The files of a release: a binary for each platform, completions, the JSON Schema, install.sh and checksums.txt, all
 * in one folder that is there whole or not at all.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { completions } from "../lib/cli/completions/mod.ts";
import { TARGETS } from "../tasks/mod.ts";
import { SCHEMA_FILE } from "./schema.ts";

/** The platforms, as Rust and Deno name them. */
export const PLATFORMS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** The file name of a platform's binary; `install.sh` has the same rule. */
export function binaryName(platform: string): string {
  return `todoflow-${platform}${platform.includes("windows") ? ".exe" : ""}`;
}

/** The file names of the completion scripts, under which the shells look for them. */
const COMPLETIONS: Readonly<Record<string, string>> = {
  bash: "todoflow.bash",
  fish: "todoflow.fish",
  zsh: "_todoflow",
};

/** How a release is made. */
export interface Making {
  /** Makes the binary of a platform. */
  compile: (
    platform: string,
    output: string,
  ) => Promise<Pick<Deno.CommandOutput, "success" | "stderr">>;
  /** Takes a line, or some, of what happens. */
  say: (text: string) => void;
  /** Ends it early. */
  signal: AbortSignal;
}

/**
 * Makes the folder, in place of the one that is there; resolves to the exit code. When a binary cannot be made, says of
 * each which and why, and leaves the folder as it was.
 */
export async function makeRelease(
  folder: string,
  making: Making,
): Promise<number> {
  const { say, signal } = making;
  if (!await isReplaceable(folder)) {
    say(`Cannot make ${folder}: something else is there`);
    return 1;
  }
  // Beside it and not in /tmp: a folder cannot be renamed onto another file system.
  const parts = folder.replace(/\/+$/, "").split("/");
  const name = parts.pop()!;
  const made = await Deno.makeTempDir({
    dir: parts.length > 0 ? parts.join("/") || "/" : ".",
    prefix: `.${name}-`,
  });
  try {
    const failed = await compileAll(made, making);
    if (signal.aborted || failed.length > 0) {
      say(
        signal.aborted
          ? `Cannot make ${folder}: stopped`
          : `Cannot make ${folder}: ${failed.join(", ")} failed`,
      );
      return 1;
    }
    await addScripts(made);
    await addChecksums(made);
    await Deno.chmod(made, 0o755);
    await replace(folder, made);
    say(`${folder} is complete`);
    return 0;
  } finally {
    await Deno.remove(made, { recursive: true }).catch(() => {});
  }
}

/** Whether nothing is lost with what is there: nothing is, or an earlier release. */
async function isReplaceable(folder: string): Promise<boolean> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder));
    return names.length === 0 ||
      names.some(({ name }) => name === "checksums.txt");
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** Resolves to the platforms whose binary could not be made. */
async function compileAll(
  folder: string,
  { compile, say, signal }: Making,
): Promise<string[]> {
  const failed: string[] = [];
  for (const platform of PLATFORMS) {
    const path = `${folder}/${binaryName(platform)}`;
    const { success, stderr } = await compile(platform, path);
    if (signal.aborted) break;
    const reason = success
      ? platform === Deno.build.target ? await unfit(path) : undefined
      : errorOf(new TextDecoder().decode(stderr));
    if (reason === undefined) {
      const { size } = await Deno.stat(path);
      say(`${platform}: ${(size / 1e6).toFixed(1)} MB`);
    } else {
      failed.push(platform);
      say(`${platform}: failed\n${reason.replaceAll(/^/gm, "  ")}`);
    }
  }
  return failed;
}

/** Why a binary of this platform does not do: a runtime of another version is compiled without complaint. */
async function unfit(path: string): Promise<string | undefined> {
  const { stdout, stderr } = await new Deno.Command(path, {
    args: ["--version"],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const said = text.decode(stdout);
  return said.startsWith(`todoflow ${config.version} (`)
    ? undefined
    : `--version answers: ${said}${text.decode(stderr)}`.trim();
}

/** Deno's message about a failure, without its progress and its backtrace. */
function errorOf(stderr: string): string {
  const [error = ""] = stderr.split("\nStack backtrace:");
  return error.slice(Math.max(0, error.search(/^error/m))).trim();
}

async function addScripts(folder: string) {
  for (const [shell, name] of Object.entries(COMPLETIONS)) {
    await Deno.writeTextFile(`${folder}/${name}`, completions(shell, TARGETS));
  }
  await Deno.copyFile(SCHEMA_FILE, `${folder}/x-todoflow.schema.json`);
  const install = new URL("../install.sh", import.meta.url);
  await Deno.copyFile(install, `${folder}/install.sh`);
}

/** In the form that `sha256sum --check` and `shasum -a 256 --check` read. */
async function addChecksums(folder: string) {
  const files = await Array.fromAsync(Deno.readDir(folder));
  const lines: string[] = [];
  for (const name of files.map(({ name }) => name).toSorted()) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    lines.push(`${new Uint8Array(digest).toHex()}  ${name}\n`);
  }
  await Deno.writeTextFile(`${folder}/checksums.txt`, lines.join(""));
}

/** Puts a folder in the place of another one, which may not be there. */
async function replace(folder: string, made: string) {
  const old = `${made}.old`;
  await Deno.rename(folder, old).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.rename(made, folder);
  await Deno.remove(old, { recursive: true }).catch(() => {});
}
