/**
 * `deno task picture`: releases an example on a terminal of 100 columns and writes what that shows as docs/release.svg.
 * The terminal is xterm's own, so that the picture is what a person sees.
 *
 * Needs `script` (util-linux), which gives the command a terminal.
 *
 * @module
 */

import xterm from "@xterm/headless";

const PROJECT = "examples/thoughts";
const SECRETS = Object.fromEntries(
  ["TOKEN_KEY", "POSTGRES_PASSWORD", "ADMIN_PASSWORD"]
    .map((name) => [name, crypto.randomUUID()]),
);
const COLUMNS = 100;
const ROWS = 60;
/** Pixels; the width is what common monospaced fonts need at this size. */
const FONT = { size: 14, width: 8.43, line: 19 };
const PADDING = 16;
const BAR = 30;
const BACKGROUND = "#16181d";
const FOREGROUND = "#d8dbe2";
/** The sixteen colors, in the order of https://en.wikipedia.org/wiki/ANSI_escape_code#3-bit_and_4-bit. */
const PALETTE = [
  ...["#3b3f4a", "#f2777a", "#8fd18f", "#f5c06a"],
  ...["#7db4f0", "#cc9cee", "#6fd3d3", "#d8dbe2"],
  ...["#8b909c", "#ff8b8e", "#a5e3a5", "#ffd588"],
  ...["#9cc8fa", "#dcb4f8", "#8ae6e6", "#ffffff"],
];

/** A stretch of text that looks the same. */
interface Span {
  text: string;
  column: number;
  fill: string;
  bold: boolean;
  dim: boolean;
}

/** Runs a command on a terminal; resolves to what it wrote, escape sequences included. */
async function record(command: string): Promise<string> {
  const file = await Deno.makeTempFile();
  const { code } = await new Deno.Command("script", {
    args: [
      "--quiet",
      "--return",
      "--command",
      `stty cols ${COLUMNS} rows ${ROWS}; ${command}`,
      file,
    ],
    env: { TERM: "xterm-256color", ...SECRETS },
    stdin: "null",
    stdout: "null",
  }).output();
  const text = await Deno.readTextFile(file);
  await Deno.remove(file);
  if (code !== 0) throw new Error(`"${command}" ended with ${code}: ${text}`);
  // The first and the last line are script's own.
  return text.replace(/^Script started.*\n/, "")
    .replace(/\r?\n?Script done.*\n$/, "");
}

/** The lines of the terminal after it has shown a text. */
async function show(text: string): Promise<Span[][]> {
  const terminal = new xterm.Terminal({
    cols: COLUMNS,
    rows: ROWS,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const spans: Span[] = [];
    const line = active.getLine(active.baseY + row);
    for (let column = 0; column < COLUMNS; column++) {
      const cell = line?.getCell(column);
      if (!cell) continue;
      const color = cell.isFgDefault() ? undefined : cell.getFgColor();
      const span = {
        text: cell.getChars() || " ",
        column,
        fill: color === undefined
          ? FOREGROUND
          : PALETTE[color] ?? gray(color) ?? FOREGROUND,
        bold: cell.isBold() !== 0,
        dim: cell.isDim() !== 0,
      };
      const last = spans.at(-1);
      const isSame = last && last.fill === span.fill &&
        last.bold === span.bold && last.dim === span.dim;
      if (isSame) last.text += span.text;
      else spans.push(span);
    }
    return spans;
  });
  while (lines.at(-1)?.every(({ text }) => text.trim() === "")) lines.pop();
  return lines;
}

/** The gray scale of the 256 colors. */
function gray(color: number): string | undefined {
  if (color < 232 || color > 255) return undefined;
  const value = 8 + 10 * (color - 232);
  return `rgb(${value},${value},${value})`;
}

function escaped(text: string): string {
  // Several spaces count as one in many viewers, whatever the file says.
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(" ", "\u00a0");
}

/** The lines as a picture of a window. */
function svg(lines: readonly Span[][], title: string): string {
  const width = Math.ceil(COLUMNS * FONT.width + 2 * PADDING);
  const height = BAR + lines.length * FONT.line + 2 * PADDING;
  const rows = lines.flatMap((spans, row) => {
    const y = BAR + PADDING + (row + 0.75) * FONT.line;
    return spans.flatMap(({ text, column, fill, bold, dim }) => {
      const shown = text.trimEnd();
      if (shown.trim() === "") return [];
      const x = (PADDING + column * FONT.width).toFixed(2);
      // The length holds the columns together, whatever font is there.
      const length = (shown.length * FONT.width).toFixed(2);
      return `<text x="${x}" y="${y}" textLength="${length}" fill="${fill}"${
        bold ? ' font-weight="bold"' : ""
      }${dim ? ' opacity=".65"' : ""}>${escaped(shown)}</text>`;
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>$ ${title}</title>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g fill="#4b505c"><circle cx="20" cy="18" r="5"/><circle cx="38" cy="18" r="5"/><circle cx="56" cy="18" r="5"/></g>
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="${FONT.size}">
${rows.join("\n")}
</g>
</svg>
`;
}

if (import.meta.main) {
  const root = new URL("..", import.meta.url).pathname;
  const todoflow = (target: string) =>
    `deno run -A ${root}mod.ts -C ${root}${PROJECT} ${target}`;
  try {
    // The picture shows a second release, because most releases replace one.
    await record(todoflow("test"));
    await record(todoflow("release"));
    const shown = `\x1b[1;32m$\x1b[m todoflow release\r\n` +
      await record(todoflow("release"));
    const picture = svg(await show(shown), "todoflow release");
    const file = `${root}docs/release.svg`;
    await Deno.writeTextFile(file, picture);
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file] })
      .output();
  } finally {
    await record(todoflow("clean"));
  }
}
