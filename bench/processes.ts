/**
 * Runs the programs that are measured.
 *
 * @module
 */

/** A program and its arguments. */
export type Argv = readonly [string, ...string[]];

/** Where and with what environment, in addition to this process's, a program runs. */
export interface Place {
  cwd: string;
  env?: Record<string, string>;
}

/**
 * Runs a program to its end; resolves to what it wrote to stdout.
 *
 * @throws {Error} with all that it wrote, when it fails: a contender that fails has no time.
 */
export async function output(
  [program, ...args]: Argv,
  place: Partial<Place> = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    ...place,
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (code === 0) return out.trim();
  throw new Error(
    `Exit code ${code}: ${[program, ...args].join(" ")}\n${out}${err}`,
  );
}

/** The times of a program. */
interface Timed {
  /** Milliseconds until its end. */
  ms: number;
  /** Milliseconds until a text was seen; undefined if none was asked for. */
  seen: number | undefined;
}

/**
 * Runs a program to its end; resolves to its times.
 *
 * @param text is looked for in what the program writes to stdout and stderr
 * @throws {Error} with all that it wrote, when it fails, or without the text.
 */
export async function timed(
  [program, ...args]: Argv,
  place: Place,
  text?: RegExp,
): Promise<Timed> {
  const started = performance.now();
  const child = new Deno.Command(program, {
    args,
    ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    ...place,
  }).spawn();
  let seen: number | undefined;
  const read = async (stream: ReadableStream<Uint8Array>) => {
    let all = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      all += part;
      if (seen === undefined && text?.test(all)) {
        seen = performance.now() - started;
      }
    }
    return all;
  };
  const [out, err] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
  ]);
  const { code } = await child.status;
  const ms = performance.now() - started;
  if (code === 0 && (seen !== undefined || !text)) return { ms, seen };
  throw new Error(
    `Exit code ${code}: ${[program, ...args].join(" ")}\n${out}${err}`,
  );
}

/** Writes a line about the progress to stderr: stdout has the tables. */
export function note(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
