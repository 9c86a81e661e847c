/**
 * Checks for services that do not wait until their data stores are ready.
 *
 * @module
 */

import type { Condition } from "../../compose/raw_service.ts";
import { kindOf, type ServiceKind } from "../../compose/service_kind.ts";
import type { Check } from "../project/check.ts";
import type { Draft } from "../project/finding.ts";
import type { Part, Project } from "../project/project.ts";
import { dependsOnLines } from "./depends_on.ts";
import { suggestedCheck } from "./health_check.ts";

/** Plain `depends_on` of a data store waits until its container has started, and not until it takes connections. */
const startedStores: Check = (project) => {
  const stores = new Map(
    project.parts.filter((part) => kindOfPart(part) === "data store")
      .map((part) => [part.name, storeOf(part, project)]),
  );
  const waiting = project.parts.filter((part) => isClient(part)).map((
    part,
  ) => ({
    part,
    needed: part.service.dependsOn.flatMap(({ service, condition }) =>
      condition === "service_started" && stores.has(service) ? service : []
    ),
  })).filter(({ needed }) => needed.length > 0);
  const needed = new Set(waiting.flatMap(({ needed }) => needed));
  const unchecked = [...stores].flatMap(([name, { isChecked, check }]) =>
    needed.has(name) && !isChecked ? { name, check } : []
  );
  return [
    ...waiting.map(({ part, needed }) => clientDraft(part, { needed, stores })),
    ...unchecked.map(storeDraft),
  ];
};

/** A data store that services depend on. */
interface Store {
  /** Whether it has a health check for certain. */
  isChecked: boolean;
  /** A health check to paste; empty where none is known to work. */
  check: string;
}

function storeOf(part: Part, project: Project): Store {
  return {
    isChecked: part.health.kind === "check",
    check: suggestedCheck(part, project),
  };
}

function kindOfPart({ name, raw }: Part): ServiceKind | undefined {
  const { image, build } = raw;
  return kindOf({ name, image, isBuilt: build !== undefined });
}

/** Data stores try again by themselves, and no run depends on a tool. */
function isClient(part: Part): boolean {
  return !["data store", "tool"].includes(kindOfPart(part) ?? "");
}

const COMMON = {
  id: "started-store",
  severity: "warning",
  why:
    "plain depends_on waits only until the container has started: a data store that still starts refuses connections, and whether a run succeeds is a matter of luck",
} satisfies Partial<Draft>;

const ALL = "Services start before their data stores are ready";

function clientDraft(
  part: Part,
  { needed, stores }: {
    needed: readonly string[];
    stores: ReadonlyMap<string, Store>;
  },
): Draft {
  const ready = needed.filter((name) => {
    const { isChecked = false, check = "" } = stores.get(name) ?? {};
    return isChecked || check !== "";
  });
  const changed = new Map(
    ready.map((name): [string, Condition] => [name, "service_healthy"]),
  );
  const names = needed.map((name) => `"${name}"`).join(", ");
  const is = needed.length === 1 ? "is" : "are";
  return {
    ...COMMON,
    title: `"${part.name}" starts before ${names} ${is} ready`,
    at: ["services", part.name, "depends_on"],
    fix: ready.length === 0 ? "" : dependsOnLines(part, changed),
    group: { all: ALL, one: `"${part.name}" does not wait for ${names}` },
  };
}

/** A condition needs a health check. */
function storeDraft(
  { name, check }: { name: string; check: string },
): Draft {
  return {
    ...COMMON,
    title: `"${name}" has no health check to wait for`,
    at: ["services", name],
    fix: check,
    group: { all: ALL, one: `"${name}" has no health check in the file` },
  };
}

/** The checks of data stores. */
export const storeChecks: readonly Check[] = [startedStores];
