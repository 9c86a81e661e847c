/**
 * The lines of the lab on stderr, and its message when something fails.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Ends the lab with an exit code: 1 when a step failed, 4 when this machine cannot be used. */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly exitCode: 1 | 4;

  /** The message is for people; several lines are fine. */
  constructor(message: string, exitCode: 1 | 4) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints one line, or several, each with the lab's name in front. */
export function say(text: string): void {
  for (const line of text.split("\n")) {
    Deno.stderr.writeSync(encoder.encode(`lab: ${line}\n`));
  }
}

/** Does a piece of work, then prints its title with the seconds that it took. */
export async function step<T>(
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  try {
    const result = await work();
    say(`${title} (${seconds()} s)`);
    return result;
  } catch (error) {
    say(`${title}: failed after ${seconds()} s`);
    throw error;
  }
}

/** The last lines of a text, for a report of a failure. */
export function lastLines(text: string, count = 20): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The last lines of a log file, or a word that there is none. */
export function tailOf(path: string): string {
  try {
    return `The last lines of ${path}:\n${
      lastLines(Deno.readTextFileSync(path))
    }`;
  } catch {
    return `There is no ${path}`;
  }
}
