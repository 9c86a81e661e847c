/**
 * Runs commands of a plan.
 *
 * @module
 */

import type { Command } from "../plan/plan.ts";
import type { ChildOptions } from "../plan/executor.ts";
import { ANSWERS_WITHIN, type Output } from "../child.ts";
import { lineReader } from "../text/lines.ts";
import type { CommandBuilder } from "dax";

/** The message about a question that docker has not answered in time. */
export function unanswered(): string {
  return `docker has not answered within ${ANSWERS_WITHIN / 1000} s\n`;
}

/** Runs a command to its end; the signal ends it early, by default after a minute. */
export async function capture(
  command: Command,
  signal?: AbortSignal,
): Promise<Output> {
  const late = signal ?? AbortSignal.timeout(ANSWERS_WITHIN);
  const builder = (command as CommandBuilder).stdout("piped").stderr("piped");
  const { code, stdout, stderr } = await following(
    late,
    (own) => builder.signal(own),
  );
  const isLate = !signal && late.aborted && code !== 0;
  return { code, stdout, stderr: stderr + (isLate ? unanswered() : "") };
}

/** Runs a command to its end and passes on each line of both streams; resolves to the exit code. */
export async function execute(
  command: Command,
  { output, signal, env = {} }: ChildOptions,
): Promise<number> {
  if (signal.aborted) return 1;
  const builder = (command as CommandBuilder).env(env)
    .stdout("piped").stderr("piped");
  return await following(signal, async (own) => {
    const child = builder.signal(own).spawn();
    const [{ code }] = await Promise.all([
      child,
      eachLine(child.stdout(), output),
      eachLine(child.stderr(), output),
    ]);
    return code;
  });
}

/**
 * Hands dax a signal that follows another one until the command has ended. dax never removes its listener, so the timer
 * of a time limit would keep the process alive.
 */
async function following<T>(
  signal: AbortSignal,
  run: (own: AbortSignal) => PromiseLike<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = () => own.abort();
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await run(own.signal);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array>,
  output: (line: string) => void,
) {
  const lines = lineReader(output);
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    lines.read(text);
  }
  lines.end();
}
