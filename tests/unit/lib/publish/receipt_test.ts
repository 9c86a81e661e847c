import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import config from "../../../../deno.json" with { type: "json" };
import { engineApi } from "../../../../lib/engine/api.ts";
import type { Event } from "../../../../lib/plan/events.ts";
import {
  readReceipt,
  type Receipt,
  receiptText,
} from "../../../../lib/publish/receipt.ts";
import type { Source } from "../../../../lib/git/source.ts";
import { NOTHING_HIDDEN } from "../../../../lib/secrets/redact.ts";
import { readWorkflow } from "../../../../lib/compose/workflow.ts";
import {
  type Looked,
  witness,
  type WitnessOptions,
} from "../../../../lib/publish/witness.ts";
import { type Answer, withSocket } from "../../fake_engine.ts";
import { MODEL } from "../../fakes.ts";

const SOURCE: Source = {
  commit: "0123abc",
  epoch: "1700000000",
  dirty: false,
  filters: [],
  changes: [],
  url: undefined,
};
const LOOKED: Looked = {
  source: SOURCE,
  uncommitted: { files: [], count: 0 },
};
const idOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const BUILT = idOf("0");
const TESTED = idOf("2");
const DB = idOf("3");

/** What the engine says at the end of the builds. */
const EVENTS: Event[] = [
  {
    kind: "output",
    step: "build",
    line: `#4 [app 1/3] FROM docker.io/library/base:1@${idOf("b")}`,
  },
  {
    kind: "image",
    step: "images",
    services: ["app", "collectstatic", "migrate", "release"],
    id: BUILT,
    unchanged: false,
  },
  {
    kind: "image",
    step: "images",
    services: ["acceptance", "test"],
    id: TESTED,
    unchanged: true,
  },
];

const acceptance = (passed: number, failed = 0, skipped = 1) => ({
  service: "acceptance",
  totals: {
    tests: passed + failed + skipped,
    ...{ passed, failed, skipped },
  },
});

/** The containers and images of a release whose app runs an image. */
const RUNNING: Record<string, unknown> = {
  "/containers/json": [
    { Names: ["/shop-app-1"], ImageID: BUILT },
    { Names: ["/shop-db-1", "/web/db"], ImageID: DB },
  ],
  [`/images/${DB}/json`]: {
    Id: DB,
    RepoDigests: ["mariadb@sha256:d", "h/mirror@sha256:d"],
  },
  "/images/base:2/json": { Id: idOf("c"), RepoDigests: [`base@${idOf("c")}`] },
};

/** An engine that knows these things. */
const engine =
  (known: Record<string, unknown>): Answer => async ({ path }, wire) => {
    const found = known[decodeURIComponent(path.replace(/^\/v[\d.]+/, ""))];
    const isThere = found !== undefined || path === "/_ping";
    await wire.answer(
      isThere ? 200 : 404,
      JSON.stringify(isThere ? found ?? "" : { message: "No such thing" }),
      "Server: Docker/26.1.5 (linux)\r\n",
    );
  };

