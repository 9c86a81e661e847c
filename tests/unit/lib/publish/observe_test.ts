import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { parse } from "../../../../lib/cli/parse.ts";
import type { RunRequest } from "../../../../lib/cli/request.ts";
import { publicationOf } from "../../../../lib/run/publishing.ts";
import {
  readReceipt,
  type Receipt,
  receiptText,
} from "../../../../lib/publish/receipt.ts";
import { readModel } from "../../../../lib/compose/model.ts";
import { twinned } from "../../../../lib/compose/twin.ts";
import { readWorkflow, workflowIn } from "../../../../lib/compose/workflow.ts";
import type { Failure } from "../../../../lib/errors/failure.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { publisher } from "../../../../lib/publish/publisher.ts";
import { MARKER, markerText } from "../../../../lib/reports/marker.ts";
import type { Prepared } from "../../../../lib/run/prepared.ts";
import { TARGETS } from "../../../../tasks/mod.ts";
import { builtImage, IMAGE, receiptFor } from "../../receipts.ts";
import { fakeWorld, MODEL, withFakeDocker, writeFiles } from "../../fakes.ts";

const SOURCE = {
  commit: "abc",
  epoch: "0",
  dirty: false,
  filters: [],
  changes: [],
  url: undefined,
};
const LABELS = {
  "com.docker.compose.project": "shop",
  "org.opencontainers.image.revision": "abc",
  "org.opencontainers.image.version": "1.0",
};
/** The images of a release whose release image has this name. */
const imagesNamed = (repository?: string, service = "release") =>
  ["app", "migrate", "release"].map((name) =>
    name === service ? builtImage(name, repository) : builtImage(name)
  );

const RECEIPT = receiptFor("h:5000/shop", {
  files: ["compose.yml"],
  images: imagesNamed("h:5000/shop"),
});

/** An engine that has the image, with a name of the project's. */
const engine = (
  labels: Readonly<Record<string, string | undefined>> = LABELS,
) =>
  `case "$*" in
  *" ${IMAGE}") echo '${
    JSON.stringify({
      ...{ id: IMAGE, names: ["shop-app:latest"], labels, layers: 3 },
    })
  }' ;;
  *:latest) echo 'notice'; echo '{"id":"sha256:2","names":null,"labels":null,"layers":1}' ;;
  *) exit 1 ;;
esac`;

const named = (image: string, service = "release") =>
  MODEL.replace(`  ${service}:\n`, `  ${service}:\n    image: ${image}\n`);

/** Instead of a text. */
const NO_RECEIPT = "none";

interface Setup {
  argv?: string[];
  model?: string;
  prepared?: Partial<Prepared>;
  /** Relative to the checkout. */
  files?: string[];
  receipt?: Partial<Receipt> | string;
  docker?: string;
  /** Changes the folder of the receipt. */
  change?: (folder: string) => Promise<unknown>;
}

/** The publication of a checkout; by default, it is without fault. */
function published(
  {
    argv = [],
    model = named("h:5000/shop:9"),
    prepared = {},
    receipt = {},
    docker = engine(),
    files = ["compose.yml"],
    change = () => Promise.resolve(),
  }: Setup = {},
) {
  return withFakeDocker(docker, async ({ $, directory, surroundings }) => {
    const text = typeof receipt === "string"
      ? receipt
      : receiptText({ ...RECEIPT, ...receipt });
    await writeFiles(directory, {
      ...Object.fromEntries(files.map((file) => [file, ""])),
      [`reports/release/${MARKER}`]: markerText({}),
      ...(receipt !== NO_RECEIPT && { "reports/release/receipt.json": text }),
    });
    await change(`${directory}/reports/release`);
    const request = await parse(["publish", ...argv], TARGETS) as RunRequest;
    const workflow = await readWorkflow(model);
    const identity = { files: files.map((file) => join(directory, file)) };
    const reports = { folder: `${directory}/reports`, shown: "reports" };
    const found = {
      ...{ $, workflow, identity, plain: "shop", source: SOURCE, reports },
      surroundings,
      version: "1.0",
      ...prepared,
    };
    const { world, written } = fakeWorld();
    const publication = await publicationOf(
      found as unknown as Prepared,
      { request, world },
    );
    return { ...publication, told: written.stderr };
  });
}

