/**
 * What a run leaves on the host, in `reports/<target>/`: reports out of containers, a log for each service, the events.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import { engineApi } from "../engine/api.ts";
import type { TimedEvent } from "../plan/events.ts";
import type { Redact } from "./log_lines.ts";
import { openPlain, writeAllSync } from "../reports/plain_file.ts";
import type { CheckedFolder, FolderOptions } from "../reports/checks.ts";
import { takeFolder } from "../reports/folder.ts";
import { reportCopier, reportFiles } from "./reports.ts";
import type { ServiceLog } from "../page/logs.ts";
import type { ChildOptions } from "../plan/executor.ts";
import { type FollowOptions, serviceLogs } from "./service_logs.ts";
import type { Collected } from "../state/record.ts";
import type { ReportFile } from "../test_results/find.ts";
import { setAside } from "./files.ts";

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
   * Ends what still follows a container that stays; resolves to what was collected, and to what is to be told of it.
   */
  finish(): Promise<{
    logs: ServiceLog[];
    reports: ReportFile[];
    /** What could not be copied, a line each. */
    lost?: string[];
    /** What is to be told of the logs, a line each, whether it was or not; and what has got another name. */
    notices?: string[];
  }>;
  /** Writes files beside what was collected (name to text), and gives all to the caller. */
  close(files?: Readonly<Record<string, string>>): Promise<void>;
}

/** Where {@linkcode artifacts} go and come from. */
export interface ArtifactOptions
  extends Pick<FolderOptions, "folder" | "checkout" | "directory" | "signal"> {
  surroundings: Surroundings;
  /** Where the engine is reached, such as `unix:///var/run/docker.sock`. */
  engine: string;
  /** What the check of the folder has found, if it was asked before. */
  checked?: CheckedFolder;
  /** The containers of which something is collected. */
  collected: readonly Collected[];
  /** Makes what takes secrets out of a line. */
  redact?: () => Redact;
  /** Whether logs stay as they are, because what must not be in them is not known. */
  keepsLogs?: boolean;
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
 * @throws {TodoflowError} when todoflow has not made the folder.
 */
export async function artifacts(
  options: ArtifactOptions,
  { keep = false } = {},
): Promise<Artifacts> {
  const { surroundings, engine, redact, collected } = options;
  const { keepsLogs = false } = options;
  const own = await takeFolder({ ...options, env: surroundings.env, keep });
  const folder = own.path;
  const copier = reportCopier({ surroundings, folder: own });
  await Deno.mkdir(`${folder}/logs`, { recursive: true });
  const eventsPath = `${folder}/events.jsonl`;
  const events = openPlain(eventsPath);
  let fault: { error: unknown } | undefined;
  /** What is told of files that have got another name. */
  const asides: string[] = [];
  const builds = new Set<string>();
  const api = engineApi(engine, surroundings);
  const logs = serviceLogs({ api, folder, ensure: own.ensureSync, redact });
  return {
    record: (event) => {
      if (event.kind === "output" && event.service !== undefined) return;
      if (fault) return;
      if (event.kind === "run-start") {
        event.steps.filter(({ kind }) => kind === "build")
          .forEach(({ name }) => builds.add(name));
      }
      try {
        writeLine(events, JSON.stringify(event));
        if (event.kind === "output" && builds.has(event.step)) {
          own.ensureSync();
          using log = openPlain(`${folder}/build.log`);
          writeLine(log, event.line);
        }
      } catch (error) {
        // A full disk must not keep the run from its clean-up; it is told at the end.
        fault = { error };
      }
    },
    follow: logs.follow,
    watch: logs.watch,
    lastLines: logs.lastLines,
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
        if (!isOurs || keepsLogs) return await copier.copy(from, options);
        await Promise.all([
          logs.complete(container, service, options),
          copier.copy(from, options),
        ]);
      }));
    },
    finish: async () => {
      const read = await logs.finish();
      const replaced = await own.ensure()
        .then(() => [], ({ message }: Error) => [message]);
      if (replaced.length === 0) asides.push(...await setAside(folder));
      return {
        ...read,
        notices: [...read.notices, ...asides],
        reports: replaced.length > 0 ? [] : await reportFiles(folder),
        lost: [
          ...copier.lost(),
          ...replaced,
          ...isAt(eventsPath, events)
            ? []
            : ["events.jsonl was removed while it was written"],
        ],
      };
    },
    close: async (files = {}) => {
      await logs.close();
      events.close();
      await own.ensure();
      let failed: unknown;
      for (const [name, text] of Object.entries(files)) {
        // Neither follows a link nor replaces what has come since the run was finished; the others are written all the same.
        await Deno.writeTextFile(`${folder}/${name}`, text, {
          createNew: true,
        }).catch((error) => failed ??= error);
      }
      await own.give();
      if (failed) throw failed;
      if (fault) throw fault.error;
    },
  };
}

function writeLine(file: Deno.FsFile, line: string): void {
  writeAllSync(file, new TextEncoder().encode(`${line}\n`));
}

/** Whether a file is still what stands at a path. */
function isAt(path: string, file: Deno.FsFile): boolean {
  try {
    const [opened, there] = [file.statSync(), Deno.lstatSync(path)];
    return opened.dev === there.dev && opened.ino === there.ino;
  } catch {
    return false;
  }
}
