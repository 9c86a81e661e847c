/**
 * A terminal: past events scroll by, and below them each step that runs has a line that changes.
 *
 * @module
 */

import { gap, paintResult, writeEnding } from "./ending.ts";
import { type Layout, outputLine } from "./lines.ts";
import {
  answerStyle,
  closedOnce,
  type Reporter,
  type ReporterOptions,
  styleFor,
} from "./reporter.ts";
import { story } from "./story.ts";
import type { Running, Told } from "./told.ts";
import type { Style } from "../text/color.ts";
import { seconds } from "../text/units.ts";
import { cells, cut } from "../text/width.ts";

/** Milliseconds between two drawings. */
const REDRAW = 100;

/** The most lines that change. */
const LIVE = 8;

/** Width of a duration, such as "1234.5 s". */
const DURATION = 8;

/** Shows a run on the terminal that stderr is. */
export function terminalReporter(options: ReporterOptions): Reporter {
  const { stdout, stderr, clock } = options;
  const size = () => {
    const { columns, rows } = options.size();
    // Some terminals do not know theirs and say 0.
    return { columns: columns || 80, rows: rows || 24 };
  };
  const paint = styleFor(options);
  const { tell, run, running } = story({
    ...options,
    color: paint.color,
    folds: true,
  });
  const screen = liveScreen(
    (text) => stderr.write(text),
    { style: paint, columns: () => size().columns },
  );
  let cancel: (() => void) | undefined;

  const tick = () => {
    screen.draw(liveLines(running(), { ...size(), now: clock.now() }));
    cancel = running().length > 0 ? clock.after(REDRAW, tick) : undefined;
  };

  return closedOnce({
    emit: (event) => {
      const told = tell(event);
      // Without the output of containers there are too few lines to align.
      const width = options.flags.verbose ? run().width : 0;
      const layout = { style: paint, width };
      const scrolls = told.flatMap((one) => linesOf(one, layout));
      screen.scroll(scrolls);
      if (scrolls.length > 0 || running().length > 0) {
        cancel ??= clock.after(REDRAW, tick);
      }
    },
    close: (page) => {
      cancel?.();
      screen.draw([]);
      writeEnding(run(), {
        ...{ stdout, page, flags: options.flags, isLive: true },
        write: (text) => stderr.write(text),
        ...{ style: paint, answer: answerStyle(options) },
        width: size().columns,
      });
    },
  });
}

/** The lines that scroll by. */
function linesOf(told: Told, layout: Layout): string[] {
  if (told.kind === "line") return [outputLine(told.line, layout)];
  if (told.kind === "start" || told.isSmall) return [];
  const { row: { step, result, ms }, note } = told;
  const time = seconds(ms).padStart(DURATION);
  const what = note === undefined ? "" : layout.style.dim(`: ${note}`);
  return [
    `${paintResult(result, layout.style)}${
      gap(result)
    } ${time}  ${step}${what}`,
  ];
}

/** A terminal on which lines scroll by. Each drawing replaces the live lines below them. */
function liveScreen(
  write: (text: string) => void,
  { style, columns }: { style: Style; columns: () => number },
) {
  // The lines of the next drawing, and those of the last one.
  let scrolled: string[] = [];
  let drawn: readonly string[] = [];
  return {
    /** Takes lines that are written once, above the live ones. */
    scroll: (lines: readonly string[]) => void scrolled.push(...lines),
    /** Draws the live lines, unless the screen shows them already. */
    draw: (live: readonly string[]) => {
      if (scrolled.length === 0 && live.join("\n") === drawn.join("\n")) return;
      const lines = [...scrolled, ...live.map((line) => dimmed(line, style))];
      const text = lines.map((line) => `${line}\n`).join("");
      write(erase(drawn, columns()) + text);
      scrolled = [];
      drawn = live;
    },
  };
}

const RUNNING = "running";

/** A line for each step that runs. Each is narrower than the terminal, because a line that fills it may break. */
function liveLines(
  running: readonly Running[],
  { columns, rows, now }: { columns: number; rows: number; now: number },
): string[] {
  const room = Math.max(1, Math.min(rows - 2, LIVE));
  const shown = running.length > room ? room - 1 : running.length;
  const more = running.length - shown;
  return [
    ...running.slice(0, shown).map(({ step, since, why, doing }) => {
      const time = `${Math.floor((now - since) / 1000)} s`.padStart(DURATION);
      const what = doing || why;
      return `${RUNNING} ${time}  ${step}${what && ": "}${what}`;
    }),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].map((line) => cut(line.replaceAll("\t", " "), columns - 1));
}

function dimmed(line: string, { dim }: Style): string {
  const at = line.indexOf(": ");
  return at < 0 ? line : line.slice(0, at) + dim(line.slice(at));
}

/**
 * Moves to the first of these lines and erases from there. The cursor is never hidden, so that nothing needs restoring
 * after SIGKILL. A terminal that the user has narrowed has broken the lines into more rows.
 */
function erase(drawn: readonly string[], columns: number): string {
  const rows = drawn
    .map((line) => Math.max(1, Math.ceil(cells(line) / columns)))
    .reduce((sum, rows) => sum + rows, 0);
  return rows === 0 ? "" : `\x1b[${rows}A\r\x1b[J`;
}
