/**
 * Build contexts, and the files in them that look like secrets.
 *
 * @module
 */

import { join } from "node:path";
import type { ReadTextFile } from "../../compose/files.ts";
import { readEnvFile } from "../../compose/env_file.ts";
import { type Ignore, ignoreOf } from "../../compose/ignore.ts";
import { isSecretValue } from "./secret_value.ts";

/** An entry of a folder. */
interface Entry {
  name: string;
  /** Whether it is a folder; a link to one is none. */
  isFolder: boolean;
}

/** The files of this machine. */
export interface Files {
  readTextFile: ReadTextFile;
  /** The entries of a folder; rejects when it cannot be read. */
  list(folder: string): Promise<readonly Entry[]>;
  /** Bytes that are free where a folder is; undefined where that is unknown. */
  free(folder: string): Promise<number | undefined>;
}

/** A build context. */
export interface Context {
  /** Absolute path. */
  folder: string;
  /** Absolute path of the `.dockerignore`; undefined where there is none. */
  ignoreFile: string | undefined;
  ignore: Ignore;
  /** Files that look like secrets and are not kept out, relative to the folder. */
  secrets: readonly string[];
  /** Folders that belong to one machine and are not kept out, such as `.git`, relative to the folder. */
  clutter: readonly string[];
  /** Whether it has too many files to read all. */
  large: boolean;
}

/** The most entries that are read in one context. */
export const MOST = 20_000;

/** Folders of third parties, which are skipped: packages contain keys for their tests. */
const FOREIGN = /^(\.git|node_modules|\.venv|venv|site-packages|vendor)$/;

/** Folders that belong to one machine: those of third parties, and caches. */
const CLUTTER = /^(\.git|node_modules|\.venv|venv|__pycache__)$/;

/** Names of secrets, and the text that a file of that name must contain, if any. */
const SECRETS: readonly {
  name: RegExp;
  text?: Pick<RegExp, "test">;
}[] = [
  {
    name:
      /^\.env(\.(?!(.*\.)?(example|sample|template|tmpl|tpl|dist|defaults?|txt|md)$).+)?$/,
    text: { test: setsSecret },
  },
  { name: /^id_(rsa|dsa|ecdsa|ed25519)$/ },
  { name: /\.(pem|key)$/, text: /PRIVATE KEY/ },
  { name: /\.(p12|pfx|jks|keystore|kdbx)$/ },
  { name: /^\.npmrc$/, text: /(_authToken|_auth|_password)\s*=\s*[^$\s]/ },
  { name: /^(\.netrc|\.pypirc|\.pgpass|\.git-credentials|\.htpasswd)$/ },
  { name: /^(credentials|client_secret.*|service-account.*)\.json$/ },
];

/** Reads the context of a build; `dockerfile` is the path of its Dockerfile, if it is a file. */
export async function readContext(
  folder: string,
  { dockerfile, files }: { dockerfile: string | undefined; files: Files },
): Promise<Context> {
  const { readTextFile } = files;
  const { ignore, file } = await ignoreOf(folder, { dockerfile, readTextFile });
  const found = await search(folder, ignore, files);
  return { folder, ignoreFile: file, ignore, ...found };
}

/** Whether an env file gives a secret a value, and not only settings. */
function setsSecret(text: string): boolean {
  return Object.entries(readEnvFile(text))
    .some(([name, value]) => isSecretValue(name, value));
}

async function search(
  folder: string,
  ignore: Ignore,
  files: Files,
): Promise<Pick<Context, "secrets" | "clutter" | "large">> {
  const secrets: string[] = [];
  const clutter: string[] = [];
  let count = 0;
  const open = [""];
  while (open.length > 0 && count < MOST) {
    const within = open.pop()!;
    const entries = await files.list(join(folder, within)).catch(() => []);
    count += entries.length;
    for (const { name, isFolder } of entries) {
      const path = within === "" ? name : `${within}/${name}`;
      if (isFolder) {
        if (ignore.ignoresAll(path)) continue;
        if (CLUTTER.test(name)) clutter.push(path);
        else if (!FOREIGN.test(name)) open.push(path);
      } else if (!ignore.ignores(path)) {
        if (await isSecret(join(folder, path), name, files)) secrets.push(path);
      }
    }
  }
  return {
    secrets: secrets.toSorted(),
    clutter: clutter.toSorted(),
    large: count >= MOST,
  };
}

async function isSecret(
  path: string,
  name: string,
  { readTextFile }: Files,
): Promise<boolean> {
  const kind = SECRETS.find((kind) => kind.name.test(name));
  if (!kind?.text) return kind !== undefined;
  const text = await readTextFile(path).catch(() => "");
  return kind.text.test(text);
}
