import { assertEquals, assertRejects } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { TodoflowError } from "../../../lib/errors.ts";
import type { Event } from "../../../lib/events.ts";
import {
  readReceipt,
  receiptText,
  witness,
  type WitnessOptions,
} from "../../../lib/receipt.ts";
import type { Source } from "../../../lib/source.ts";
import { readWorkflow } from "../../../lib/workflow.ts";
import { MODEL, withFakeDocker, withoutPauses } from "../fakes.ts";

const SOURCE: Source = {
  commit: "0123abc",
  epoch: "1700000000",
  dirty: false,
  url: undefined,
};
const BUILT = `sha256:${"0".repeat(64)}`;
const RUNS = `sha256:${"1".repeat(64)}`;
const IMAGE: Event = {
  kind: "image",
  step: "images",
  services: ["app", "release"],
  id: BUILT,
  unchanged: false,
};
const TOTALS = { tests: 3, passed: 1, failed: 1, skipped: 1 };

/** The receipt of a release whose app runs an image. */
function receiptOf(
  options: Partial<WitnessOptions> = {},
  { model = MODEL, events = [IMAGE] as Event[], docker = `echo ${RUNS}` } = {},
) {
  return withFakeDocker(docker, async ({ $ }) => {
    const { see, receipt } = witness({
      $,
      workflow: await readWorkflow(model),
      version: "1.0",
      source: SOURCE,
      look: () => Promise.resolve(SOURCE),
      ...options,
    });
    events.forEach(see);
    const text = await receipt([TOTALS, TOTALS]);
    return text === undefined ? undefined : readReceipt(text);
  });
}

Deno.test("a receipt has the image that the accepted app runs, the commit, the tests and the tool's version", async () => {
  const { at, ...receipt } = (await receiptOf())!;
  assertEquals(Number.isNaN(Date.parse(at)), false);
  assertEquals(receipt, {
    commit: "0123abc",
    dirty: false,
    image: RUNS,
    version: "1.0",
    tests: { tests: 6, passed: 2, failed: 2, skipped: 2 },
    tool: config.version,
  });
});

Deno.test("where the app runs another image, the one that was built is the release image", async () => {
  const model = MODEL.replace(
    "  app:\n    build: { context: /src }",
    "  app:\n    build: { context: /other }",
  );
  assertEquals((await receiptOf({}, { model }))?.image, BUILT);
});

const DIRTY: [string, Partial<WitnessOptions>][] = [
  ["dirty before the build", { source: { ...SOURCE, dirty: true } }],
  ["dirty after the build", {
    look: () => Promise.resolve({ ...SOURCE, dirty: true }),
  }],
  ["at another commit after the build", {
    look: () => Promise.resolve({ ...SOURCE, commit: "4567def" }),
  }],
  ["gone after the build", { look: () => Promise.resolve(undefined) }],
];

for (const [what, options] of DIRTY) {
  Deno.test(`the image of a checkout that was ${what} is dirty`, async () => {
    assertEquals((await receiptOf(options))?.dirty, true);
  });
}

const NONE: [string, Parameters<typeof receiptOf>][] = [
  ["no commit", [{ source: undefined }]],
  ["no image was built", [{}, { events: [] }]],
  ["only another service's image was built", [{}, {
    events: [{ ...IMAGE, services: ["test"] }],
  }]],
];

for (const [what, args] of NONE) {
  Deno.test(`there is no receipt where ${what}`, async () => {
    assertEquals(await receiptOf(...args), undefined);
  });
}

const SILENT: Record<string, readonly [string, string]> = {
  "docker fails": ["echo no pipe >&2; exit 1", "no pipe"],
  "docker tells no image": [
    "echo notice",
    'docker container inspect has answered "notice"',
  ],
  "the app is gone": [
    "echo Error: No such container: x >&2; exit 1",
    "shop-app-1 is gone",
  ],
};

for (const [what, [docker, detail]] of Object.entries(SILENT)) {
  Deno.test(`a receipt that cannot be written, because ${what}, is a failure that says so`, async () => {
    const error = await assertRejects(
      () => withoutPauses(() => receiptOf({}, { docker })),
      TodoflowError,
    );
    const again = "todoflow release";
    assertEquals(error.failure, { kind: "no-receipt", detail, again });
  });
}

Deno.test("a notice around the engine's answer, or a first failure, does not cost the receipt", async () => {
  const docker =
    `[ -e asked ] || { touch asked; exit 1; }; echo notice; printf '\\357\\273\\277${RUNS}\\r\\n'; echo notice`;
  const receipt = await withoutPauses(() => receiptOf({}, { docker }));
  assertEquals(receipt?.image, RUNS);
});

Deno.test("a receipt can be read again, and what is none cannot", async () => {
  const receipt = (await receiptOf())!;
  assertEquals(readReceipt(receiptText(receipt)), receipt);
  for (
    const text of [
      "",
      "{",
      "null",
      "[]",
      receiptText({ ...receipt, image: "latest" }),
      receiptText({ ...receipt, dirty: undefined as unknown as boolean }),
      receiptText({ ...receipt, commit: 1 as unknown as string }),
    ]
  ) assertEquals(readReceipt(text), undefined, text);
});
