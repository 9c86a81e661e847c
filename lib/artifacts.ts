/**
 * What a run leaves on the host, in `reports/<target>/`: reports out of containers, a log for each service, the events.
 *
 * @module
 */

import { join } from "node:path";
import type { Surroundings } from "./engine.ts";
import type { TimedEvent } from "./events.ts";
import { dockerToFile, type FileWriter } from "./log_writer.ts";
import type { Shell } from "./plan.ts";
import { checkPath, type FolderOptions } from "./report_checks.ts";
import { give, takeFolder } from "./report_folder.ts";
import { filesIn, reportCopier, reportFiles } from "./reports.ts";
import type { ChildOptions } from "./runner.ts";
import { MAX_LOG, type ServiceLog } from "./run_page/logs.ts";
import { pause, within } from "./pause.ts";
import type { Collected } from "./state.ts";
import type { ReportFile } from "./tests_found.ts";

/** What is collected of a run. */
export interface Artifacts {
  /** Absolute path of the folder that they are in, without links; absent where nothing is written. */
  folder?: string;
  /** Takes an event; containers' output is in their logs instead. */
  record(event: TimedEvent): void;
  /**
   * Writes a container's log to `logs/<service>.log` until the container ends, each line with the time at which the engine
   * got it. The lines are told without it.
   */
  follow(
    container: string,
    service: string,
    options: ChildOptions,
  ): Promise<void>;
  /** Does the same in the background and tells nothing. */
  watch(container: string, service: string): void;
  /** The last lines of a container's log, in the order in which they were written. */
  lastLines(container: string, count: number): Promise<string[]>;
  /** Makes the logs of these containers, which have ended, complete, and copies their reports. */
  collect(containers: readonly string[], options: ChildOptions): Promise<void>;
  /** Ends what still follows a container that stays; resolves to what was collected. */
  finish(): Promise<{
    logs: ServiceLog[];
    reports: ReportFile[];
    /** What could not be copied, a line each. */
    lost?: string[];
  }>;
  /** Writes files beside what was collected (name to text), and gives all to the caller. */
  close(files?: Readonly<Record<string, string>>): Promise<void>;
}

