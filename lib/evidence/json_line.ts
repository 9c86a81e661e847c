/**
 * Reads the lines of programs that log in JSON, such as pino, winston, zap and logrus.
 *
 * @module
 */

/** The most UTF-16 units of a line that is read as JSON. */
const MOST = 16_384;

/** Levels of pino: https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object. */
const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** The level, the message and the error of a line in JSON, such as "error: cannot connect: ECONNREFUSED"; any other line as it is. */
export function plainOf(line: string): string {
  if (!line.startsWith("{") || !line.endsWith("}") || line.length > MOST) {
    return line;
  }
  try {
    return textOf(JSON.parse(line)) ?? line;
  } catch {
    return line;
  }
}

function textOf(log: Readonly<Record<string, unknown>>): string | undefined {
  const message = firstText(log, ["msg", "message", "@m", "event"]);
  if (message === undefined) return undefined;
  const level = log.level ?? log.severity ?? log.lvl ?? log["@l"];
  const name = typeof level === "number" ? LEVELS[level] : level;
  const error = errorOf(log.err ?? log.error ?? log.exception);
  const told = error !== undefined && !message.includes(error)
    ? `${message}: ${error}`
    : message;
  const [first = ""] = told.split("\n");
  return typeof name === "string" ? `${name.toLowerCase()}: ${first}` : first;
}

function errorOf(error: unknown): string | undefined {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return undefined;
  return firstText(error as Record<string, unknown>, ["message", "stack"]);
}

function firstText(
  from: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): string | undefined {
  return keys.map((key) => from[key])
    .find((value) => typeof value === "string" && value !== "") as
      | string
      | undefined;
}
