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

/** Milliseconds that a program takes; throws as {@linkcode output} does. */
export async function timed(argv: Argv, place: Place): Promise<number> {
  const started = performance.now();
  await output(argv, place);
  return performance.now() - started;
}

/** Writes a line about the progress to stderr: stdout has the tables. */
export function note(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