Deno.test("publish pushes the receipt's image under the file's name, with the version and the given tags", async () => {
  const argv = ["--tag", "latest", "--tag", "1.0", "--tag", "latest"];
  const { receipt, told, ...publication } = await published({ argv });
  assertEquals(told, "");
  assertEquals(receipt, RECEIPT);
  assertEquals(publication, {
    images: [{
      ...{ service: "release", id: IMAGE },
      ...{ name: "h:5000/shop", whole: "h:5000/shop" },
      before: new Map([["latest", "sha256:2"]]),
      isNamed: true,
      layers: 3,
    }],
    tags: ["1.0", "latest"],
  });
});

Deno.test("the name may stand at the app that has the same build", async () => {
  const { images: [image] } = await published({
    model: named("shop", "app"),
    receipt: { images: imagesNamed("docker.io/library/shop", "app") },
  });
  assertEquals(image?.whole, "docker.io/library/shop");
});

/** The workflow of a model under CI. */
async function isolated(text: string) {
  const written = await readModel(text);
  const { model } = twinned(written, {
    ...{ base: written.name, target: undefined, isolated: true },
  });
  return await workflowIn(model, { written });
}

Deno.test("under CI, where images have the project's names, the file's name is published", async () => {
  const workflow = await isolated(named("me/shop"));
  const receipt = { images: imagesNamed("docker.io/me/shop") };
  const { images: [image] } = await published({
    ...{ prepared: { workflow }, receipt },
  });
  assertEquals(image?.name, "me/shop");
});

async function refused(setup: Setup): Promise<Failure> {
  const { failure } = await assertRejects(
    () => published(setup),
    TodoflowError,
  );
  return failure;
}

/** Puts something else in the place of the receipt, which is moved away. */
const replacing =
  (replace: (path: string, away: string) => Promise<unknown>) =>
  async (folder: string) => {
    const path = `${folder}/receipt.json`;
    const away = `${folder}/../away.json`;
    await Deno.rename(path, away);
    await replace(path, away);
  };

const NO_RECEIPTS: [string, (folder: string) => Promise<unknown>][] = [
  ["a link to one", replacing((path, away) => Deno.symlink(away, path))],
  ["a link to nothing", replacing((path) => Deno.symlink("/none", path))],
  ["/dev/zero", replacing((path) => Deno.symlink("/dev/zero", path))],
  [
    "a FIFO",
    replacing((path) => new Deno.Command("mkfifo", { args: [path] }).output()),
  ],
  ["a folder", replacing((path) => Deno.mkdir(path))],
  [
    "too large",
    (folder) =>
      Deno.writeTextFile(`${folder}/receipt.json`, " ".repeat(1_000_000), {
        append: true,
      }),
  ],
  ["in a folder that is a link", async (folder) => {
    await Deno.rename(folder, `${folder}d`);
    await Deno.symlink(`${folder}d`, folder);
  }],
];

for (const [what, change] of NO_RECEIPTS) {
  Deno.test(`a receipt that is ${what} is not read`, async () => {
    const failure = await refused({ change });
    assert(failure.kind === "unpublishable");
    const file = "reports/release/receipt.json";
    assertEquals(failure.reason, { kind: "unreadable receipt", file });
  });
}

Deno.test("nothing is published where the receipt may not be written anew", async () => {
  const change = (folder: string) => Deno.remove(`${folder}/${MARKER}`);
  const { kind } = await refused({ change });
  assertEquals(kind, "foreign-reports");
});

const NAMES: [string, string, object][] = [
  ["names no image", MODEL, { problem: "no name" }],
  [
    "names its image by a digest",
    named("h/shop@sha256:0f"),
    { problem: "a digest", name: "h/shop" },
  ],
  [
    "builds no image",
    MODEL.replace(
      "release:\n    build: { context: /src }",
      "release: { image: x }",
    ),
    { problem: "no build" },
  ],
];

for (const [what, model, expected] of NAMES) {
  Deno.test(`a service that ${what} is refused`, async () => {
    const { kind, ...rest } = await refused({ model });
    assertEquals(kind, "no-image-name");
    assertEquals({ ...rest } as object, { service: "release", ...expected });
  });
}

