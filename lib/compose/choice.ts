/**
 * The choice of the services of a role, with its reason.
 *
 * @module
 */

/** The services of a role, or why no rule can tell them. */
export interface Choice {
  services: readonly string[];
  /** Equal candidates, if there are no services because the rules cannot tell them apart. */
  candidates: readonly string[];
}

/** A choice, with the reason why it is no convention. */
export interface Reasoned extends Choice {
  /** Undefined where the service has the conventional name, or the file says it. */
  reason?: string;
}

/** The choice of one service. */
export function only({ name }: { name: string }, reason: string): Reasoned {
  return { services: [name], candidates: [], reason };
}
