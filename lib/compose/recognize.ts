/**
 * Recognizes the roles that services may have by their names, as far as the rest of the file agrees.
 *
 * @module
 */

import type { Candidate } from "./candidate.ts";

/** Services by name. */
export type Candidates = ReadonlyMap<string, Candidate>;

/** Names of services that work for an application, and may publish a port all the same. */
export const WORKER_NAME =
  /(^|[-_.])(workers?|sidekiq|celery|beat|consumers?|schedulers?|daemon)$/i;

/** Whether a service may be the application: it is no data store, tool, test or one-shot. */
export function mayBeApp(one: Candidate, all: Candidates): boolean {
  const { name, kind, hasSocket, isBuilt } = one;
  const isTool = hasSocket && !isBuilt;
  return kind !== "data store" && kind !== "tool" && !isTool &&
    !isTest(one, all) && !isAcceptance(one, all) && !isEnding(one, all) &&
    !isMigration(one) && name !== "release";
}

/** Whether a service depends on another one, directly or not. */
export function needs(one: Candidate, other: string, all: Candidates): boolean {
  const seen = new Set<string>();
  const visit = ({ dependsOn }: Candidate): boolean =>
    dependsOn.some(({ service }) => {
      if (service === other) return true;
      if (seen.has(service)) return false;
      seen.add(service);
      const next = all.get(service);
      return next !== undefined && visit(next);
    });
  return visit(one);
}

/** The conventional names of the test service, the first one wins. */
export const TEST_NAMES = ["test", "tests", "sut"];

/** Names that only jobs have, whatever their images are. */
export const JOB_NAMES = [...TEST_NAMES, "acceptance"];

/** Whether a service may be one that ends: it publishes nothing, has no restart policy, and no other one depends on it. */
function isJob(one: Candidate, all: Candidates): boolean {
  const { name, kind, publishes, hasPolicy } = one;
  // The image of a database may be there for its client.
  const isStore = kind === "data store" && !JOB_NAMES.includes(name);
  return !isStore && !publishes && !hasPolicy &&
    ![...all.values()].some(({ dependsOn }) =>
      dependsOn.some(({ service }) => service === name)
    );
}

/** Names of services of tests. */
export const TEST_NAME = /^(tests?|sut)$|[-_.]tests?$|^tests?[-_.]/i;
/** Names of acceptance tests. */
export const ACCEPTANCE_NAME = /^(acceptance|e2e|smoke)([-_.]?tests?)?$/i;

/** Whether a service is a test by its name. */
export function isTest(one: Candidate, all: Candidates): boolean {
  return TEST_NAME.test(one.name) && isJob(one, all);
}

/** Whether a service is an acceptance test by its name. */
export function isAcceptance(one: Candidate, all: Candidates): boolean {
  return ACCEPTANCE_NAME.test(one.name) && isJob(one, all);
}

/** Names of the services that are tests by their names. */
export function testLike(all: Candidates): string[] {
  return [...all.values()].filter((one) => isTest(one, all))
    .map(({ name }) => name);
}

/** Names of migrations. */
export const MIGRATION_NAME =
  /^(migrate|migrator|migrations?)$|[-_.]migrat(e|or|ions?)$|^migrat(e|or|ions?)[-_.]/i;
/** Names of services that end. */
export const ENDING_NAME =
  /^(init|setup|bootstrap|create)[-_.]|[-_.](init|setup|bootstrap)$|[-_.]seed(er|s)?$|^(init|setup|bootstrap|seed.*)$/i;

/** Whether a service migrates a database, by its name; one that always starts again is a service, whatever its name. */
export function isMigration({ name, publishes, restarts }: Candidate): boolean {
  return MIGRATION_NAME.test(name) && !publishes &&
    (!restarts || name === "migrate");
}

/** Whether a service ends by itself, by its name. */
export function isEnding(one: Candidate, all: Candidates): boolean {
  return ENDING_NAME.test(one.name) && !one.publishes && !one.isChecked &&
    !one.restarts && !isTest(one, all);
}
