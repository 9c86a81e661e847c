/**
 * Shortens stack traces: the message stays, with the frame nearest to the program's own code.
 *
 * @module
 */

/** The form of a frame: of JavaScript, Java, .NET, Python, Ruby, PHP, Go, Rust, Elixir. */
const FRAME = new RegExp(
  [
    "^\\s+at (?:async )?\\S",
    "^\\s+\\.{3} \\d+ (?:more|common frames)",
    '^\\s*File "[^"]*", line \\d+',
    "^\\s+from \\S+:\\d+",
    "^\\S+\\.rb:\\d+:in ",
    "^\\s*#\\d+ ",
    "^\\s+\\S+\\.go:\\d+",
    "^(?:main|[\\w./-]+)\\.[\\w.*()]+\\((?:0x|\\.\\.\\.|\\))",
    "^goroutine \\d+ \\[",
    "^created by ",
    "^\\s+\\d+: (?:0x[0-9a-f]+ - )?\\S*::",
    "^stack backtrace:",
    "^Stack trace:",
    "^\\s+\\([\\w. -]+\\) \\S+:\\d+: ",
    "^\\s+--- End of ",
  ].join("|"),
);

/** Frames of a runtime or a library. */
const FOREIGN =
  /node:internal|node_modules|site-packages|dist-packages|\/usr\/(?:lib|local\/lib|local\/go)|\/gems\/|\/vendor\/|\bjava\.base\b|^\s+at (?:java|javax|jdk|sun|org\.(?:springframework|apache|hibernate|junit)|System|Microsoft)\.|\/rustc\/|importlib|<frozen |<anonymous>|^goroutine|^created by|^stack backtrace|^Stack trace|\/runtime\/|\(node:/;

const PYTHON = /^\s*File "[^"]*", line \d+/;

/** The lines without all frames of each trace but the nearest to the program's own code. */
export function shortTraces(lines: readonly string[]): string[] {
  const short: string[] = [];
  for (let i = 0; i < lines.length;) {
    if (!FRAME.test(lines[i]!)) {
      short.push(lines[i]!);
      i++;
      continue;
    }
    const isPython = PYTHON.test(lines[i]!);
    let end = i;
    while (end < lines.length && belongs(lines, end, isPython)) end++;
    short.push(
      ...isPython
        ? lastFrame(lines.slice(i, end))
        : firstFrames(lines.slice(i, end)),
    );
    i = end;
  }
  return short;
}

/** Whether a line is a frame, or the code below one of Python. */
function belongs(
  lines: readonly string[],
  at: number,
  isPython: boolean,
): boolean {
  const line = lines[at]!;
  if (FRAME.test(line)) return true;
  // The code, and marks below it.
  return isPython && /^ {4,}\S/.test(line);
}

/** Python names the nearest frame last, and its code below it. */
function lastFrame(frames: readonly string[]): string[] {
  const starts = frames.flatMap((line, i) => PYTHON.test(line) ? [i] : []);
  const own = starts.findLast((i) => !FOREIGN.test(frames[i]!)) ??
    starts.at(-1)!;
  return frames.slice(own, own + 2).filter((line, i) =>
    i === 0 || !PYTHON.test(line)
  );
}

/** All others name the nearest frame first; a line of its own has the place in Go. */
function firstFrames(frames: readonly string[]): string[] {
  const own = frames.filter((line) => !FOREIGN.test(line));
  // A frame of Node itself says nothing about the program.
  const known = own.length > 0
    ? own
    : frames.filter((line) => !/\(?node:/.test(line));
  const placed = known.find((line) => /:\d+/.test(line)) ?? known[0];
  return placed === undefined ? [] : [placed];
}