const REFUSED: [string, Setup, object][] = [
  ["a receipt that is none", { receipt: "" }, {
    kind: "unreadable receipt",
    file: "reports/release/receipt.json",
  }],
  ["a receipt without a format", { receipt: '{"commit":"abc"}' }, {
    kind: "other format",
    file: "reports/release/receipt.json",
    format: undefined,
  }],
  ["a receipt of an older format", { receipt: '{"format":1}' }, {
    kind: "other format",
    file: "reports/release/receipt.json",
    format: 1,
  }],
  ["a release without a receipt", { receipt: '{"format":2,"none":"w"}' }, {
    kind: "none made",
    why: "w",
  }],
  ["a release of another Compose file", { files: ["admin.yml"] }, {
    kind: "other release",
    what: "Compose file",
    accepted: "compose.yml",
    now: "admin.yml",
  }],
  ["a release of the same Compose files in another order", {
    files: ["compose.yml", "b.yml"],
    receipt: { files: ["b.yml", "compose.yml"] },
  }, {
    kind: "other release",
    what: "Compose file",
    accepted: "b.yml, compose.yml",
    now: "compose.yml, b.yml",
  }],
  ["a release of another project", { prepared: { plain: "admin" } }, {
    kind: "other release",
    what: "project",
    accepted: "shop",
    now: "admin",
  }],
  ["a release whose image another service has named", {
    receipt: { images: imagesNamed("h:5000/shop", "app") },
  }, {
    kind: "other release",
    what: "image",
    accepted: 'h:5000/shop of "app"',
    now: 'h:5000/shop of "release"',
  }],
  ["a release of another repository", { model: named("h:5000/admin") }, {
    kind: "other release",
    what: "image",
    accepted: 'h:5000/shop of "release"',
    now: 'h:5000/admin of "release"',
  }],
  ["a release without a repository", {
    receipt: { images: imagesNamed() },
  }, {
    kind: "other release",
    what: "image",
    accepted: "none",
    now: 'h:5000/shop of "release"',
  }],
  ["a release without acceptance tests", {
    receipt: { acceptance: undefined! },
  }, { kind: "not accepted" }],
  ["a release whose acceptance tests have passed none", {
    receipt: {
      acceptance: {
        ...{ service: "acceptance", passed: false },
        tests: { tests: 2, passed: 0, failed: 0, skipped: 2 },
      },
    },
  }, {
    kind: "not accepted",
    why: '"acceptance" reports 2 tests, 0 passed, 2 skipped',
  }],
  ["a release that ran other files than its image has", {
    receipt: {
      hidden: [{ service: "app", folder: "src", target: "/app" }],
    },
  }, {
    kind: "hidden files",
    hidden: [{ service: "app", folder: "src", target: "/app" }],
  }],
  ["an image with files that git ignores", {
    receipt: { uncommitted: { files: [".env"], count: 4 } },
  }, { kind: "uncommitted files", files: [".env"], count: 4 }],
  ["a receipt of another commit", { receipt: { commit: "def" } }, {
    kind: "other commit",
    accepted: "def",
    now: "abc",
  }],
  ["a checkout without a commit", { prepared: { source: undefined } }, {
    kind: "other commit",
    accepted: "abc",
    now: undefined,
    detail: "not a git repository (or any of the parent directories): .git",
  }],
  ["a receipt of another version", { receipt: { version: "0.9" } }, {
    kind: "other version",
    accepted: "0.9",
    now: "1.0",
  }],
  ["a dirty checkout", { prepared: { source: { ...SOURCE, dirty: true } } }, {
    kind: "dirty tree",
    filters: [],
  }],
  ["a dirty receipt", { receipt: { dirty: true } }, { kind: "dirty release" }],
  ["an image that is gone", { docker: "exit 1" }, {
    kind: "no image",
    image: IMAGE,
    at: RECEIPT.at,
  }],
];

for (const [what, setup, reason] of REFUSED) {
  Deno.test(`${what} is refused, with the flags of this call in the next command`, async () => {
    const argv = ["-p", "x", "--tag", "a"];
    const failure = await refused({ ...setup, argv });
    assertEquals(failure as object, {
      kind: "unpublishable",
      reason,
      again: {
        release: "todoflow release -p x",
        publish: "todoflow publish --tag a -p x",
        dirty: "todoflow publish --tag a --allow-dirty -p x",
        unaccepted: "todoflow publish --tag a --unaccepted -p x",
      },
    });
  });
}

Deno.test("--allow-dirty allows a dirty checkout and a dirty receipt, and nothing else", async () => {
  const argv = ["--allow-dirty"];
  const source = { ...SOURCE, dirty: true };
  const prepared = { source };
  const docker = labeled("revision", "abc-dirty");
  await published({ argv, prepared, receipt: { dirty: true }, docker });
  for (const receipt of ["", { commit: "def" }, { version: "2" }]) {
    await refused({ argv, prepared, receipt, docker });
  }
  const uncommitted = { files: [".env"], count: 1 };
  await published({ argv, receipt: { uncommitted } });
  await refused({ argv, receipt: { acceptance: undefined! } });
});

