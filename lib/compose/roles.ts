/**
 * Derives the roles of services from what the Compose file says: the app and its entrance, the tests, the one-shots and the
 * acceptance tests. It decides from data alone; `x-todoflow` takes precedence.
 *
 * @module
 */

import { appOf } from "./app.ts";
import type { Candidate } from "./candidate.ts";
import { type Choice, only, type Reasoned } from "./choice.ts";
import {
  ACCEPTANCE_NAME,
  type Candidates,
  isAcceptance,
  isEnding,
  isMigration,
  isTest,
  needs,
  TEST_NAME,
  TEST_NAMES,
  testLike,
} from "./recognize.ts";
import type { Guess } from "../plan/plan.ts";
import { appsIn, type Config, testsIn } from "./config.ts";

/** The roles of services. */
export interface Roles {
  /** The services of the application that are proven. */
  app: Choice;
  /** The service whose port is the URL of an app that publishes none, by the app. */
  entrances: ReadonlyMap<string, string>;
  test: Choice;
  /** The services that are tests by their names, whether they have the role or not. */
  tests: readonly string[];
  /** One-shots before the app. */
  setup: readonly string[];
  /** The services whose names say that they end, although no service waits for that. */
  ending: readonly string[];
  acceptance: Choice;
  guesses: readonly Guess[];
}

/** Options of {@linkcode rolesOf}. */
interface RolesOptions {
  config: Config;
  /** The name that Compose would give the project. */
  project: string;
  /** The file of tests, if Compose reads one, and its services that run tests. */
  tests?: { name: string; runners: readonly string[] } | undefined;
}

/** Finds the roles. */
export function rolesOf(
  all: Candidates,
  { config, project, tests: file }: RolesOptions,
): Roles {
  const { test = {}, release = {} } = config;
  const named = configured(appsIn(config)?.map(({ service }) => service));
  const found = named ?? appOf(all, project);
  const entrances = entrancesOf(found.services, all);
  const acceptance = release.acceptance === undefined
    ? acceptanceOf(all, found.services, release.without)
    : { services: [release.acceptance], candidates: [] };
  const tests = testLike(all);
  const chosen = configured(testsIn(config)) ??
    testOf({ tests, file, app: found.services, run: test.run });
  const oneShots = oneShotsOf(all, found.services);
  const guesses = [
    ...(named ? [] : guessesOf("app", found)),
    ...[...entrances].map(([app, service]): Guess => ({
      ...{ role: "entrance", service },
      reason:
        `"${app}" publishes no port, and this is the only one that does and depends on it`,
    })),
    ...(test.service === undefined ? guessesOf("test", chosen) : []),
    ...(release.setup === undefined ? oneShots.guesses : []),
    ...(release.acceptance === undefined
      ? guessesOf("acceptance", acceptance)
      : []),
  ];
  return {
    app: found,
    entrances,
    test: chosen,
    tests,
    setup: oneShots.setup,
    ending: release.setup === undefined ? oneShots.ending : [],
    acceptance,
    guesses,
  };
}

function configured(
  services: readonly string[] | undefined,
): Reasoned | undefined {
  return services && { services, candidates: [] };
}

function guessesOf(
  role: Guess["role"],
  { services, reason }: Reasoned,
): Guess[] {
  return reason === undefined
    ? []
    : services.map((service) => ({ role, service, reason }));
}

const NONE: Reasoned = { services: [], candidates: [] };

/** The entrances of apps that publish nothing: the only service that depends on the app and publishes a port. */
function entrancesOf(
  apps: readonly string[],
  all: Candidates,
): Map<string, string> {
  return new Map(apps.flatMap((app) => {
    const one = all.get(app);
    if (!one || one.publishes) return [];
    const fronts = [...all.values()].filter((other) =>
      other.isActive && other.ports.length > 0 && other.kind !== "tool" &&
      !isTest(other, all) && needs(other, app, all)
    );
    return fronts.length === 1 ? [[app, fronts[0]!.name]] : [];
  }));
}

function testOf({ tests, file, app, run }: {
  tests: readonly string[];
  file: RolesOptions["tests"];
  app: readonly string[];
  run: readonly string[] | undefined;
}): Reasoned {
  if (file) {
    // It is there to run all of them.
    const reason = file.runners.every((name) => TEST_NAME.test(name))
      ? `by its name, in ${file.name}`
      : `${file.name} says what it runs`;
    return { services: file.runners, candidates: [], reason };
  }
  const byName = "by its name";
  const exact = TEST_NAMES.find((name) => tests.includes(name));
  if (exact !== undefined) {
    const reason = exact === "test" ? {} : { reason: byName };
    return { services: [exact], candidates: [], ...reason };
  }
  // Acceptance tests need the app; they are the tests only if there are no others.
  const others = tests.filter((name) => !ACCEPTANCE_NAME.test(name));
  const found = others.length > 0 ? others : tests;
  const [one] = found;
  if (one !== undefined && found.length === 1) {
    return { services: [one], candidates: [], reason: byName };
  }
  if (found.length > 1) return { services: [], candidates: found };
  if (run === undefined || app.length !== 1) return NONE;
  return { services: app, candidates: [], reason: "the app, for test.run" };
}

function acceptanceOf(
  all: Candidates,
  apps: readonly string[],
  without: readonly string[] = [],
): Reasoned {
  const found = [...all.values()].filter((one) =>
    !without.includes(one.name) && isAcceptance(one, all) &&
    apps.some((app) => reaches(one, app, all))
  );
  const [one] = found;
  const isConventional = all.has("acceptance") &&
    ![...without, ...apps].includes("acceptance");
  if (isConventional) return { services: ["acceptance"], candidates: [] };
  if (one === undefined) return NONE;
  return found.length === 1
    ? only(one, "by its name")
    : { services: [], candidates: found.map(({ name }) => name) };
}

/** Whether a service can send requests to another one. */
function reaches(one: Candidate, other: string, all: Candidates): boolean {
  const { networks = [] } = all.get(other) ?? {};
  return needs(one, other, all) ||
    one.networks.some((network) => networks.includes(network));
}

/** One-shots: those that the app needs completed, and those that are called so. */
function oneShotsOf(all: Candidates, apps: readonly string[]) {
  const needed = apps.flatMap((app) =>
    (all.get(app)?.dependsOn ?? []).filter(({ condition }) =>
      condition === "service_completed_successfully"
    ).map(({ service }) => service)
  );
  const isWaitedFor = (name: string) =>
    [...all.values()].some(({ dependsOn }) =>
      dependsOn.some(({ service, condition }) =>
        service === name && condition === "service_completed_successfully"
      )
    );
  const isAfter = (one: Candidate) => apps.some((app) => needs(one, app, all));
  const own = [...all.values()].filter(({ name }) => !apps.includes(name));
  const migrations = own.filter((one) =>
    isMigration(one) && !isAfter(one) && one.kind !== "data store" &&
    (one.isActive || one.name === "migrate")
  ).map(({ name }) => name);
  const ending = own.filter((one) =>
    one.isActive && !migrations.includes(one.name) &&
    !isWaitedFor(one.name) &&
    (isEnding(one, all) || isMigration(one) && isAfter(one))
  ).map(({ name }) => name);
  const guesses = [...migrations, ...ending]
    .filter((name) => name !== "migrate" && !needed.includes(name))
    .map((service): Guess => ({
      ...{ role: "one-shot", service },
      reason: "by its name",
    }));
  const setup = [...new Set([...migrations, ...needed])];
  return { setup, ending, guesses };
}
