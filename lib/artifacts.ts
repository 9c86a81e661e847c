/**
 * What a run leaves on the host, in `reports/<target>/`: reports out of containers, a log for each service, the events.
 *
 * @module
 */

import { dirname, join, matchesGlob } from "node:path";
import { capture, type Surroundings } from "./engine.ts";
import { engineApi } from "./engine_api.ts";
import type { TimedEvent } from "./events.ts";
import type { Redact } from "./log_lines.ts";
import type { Shell } from "./plan.ts";
import type { ChildOptions } from "./runner.ts";
import type { ServiceLog } from "./run_page/logs.ts";
import { type FollowOptions, serviceLogs } from "./service_logs.ts";
import type { Collected } from "./state.ts";
import type { TextFile } from "./tests_found.ts";
import { MAX_XML } from "./xml.ts";

/** What is collected of a run. */
export interface Artifacts {
  /** Takes an event; containers' output is in their logs instead. */
  record(event: TimedEvent): void;
  /**
   * Writes a container's log to `logs/<service>.log` until the container ends, each line with the time at which the engine
   * got it. The lines are told without it.
   */
  follow(
    container: string,
    service: string,
    options: FollowOptions,
  ): Promise<void>;
  /** Does the same in the background and tells nothing. */
  watch(container: string, service: string): void;
  /** The last lines of a container's log, in the order in which they ended. */
  lastLines(container: string, count: number): Promise<string[]>;
  /** Makes the logs of these containers, which have ended, complete, and copies their reports. */
  collect(containers: readonly string[], options: ChildOptions): Promise<void>;
  /**
   * Ends what still follows a container that stays; resolves to what was collected, and to what is still to be told of the
   * logs.
   */
  finish(): Promise<
    { logs: ServiceLog[]; reports: TextFile[]; notices?: string[] }
  >;
  /** Writes files beside what was collected (name to text), and gives all to the caller. */
  close(files?: Readonly<Record<string, string>>): Promise<void>;
}

/** Where {@linkcode artifacts} go and come from. */
export interface ArtifactOptions {
  $: Shell;
  surroundings: Surroundings;
  /** Where the engine is reached, such as `unix:///var/run/docker.sock`. */
  engine: string;
  /** Absolute path. */
  folder: string;
  /** The containers of which something is collected. */
  collected: readonly Collected[];
  /** Makes what takes secrets out of a line. */
  redact?: () => Redact;
}

/** For what only removes: it leaves no trace in the checkout either. */
export const NO_ARTIFACTS: Artifacts = {
  record: () => {},
  follow: () => Promise.resolve(),
  watch: () => {},
  lastLines: () => Promise.resolve([]),
  collect: () => Promise.resolve(),
  finish: () => Promise.resolve({ logs: [], reports: [] }),
  close: () => Promise.resolve(),
};

/**
 * The artifacts of a run.
 *
 * @param options.keep whether what is in the folder belongs to the same run; else it is emptied
 */
