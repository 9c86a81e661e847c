/**
 * Draws the screen of a terminal as SVG. The terminal is xterm's own, so that the picture is what a person sees; its
 * colors follow the color scheme of the reader.
 *
 * @module
 */

import xterm from "@xterm/headless";

/** The size of a terminal, in characters. */
export interface Size {
  columns: number;
  rows: number;
}

/** A stretch of text that looks the same. */
export interface Span {
  text: string;
  column: number;
  /** The name of a color, as in {@linkcode DARK}. */
  color: string;
  bold: boolean;
  dim: boolean;
}

/** The colors on a dark ground; the names are those of the classes in the picture. */
export const DARK: Readonly<Record<string, string>> = {
  ground: "#16181d",
  text: "#d8dbe2",
  red: "#ff8b8e",
  green: "#8fd18f",
  yellow: "#f5c06a",
  blue: "#9cc8fa",
  magenta: "#dcb4f8",
  cyan: "#6fd3d3",
  gray: "#a2a7b3",
};

/** The same colors on a light ground. */
export const LIGHT: typeof DARK = {
  ground: "#f6f8fa",
  text: "#1f2328",
  red: "#b3141f",
  green: "#116329",
  yellow: "#7d4e00",
  blue: "#0550ae",
  magenta: "#6639ba",
  cyan: "#0f5e68",
  gray: "#59636e",
};

/** The sixteen colors, in the order of https://en.wikipedia.org/wiki/ANSI_escape_code#3-bit_and_4-bit. */
const SIXTEEN = [
  ...["gray", "red", "green", "yellow", "blue", "magenta", "cyan", "text"],
  ...["gray", "red", "green", "yellow", "blue", "magenta", "cyan", "text"],
];

/** Pixels; the width is what common monospaced fonts need at this size. */
const FONT = { size: 14, width: 8.43, line: 19 };
const PADDING = 16;
const BAR = 30;

/** The lines of the screen after the terminal has shown a text, without the empty ones at its end. */
export async function screenOf(
  text: string,
  { columns, rows }: Size,
): Promise<Span[][]> {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return Array.from({ length: columns }, (_, column) => {
      const cell = line?.getCell(column);
      return {
        text: cell?.getChars() || " ",
        column,
        color: !cell || cell.isFgDefault()
          ? "text"
          : SIXTEEN[cell.getFgColor()] ?? "text",
        bold: (cell?.isBold() ?? 0) !== 0,
        dim: (cell?.isDim() ?? 0) !== 0,
      };
    }).reduce(joined, []);
  });
  terminal.dispose();
  while (lines.at(-1)?.every(({ text }) => text.trim() === "")) lines.pop();
  return lines;
}

/** The spans with one more, which continues the last one if it looks the same. */
function joined(spans: Span[], span: Span): Span[] {
  const last = spans.at(-1);
  const isSame = last && last.color === span.color &&
    last.bold === span.bold && last.dim === span.dim;
  if (isSame) last.text += span.text;
  else spans.push(span);
  return spans;
}

/** The text of a screen. */
export function textOf(screen: readonly Span[][]): string {
  return screen.map((spans) => spans.map(({ text }) => text).join("").trimEnd())
    .join("\n");
}

/** A screen as the picture of a window, whose bar shows the command. */
export function windowOf(
  screen: readonly Span[][],
  { command, columns }: { command: string; columns: number },
): string {
  const width = Math.ceil(columns * FONT.width + 2 * PADDING);
  const height = BAR + screen.length * FONT.line + 2 * PADDING;
  const top = BAR + PADDING + 0.75 * FONT.line;
  const rows = screen.flatMap((spans, row) =>
    spans.flatMap((span) => drawn(span, top + row * FONT.line))
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${FONT.size}">
<title>$ ${escaped(command)}</title>
<style>
${classes(LIGHT)}
@media (prefers-color-scheme: dark) {
${classes(DARK)}
}
</style>
<rect class="ground" width="100%" height="100%" rx="8"/>
<text class="gray" x="${width / 2}" y="21" text-anchor="middle">${
    escaped(`$ ${command}`)
  }</text>
${rows.join("\n")}
</svg>
`;
}

function classes(colors: typeof DARK): string {
  return Object.entries(colors)
    .map(([name, color]) => `.${name} { fill: ${color} }`).join("\n");
}

/** A span at this height; nothing if it is empty. */
function drawn({ text, column, color, bold, dim }: Span, y: number): string[] {
  const shown = text.trimEnd();
  const start = shown.length - shown.trimStart().length;
  const words = shown.slice(start);
  if (words === "") return [];
  const x = (PADDING + (column + start) * FONT.width).toFixed(2);
  // The length holds the columns together, whatever font is there.
  const length = (words.length * FONT.width).toFixed(2);
  const name = dim && color === "text" ? "gray" : color;
  return [
    `<text class="${name}" x="${x}" y="${y.toFixed(2)}" textLength="${length}"${
      bold ? ' font-weight="bold"' : ""
    }>${escaped(words)}</text>`,
  ];
}

function escaped(text: string): string {
  // Several spaces count as one in many viewers, whatever the file says.
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(" ", "\u00a0");
}
