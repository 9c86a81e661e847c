/**
 * Turns the events of a run into text. stderr is the story; stdout is the answer, and only the URL is one.
 *
 * @module
 */

import type { Explanation } from "./errors.ts";
import type { Event } from "./runner.ts";

/** Where text goes. */
export interface Sink {
  /** Writes all of the text before it returns. */
  write(text: string): void;
  /** Whether a person is likely to read it as it is written. */
  isTerminal: boolean;
}

/** Shows events as they happen: plain lines, each once. */
export function plainReporter(
  { stdout, stderr }: { stdout: Sink; stderr: Sink },
): (event: Event) => void {
  const warned = new Set<string>();
  return (event) => {
    switch (event.kind) {
      case "step-start":
        return stderr.write(`${event.step}: ${event.why}\n`);
      case "output": {
        // Compose repeats its warnings about the file in every call.
        const [warning] = / level=warning .*/.exec(event.line) ?? [];
        if (warning && warned.has(warning)) return;
        if (warning) warned.add(warning);
        return stderr.write(`${event.step} | ${event.line}\n`);
      }
      case "step-end":
        return stderr.write(
          `${event.step}: ${event.result} (${seconds(event.ms)})\n`,
        );
      case "image":
        return stderr.write(
          `${event.step} | ${event.services.join(", ")}: ${event.id}${
            event.unchanged ? " (unchanged)" : ""
          }\n`,
        );
      case "url":
        return stdout.write(`App running at ${event.url}\n`);
    }
  };
}

/** Milliseconds as seconds for people, such as "0.4 s". */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A failure as a block of text: what failed, why, and what to type next. */
export function failureText({ headline, why, next }: Explanation): string {
  return [
    `todoflow: ${headline}`,
    ...(why ? [`Why:  ${why.replaceAll("\n", "\n      ")}`] : []),
    ...(next ? [`Next: ${next}`] : []),
  ].join("\n") + "\n";
}
