/**
 * The files that a run leaves on the host, in `reports/<target>/`: reports copied out of containers, a log for each service,
 * and the events.
 *
 * @module
 */

import type { Surroundings } from "../child.ts";
import type { EngineApi } from "../engine/api.ts";
import type { TimedEvent } from "../plan/events.ts";
import type { Redact } from "./log_lines.ts";
import type { CheckedFolder, FolderOptions } from "../reports/checks.ts";
import { takeFolder } from "../reports/folder.ts";
import { type CollectOptions, reportCopier } from "./reports.ts";
import type { Usage } from "../plan/usage.ts";
import type { ServiceLog } from "../page/logs.ts";
import { type ServiceLogs, serviceLogs } from "./service_logs.ts";
import type { Collected } from "../state/record.ts";
import type { ReportFile } from "../test_results/find.ts";
import { eventFiles } from "./event_files.ts";
import { setAside, writeNew } from "./files.ts";
import { reportFiles } from "./report_files.ts";

/** The files that are collected during a run. */
export interface Artifacts
  extends Pick<ServiceLogs, "follow" | "watch" | "lastLines"> {
  /** Writes an event, unless it is the output of a container, which is in its log. */
  record(event: TimedEvent): void;
  /** The use of a followed container, as far as it was measured. */
  usageOf(container: string): Usage | undefined;
  /** Completes the logs of these containers, which have ended, and copies their reports. */
  collect(
    containers: readonly string[],
    options: CollectOptions,
  ): Promise<void>;
  /** Stops following containers; resolves to the collected files, and to lines about them for the user. */
  finish(): Promise<{
    logs: ServiceLog[];
    reports: ReportFile[];
    /** The services of the reports that were found without being named, by their paths. */
    found?: ReadonlyMap<string, string>;
    /** The services of the other ones, by their paths. */
    services?: ReadonlyMap<string, string>;
    /** A line for each file that could not be copied. */
    lost?: string[];
    /**
     * All lines about the logs, including those that the run has shown, and a line for each file that got another name.
     */
    notices?: string[];
    /** The use of each container that was measured. */
    usage?: Usage[];
  }>;
  /** Writes these files (name to text) to the folder, and gives the folder to the caller under sudo. */
  close(files?: Readonly<Record<string, string>>): Promise<void>;
}

/** Where {@linkcode artifacts} come from, and where they go. */
export interface ArtifactOptions
  extends Pick<FolderOptions, "folder" | "checkout" | "directory" | "signal"> {
  surroundings: Surroundings;
  /** The engine that has the containers. */
  api: EngineApi;
  /** The result of checking the folder, if the caller has checked it. */
  checked?: CheckedFolder;
  /** The containers from which files are collected. */
  collected: readonly Collected[];
  /** Makes a function that hides secrets in a line. */
  redact?: () => Redact;
  /** Whether logs are left as they are, because the secrets to hide in them are not known. */
  keepsLogs?: boolean;
}

/** For a target that only removes: it writes nothing to the checkout. */
export const NO_ARTIFACTS: Artifacts = {
  record: () => {},
  follow: () => Promise.resolve(),
  watch: () => {},
  lastLines: () => Promise.resolve([]),
  usageOf: () => undefined,
  collect: () => Promise.resolve(),
  finish: () => Promise.resolve({ logs: [], reports: [] }),
  close: () => Promise.resolve(),
};

/**
 * The artifacts of a run.
 *
 * @param options.keep whether the files in the folder belong to the same run; by default, the folder is emptied
 * @throws {TodoflowError} when the folder exists and todoflow has not made it.
 */
export async function artifacts(
  options: ArtifactOptions,
  { keep = false } = {},
): Promise<Artifacts> {
  const { surroundings, api, redact, collected } = options;
  const own = await takeFolder({ ...options, env: surroundings.env, keep });
  const folder = own.path;
  const copier = reportCopier({ api, folder: own, collected, redact });
  await Deno.mkdir(`${folder}/logs`, { recursive: true });
  const events = eventFiles(own);
  /** A line for each file that got another name. */
  const asides: string[] = [];
  const logs = serviceLogs({ api, folder, ensure: own.ensureSync, redact });
  /** Makes the folder of logs again if it was removed; not if a link or another folder has replaced the run's. */
  const isOurs = () =>
    own.ensure()
      .then(() => Deno.mkdir(`${folder}/logs`, { recursive: true }))
      .then(() => true, () => false);
  return {
    record: events.record,
    follow: logs.follow,
    watch: logs.watch,
    lastLines: logs.lastLines,
    usageOf: () => undefined,
    collect: async (containers, child) => {
      const present = collected.filter(({ container }) =>
        containers.includes(container)
      );
      const hasLogs = await isOurs() && !options.keepsLogs;
      await Promise.all(present.flatMap((from) => [
        ...hasLogs ? [logs.complete(from.container, from.service, child)] : [],
        copier.copy(from, child),
      ]));
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
        found: copier.found(),
        services: copier.services(),
        lost: [...copier.lost(), ...replaced, ...events.lost()],
      };
    },
    close: async (files = {}) => {
      await logs.close();
      events.close();
      await own.ensure();
      const failed = await writeNew(folder, files);
      await own.give();
      if (failed) throw failed;
      const fault = events.fault();
      if (fault) throw fault.error;
    },
  };
}
