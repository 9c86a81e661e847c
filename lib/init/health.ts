/**
 * The health checks that services lack, because others wait for them or should.
 *
 * @module
 */

import { dependsOnLines } from "../doctor/checks/depends_on.ts";
import { suggestedCheck } from "../doctor/checks/health_check.ts";
import { storeTest } from "../doctor/checks/store_check.ts";
import type { Condition } from "../compose/raw_service.ts";
import { indented } from "../doctor/project/paste.ts";
import { baseOf, type Part, type Project } from "../doctor/project/project.ts";
import { blockAt } from "./block.ts";
import type { Block, Missing } from "./missing.ts";

/** A service without a health check that others depend on. */
interface Unchecked {
  part: Part;
  /** Services that wait until it is healthy. */
  waiting: readonly string[];
  /** Services that wait only until it has started, although it is a database, which takes longer. */
  started: readonly string[];
}

function uncheckedIn({ parts }: Project): Unchecked[] {
  return parts.flatMap((part) => {
    if (part.health.kind === "check") return [];
    const by = (wanted: string) =>
      parts.filter(({ service }) =>
        service.dependsOn.some(({ service, condition }) =>
          service === part.name && condition === wanted
        )
      ).map(({ name }) => name);
    const waiting = by("service_healthy");
    // An image that is not on this machine may have a check of its own, which is not replaced.
    const isStore = part.health.kind === "none" &&
      storeTest(baseOf(part) ?? "") !== undefined;
    const started = isStore ? by("service_started") : [];
    const isNeeded = waiting.length + started.length > 0;
    return isNeeded ? [{ part, waiting, started }] : [];
  });
}

/** The checks, and `depends_on` of services that should wait for them. */
export async function missingChecks(
  project: Project,
  caller: string,
): Promise<Missing> {
  const blocks: Block[] = [];
  const notes: string[] = [];
  const stores = new Map<string, string[]>();
  for (const { part, waiting, started } of uncheckedIn(project)) {
    const { name } = part;
    const [first] = [...waiting, ...started];
    const text = suggestedCheck(part, project);
    if (text === "") {
      if (waiting.length === 0) continue;
      notes.push(
        `"${first}" waits until "${name}" is healthy: give "${name}" a health check with a program of its image.`,
      );
      continue;
    }
    const why = waiting.length > 0
      ? `"${first}" waits until "${name}" is healthy, and nothing checks that`
      : `"${first}" needs "${name}", which answers only some time after its start`;
    const lines = (indent: string) => indented(text, indent);
    const at = ["services", name];
    blocks.push(
      await blockAt({ at, where: "below", why, lines }, project, caller),
    );
    for (const other of started) {
      stores.set(other, [...stores.get(other) ?? [], name]);
    }
  }
  for (const [name, needed] of stores) {
    const part = project.parts.find((part) => part.name === name)!;
    const init = {
      at: ["services", name, "depends_on"],
      why: `"${name}" then starts when ${needed.join(" and ")} can answer`,
      where: "in place of" as const,
      lines: (indent: string) =>
        indented(dependsOnLines(part, healthy(needed)), indent),
    };
    blocks.push(await blockAt(init, project, caller));
  }
  return { files: [], blocks, notes };
}

/** The condition that the services be healthy. */
function healthy(names: readonly string[]): Map<string, Condition> {
  return new Map(names.map((name) => [name, "service_healthy"]));
}
