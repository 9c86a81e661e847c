/**
 * Processes that outlive the lab: started detached, recognized later, stopped only if they are the ones.
 *
 * @module
 */
import { exists } from "./files.ts";

/** Tells a process from a later one that was given the same id. */
export interface ProcessMark {
  /** The process id. */
  pid: number;
  /** The command name as the kernel knows it (at most 15 characters). */
  name: string;
  /** When it started, in clock ticks since the boot. */
  started: string;
}

/** A process that the lab has just started. */
export interface Started {
  /** The facts by which the lab remembers it. */
  mark: ProcessMark;
  /** True once it has ended. */
  ended: () => boolean;
}

const POLL_MS = 100;

/**
 * Reads what `/proc/<pid>/stat` says (proc(5)); nothing for a zombie, which only waits for its parent.
 * The name stands in parentheses and may hold spaces and parentheses itself.
 */
export function parseStat(stat: string): ProcessMark | undefined {
  const [, pid, name, rest] = /^(\d+) \((.*)\) (.*)$/s.exec(stat) ?? [];
  const fields = rest?.split(" ") ?? [];
  const started = fields[19];
  if (!pid || !name || !started || fields[0] === "Z" || fields[0] === "X") {
    return undefined;
  }
  return { pid: Number(pid), name, started };
}

/** The mark of the process that has this id now. */
export function markOf(pid: number): ProcessMark | undefined {
  try {
    return parseStat(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return undefined;
  }
}

/** True when both marks are of the same process. */
export function isSame(
  mark: ProcessMark,
  other: ProcessMark | undefined,
): boolean {
  return mark.pid === other?.pid && mark.name === other.name &&
    mark.started === other.started;
}

/** True while the marked process itself runs, not one that got its id. */
export function isAlive(mark: ProcessMark | undefined): boolean {
  return mark !== undefined && isSame(mark, markOf(mark.pid));
}

/** The process whose id stands in a pid file, provided that it has this name. */
export function fromPidFile(
  path: string,
  name: string,
): ProcessMark | undefined {
  try {
    const mark = markOf(Number(Deno.readTextFileSync(path)));
    return mark?.name === name ? mark : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a program in a session of its own, so that neither Ctrl-C nor a closed terminal ends it. */
export function startDetached(
  argv: [string, ...string[]],
  log: string,
): Started {
  // The last run's log may hold the reason why this start is needed.
  if (exists(log)) Deno.renameSync(log, `${log}.1`);
  // Deno cannot hand a file to a child: the shell opens the log and becomes the program.
  const child = new Deno.Command("sh", {
    args: ["-c", `log=$1; shift; exec "$@" >>"$log" 2>&1`, "sh", log, ...argv],
    cwd: "/",
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let over = false;
  child.status.then(() => over = true);
  child.unref();
  const started = markOf(child.pid)?.started ?? "";
  return {
    mark: { pid: child.pid, name: argv[0].slice(0, 15), started },
    ended: () => over,
  };
}

/** Ends a process and waits until it is gone: by SIGTERM, after `graceMs` by SIGKILL. False if it was gone. */
export async function stop(
  mark: ProcessMark | undefined,
  graceMs = 30_000,
): Promise<boolean> {
  if (mark === undefined || !isAlive(mark)) return false;
  Deno.kill(mark.pid, "SIGTERM");
  if (await until(() => !isAlive(mark), graceMs)) return true;
  Deno.kill(mark.pid, "SIGKILL");
  await until(() => !isAlive(mark), 5_000);
  return true;
}

/** Asks again and again until the answer is yes; false if it never was within the time. */
export async function until(
  question: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!await question()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