Deno.test("--unaccepted allows what no test has accepted, and nothing else", async () => {
  const argv = ["--unaccepted"];
  const hidden = [{ service: "app", folder: "src", target: "/app" }];
  await published({ argv, receipt: { acceptance: undefined!, hidden } });
  await refused({ argv, receipt: { dirty: true } });
  await refused({ argv, receipt: { commit: "def" } });
  const uncommitted = { files: [".env"], count: 1 };
  await refused({ argv, receipt: { uncommitted } });
});

/** An engine whose image has this label, or has it not. */
function labeled(name: string, value: string | undefined): string {
  const label = name === "project"
    ? "com.docker.compose.project"
    : `org.opencontainers.image.${name}`;
  return engine({ ...LABELS, [label]: value });
}

const CONTRADICTIONS: [string, Setup, [string, string | undefined]][] = [
  ["that is another project's", {}, ["project", "redis"]],
  ["that Compose has not built", {}, ["project", undefined]],
  ["of another commit", {}, ["revision", "def"]],
  ["that is of no commit", {}, ["revision", undefined]],
  ["of another version", {}, ["version", "0.9"]],
  [
    "of a dirty checkout that the receipt calls clean",
    {},
    ["revision", "abc-dirty"],
  ],
  [
    "of another dirty checkout",
    { receipt: { dirty: true } },
    ["revision", "def-dirty"],
  ],
  [
    "of the checkout's project without CI, where it was built with it",
    { receipt: { builtIn: "shop-0a1b2c3d" } },
    ["project", "shop"],
  ],
];

for (const [what, setup, [name, value]] of CONTRADICTIONS) {
  Deno.test(`an image ${what} is not the receipt's`, async () => {
    const docker = labeled(name, value);
    for (const argv of [["--allow-dirty"], ["--allow-dirty", "-n"]]) {
      const failure = await refused({ ...setup, docker, argv });
      assert(failure.kind === "unpublishable");
      const { reason } = failure;
      assert(reason.kind === "other image");
      assertStringIncludes(reason.label, name);
      assertEquals([reason.image, reason.found], [IMAGE, value]);
    }
  });
}

Deno.test("an image of a release under CI is published without CI, and the other way round", async () => {
  const receipt = { builtIn: "shop-0a1b2c3d" };
  const docker = labeled("project", "shop-0a1b2c3d");
  await published({ receipt, docker });
  const workflow = await isolated(
    named("h:5000/shop").replace("name: shop", "name: shop-0a1b2c3d"),
  );
  for (const setup of [{}, { receipt, docker }]) {
    await published({ ...setup, prepared: { workflow } });
  }
});

Deno.test("an image whose checkout became dirty during the build has a clean label and a dirty receipt", async () => {
  await published({ argv: ["--allow-dirty"], receipt: { dirty: true } });
});

Deno.test("publish does not compare a label that the Compose file sets itself, and reports it", async () => {
  const label = "org.opencontainers.image.revision";
  const model = named("h:5000/shop").replaceAll(
    "build: { context: /src }",
    `build: { context: /src, labels: { ${label}: mine } }`,
  );
  assertStringIncludes(model, "mine");
  const docker = labeled("revision", "mine");
  const { told } = await published({ model, docker });
  assertStringIncludes(told, `cannot compare the label ${label} of "release"`);
  const quiet = await published({ model, docker, argv: ["--quiet"] });
  assertEquals(quiet.told, "");
  // The others are.
  await refused({ model, docker: labeled("project", "redis") });
});

Deno.test("every image that the application builds under a name is published, the app's first; one without a name is told", async () => {
  const model = named("h:5000/shop").replace(
    "  db:\n    image: mariadb:10.11\n",
    `  db: { image: h:5000/db, build: { context: /db } }
  cron: { build: { context: /cron } }
`,
  ).replace(
    "      migrate: { condition",
    "      cron: { condition: service_started, required: true }\n      migrate: { condition",
  );
  const images = [...imagesNamed("h:5000/shop"), builtImage("db", "h:5000/db")];
  const { told, ...found } = await published({ model, receipt: { images } });
  assertEquals(found.images.map(({ service, name }) => [service, name]), [
    ["release", "h:5000/shop"],
    ["db", "h:5000/db"],
  ]);
  assertEquals(told, 'todoflow: "cron" is not published: it names no image\n');
});

