/**
 * Colors: whether to use them, and the few that are used. No color carries a meaning that the colored word lacks.
 *
 * @module
 */

/** Colors a text, which must not contain a line end, or returns it unchanged. */
type Paint = (text: string) => string;

/** The colors to write with. */
export interface Style {
  /** Whether the colors are on. */
  color: boolean;
  red: Paint;
  green: Paint;
  yellow: Paint;
  cyan: Paint;
  bold: Paint;
  dim: Paint;
}

/** "Select Graphic Rendition": https://ecma-international.org/publications-and-standards/standards/ecma-48/, 8.3.117. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** The colors, on or off. */
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
    cyan: paint("cyan"),
    bold: paint("bold"),
    dim: paint("dim"),
  };
}

/** The settings that decide whether to color. */
interface ColorOptions {
  env: Readonly<Record<string, string>>;
  /** The value of the flag `--color`; `auto` without the flag. */
  color: "auto" | "always" | "never";
}

/**
 * Whether to color a text: the flag decides, else NO_COLOR (https://no-color.org), else FORCE_COLOR
 * (https://force-color.org), else whether its destination is known to understand colors.
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
