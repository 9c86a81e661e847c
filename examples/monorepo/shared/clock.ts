/** The words that both applications use: the answer of the API, which the page shows. */

/** The time in a zone. */
export interface Answer {
  zone: string;
  /** Such as "09:05". */
  time: string;
}

/** The time that a clock in a zone shows; undefined if there is no such zone. */
export function clock(zone: string, now: Date): Answer | undefined {
  try {
    const options = { timeZone: zone, timeStyle: "short" } as const;
    return {
      zone,
      time: new Intl.DateTimeFormat("en-GB", options).format(now),
    };
  } catch {
    return undefined;
  }
}
