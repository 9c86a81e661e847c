/**
 * Which services a release starts besides the app and its dependencies: all that `docker compose up` starts, except tests
 * and those that act on the outside.
 *
 * @module
 */

import { actsOutside } from "./service_kind.ts";
import type { Config } from "./config.ts";
import type { Candidate } from "./candidate.ts";
import { type Candidates, isAcceptance, TEST_NAME } from "./recognize.ts";
import type { Roles } from "./roles.ts";

/** A service that a release leaves out, although `docker compose up` starts it. */
export interface LeftOut {
  /** Name of the service. */
  service: string;
  /** A clause about the service, such as "is a tunnel". */
  reason: string;
}

/** The services of a release that have no role, and those that are left out. */
export interface Whole {
  others: readonly string[];
  left: readonly LeftOut[];
}

/**
 * Divides the services without a role.
 *
 * @param roles.image the service that only names the build of the release image
 */
export function wholeOf(
  all: Candidates,
  { test = {}, release = {} }: Config,
  roles: Roles & { image: string | undefined },
): Whole {
  const { with: included = [], without = [] } = release;
  const apps = roles.app.services;
  // A service that tests run with a command of their own is one of the release.
  const own = test.run ? [] : roles.test.services;
  const tests = new Set([...roles.tests, ...own]);
  const others: string[] = [];
  const left: LeftOut[] = [];
  for (const one of all.values()) {
    const { name } = one;
    const { services, candidates } = roles.acceptance;
    if ([...apps, ...services, ...candidates].includes(name)) continue;
    if (roles.setup.includes(name)) continue;
    if (without.includes(name)) continue;
    if (included.includes(name)) {
      others.push(name);
      continue;
    }
    // A dependency of a service that is started comes with it.
    if (!one.isActive || name === roles.image) continue;
    if (tests.has(name) || isOfTests(one, all, tests)) continue;
    if (isAcceptance(one, all)) {
      left.push({ service: name, reason: "is an acceptance test by its name" });
      continue;
    }
    const isNeeded = [...all.values()].some(({ isActive, dependsOn }) =>
      isActive && dependsOn.some(({ service }) => service === name)
    );
    const isEntrance = [...roles.entrances.values()].includes(name);
    const reason = isNeeded || isEntrance ? undefined : actsOutside(one);
    if (reason === undefined) others.push(name);
    else left.push({ service: name, reason });
  }
  return { others, left };
}

/** Whether a service is only there for tests, by its name and by the services that depend on it. */
function isOfTests(
  { name }: Candidate,
  all: Candidates,
  tests: ReadonlySet<string>,
): boolean {
  return TEST_NAME.test(name) &&
    [...all.values()].every((other) =>
      tests.has(other.name) ||
      other.dependsOn.every(({ service }) => service !== name)
    );
}
