/**
 * The process around a run, as a value: files, environment, terminal and signals.
 *
 * @module
 */

/** The signals that stop a run. Windows has no SIGTERM, and some versions of Deno throw if a program listens for it. */
const SIGNALS = Deno.build.os === "windows"
  ? ["SIGINT", "SIGHUP"] as const
  : ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Everything that a run reads from or writes to the process around it. */
export interface World {
  /** Absolute path. */
  directory: string;
  /** Environment variables; children see the same. */
  env: Readonly<Record<string, string>>;
  /** Process id. */
  pid: number;
  /** Name of this machine: a process ID means nothing without it. */
  host(): string;
  /** Takes the answer: the version, the URL, the dry run. */
  stdout: Sink;
  /** Takes everything else: progress, output of children, failures. */
  stderr: Sink;
  /** Size of the terminal that stderr is, in cells; infinite without a terminal. */
  size(): { columns: number; rows: number };
  /** Appends to a file that a CI system reads. */
  appendFile(path: string, text: string): void;
  /** Reads a file; rejects if the path cannot be read or is no regular file. */
  readTextFile(path: string): Promise<string>;
  /**
   * Waits for some milliseconds, or until the signal is aborted; never rejects. Default: the time of this process.
   * A test hands in another one, so that the pauses between two attempts take no time.
   */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Calls the listener for each SIGINT, SIGTERM and SIGHUP, until the caller calls the returned function. */
  onSignal(listener: (signal: string) => void): () => void;
}

/** The world of this process. A reader that closes stdout or stderr counts as a SIGHUP. */
export function processWorld(): World {
  const listening = new Set<(signal: string) => void>();
  const onClosed = () => listening.forEach((listener) => listener("SIGHUP"));
  return {
    directory: Deno.cwd(),
    env: Deno.env.toObject(),
    pid: Deno.pid,
    host: () => Deno.hostname(),
    stdout: sink(Deno.stdout, onClosed),
    stderr: sink(Deno.stderr, onClosed),
    size: () => {
      try {
        return Deno.consoleSize();
      } catch {
        return { columns: Infinity, rows: Infinity };
      }
    },
    appendFile: (path, text) =>
      Deno.writeTextFileSync(path, text, { append: true }),
    readTextFile: async (path) => {
      // Reading a FIFO without a writer would never end.
      const { isFile } = await Deno.stat(path);
      if (!isFile) throw new Error(`${path} is no file`);
      return await Deno.readTextFile(path);
    },
    onSignal: (listener) => {
      listening.add(listener);
      const listeners = SIGNALS.map((signal) => {
        const own = () => listener(signal);
        Deno.addSignalListener(signal, own);
        return () => Deno.removeSignalListener(signal, own);
      });
      return () => {
        listening.delete(listener);
        listeners.forEach((remove) => remove());
      };
    },
  };
}

/** @param onClosed called once, when the reader has closed the pipe or terminal; afterwards nothing is written */
function sink(
  stream: typeof Deno.stdout | typeof Deno.stderr,
  onClosed: () => void,
): Sink {
  let closed = false;
  return {
    write: (text) => {
      const bytes = new TextEncoder().encode(text);
      try {
        for (let at = 0; at < bytes.length && !closed;) {
          at += stream.writeSync(bytes.subarray(at));
        }
      } catch (error) {
        if (!isHungUp(error)) throw error;
        closed = true;
        onClosed();
      }
    },
    get isTerminal() {
      return stream.isTerminal();
    },
  };
}

/** Whether a pipe has no reader (EPIPE), or the terminal is gone (EIO). */
function isHungUp(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error as { code?: string }).code === "EIO";
}

/** A destination of text. */
export interface Sink {
  /** Writes all of the text before it returns. */
  write(text: string): void;
  /** Whether it is a terminal, so that a person probably reads along. */
  isTerminal: boolean;
}

/** Resolves links, so that two paths to one folder compare equal; a path that is not on this machine stays as it is. */
export async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}

/** The kind of a path; undefined where it is nothing, `unknown` where that cannot be seen. */
export async function kindOf(
  path: string,
): Promise<"file" | "folder" | "unknown" | undefined> {
  try {
    const { isDirectory } = await Deno.stat(path);
    return isDirectory ? "folder" : "file";
  } catch (error) {
    const isGone = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    return isGone ? undefined : "unknown";
  }
}
