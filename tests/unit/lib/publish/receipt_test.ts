import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import config from "../../../../deno.json" with { type: "json" };
import type { Event } from "../../../../lib/plan/events.ts";
import {
  readReceipt,
  type Receipt,
  receiptText,
} from "../../../../lib/publish/receipt.ts";
import type { Source } from "../../../../lib/git/source.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import {
  witness,
  type WitnessOptions,
} from "../../../../lib/publish/witness.ts";
import { MODEL, withFakeDocker } from "../../fakes.ts";

const SOURCE: Source = {
  commit: "0123abc",
  epoch: "1700000000",
  dirty: false,
  filters: [],
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

/** A docker whose container runs the image. */
const RUNNING =
  `echo '{"Image":"${RUNS}","State":{"Status":"running","ExitCode":0},"Config":{}}'`;

/** The receipt of a release whose app runs an image, and the printed lines. */
function readOf(
  options: Partial<WitnessOptions> = {},
  { model = MODEL, events = [IMAGE] as Event[], docker = RUNNING } = {},
) {
  return withFakeDocker(docker, async ({ api, directory, surroundings }) => {
    const told: string[] = [];
    const { see, receipt, end } = witness({
      api,
      surroundings,
      workflow: await readWorkflow(model),
      plain: "shop",
      identity: {
        files: ["a.yml", "../b.yml"].map((file) => join(directory, file)),
      },
      version: "1.0",
      source: SOURCE,
      look: () => Promise.resolve(SOURCE),
      stop: new AbortController().signal,
      warn: (line) => told.push(line),
      ...options,
    });
    events.forEach(see);
    const text = await receipt([TOTALS, TOTALS]);
    await end();
    return { told, read: text === undefined ? undefined : readReceipt(text) };
  });
}

/** The receipt, where there is one. */
async function receiptOf(...args: Parameters<typeof readOf>): Promise<Receipt> {
  const { read, told } = await readOf(...args);
  assertEquals(told, []);
  assert(read?.kind === "receipt");
  return read.receipt;
}

Deno.test("a receipt has the image that the accepted app runs, the commit, the tests and the tool's version", async () => {
  const { at, ...receipt } = await receiptOf();
  assertEquals(Number.isNaN(Date.parse(at)), false);
  assertEquals(receipt, {
    format: 1,
    project: "shop",
    builtIn: "shop",
    files: ["a.yml", "../b.yml"],
    service: "release",
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
  assertEquals((await receiptOf({}, { model })).image, BUILT);
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
    assertEquals((await receiptOf(options)).dirty, true);
  });
}

Deno.test("a receipt has the repository of the Compose file, the file's project, and the one that CI makes of it", async () => {
  const model = MODEL.replace("name: shop", "name: shop-0a1b2c3d")
    .replace("  release:\n", "  release:\n    image: h:5000/me/shop:9\n");
  const receipt = await receiptOf({}, { model });
  assertEquals(
    [receipt.project, receipt.builtIn, receipt.repository],
    ["shop", "shop-0a1b2c3d", "h:5000/me/shop"],
  );
});

const NONE: [string, Parameters<typeof readOf>, string][] = [
  ["no commit", [{ source: undefined }], "the commit is not known: "],
  [
    "no image was built",
    [{}, { events: [] }],
    "the engine has not reported which image was built",
  ],
  ["only another service's image was built", [{}, {
    events: [{ ...IMAGE, services: ["test"] }],
  }], "the engine has not reported which image was built"],
  [
    "the app is gone",
    [{}, { docker: "echo Error: No such container: x >&2; exit 1" }],
    "shop-app-1 is gone",
  ],
  [
    "docker fails",
    [{}, { docker: "echo no pipe >&2; exit 1" }],
    "no pipe",
  ],
  [
    "docker tells no image",
    [{}, { docker: RUNNING.replace("sha256:", "") }],
    "the engine does not name its image",
  ],
];

for (const [what, args, why] of NONE) {
  Deno.test(`where ${what}, the run says that there is no receipt, and records it`, async () => {
    const { told, read } = await readOf(...args);
    assert(read?.kind === "none");
    assertStringIncludes(read.why, why);
    assertEquals(told, [
      `no receipt, so nothing can be published: ${read.why}`,
    ]);
  });
}

Deno.test("a project that builds no image has no receipt, and todoflow does not report that", async () => {
  const model = "name: shop\nservices: { app: { image: nginx } }";
  assertEquals(await readOf({}, { model, events: [] }), {
    told: [],
    read: undefined,
  });
});

Deno.test("a signal that comes after the last step costs no receipt where docker answers", async () => {
  const { image } = await receiptOf({ stop: AbortSignal.abort() });
  assertEquals(image, RUNS);
});

Deno.test("a release that is stopped does not wait for a docker that hangs", async () => {
  const stop = new AbortController();
  const docker = `touch hangs; exec sleep 600`;
  const { told } = await withFakeDocker(
    docker,
    async ({ api, directory, surroundings }) => {
      const told: string[] = [];
      const { see, receipt, isCut } = witness({
        api,
        surroundings,
        workflow: await readWorkflow(MODEL),
        plain: "shop",
        identity: { files: [] },
        version: "1.0",
        source: SOURCE,
        look: () => Promise.resolve(SOURCE),
        stop: stop.signal,
        warn: (line) => told.push(line),
      });
      see(IMAGE);
      const made = receipt([]);
      while (!await Deno.stat(`${directory}/hangs`).catch(() => null)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      stop.abort();
      await made;
      assertEquals(isCut(), true);
      return { told };
    },
  );
  assertEquals(told, [
    "no receipt, so nothing can be published: the run was stopped",
  ]);
});

Deno.test("a look at the checkout ends with the run", async () => {
  const looks = Promise.withResolvers<void>();
  const { see, end } = witness({
    workflow: await readWorkflow(MODEL),
    look: (signal) => {
      signal.addEventListener("abort", () => looks.reject(new Error("ended")));
      return looks.promise.then(() => SOURCE);
    },
  } as WitnessOptions);
  see(IMAGE);
  await end();
});

Deno.test("a receipt can be read again, and what is none cannot", async () => {
  const receipt = await receiptOf();
  assertEquals(readReceipt(receiptText(receipt)), { kind: "receipt", receipt });
  const changed = (change: object) => JSON.stringify({ ...receipt, ...change });
  for (
    const text of [
      "",
      "{",
      changed({ image: "latest" }),
      changed({ dirty: undefined }),
      changed({ commit: 1 }),
      changed({ files: "a.yml" }),
      changed({ files: [1] }),
      changed({ project: undefined }),
      changed({ repository: 5 }),
    ]
  ) assertEquals(readReceipt(text).kind, "unreadable", text);
});

Deno.test("a receipt of another format, such as that of an older todoflow, is no broken receipt", async () => {
  const { format: _, ...old } = await receiptOf();
  for (const text of [JSON.stringify(old), '{"format":2}', "null", "[]", "5"]) {
    assertEquals(readReceipt(text).kind, "other format", text);
  }
});
