/**
 * A terminal as a person sees it, with what reporters may use of it: text, tabs, line ends, cursor up, carriage return, erase
 * below, colors (not shown). Everything else throws.
 *
 * @module
 */

interface Row {
  cells: string[];
  /** Whether the text goes on in the next row, because there was no room. */
  wrapped: boolean;
}

/** A terminal. */
export interface Screen {
  /** How often something was written. */
  writes: number;
  write(text: string): void;
  /** All rows since the beginning, without the empty ones at the end. */
  all(): string[];
  /** The rows that are in view. */
  view(): string[];
  /** Whether the cursor is at the start of an empty row. */
  isFresh(): boolean;
  /** Breaks the rows anew, as terminals do that are made narrower or wider. */
  resize(columns: number): void;
}

// deno-lint-ignore no-control-regex -- this is what terminals obey
const TOKEN = /\x1b\[[0-9;]*[A-Za-z]|[^]/gu;

/** Makes an empty terminal. */
export function screen(columns: number, height: number): Screen {
  let rows: Row[] = [{ cells: [], wrapped: false }];
  let at = { row: 0, column: 0 };

  const put = (char: string, width: number) => {
    if (at.column + width > columns) {
      rows[at.row]!.wrapped = true;
      at = { row: at.row + 1, column: 0 };
    }
    rows[at.row] ??= { cells: [], wrapped: false };
    const { cells } = rows[at.row]!;
    if (width === 0) cells[at.column - 1] += char;
    else cells[at.column] = char;
    if (width === 2) cells[at.column + 1] = "";
    at.column += width;
  };
  const top = () => Math.max(0, rows.length - height);
  const text = (row: Row) => [...row.cells].map((c) => c ?? " ").join("");

  const self: Screen = {
    writes: 0,
    write: (written) => {
      self.writes++;
      for (const token of written.match(TOKEN) ?? []) {
        if (token === "\n") {
          at = { row: at.row + 1, column: 0 };
          rows[at.row] ??= { cells: [], wrapped: false };
        } else if (token === "\r") at.column = 0;
        else if (token === "\x1b[J") {
          rows.splice(at.row + 1);
          const row = rows[at.row]!;
          row.cells.splice(at.column);
          row.wrapped = false;
        } else if (token.endsWith("A") && token.startsWith("\x1b[")) {
          at.row = Math.max(top(), at.row - parseInt(token.slice(2)));
        } else if (token.endsWith("m") && token.startsWith("\x1b[")) continue;
        else if (token === "\t") {
          do put(" ", 1); while (at.column % 8 > 0);
        } else if (/^\p{Cc}/u.test(token)) {
          throw new Error(`a terminal gets ${JSON.stringify(token)}`);
        } else put(token, widthOf(token));
      }
    },
    all: () => {
      const lines = rows.map(text).map((line) => line.trimEnd());
      while (lines.at(-1) === "") lines.pop();
      return lines;
    },
    view: () => rows.slice(top()).map(text).map((line) => line.trimEnd()),
    isFresh: () =>
      at.column === 0 && at.row === rows.length - 1 &&
      rows[at.row]!.cells.length === 0,
    resize: (width) => {
      const old = rows;
      const cursor = old[at.row];
      columns = width;
      rows = [{ cells: [], wrapped: false }];
      at = { row: 0, column: 0 };
      let row = 0;
      old.forEach((line, index) => {
        if (line === cursor) row = at.row;
        line.cells.forEach((char) => char && put(char, widthOf(char)));
        if (line.wrapped || index === old.length - 1) return;
        at = { row: at.row + 1, column: 0 };
        rows[at.row] = { cells: [], wrapped: false };
      });
      at = { row, column: 0 };
    },
  };
  return self;
}

/** Enough for the characters of these tests. */
function widthOf(text: string): number {
  const [char = ""] = text;
  if (/\p{Mn}/u.test(char)) return 0;
  return /[\p{Script=Han}\p{Script=Hiragana}]|\p{Emoji_Presentation}/u
      .test(char)
    ? 2
    : 1;
}
