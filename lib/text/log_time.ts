/**
 * The time that the engine puts before each line of a log, as in `docker logs --timestamps`.
 *
 * @module
 */

/** A line of a log, or a whole log, without the engine's times. */
export function untimed(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, "");
}
