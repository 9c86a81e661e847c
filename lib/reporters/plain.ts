/**
 * Plain lines, each once, for pipes, files and simple terminals.
 *
 * @module
 */

import { writeEnding } from "./ending.ts";
import { tellAlive } from "./heartbeat.ts";
import { endLine, type Layout, outputLine } from "./lines.ts";
import {
  answerStyle,
  closedOnce,
  type Reporter,
  type ReporterOptions,
  styleFor,
} from "./reporter.ts";
import { story } from "./story.ts";
import type { Told } from "./told.ts";

/** Prints lines as they come, and after a silence the steps that still run. */
export function plainReporter(options: ReporterOptions): Reporter {
  const { stdout, stderr, size, flags } = options;
  const paint = styleFor(options);
  const { tell, run, running } = story({ ...options, color: paint.color });
  const write = (text: string) => {
    silence.beat();
    stderr.write(text);
  };
  const silence = tellAlive(write, { ...options, running });
  return closedOnce({
    emit: (event) => {
      const told = tell(event);
      const layout = { style: paint, width: run().width };
      const text = told.flatMap((one) => linesOf(one, layout))
        .map((line) => `${line}\n`);
      if (text.length > 0) write(text.join(""));
    },
    close: (page) => {
      silence.stop();
      writeEnding(run(), {
        ...{ stdout, write, flags, page },
        ...{ style: paint, answer: answerStyle(options) },
        ...(stderr.isTerminal && { width: size().columns || 80 }),
      });
    },
  });
}

function linesOf(told: Told, layout: Layout): string[] {
  const { style } = layout;
  switch (told.kind) {
    case "start":
      return [`${style.bold(told.step)}: ${told.why}`];
    case "line":
      return [outputLine(told.line, layout)];
    case "end":
      return told.isSmall ? [] : [endLine(told, style)];
  }
}
