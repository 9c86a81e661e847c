/**
 * A program that is talked to while it runs: what it writes is awaited, not guessed by time.
 *
 * @module
 */

/** A running program. */
export interface Session {
  /** Writes a line to its stdin. */
  say(line: string): Promise<void>;
  /** Waits until it has written a text; rejects when it ends without. */
  hears(text: string): Promise<void>;
  /** Ends its stdin, and it; resolves when it has ended. */
  end(): Promise<void>;
}

/** Starts a program; what it writes to stderr counts as well. */
export function session(
  [program, ...args]: readonly [string, ...string[]],
): Session {
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 2>&1', "sh", program, ...args],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  let written = "";
  let look = () => {};
  const read = child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write: (chunk) => {
        written += chunk;
        look();
      },
    }),
  );
  return {
    say: (line) => stdin.write(new TextEncoder().encode(`${line}\n`)),
    hears: async (text) => {
      const heard = new Promise<void>((resolve) => {
        look = () => written.includes(text) && resolve();
        look();
      });
      await Promise.race([heard, read]);
      if (!written.includes(text)) {
        throw new Error(`${program} has not written "${text}" but ${written}`);
      }
    },
    end: async () => {
      await stdin.close().catch(() => {});
      try {
        child.kill();
      } catch {
        // It has ended already.
      }
      await Promise.all([read, child.status]);
    },
  };
}
