/**
 * Finds networks that the engine could not make, because another one has their addresses.
 *
 * @module
 */

import type { Workflow } from "../compose/workflow.ts";
import type { ProjectObject } from "../engine/objects.ts";
import { TodoflowError } from "../errors/todoflow_error.ts";
import type { Made } from "../plan/plan.ts";

/**
 * The refusal because a range of addresses that the file fixes belongs to a network that stays.
 *
 * @param options.removes the objects that the run removes before it makes anything
 */
export function takenSubnet(
  { subnets }: Workflow,
  { objects, removes }: {
    objects: readonly ProjectObject[];
    removes: readonly Made[];
  },
): TodoflowError | undefined {
  for (const { key, network, subnet } of subnets) {
    for (const { name, id, subnets: taken = [] } of objects) {
      const goes = removes.some((one) =>
        one.kind === "network" && one.id === id
      );
      const other = taken.find((one) => overlap(one, subnet));
      if (goes || name === network || other === undefined) continue;
      return new TodoflowError({
        kind: "invalid-config",
        path: ["networks", key, "ipam", "config"],
        problem: `the network ${name} has the addresses ${other}, ` +
          "so no other one can have them: leave the choice to the engine",
      });
    }
  }
  return undefined;
}

/** Whether two ranges of addresses, such as "172.28.0.0/16", have an address in common. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  // Ranges of IPv6 are compared as they are written.
  return a && b ? a.from <= b.to && b.from <= a.to : one === other;
}

function rangeOf(subnet: string): { from: number; to: number } | undefined {
  const [, address = "", bits = ""] =
    /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(subnet) ?? [];
  if (address === "") return undefined;
  const number = address.split(".")
    .reduce((all, part) => all * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const from = Math.floor(number / size) * size;
  return { from, to: from + size - 1 };
}
