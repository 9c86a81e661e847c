import { assertEquals } from "@std/assert";
import type { EngineApi } from "../../../../lib/engine/api.ts";
import type { ProjectObject } from "../../../../lib/engine/objects.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { inTheWay } from "../../../../lib/run/refusals.ts";
import type { Prepared } from "../../../../lib/run/prepared.ts";
import { step } from "../../../../lib/plan/plan.ts";
import { recordingShell } from "../../../../lib/engine/shell.ts";

/** The refusal of a release that publishes a port, on an engine of a machine of that name. */
async function refused(
  { port, engine, objects = [], labels = "{}" }: {
    port: number;
    labels?: string;
    engine: string | undefined;
    objects?: ProjectObject[];
  },
) {
  const workflow = await readWorkflow(`
name: shop--release
services:
  app: { image: a, labels: ${labels}, ports: [{ target: 80, published: "${port}", host_ip: 127.0.0.1, protocol: tcp }] }
`);
  const { $ } = await recordingShell();
  const api = {
    json: () =>
      engine === undefined
        ? Promise.reject(new Error("no answer"))
        : Promise.resolve({ Name: engine }),
  } as unknown as EngineApi;
  const nothing = { made: [], foreign: [], left: undefined };
  const error = await inTheWay(
    { workflow, identity: { directory: "/w" }, api } as unknown as Prepared,
    {
      ...{ target: "release", host: () => "here", objects },
      own: { project: "shop--release", ...nothing },
      others: [],
      ...{ images: new Map(), bases: new Map(), built: [] },
      digests: new Map(),
      steps: [step(1, {
        name: "start app",
        why: "a test",
        does: { kind: "start", service: "app", container: "c" },
        command: $`docker start c`,
      })],
    },
  );
  const failure = error?.failure;
  // Whether the program is known depends on the machine; diagnosis_test sees it named.
  return failure?.kind === "port-in-use"
    ? {
      ...failure,
      ports: failure.ports.map(({ program: _, ...port }) => port),
    }
    : failure;
}

Deno.test("a port of a program is in the way on the engine's own machine, and nowhere else", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  try {
    assertEquals(await refused({ port, engine: "here" }), {
      kind: "port-in-use",
      target: "release",
      ports: [{
        ...{ service: "app", hostname: "127.0.0.1", port: `${port}` },
        target: 80,
      }],
    });
    // The engine is elsewhere: behind a tunnel, or outside of the container in which todoflow runs.
    assertEquals(await refused({ port, engine: "there" }), undefined);
    assertEquals(await refused({ port, engine: undefined }), undefined);
    // An earlier release has it, and goes.
    const earlier: ProjectObject = {
      ...{ kind: "network", project: "", name: "n", id: "1" },
      ports: [`${port}/tcp`],
    };
    assertEquals(
      await refused({ port, engine: "here", objects: [earlier] }),
      undefined,
    );
  } finally {
    taken.close();
  }
  assertEquals(await refused({ port, engine: "here" }), undefined);
});

Deno.test("a port of a container is in the way with its holder; one thing more, and all uses are told together", async () => {
  const holder: ProjectObject = {
    ...{ kind: "container", project: "shop", name: "shop-web-1", id: "1" },
    ...{ state: "running", ports: ["8080/tcp"] },
    addresses: ["127.0.0.1:8080/tcp"],
  };
  const taken = {
    ...{ service: "app", hostname: "127.0.0.1", port: "8080", target: 80 },
    holder: { container: "shop-web-1", project: "shop" },
  };
  assertEquals(
    await refused({ port: 8080, engine: "here", objects: [holder] }),
    { kind: "port-in-use", target: "release", ports: [taken] },
  );
  const routed = { ...holder, routes: ["caddy=x"] };
  const both = await refused({
    ...{ port: 8080, engine: "here", objects: [routed] },
    labels: "{ caddy: x }",
  });
  assertEquals(
    both?.kind === "in-use" &&
      both.uses.map(({ what, taken }) => [what, taken]),
    [["the port 8080/tcp", taken], ["the route caddy=x", undefined]],
  );
});