/** Where {@linkcode artifacts} go and come from. */
export interface ArtifactOptions {
  $: Shell;
  surroundings: Surroundings;
  /** Absolute path. */
  folder: string;
  /** See {@linkcode FolderOptions}. */
  checkout?: string;
  /** The containers of which something is collected. */
  collected: readonly Collected[];
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

/** How long (ms) the engine may take to tell the last lines of a log. */
const ANSWERS_WITHIN = 20_000;

/** Milliseconds after which a log is taken for complete, although something still holds it open. */
const ABANDON_AFTER = 1_000;

/**
 * The artifacts of a run.
 *
 * @param options.keep whether what is in the folder belongs to the same run; else it is emptied
 * @throws {TodoflowError} when todoflow has not made the folder.
 */
export async function artifacts(
  options: ArtifactOptions,
  { keep = false } = {},
): Promise<Artifacts> {
  const { surroundings, collected, checkout } = options;
  const own = await takeFolder({
    folder: options.folder,
    env: surroundings.env,
    keep,
    ...(checkout !== undefined && { checkout }),
  });
  const folder = own.path;
  const copier = reportCopier({ surroundings, folder: own });
  await Deno.mkdir(`${folder}/logs`, { recursive: true });
  const events = await Deno.open(`${folder}/events.jsonl`, {
    append: true,
    create: true,
  });
  const encoder = new TextEncoder();
  let full = false;
  const builds = new Set<string>();
  const followers = new Map<string, FileWriter>();
  const logOf = (service: string) => `${folder}/logs/${service}.log`;
  const watch = (container: string, service: string, follow = true) => {
    const args = ["logs", "--timestamps", ...(follow ? ["--follow"] : [])];
    const writer = dockerToFile(
      [...args, container],
      logOf(service),
      surroundings,
    );
    followers.set(container, writer);
    return writer;
  };
  return {
    folder,
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
    follow: async (container, service, { output, signal }) => {
      const from = await sizeOf(logOf(service));
      const { ended } = watch(container, service);
      await tell(logOf(service), { from, ended, output, signal });
    },
    watch,
    lastLines: async (container, count) => {
      // A file of its own: what follows the container may not have written the last lines yet.
      const file = await Deno.makeTempFile({ dir: folder, prefix: ".last-" });
      const args = ["logs", "--tail", `${count}`, container];
      const writer = dockerToFile(args, file, surroundings);
      await within(writer.ended, { ms: ANSWERS_WITHIN });
      writer.end();
      const text = await Deno.readTextFile(file);
      await Deno.remove(file);
      return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
    },
    collect: async (containers, options) => {
      const present = collected.filter(({ container }) =>
        containers.includes(container)
      );
      // It may have been removed, or replaced by what leads elsewhere.
      const isOurs = await own.ensure().then(
        () => Deno.mkdir(`${folder}/logs`, { recursive: true }),
      ).then(() => true, () => false);
      await Promise.all(present.map(async (from) => {
        const { container, service } = from;
        if (!isOurs) return await copier.copy(from, options);
        if (!followers.has(container)) {
          // What an earlier process has written of it is in what is written now.
          await Deno.remove(logOf(service)).catch(() => {});
          watch(container, service, false);
        }
        const { ended } = followers.get(container)!;
        const complete = async () => {
          const code = await Promise.race([ended, pause(ABANDON_AFTER)]);
          if (!code) return;
          // A Ctrl-C has reached the follower, too.
          await Deno.remove(logOf(service)).catch(() => {});
          await Promise.race([
            watch(container, service, false).ended,
            pause(ABANDON_AFTER),
          ]);
        };
        await Promise.all([complete(), copier.copy(from, options)]);
      }));
    },
    finish: async () => {
      for (const follower of followers.values()) follower.end();
      await Promise.all([...followers.values()].map(({ ended }) => ended));
      followers.clear();
      return {
        logs: await readLogs(folder),
        reports: await reportFiles(folder),
        lost: copier.lost(),
      };
    },
    close: async (files = {}) => {
      for (const follower of followers.values()) follower.end();
      events.close();
      await own.ensure();
      for (const [name, text] of Object.entries(files)) {
        await replaceFile(`${folder}/${name}`, text);
      }
      await own.give();
    },
  };
}

/** The logs of services, of long ones the end. */
async function readLogs(folder: string): Promise<ServiceLog[]> {
  const names = (await filesIn(`${folder}/logs`))
    .filter((name) => name.endsWith(".log"));
  return await Promise.all(names.map(async (name) => {
    const file = await Deno.open(`${folder}/logs/${name}`);
    const cut = Math.max(0, (await file.stat()).size - MAX_LOG);
    await file.seek(cut, Deno.SeekMode.Start);
    const text = await new Response(file.readable).text();
    return {
      service: name.slice(0, -".log".length),
      // From the start of a line.
      text: cut > 0 ? text.slice(text.indexOf("\n") + 1) : text,
      cut,
    };
  }));
}

/** Writes a file. A link of its name, which a container's reports may hold, is replaced, not followed. */
async function replaceFile(path: string, text: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
  await Deno.writeTextFile(path, text, { createNew: true });
}

/**
 * Writes a file of todoflow's, which was read before, anew: nobody ever reads half of it.
 *
 * @throws {TodoflowError} when a link leads to its folder.
 */
export async function rewriteReport(
  name: string,
  { text, ...where }: FolderOptions & { text: string },
): Promise<void> {
  const folder = await checkPath(where);
  const path = join(folder.path, name);
  await replaceFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
  const { uid } = await Deno.lstat(path);
  await give([path], { uid, env: where.env });
}

/** Whether there is a folder of this path. */
export async function isFolder(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
}

async function sizeOf(file: string): Promise<number> {
  return (await Deno.stat(file).catch(() => ({ size: 0 }))).size;
}

/** Milliseconds between two looks at a log that grows. */
const LOOK_EVERY = 40;

interface Tell extends ChildOptions {
  /** Bytes that are not new. */
  from: number;
  ended: Promise<unknown>;
}

/** Tells the lines of a file until its writer has ended. Read from the file, they need no more memory when they are many. */
async function tell(
  path: string,
  { from, ended, output, signal }: Tell,
): Promise<void> {
  using file = await Deno.open(path);
  await file.seek(from, Deno.SeekMode.Start);
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let hasEnded = false;
  let rest = "";
  void ended.then(() => hasEnded = true);
  for (;;) {
    // Asked before the last bytes are read: what is written after that would be lost.
    const last = hasEnded || signal.aborted;
    const count = await file.read(buffer);
    if (count !== null) {
      const bytes = buffer.subarray(0, count);
      const lines = (rest + decoder.decode(bytes, { stream: true }))
        .split("\n");
      rest = lines.pop()!;
      lines.forEach((line) => output(untimed(line)));
    } else if (last) {
      break;
    } else {
      await Promise.race([ended, pause(LOOK_EVERY)]);
    }
  }
  if (rest) output(untimed(rest));
}

/** A line of `docker logs --timestamps` as the container wrote it. */
function untimed(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, "").replace(/\r$/, "");
}
