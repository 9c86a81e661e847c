/**
 * The process around a run, as a value: files, environment, terminal and signals.
 *
 * @module
 */

/** The signals that stop a run. Windows has no SIGTERM, and some versions of Deno throw where one listens for it. */
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
  /** Name of this machine: a process id says nothing without. */
  host(): string;
  /** Takes the answer: the version, the URL, the dry run. */
  stdout: Sink;
  /** Takes the story: progress, output of children, failures. */
  stderr: Sink;
  /** Cells of the terminal that stderr is; where there is none, lines are as long as they are. */
  size(): { columns: number; rows: number };
  /** Appends to a file that a CI system reads. */
  appendFile(path: string, text: string): void;
  /** The text of a file; rejects when it cannot be read, or is none. */
  readTextFile(path: string): Promise<string>;
  /** Calls back for each signal of SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  onSignal(listener: (signal: string) => void): () => void;
}

/** The world of this process. Where nobody reads any more what it writes, that counts as a SIGHUP. */
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
      // A FIFO that nothing writes to would be waited for without end.
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

/** @param onClosed called once, when a pipe or a terminal is found closed; from then on nothing is written */
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

/** A pipe that nobody reads (EPIPE), or a terminal that is gone (EIO). */
function isHungUp(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error as { code?: string }).code === "EIO";
}

/** Where text goes. */
export interface Sink {
  /** Writes all of the text before it returns. */
  write(text: string): void;
  /** Whether a person is likely to read it as it is written. */
  isTerminal: boolean;
}

/** A path without links, so that two ways to one folder compare equal; one of another machine stays as it is. */
export async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}
