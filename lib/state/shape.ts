/**
 * Checks that this version can have written the text of a file of the folder of records: another version, a person or a
 * full disk may have changed it.
 *
 * @module
 */

/** The most levels of objects and lists in a file; a deeper one could not be written again. */
const DEEPEST = 16;

/** The most UTF-16 units of a name or path. */
const LONGEST = 8_192;

/** The path of the first invalid value, such as "run.owns"; undefined if all are valid. */
export type Check = (value: unknown, at: string) => string | undefined;

/**
 * Reads the text of a file; unknown fields stay in the value.
 *
 * @param options.format the only format that is read
 */
export function parseAs<T>(
  text: string,
  { format, check }: { format: number; check: Check },
): { value: T } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  if (!isObject(value)) return { problem: "it is not an object" };
  const { format: written, ...rest } = value;
  if (written !== format) {
    const which = typeof written === "number" ? `${written}` : "unknown";
    return { problem: `written by another version (format ${which})` };
  }
  if (isDeep(rest)) return { problem: "it is nested too deep" };
  const wrong = check(rest, "");
  return wrong === undefined
    ? { value: rest as T }
    : { problem: `"${wrong}" has a value that this version does not write` };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDeep(value: unknown, level = 0): boolean {
  return typeof value === "object" && value !== null &&
    (level >= DEEPEST ||
      Object.values(value).some((one) => isDeep(one, level + 1)));
}

/** A value for which this holds. */
export function where(holds: (value: unknown) => boolean): Check {
  return (value, at) => holds(value) ? undefined : at;
}

/** An object whose fields pass these checks. */
export function object(fields: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isObject(value)) return at;
    for (const [name, check] of Object.entries(fields)) {
      const wrong = check(value[name], at === "" ? name : `${at}.${name}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** A list whose elements pass the check. */
export function list(check: Check): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return at;
    return value.map((one, i) => check(one, `${at}.${i}`))
      .find((wrong) => wrong !== undefined);
  };
}

/** An object with any names, whose values pass the check. */
export function mapOf(check: Check): Check {
  return (value, at) => {
    if (!isObject(value)) return at;
    return Object.entries(value)
      .map(([name, one]) => check(one, `${at}.${name}`))
      .find((wrong) => wrong !== undefined);
  };
}

/** The same, or nothing. */
export function optional(check: Check): Check {
  return (value, at) => value === undefined ? undefined : check(value, at);
}

/** A text of this form. */
export function text(pattern: RegExp): Check {
  return where((value) =>
    typeof value === "string" && value.length <= LONGEST && pattern.test(value)
  );
}

/** One of some texts. */
export function oneOf(...values: readonly string[]): Check {
  return where((value) => values.includes(value as string));
}

/** A word that docker reads as a name, never as a flag. */
export const name = text(/^[^\p{Cc}-][^\p{Cc}]*$/u);
/** A name that leads to no other folder, because a file is named after the service. */
export const service = text(/^(?!\.\.?$)[\w.-]+$/);
/** An absolute path. */
export const path = text(/^([/\\]|[A-Za-z]:)[^\0]*$/);
/** The name of a run. */
export const id = text(/^[\w-]+$/);
/** Words in one line. */
export const words = text(/^[^\p{Cc}]*$/u);
/** An integer above 0. */
export const count = where((value) =>
  Number.isSafeInteger(value) && Number(value) > 0
);
/** An integer from 0. */
export const whole = where((value) =>
  Number.isSafeInteger(value) && Number(value) >= 0
);
/** Yes or no. */
export const flag = where((value) => typeof value === "boolean");
