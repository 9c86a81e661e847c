/**
 * Durations and counts, as people write and read them.
 *
 * @module
 */

/** Milliseconds of a duration such as "1m30s", in the notation of Compose. */
export function parseDuration(duration: string): number {
  const units: Record<string, number> = {
    ms: 1,
    s: 1_000,
    m: 60_000,
    h: 3_600_000,
  };
  return [...duration.matchAll(/([\d.]+)(ms|s|m|h)/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}

/** Milliseconds for people: "26 ms", "0.4 s", "2 min 5 s", with spaces that keep it on one line. */
export function duration(ms: number): string {
  if (ms < 99.5) return `${Math.round(ms)}\u00a0ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}\u00a0s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}\u00a0min\u00a0${seconds % 60}\u00a0s`;
}

/** A count with its noun, such as "1 line" and "20 000 lines". */
export function count(
  number: number,
  one: string,
  many: string = `${one}s`,
): string {
  const digits = String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${digits} ${number === 1 ? one : many}`;
}

/** Bytes as MiB for people, without the unit: "118", and "4.2" below ten. */
export function mebibytes(bytes: number): string {
  const number = bytes / 2 ** 20;
  return number < 9.95 ? number.toFixed(1) : String(Math.round(number));
}

/** Milliseconds as seconds for people, such as "0.4 s". */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Milliseconds in the largest unit that fits, such as "3m", or "3 min" if `long`; "-" if they are not known (NaN). */
export function age(ms: number, { long = false } = {}): string {
  if (Number.isNaN(ms)) return "-";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units = [[86_400, "d"], [3_600, "h"], [60, "m"]] as const;
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "s"];
  const number = Math.floor(seconds / size);
  return long ? `${number} ${unit === "m" ? "min" : unit}` : number + unit;
}
