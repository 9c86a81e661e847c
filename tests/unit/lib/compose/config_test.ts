import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { checkConfig } from "../../../../lib/compose/config.ts";
import { explain } from "../../../../lib/errors/wording.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { MODEL, recordedPlan } from "../../fakes.ts";

const SERVICES = ["app", "migrate", "db"];

async function headline(value: unknown): Promise<string> {
  const { failure } = await assertRejects(
    () => checkConfig(value, SERVICES),
    TodoflowError,
  );
  assertEquals(failure.kind, "invalid-config");
  return explain(failure).headline;
}

Deno.test("nothing, and an empty block, are the defaults", async () => {
  assertEquals(await checkConfig(undefined, SERVICES), {});
  assertEquals(await checkConfig(null, SERVICES), {});
  assertEquals(await checkConfig({}, SERVICES), {});
});

const WRONG: [unknown, string][] = [
  ["x", 'Cannot use "x-todoflow": expected an object, got "x"'],
  [{ tests: {} }, 'unknown key "tests", did you mean "test"?'],
  [{ test: [] }, '"x-todoflow.test": expected an object, got []'],
  [{ test: { reports: "a" } }, "expected an array"],
  [{ test: { reports: ["a", 1] } }, '"x-todoflow.test.reports.1"'],
  [
    { release: { app: "ap" } },
    'no service "ap" in the Compose file, did you mean "app"?',
  ],
  [{ release: { port: 0 } }, "expected 1 to 65535, got 0"],
  [{ release: { port: "8000" } }, "expected an integer"],
  [{ release: { port: 80.5 } }, "expected an integer"],
  [{ release: { path: "x" } }, '"x" is not of the form ^/'],
  [{ release: { setup: [1] } }, '"x-todoflow.release.setup.0"'],
  [{ release: { setup: ["migrat"] } }, 'did you mean "migrate"?'],
  [{ release: { setup: [{ run: ["x"] }] } }, '"service" is missing'],
  [{ release: { setup: [{ service: "app", run: [] }] } }, "at least one item"],
  [
    { release: { setup: ["migrate", "migrate"] } },
    'a second one-shot "migrate"',
  ],
  [
    { release: { setup: [{ service: "app", after: ["x"] }] } },
    'no other one-shot "x"',
  ],
  [
    { release: { setup: [{ service: "app", after: ["app"] }] } },
    '"app" waits for itself',
  ],
  [
    {
      release: {
        setup: [
          { name: "a", service: "app", run: ["x"], after: ["b"] },
          { name: "b", service: "app", run: ["x"], after: ["c"] },
          { name: "c", service: "app", run: ["x"], after: ["b"] },
        ],
      },
    },
    '"x-todoflow.release.setup": "b" waits for "c", which waits for "b"',
  ],
  [
    { release: { setup: ["app", { name: "b", service: "app" }] } },
    '"x-todoflow.release.setup.1": a second one-shot that is the service "app"',
  ],
  [
    { release: { setup: [{ service: "app", name: "a\nb" }] } },
    '"a\\nb" is not of the form',
  ],
  [{ constructor: {} }, 'unknown key "constructor"'],
  [{ test: { ["__proto__"]: 1 } }, 'unknown key "__proto__"'],
  [
    { test: { reports: [new Date(0)] } },
    'expected a string, got "1970-01-01T00:00:00.000Z"',
  ],
  [{ deadlines: { build: "20" } }, '"20" is not of the form'],
  [{ deadlines: { build: 20 } }, "expected a string, got 20"],
];

for (const [value, message] of WRONG) {
  Deno.test(`x-todoflow ${JSON.stringify(value)} is refused: ${message}`, async () => {
    assertStringIncludes(await headline(value), message);
  });
}

Deno.test("without a block, roles and one-shots are found by convention", async () => {
  const { application, test, release, deadlines } = await readWorkflow(MODEL);
  assertEquals(application, undefined);
  assertEquals(test, {
    services: ["test"],
    candidates: [],
    run: undefined,
    reports: undefined,
  });
  assertEquals(release, {
    image: "release",
    apps: [{
      ...{ service: "app", entrance: "app" },
      ...{ port: 8000, path: "/", proof: undefined },
    }],
    candidates: [],
    others: ["db"],
    ending: [],
    left: [],
    setup: ["migrate", "collectstatic"].map((name) => ({
      name,
      service: name,
      run: undefined,
      after: undefined,
    })),
    acceptance: "acceptance",
    acceptances: [],
    reports: undefined,
    isPlain: false,
  });
  assertEquals(deadlines.build, 20 * 60_000);
});

Deno.test("the block says what is different", async () => {
  const { application, test, release, deadlines } = await readWorkflow(`
name: shop
services: { web: { image: w }, unit: { image: u }, e2e: { image: e } }
x-todoflow:
  application: storefront
  test: { service: unit, reports: [/out] }
  release:
    app: web
    port: 80
    path: /ready
    acceptance: e2e
    setup: [{ name: static, service: web, run: [collect], after: [] }]
  deadlines: { ready: 10s }
`);
  assertEquals(application, "storefront");
  assertEquals(test, {
    services: ["unit"],
    candidates: [],
    run: undefined,
    reports: ["/out"],
  });
  assertEquals(release, {
    image: "web",
    apps: [{
      ...{ service: "web", entrance: "web" },
      ...{ port: 80, path: "/ready", proof: undefined },
    }],
    candidates: [],
    others: [],
    ending: [],
    left: [],
    setup: [{ name: "static", service: "web", run: ["collect"], after: [] }],
    acceptance: "e2e",
    acceptances: [],
    reports: undefined,
    isPlain: false,
  });
  assertEquals([deadlines.ready, deadlines.step], [10_000, 900_000]);
});

Deno.test("a dollar that Compose has doubled is one dollar", async () => {
  const { application, test } = await readWorkflow(`
name: x
services: { test: { image: t } }
x-todoflow: { application: a$$b, test: { reports: [$$$$HOME, "$"] } }
`);
  assertEquals([application, ...test.reports ?? []], ["a$b", "$$HOME", "$"]);
});

for (const more of ["scale: 2", "deploy: { replicas: 3 }"]) {
  Deno.test(`${more} is refused where others need the service: only one of its containers would be waited for`, async () => {
    const model = `
name: x
services: { app: { image: a }, other: { image: b, ${more} } }`;
    // A twin has one container of a service without a role.
    const { failure } = await assertRejects(
      () => recordedPlan("release", { model }),
      TodoflowError,
    );
    assertStringIncludes(
      explain(failure).next ?? "",
      'leave "other" out: x-todoflow: {release: {without: [other]}}',
    );
    const without = "x-todoflow: { release: { without: [other] } }";
    await recordedPlan("release", { model: `${model}\n${without}` });
    await assertRejects(
      () =>
        recordedPlan("release", {
          model: model.replace(
            "image: a",
            "image: a, depends_on: { other: { condition: service_started } }",
          ),
        }),
      TodoflowError,
      'Cannot use service "other" with',
    );
  });
}

Deno.test("volumes of a container that is not the project's are refused: the engine would remove them", async () => {
  const model =
    'name: x\nservices: { app: { volumes_from: ["container:mine"] } }';
  await assertRejects(
    () => recordedPlan("release", { model }),
    TodoflowError,
    'volumes_from "container:mine"',
  );
});

Deno.test("a network of another service is refused: its health could not be asked for", async () => {
  const model = 'name: x\nservices: { app: { network_mode: "service:db" } }';
  await assertRejects(
    () => recordedPlan("release", { model }),
    TodoflowError,
    "not supported",
  );
});