/** The receipt of a release whose app runs an image, and the printed lines. */
function readOf(
  options: Partial<WitnessOptions> = {},
  {
    model = MODEL,
    events = EVENTS,
    answer = engine(RUNNING),
    tests = [acceptance(1), acceptance(2)],
  } = {},
) {
  return withSocket(answer, async ({ endpoint }, directory) => {
    const told: string[] = [];
    const surroundings = { directory, env: {} };
    const api = engineApi(endpoint, surroundings);
    const workflow = await readWorkflow(model);
    const { see, receipt, end } = witness({
      ...{ api, surroundings, workflow, redactor: NOTHING_HIDDEN },
      bases: new Map(
        [...workflow.services.values()].flatMap(({ build }) =>
          build ? [[build.key, ["base:1", "base:2", "gone:1"]] as const] : []
        ),
      ),
      plain: "shop",
      identity: {
        files: ["a.yml", "../b.yml"].map((file) => join(directory, file)),
      },
      version: "1.0",
      composeVersion: "2.26.1",
      before: undefined,
      source: SOURCE,
      look: () => Promise.resolve(LOOKED),
      readTextFile: () => Promise.reject(new Error("none")),
      stop: new AbortController().signal,
      warn: (line) => told.push(line),
      ...options,
    });
    events.forEach(see);
    const text = await receipt(tests);
    await end();
    await api.close();
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

/** The bases of each build here. */
const BASES = [
  { name: "base:1", digest: idOf("b") },
  { name: "base:2", digest: idOf("c") },
  { name: "gone:1" },
];

Deno.test("a receipt has the image of each service, what it stands on, the commit, the tests and the versions of the programs", async () => {
  const { at, images, ...receipt } = await receiptOf();
  assertEquals(Number.isNaN(Date.parse(at)), false);
  const totals = { tests: 5, passed: 3, failed: 0, skipped: 2 };
  assertEquals(receipt, {
    format: 2,
    project: "shop",
    builtIn: "shop",
    files: ["a.yml", "../b.yml"],
    commit: "0123abc",
    dirty: false,
    version: "1.0",
    apps: ["app"],
    guesses: [],
    acceptance: { service: "acceptance", passed: true, tests: totals },
    hidden: [],
    uncommitted: { files: [], count: 0 },
    tests: totals,
    tool: config.version,
    engine: "26.1.5",
    compose: "2.26.1",
  });
  const built = { built: true, bases: BASES };
  assertEquals(images, [
    { service: "acceptance", name: "shop-acceptance", id: TESTED, ...built },
    ...["app", "collectstatic"].map((service) => ({
      ...{ service, name: `shop-${service}`, id: BUILT, ...built },
    })),
    {
      ...{ service: "db", name: "mariadb:10.11", id: DB, built: false },
      digests: ["h/mirror@sha256:d", "mariadb@sha256:d"],
    },
    ...["migrate", "release"].map((service) => ({
      ...{ service, name: `shop-${service}`, id: BUILT, ...built },
    })),
  ]);
});

Deno.test("the receipt has the images of hooks, too", async () => {
  const model = MODEL.replace(
    "  app:\n",
    "  app:\n    pre_start: [{ image: tools:1 }, { command: [x] }]\n",
  );
  const tools = { Id: idOf("4"), RepoDigests: ["tools@sha256:t"] };
  const { images } = await receiptOf({}, {
    model,
    answer: engine({ ...RUNNING, "/images/tools:1/json": tools }),
  });
  assertEquals(images.filter(({ service }) => service.startsWith("app.")), [{
    ...{ service: "app.pre_start", name: "tools:1", id: idOf("4") },
    ...{ built: false, digests: ["tools@sha256:t"] },
  }]);
});

Deno.test("an image that did not run is none of the release", async () => {
  const model = MODEL.replace(
    "  release:\n    build: { context: /src }",
    "  release:\n    build: { context: /other }",
  );
  const { images } = await receiptOf({}, { model });
  assertEquals(images.some(({ service }) => service === "release"), false);
});

const ACCEPTED: [string, ReturnType<typeof acceptance>[], boolean | string][] =
  [
    ["whose tests report nothing, and have ended well", [], true],
    ["of which a test has passed", [acceptance(1)], true],
    [
      "of which no test has passed",
      [acceptance(0)],
      "1 test, 0 passed, 1 skipped",
    ],
    ["that reports no test", [acceptance(0, 0, 0)], "no test"],
    [
      "of which a test has failed, although it ended with 0",
      [acceptance(2), acceptance(1, 1)],
      "6 tests, 3 passed, 1 failed, 2 skipped",
    ],
  ];

for (const [what, tests, expected] of ACCEPTED) {
  Deno.test(`a release ${what}: ${expected === true ? "accepted" : "not accepted"}`, async () => {
    const { read, told } = await readOf({}, { tests });
    assert(read?.kind === "receipt");
    assertEquals(read.receipt.acceptance?.passed, expected === true);
    assertEquals(
      told,
      expected === true
        ? []
        : [`not accepted: "acceptance" reports ${expected}`],
    );
  });
}

Deno.test("the receipt of a release without acceptance tests has no acceptance", async () => {
  const model = MODEL.replace(/^ {2}acceptance:\n.*\n.*\n/m, "");
  const { acceptance } = await receiptOf({}, { model });
  assertEquals(acceptance, undefined);
});

const DIRTY: [string, Partial<WitnessOptions>][] = [
  ["dirty before the build", { source: { ...SOURCE, dirty: true } }],
  ["dirty after the build", {
    look: () =>
      Promise.resolve({ ...LOOKED, source: { ...SOURCE, dirty: true } }),
  }],
  ["at another commit after the build", {
    look: () =>
      Promise.resolve({ ...LOOKED, source: { ...SOURCE, commit: "4567def" } }),
  }],
  ["gone after the build", {
    look: () => Promise.resolve({ ...LOOKED, source: undefined }),
  }],
  ["not to be looked at after the build", {
    look: () => Promise.reject(new Error("no git")),
  }],
];

for (const [what, options] of DIRTY) {
  Deno.test(`the image of a checkout that was ${what} is dirty`, async () => {
    assertEquals((await receiptOf(options)).dirty, true);
  });
}

Deno.test("a receipt has the repository of the Compose file, the file's project, and the one that CI makes of it", async () => {
  const model = MODEL.replace("name: shop", "name: shop-0a1b2c3d")
    .replace("  release:\n", "  release:\n    image: h:5000/me/shop:9\n");
  const receipt = await receiptOf({}, {
    ...{ model },
    answer: engine({
      ...RUNNING,
      "/containers/json": [
        { Names: ["/shop-0a1b2c3d-app-1"], ImageID: BUILT },
        { Names: ["/shop-0a1b2c3d-db-1"], ImageID: DB },
      ],
    }),
  });
  const release = receipt.images.find(({ service }) => service === "release");
  assertEquals(
    [receipt.project, receipt.builtIn, release?.repository, release?.name],
    ["shop", "shop-0a1b2c3d", "h:5000/me/shop", "h:5000/me/shop:9"],
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
    events: EVENTS.slice(2),
    model: MODEL.replace(
      "  app:\n    build: { context: /src }",
      "  app:\n    build: { context: /other }",
    ),
  }], "the engine has not reported which image was built"],
  ["the app runs an older image of the same name", [{}, {
    answer: engine({
      ...RUNNING,
      "/containers/json": [
        { Names: ["/shop-app-1"], ImageID: TESTED },
        { Names: ["/shop-db-1"], ImageID: DB },
      ],
    }),
  }], `"app" runs ${TESTED}, and the release has built ${BUILT} for it`],
  ["the app is gone", [{}, {
    answer: engine({ ...RUNNING, "/containers/json": [] }),
  }], "shop-app-1 is gone"],
  ["the image of a database is gone", [{}, {
    answer: engine({ ...RUNNING, [`/images/${DB}/json`]: undefined }),
  }], 'the image of "db" is gone'],
  ["the engine fails", [{}, {
    answer: (_, wire) => wire.answer(500, '{"message":"no pipe"}'),
  }], "no pipe"],
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

Deno.test("an engine that fails once costs no receipt", async () => {
  let failed = false;
  const { images } = await receiptOf({}, {
    answer: async (asked, wire) => {
      if (failed || !asked.path.endsWith("/containers/json")) {
        return await engine(RUNNING)(asked, wire);
      }
      failed = true;
      await wire.answer(500, '{"message":"busy"}');
    },
  });
  assertEquals([failed, images.length], [true, 6]);
});

Deno.test("a signal that comes after the last step costs no receipt where the engine answers", async () => {
  const { images } = await receiptOf({ stop: AbortSignal.abort() });
  assertEquals(images.length, 6);
});

Deno.test("a release that is stopped does not wait for an engine that hangs", async () => {
  const stop = new AbortController();
  const { told } = await readOf({ stop: stop.signal }, {
    answer: async (asked, wire) => {
      if (!asked.path.endsWith("/containers/json")) {
        return await engine(RUNNING)(asked, wire);
      }
      stop.abort();
      await wire.closed;
    },
  });
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
      return looks.promise.then(() => LOOKED);
    },
  } as WitnessOptions);
  EVENTS.forEach(see);
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
      changed({ images: [{ ...receipt.images[0], id: "latest" }] }),
      changed({ images: undefined }),
      changed({ acceptance: true }),
      changed({ hidden: [1] }),
      changed({ uncommitted: {} }),
      changed({ dirty: undefined }),
      changed({ commit: 1 }),
      changed({ files: "a.yml" }),
      changed({ files: [1] }),
      changed({ project: undefined }),
      changed({ images: [{ ...receipt.images[0], repository: 5 }] }),
    ]
  ) assertEquals(readReceipt(text).kind, "unreadable", text);
});

Deno.test("a receipt of another format, such as that of an older todoflow, is no broken receipt", async () => {
  const { format: _, ...old } = await receiptOf();
  for (const text of [JSON.stringify(old), '{"format":1}', "null", "[]", "5"]) {
    assertEquals(readReceipt(text).kind, "other format", text);
  }
});
