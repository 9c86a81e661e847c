/**
 * A fake engine with one container that has ended, and the reports that todoflow finds in it.
 *
 * @module
 */

import { basename } from "node:path";
import { packTar, type TarEntry } from "modern-tar";
import { reportCopier } from "../../../../lib/artifacts/reports.ts";
import { engineApi } from "../../../../lib/engine/api.ts";
import { type Asked, type Wire, withSocket } from "../../fake_engine.ts";

/** When the container has started, and a time after that. */
export const STARTED = "2026-01-02T03:04:05.678901234Z";
const AFTER = new Date("2026-01-02T03:05:00Z");

/** A file of the container; by default a regular one that was written after the start. */
export interface FakeFile {
  text?: string;
  mtime?: string;
  type?: "symlink" | "fifo" | "link";
  linkname?: string;
  /** In bytes, if its text is not sent. */
  size?: number;
}

/** The container. */
export interface Ended {
  files?: Readonly<Record<string, string | FakeFile>>;
  /** The changed paths; default: all files outside of mounts. */
  changed?: readonly string[];
  /** The source "HERE" is the folder of the test. */
  mounts?: readonly Record<string, unknown>[];
  tmpfs?: readonly string[];
  /** How many bytes it has written to its own file system. */
  written?: number;
  workdir?: string;
  started?: string;
  /** Answers a request in place of the engine, where it returns true. */
  answer?: (asked: Asked, wire: Wire) => Promise<boolean>;
}

const NOWHERE = { directory: "/", env: { PATH: "/nowhere" } };

/** What a look at the container gives. */
export interface Looked {
  /** The copied files, by their paths in the folder. */
  files: Record<string, string>;
  /** What was told. */
  lines: string[];
  /** The lines that the end of the run shows again. */
  lost: string[];
  found: Record<string, string>;
  /** The requests, as "GET /changes" or "HEAD /archive /app/junit.xml". */
  asked: string[];
}

/** Finds the reports of the container as a run does; `times`: how often it is collected. */
export function foundIn(
  ended: Ended,
  { before = {}, times = 1, stop = new AbortController(), isHurried = false }: {
    before?: Readonly<Record<string, string>>;
    times?: number;
    stop?: AbortController;
    isHurried?: boolean;
  } = {},
): Promise<Looked> {
  let here = "";
  return withSocket(
    (asked, wire) => answerOf({ ...ended, here }, asked, wire),
    async ({ endpoint, asked }, outer) => {
      here = outer;
      const folder = `${outer}/reports/test`;
      await Deno.mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(before)) {
        await Deno.writeTextFile(`${folder}/${name}`, text);
      }
      const api = engineApi(endpoint, NOWHERE);
      const copier = reportCopier({
        api,
        folder: {
          path: folder,
          ensure: () => Promise.resolve(true),
          ensureSync: () => true,
          give: () => Promise.resolve(),
        },
      });
      const lines: string[] = [];
      try {
        for (let i = 0; i < times; i++) {
          await copier.copy({
            ...{ container: "c", service: "unit", reports: [] },
            finds: "x-todoflow.test.reports",
          }, {
            output: (line) => lines.push(line),
            signal: stop.signal,
            ...(isHurried && { stop: AbortSignal.abort() }),
          });
        }
      } finally {
        await api.close();
      }
      return {
        files: await filesIn(folder),
        ...{ lines, lost: copier.lost() },
        found: Object.fromEntries(copier.found()),
        asked: asked.filter(({ path }) => path !== "/_ping").map((
          { method, path, query },
        ) =>
          [method, path.replace("/v1.45/containers/c", ""), query.get("path")]
            .filter(Boolean).join(" ")
        ),
      };
    },
  );
}

async function filesIn(folder: string, below = "") {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      Object.assign(found, await filesIn(path, `${below}${name}/`));
    } else found[below + name] = await Deno.readTextFile(path);
  }
  return found;
}

async function answerOf(
  ended: Ended & { here: string },
  asked: Asked,
  wire: Wire,
) {
  if (await ended.answer?.(asked, wire)) return;
  const { path, query, method } = asked;
  if (path === "/_ping") return await wire.answer(200, "OK");
  switch (path.replace("/v1.45/containers/c", "")) {
    case "/json":
      return await wire.answer(200, JSON.stringify(describe(ended)));
    case "/changes":
      return await wire.answer(200, JSON.stringify(changesIn(ended)));
    case "/archive":
      return await sendArchive(ended, query.get("path") ?? "", {
        isHead: method === "HEAD",
        wire,
      });
  }
  await wire.answer(404, '{"message":"not here"}');
}

function describe(ended: Ended & { here: string }) {
  const { started = STARTED, workdir = "/app", mounts = [] } = ended;
  const { tmpfs = [], here, written } = ended;
  return {
    ...(written !== undefined && { SizeRw: written }),
    State: { StartedAt: started },
    Config: { WorkingDir: workdir },
    Mounts: mounts.map((mount) => ({
      ...mount,
      ...(mount.Source === "HERE" && { Source: here }),
    })),
    HostConfig: { Tmpfs: Object.fromEntries(tmpfs.map((path) => [path, ""])) },
  };
}

function changesIn({ files = {}, changed, mounts = [] }: Ended) {
  const isMounted = (path: string) =>
    mounts.some(({ Destination }) => path.startsWith(`${Destination}/`));
  const paths = changed ??
    Object.keys(files).filter((path) => !isMounted(path));
  return paths.map((Path) => ({ Kind: 1, Path }));
}

/** The files at and below a path, with their names in an archive of it. */
function entriesAt({ files = {} }: Ended, path: string): TarEntry[] {
  const top = basename(path);
  const below = Object.entries(files).flatMap(([name, given]) => {
    const file: FakeFile = typeof given === "string" ? { text: given } : given;
    const isIt = name === path;
    if (!isIt && !name.startsWith(`${path}/`)) return [];
    const { text = "", type = "file" as const, linkname, mtime, size } = file;
    const body = new TextEncoder().encode(text);
    return [{
      header: {
        name: isIt ? top : `${top}/${name.slice(path.length + 1)}`,
        ...{ type, size: size ?? body.length, mode: 0o644 },
        mtime: mtime === undefined ? AFTER : new Date(mtime),
        ...(linkname !== undefined && { linkname }),
      },
      body: size === undefined ? body : new Uint8Array(size),
    }];
  });
  if (below.length === 0 || below[0]!.header.name === top) return below;
  const folder = { name: `${top}/`, type: "directory" as const, size: 0 };
  return [{ header: folder }, ...below];
}

const MODES = { directory: 2 ** 31, symlink: 2 ** 27, fifo: 2 ** 25 };

async function sendArchive(
  ended: Ended,
  path: string,
  { isHead, wire }: { isHead: boolean; wire: Wire },
) {
  const entries = entriesAt(ended, path);
  const [first] = entries;
  if (!first) {
    const body = '{"message":"Could not find the file"}';
    return isHead
      ? await wire.write(
        `HTTP/1.1 404 X\r\nContent-Length: ${body.length}\r\n\r\n`,
      )
      : await wire.answer(404, body);
  }
  const { type = "file", size, mtime = AFTER } = first.header;
  const stat = {
    ...{ name: basename(path), size, mtime },
    mode: 0o644 + ((MODES as Record<string, number>)[type] ?? 0),
  };
  const head = `X-Docker-Container-Path-Stat: ${btoa(JSON.stringify(stat))}`;
  if (isHead) {
    return await wire.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
  }
  await wire.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
  await wire.write(await packTar(entries));
  wire.close();
}
