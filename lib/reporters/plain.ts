/**
 * Plain lines, each once, for pipes, files and terminals that understand no more.
 *
 * @module
 */

import { writeEnding } from "./ending.ts";
import { heartbeat } from "./heartbeat.ts";
import { endLine, outputLine, stillRunning } from "./lines.ts";
import { type Reporter, type ReporterOptions, styleFor } from "./reporter.ts";
import { story, type Told } from "./story.ts";

/** Prints lines as they come, and after a silence what still runs. */
export function plainReporter(options: ReporterOptions): Reporter {
  const { stdout, stderr, clock, size, flags: { quiet } } = options;
  const paint = styleFor(options);
  const { tell, run, running } = story({
    ...options,
    color: paint.color,
  });
  const write = (text: string) => {
    silence.beat();
    stderr.write(text);
  };
  const lines = (told: Told): string[] => {
    const layout = { style: paint, width: run().width };
    switch (told.kind) {
      case "start":
        return [`${paint.bold(told.step)}: ${told.why}`];
      case "line":
        return [outputLine(told.line, layout)];
      case "end":
        return [
          ...told.held.map((line) => outputLine(line, layout)),
          endLine(told.row, paint),
        ];
    }
  };
  const silence = heartbeat(clock, () => {
    const text = quiet ? undefined : stillRunning(running(), clock.now());
    if (text) stderr.write(`${text}\n`);
  });
  let closed = false;
  return {
    emit: (event) => {
      if (closed) return;
      const text = tell(event).flatMap(lines).map((line) => `${line}\n`);
      if (text.length > 0) write(text.join(""));
    },
    close: () => {
      if (closed) return;
      closed = true;
      silence.stop();
      writeEnding(run(), {
        stdout,
        write,
        style: paint,
        quiet,
        ...(stderr.isTerminal && { width: size().columns || 80 }),
      });
    },
  };
}
