/**
 * Splits text into lines.
 *
 * @module
 */

/** How many UTF-16 units of a line are passed on; the rest of a longer line is dropped. */
const MAX_LINE = 1_000_000;

/** Takes text in pieces and passes on each line without its end; `end` passes on what follows the last line end. */
export function lineReader(
  output: (line: string) => void,
): { read(text: string): void; end(): void } {
  // Kept in parts, so that a long line is joined only once.
  let parts: string[] = [];
  let length = 0;
  const add = (part: string) => {
    const kept = part.slice(0, MAX_LINE - length);
    if (kept) parts.push(kept);
    length += kept.length;
  };
  const take = () => {
    const line = parts.join("");
    parts = [];
    length = 0;
    return line;
  };
  return {
    read: (text) => {
      const lines = text.split("\n");
      const rest = lines.pop()!;
      for (const line of lines) {
        add(line);
        output(take().replace(/\r$/, ""));
      }
      add(rest);
    },
    end: () => {
      if (length > 0) output(take());
    },
  };
}
