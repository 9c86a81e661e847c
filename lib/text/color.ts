/**
 * Colors: whether there are some, and the few that are used. None of them means anything without the word it is on.
 *
 * @module
 */

/** Colors a text, which must not contain a line end; or leaves it as it is. */
type Paint = (text: string) => string;

/** What texts are colored with. */
export interface Style {
  /** Whether the paints do anything. */
  color: boolean;
  red: Paint;
  green: Paint;
  yellow: Paint;
  bold: Paint;
  dim: Paint;
}

/** "Select Graphic Rendition": https://ecma-international.org/publications-and-standards/standards/ecma-48/, 8.3.117. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

/** Paints that color, or that do nothing. */
export function style(color: boolean): Style {
  const paint = (name: keyof typeof CODES): Paint =>
    color
      ? (text) => text && `\x1b[${CODES[name]}m${text}\x1b[0m`
      : (text) => text;
  return {
    color,
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    bold: paint("bold"),
    dim: paint("dim"),
  };
}

/** What decides whether something is colored. */
export interface ColorOptions {
  env: Readonly<Record<string, string>>;
  /** What the flag `--color` says; `auto` without one. */
  color: "auto" | "always" | "never";
}

/**
 * Whether to color what goes somewhere: the flag decides, else NO_COLOR (https://no-color.org), else FORCE_COLOR
 * (https://force-color.org), else whether colors are likely to be understood.
 */
export function wantsColor(
  { env, color }: ColorOptions,
  { isTerminal }: { readonly isTerminal: boolean },
): boolean {
  if (color !== "auto") return color === "always";
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== "0") return true;
  if (env.GITHUB_ACTIONS === "true" || env.GITLAB_CI === "true") return true;
  return isTerminal && env.TERM !== "dumb";
}