Deno.test("one name for two images is refused: it can mean only one", async () => {
  const model = named("h:5000/shop:web").replace(
    "  db:\n    image: mariadb:10.11\n",
    "  db: { image: 'h:5000/shop:db', build: { context: /db } }\n",
  );
  const { kind, ...rest } = await refused({ model });
  assertEquals(kind, "no-image-name");
  assertEquals({ ...rest } as object, {
    ...{ problem: "two images", name: "h:5000/shop" },
    ...{ service: "db", other: "release" },
  });
});

Deno.test("an image that the app does not run is refused: it was not accepted", async () => {
  const model = named("h:5000/shop").replace(
    "  app:\n    build: { context: /src }",
    "  app:\n    build: { context: /other }",
  ).replaceAll(/ {2}(migrate|collectstatic):\n.*\n/g, "  $1:\n    image: x\n");
  const { kind, ...rest } = await refused({ model });
  assertEquals(kind, "no-image-name");
  assertEquals({ ...rest } as object, {
    ...{ problem: "other build", name: "h:5000/shop" },
    ...{ service: "release", other: "app" },
  });
});

Deno.test("no receipt at all is refused", async () => {
  const failure = await refused({ receipt: NO_RECEIPT });
  assert(failure.kind === "unpublishable");
  assertEquals(failure.reason, {
    kind: "no receipt",
    file: "reports/release/receipt.json",
  });
});

Deno.test("a dry run does without an engine", async () => {
  const { images } = await published({ argv: ["-n"], docker: "exit 1" });
  assertEquals(images.map(({ isNamed }) => isNamed), [false]);
});

function receiptIn(text: string): Receipt {
  const read = readReceipt(text);
  assert(read.kind === "receipt");
  return read.receipt;
}

/** A publisher of two tags, with these answers of docker about them. */
async function publisherOf(docker: string) {
  return await withFakeDocker(docker, async ({ $ }) => {
    const image = {
      ...{ service: "release", id: IMAGE, name: "h/shop", whole: "h/shop" },
      ...{ isNamed: true, layers: 1, before: new Map() },
    };
    const publication = {
      receipt: RECEIPT,
      images: [image],
      tags: ["1.0", "latest"],
    };
    const { shortfall, see, receipt } = publisher(publication, {
      $,
      again: "todoflow publish",
    });
    const giveUp = new AbortController();
    const failure = await shortfall(giveUp.signal);
    see({
      kind: "published",
      step: "push 1.0",
      reference: "h/shop:1.0",
      digest: "sha256:d",
      unchanged: false,
    });
    const first = receipt()!;
    const again = publisher(
      { ...publication, receipt: receiptIn(first) },
      { $, again: "" },
    );
    return { failure, first: receiptIn(first), again };
  });
}

Deno.test("which tags point at the image is asked when a run has failed", async () => {
  const { failure } = await publisherOf(`case "$*" in
  *:1.0) printf '{"config":{"digest":"${IMAGE}"},"layers":[{}]}' ;;
  *) echo "ERROR: $*: not found" >&2; exit 1 ;;
esac`);
  if (failure.kind !== "not-published") throw new Error(failure.kind);
  assertEquals(failure.tags.map(({ is }) => is), [true, false]);
  assertEquals(failure.tags[1]?.detail, "is not in the registry");
  const { failure: other } = await publisherOf(`case "$*" in
  *:1.0) printf '{"config":{"digest":"sha256:other"}}' ;;
  *) echo "ERROR: EOF" >&2; exit 1 ;;
esac`);
  if (other.kind !== "not-published") throw new Error(other.kind);
  assertEquals(other.tags.map(({ is }) => is), [false, undefined]);
  assertEquals(other.tags[1]?.detail, "cannot be looked up: EOF");
});

Deno.test("the receipt has name, digest and tags; publishing the same again does not change it", async () => {
  const { first, again } = await publisherOf("exit 1");
  const told = first.published?.map(({ at: _, ...one }) => one);
  const published = {
    name: "h/shop",
    digest: "sha256:d",
    tags: ["1.0", "latest"],
  };
  assertEquals(told, [published]);
  again.see({
    kind: "published",
    step: "push 1.0",
    reference: "h/shop:1.0",
    digest: "sha256:d",
    unchanged: true,
  });
  assertEquals(again.receipt(), undefined);
});
