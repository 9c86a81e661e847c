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
  { port, engine, objects = [] }: {
    port: number;
    engine: string | undefined;
    objects?: ProjectObject[];
  },
) {
  const workflow = await readWorkflow(`
name: shop--release
services:
  app: { image: a, ports: [{ target: 80, published: "${port}", host_ip: 127.0.0.1, protocol: tcp }] }
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
  return error?.failure;
}

Deno.test("a port of a program is in the way on the engine's own machine, and nowhere else", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  try {
    assertEquals(await refused({ port, engine: "here" }), {
      ...{ kind: "port-in-use", target: "release", service: "app", port },
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
