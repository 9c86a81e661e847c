/**
 * The files that events are written to during a run: all of them to `events.jsonl`, the output of builds to `build.log`.
 *
 * @module
 */

import type { TimedEvent } from "../plan/events.ts";
import type { ReportFolder } from "../reports/folder.ts";
import { openPlain, writeAllSync } from "../reports/plain_file.ts";

/** The files of events. */
interface EventFiles {
  /** Writes an event, unless it is the output of a container, which is in its log. Never throws. */
  record(event: TimedEvent): void;
  /** A line if `events.jsonl` is no longer in its place. */
  lost(): string[];
  /** The first error of writing. */
  fault(): { error: unknown } | undefined;
  /** Closes the files. */
  close(): void;
}

/**
 * Opens the files of events in the folder of a run.
 *
 * @throws {Error} of Deno when `events.jsonl` cannot be made.
 */
export function eventFiles(
  { path: folder, ensureSync }: Pick<ReportFolder, "path" | "ensureSync">,
): EventFiles {
  const path = `${folder}/events.jsonl`;
  const events = openPlain(path);
  const builds = new Set<string>();
  let fault: { error: unknown } | undefined;
  const write = (event: TimedEvent) => {
    writeLine(events, JSON.stringify(event));
    if (event.kind !== "output" || !builds.has(event.step)) return;
    ensureSync();
    using log = openPlain(`${folder}/build.log`);
    writeLine(log, event.line);
  };
  return {
    record: (event) => {
      if (event.kind === "output" && event.service !== undefined) return;
      if (fault) return;
      if (event.kind === "run-start") {
        event.steps.filter(({ kind }) => kind === "build")
          .forEach(({ name }) => builds.add(name));
      }
      try {
        write(event);
      } catch (error) {
        // A full disk must not keep the run from its clean-up; the error is reported at the end.
        fault = { error };
      }
    },
    lost: () =>
      isAt(path, events)
        ? []
        : ["events.jsonl was removed while it was written"],
    fault: () => fault,
    close: () => events.close(),
  };
}

function writeLine(file: Deno.FsFile, line: string): void {
  writeAllSync(file, new TextEncoder().encode(`${line}\n`));
}

/** Whether the path still leads to this file. */
function isAt(path: string, file: Deno.FsFile): boolean {
  try {
    const [opened, there] = [file.statSync(), Deno.lstatSync(path)];
    return opened.dev === there.dev && opened.ino === there.ino;
  } catch {
    return false;
  }
}