export async function artifacts(
  options: ArtifactOptions,
  { keep = false } = {},
): Promise<Artifacts> {
  const { folder, surroundings, engine, redact, collected } = options;
  if (!keep) await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${folder}/logs`, { recursive: true });
  const events = await Deno.open(`${folder}/events.jsonl`, {
    append: true,
    create: true,
  });
  const encoder = new TextEncoder();
  let full = false;
  const builds = new Set<string>();
  const api = engineApi(engine, surroundings);
  const logs = serviceLogs({ api, folder, redact });
  const copyReports = async (
    { container, service, reports }: Collected,
    { output, signal }: ChildOptions,
  ) => {
    const from = { ...options, container, service, signal };
    await Promise.all(reports.map(async (path) => {
      const problem = await copyReport(from, path);
      if (problem !== undefined) output(`no report ${path}: ${problem}`);
    }));
  };
  return {
    record: (event) => {
      if (event.kind === "output" && event.service !== undefined) return;
      if (full) return;
      if (event.kind === "run-start") {
        event.steps.filter(({ kind }) => kind === "build")
          .forEach(({ name }) => builds.add(name));
      }
      try {
        events.writeSync(encoder.encode(`${JSON.stringify(event)}\n`));
        if (event.kind === "output" && builds.has(event.step)) {
          Deno.writeTextFileSync(`${folder}/build.log`, `${event.line}\n`, {
            append: true,
          });
        }
      } catch {
        // A full disk must not keep the run from its clean-up; it is told when the reports are written.
        full = true;
      }
    },
    follow: logs.follow,
    watch: logs.watch,
    lastLines: logs.lastLines,
    collect: async (containers, options) => {
      const present = collected.filter(({ container }) =>
        containers.includes(container)
      );
      await Promise.all(present.map(async (from) => {
        await Promise.all([
          logs.complete(from.container, from.service, options),
          copyReports(from, options),
        ]);
      }));
    },
    finish: async () => ({
      ...await logs.finish(),
      reports: await readReports(folder),
    }),
    close: async (files = {}) => {
      await logs.close();
      events.close();
      for (const [name, text] of Object.entries(files)) {
        await replaceFile(`${folder}/${name}`, text);
      }
      await giveToCaller(folder, surroundings.env);
    },
  };
}

/** The files that may be reports of tests or coverage, as far as they are not too large to be read. */
async function readReports(folder: string): Promise<TextFile[]> {
  const names = (await filesIn(folder))
    .filter((name) => /\.(xml|info|lcov|tap)$/.test(name));
  const files = await Promise.all(names.map(async (path) => {
    const { size } = await Deno.stat(`${folder}/${path}`);
    if (size > MAX_XML) return [];
    // One that only its owner in the container may read is the caller's, but may lack the right to be read.
    const text = await Deno.readTextFile(`${folder}/${path}`).catch(() => "");
    return text ? [{ path, text }] : [];
  }));
  return files.flat();
}

/** Writes a file. A link of its name, which a container's reports may hold, is replaced, not followed. */
async function replaceFile(path: string, text: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
  await Deno.writeTextFile(path, text, { createNew: true });
}

/** Writes a file into a folder of reports anew: nobody ever reads half of it. */
export async function rewriteReport(
  path: string,
  { text, env }: { text: string; env: Surroundings["env"] },
): Promise<void> {
  await replaceFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
  await giveToCaller(dirname(path), env);
}

/** Whether there is a folder of this path. */
export async function isFolder(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
}

/** Where a report is copied from and to. */
interface Copy extends Pick<ArtifactOptions, "$" | "folder"> {
  container: string;
  service: string;
  signal: AbortSignal;
}

/** A file, what is in a folder, or what matches a glob; resolves to why nothing was copied. */
async function copyReport(
  { $, folder, container, service, signal }: Copy,
  path: string,
): Promise<string | undefined> {
  const parts = path.replace(/\/+$/, "").split("/");
  // The engine copies no globs: the folder before the first one is copied, and what matches is kept.
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  const base = first < 0 ? parts : parts.slice(0, first);
  const from = `${container}:${base.join("/") || "/."}`;
  const copy = await Deno.makeTempDir({ dir: folder, prefix: ".copy-" });
  try {
    const { code, stderr } = await capture(
      $`docker cp ${from} ${`${copy}/it`}`,
      signal,
    );
    if (code !== 0) return stderr.trim() || "stopped";
    const { isFile, isSymlink } = await Deno.lstat(`${copy}/it`);
    // The engine copies a link as a link: here it would lead to the files of this machine.
    if (isSymlink) return "it is a link";
    if (isFile) {
      return await take(`${copy}/it`, base.at(-1)!, { folder, service });
    }
    const glob = parts.slice(first).join("/");
    const files = (await filesIn(`${copy}/it`))
      .filter((file) => first < 0 || matchesGlob(file, glob));
    const problems: string[] = [];
    for (const file of files) {
      const problem = await take(`${copy}/it/${file}`, file, {
        folder,
        service,
      });
      if (problem !== undefined) problems.push(problem);
    }
    if (problems.length > 0) return problems.join("; ");
    return first < 0 || files.length > 0
      ? undefined
      : `nothing matches ${path}`;
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

/** What has a name of todoflow's own. */
const OWN =
  /^((events\.jsonl|build\.log|junit\.xml|run\.html|trace\.json|receipt\.json)$|logs\/)/;

/** Moves a file among the reports, or into a folder of its service; resolves to why it could not be. */
async function take(
  from: string,
  path: string,
  { folder, service }: Pick<Copy, "folder" | "service">,
): Promise<string | undefined> {
  const name = OWN.test(path) ? `${service}/${path}` : path;
  try {
    const to = join(folder, name);
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.rename(from, to);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The regular files below a folder, relative to it; links are not followed, they could lead anywhere. */
async function filesIn(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(below, name);
    if (isDirectory) files.push(...await filesIn(`${folder}/${name}`, path));
    if (isFile) files.push(path);
  }
  return files.toSorted();
}

/** Under sudo, the files belong to who called it. */
async function giveToCaller(
  folder: string,
  { SUDO_UID, SUDO_GID }: Readonly<Record<string, string>>,
): Promise<void> {
  const [uid, gid] = [Number(SUDO_UID), Number(SUDO_GID)];
  if (!SUDO_UID || !SUDO_GID || Deno.build.os === "windows") return;
  const give = async (path: string) => {
    // Without the right to give it away, it is the caller's already.
    await Deno.chown(path, uid, gid).catch(() => {});
  };
  const all = async (path: string) => {
    await give(path);
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(path)) {
      if (isSymlink) continue;
      if (isDirectory) await all(`${path}/${name}`);
      else await give(`${path}/${name}`);
    }
  };
  await give(join(folder, ".."));
  await all(folder);
}
