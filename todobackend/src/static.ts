/**
 * The page and its files: `collectstatic` puts them, compressed and under names with a hash of their content, where
 * `serve` reads them. @module
 */

import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { CommandError, errorMessage, type World } from "./command.ts";
import { staticRoot } from "./settings.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The contents of files by their names, and which of them is the page. */
export interface Collection {
  readonly files: ReadonlyMap<string, Bytes>;
  readonly page: string;
}

const PAGE = "page.html";
const HASHED = /^\w+\.[0-9a-f]{12}\.\w+(\.br|\.gz)?$/;

/**
 * Reads the page and all static files. Where one names another, as `"./name"` or `"/static/name"`, it gets the name with
 * the hash.
 * @returns names with hashes by those without, and the contents by names with hashes
 * @throws {Error} when a file cannot be read, or names one that is not there
 */
export async function readAssets(
  folder = `${import.meta.dirname}/../static`,
): Promise<{ names: Map<string, string>; files: Map<string, Bytes> }> {
  const sources = new Map<string, Bytes>();
  for await (const { name } of Deno.readDir(folder)) {
    sources.set(name, await Deno.readFile(`${folder}/${name}`));
  }
  const names = new Map<string, string>();
  const files = new Map<string, Bytes>();
  const add = (source: string): string => {
    const known = names.get(source);
    if (known) return known;
    let bytes = sources.get(source);
    if (!bytes) throw new Error(`${source} is not there`);
    if (/\.(css|html|js)$/.test(source)) {
      const text = new TextDecoder().decode(bytes)
        .replace(/(?<="(?:\.|\/static)\/)[^"/]+(?=")/g, add);
      bytes = new TextEncoder().encode(text);
    }
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
    const name = source.replace(/(?=\.\w+$)/, `.${hash}`);
    names.set(source, name);
    files.set(name, bytes);
    return name;
  };
  for (const source of sources.keys()) add(source);
  return { names, files };
}

/**
 * Collects the page and all static files in STATIC_ROOT, which is made if it is not there. Those of earlier releases stay,
 * for pages that are still open and servers that still run.
 * @throws {CommandError} when a file cannot be read or written
 */
export async function collectStatic(
  { env, out }: World,
  sources?: string,
): Promise<void> {
  const root = staticRoot(env);
  try {
    const { files } = await readAssets(sources);
    await Deno.mkdir(root, { recursive: true });
    for (const [name, bytes] of files) {
      await write(`${root}/${name}`, bytes);
      await write(`${root}/${name}.br`, brotliCompressSync(bytes));
      await write(`${root}/${name}.gz`, gzipSync(bytes));
    }
    out(`${files.size} static files collected in "${root}"`);
  } catch (error) {
    const why = `"${root}": ${errorMessage(error)} (STATIC_ROOT)`;
    throw new CommandError(`Cannot collect static files in ${why}`, 1, error);
  }
}

/** Renamed when it is complete: another collection, or a server that starts, may be at work in the same folder. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(unfinished, bytes);
  await Deno.rename(unfinished, path);
}

/**
 * Reads what was collected: into memory, as it is small, and nothing that happens to its folder later can break a page.
 * @throws {CommandError} when files of this release are not there
 */
export async function readCollection(root: string): Promise<Collection> {
  try {
    const { names } = await readAssets();
    const files = new Map<string, Bytes>();
    for await (const { name } of Deno.readDir(root)) {
      if (!HASHED.test(name)) continue;
      files.set(name, await Deno.readFile(`${root}/${name}`));
    }
    const missing = names.values().find((name) => !files.has(name));
    if (missing) throw new Error(`${missing} is not there`);
    return { files, page: names.get(PAGE)! };
  } catch (error) {
    const advice = 'run "collectstatic" (STATIC_ROOT)';
    const why = `"${root}": ${errorMessage(error)}, ${advice}`;
    throw new CommandError(`Cannot serve static files from ${why}`, 1, error);
  }
}
