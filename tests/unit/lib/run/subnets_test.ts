import { assertEquals } from "@std/assert";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import type { ProjectObject } from "../../../../lib/engine/objects.ts";
import type { Made } from "../../../../lib/plan/plan.ts";
import { overlap, takenSubnet } from "../../../../lib/run/subnets.ts";

for (
  const [one, other, is] of [
    ["172.28.0.0/16", "172.28.0.0/16", true],
    ["172.28.0.0/16", "172.28.5.0/24", true],
    ["172.28.5.0/24", "172.28.0.0/16", true],
    ["172.28.5.200/24", "172.28.5.9/32", true],
    ["0.0.0.0/0", "192.168.1.0/24", true],
    ["172.28.0.0/16", "172.29.0.0/16", false],
    ["172.28.0.0/24", "172.28.1.0/24", false],
    ["10.0.0.0/8", "192.168.0.0/16", false],
    // The upper half of the addresses is no negative number.
    ["200.0.0.0/8", "200.1.0.0/16", true],
    ["fd00::/64", "fd00::/64", true],
    ["fd00::/64", "fd01::/64", false],
    ["fd00::/64", "172.28.0.0/16", false],
  ] as const
) {
  Deno.test(`${one} and ${other} have ${is ? "an" : "no"} address in common`, () => {
    assertEquals(overlap(one, other), is);
  });
}

const MODEL = `
name: shop--test
services: { app: { image: a } }
networks:
  lan: { name: shop--test_lan, ipam: { config: [{ subnet: 172.28.0.0/16 }] } }
  other: { name: shop--test_other, ipam: null }
  proxy: { name: proxy, external: true, ipam: { config: [{ subnet: 10.0.0.0/8 }] } }
`;

function network(name: string, ...subnets: string[]): ProjectObject {
  return {
    kind: "network",
    project: "shop",
    ...{ name, id: `id-${name}`, subnets },
  };
}

/** The refusal of a run, on an engine with these networks. */
async function refused(objects: ProjectObject[], removes: Made[] = []) {
  const workflow = await readWorkflow(MODEL);
  return takenSubnet(workflow, { objects, removes })?.failure;
}

Deno.test("the addresses of a network that stays cannot be had twice", async () => {
  assertEquals(
    await refused([
      { kind: "volume", project: "shop", name: "v", id: "" },
      network("free", "172.29.0.0/16"),
      network("shop_lan", "10.9.0.0/16", "172.28.0.0/24"),
    ]),
    {
      kind: "invalid-config",
      path: ["networks", "lan", "ipam", "config"],
      problem:
        "the network shop_lan has the addresses 172.28.0.0/24, so no other one can have them: leave the choice to the engine",
    },
  );
});

Deno.test("neither the network itself, nor one that goes, nor an external one is in the way", async () => {
  const old = network("shop_lan", "172.28.0.0/16");
  assertEquals(
    await refused([
      network("shop--test_lan", "172.28.0.0/16"),
      network("proxy", "10.0.0.0/8"),
      network("elsewhere", "10.1.0.0/16"),
    ]),
    undefined,
  );
  const made = { kind: "network", name: "shop_lan" } as const;
  assertEquals(await refused([old], [{ ...made, id: old.id }]), undefined);
  // Another network of that name, or another object, goes.
  for (
    const other of [{ ...made, id: "x" }, {
      ...made,
      ...{ kind: "container" as const, id: old.id },
    }]
  ) {
    assertEquals((await refused([old], [other]))?.kind, "invalid-config");
  }
});
