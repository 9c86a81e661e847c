import { assertEquals, assertRejects } from "@std/assert";
import { parse } from "../../../lib/cli.ts";
import { type Failure, TodoflowError } from "../../../lib/errors.ts";
import type { Prepared, RunRequest } from "../../../lib/prepare.ts";
import { observePublication, publisher } from "../../../lib/publication.ts";
import { readReceipt, receiptText } from "../../../lib/receipt.ts";
import { readWorkflow } from "../../../lib/workflow.ts";
import { TARGETS } from "../../../tasks/mod.ts";
import { fakeWorld, MODEL, withFakeDocker, writeFiles } from "../fakes.ts";

const IMAGE = `sha256:${"1".repeat(64)}`;
const SOURCE = { commit: "abc", epoch: "0", dirty: false, url: undefined };
const RECEIPT = {
  commit: "abc",
  dirty: false,
  image: IMAGE,
  version: "1.0",
  tests: { tests: 0, passed: 0, failed: 0, skipped: 0 },
  tool: "0.1.0",
  at: "2024-06-07T08:09:10.000Z",
};

/** An engine that has the image, with a name of the project's. */
const ENGINE = `case "$*" in
  *RepoTags*) echo '["shop-app:latest"]' ;;
  *:latest) echo sha256:2 ;;
  *) exit 1 ;;
esac`;

const named = (image: string, service = "release") =>
  MODEL.replace(`  ${service}:\n`, `  ${service}:\n    image: ${image}\n`);

interface Setup {
  argv?: string[];
  model?: string;
  prepared?: Partial<Prepared>;
  receipt?: Partial<typeof RECEIPT> | string;
  docker?: string;
}

/** What is published in a checkout; by default, all is as it should be. */
function published(
  {
    argv = [],
    model = named("h:5000/shop:9"),
    prepared = {},
    receipt = {},
    docker = ENGINE,
  }: Setup = {},
) {
  return withFakeDocker(docker, async ({ $, directory, surroundings }) => {
    const text = typeof receipt === "string"
      ? receipt
      : receiptText({ ...RECEIPT, ...receipt });
    await writeFiles(directory, { "reports/release/receipt.json": text });
    const request = await parse(["publish", ...argv], TARGETS) as RunRequest;
    const workflow = await readWorkflow(model);
    const reports = { folder: `${directory}/reports`, shown: "reports" };
    const found = {
      ...{ $, workflow, version: "1.0", source: SOURCE, reports },
      ...prepared,
    };
    return await observePublication(found as Prepared, {
      request,
      world: fakeWorld().world,
      surroundings,
    });
  });
}

Deno.test("what is published is the receipt's image, named as in the file without its tag, as the version and what is asked for", async () => {
  const argv = ["--tag", "latest", "--tag", "1.0", "--tag", "latest"];
  const { receipt, ...publication } = await published({ argv });
  assertEquals(receipt.image, IMAGE);
  assertEquals(publication, {
    name: "h:5000/shop",
    whole: "h:5000/shop",
    tags: ["1.0", "latest"],
    before: new Map([["latest", "sha256:2"]]),
    isNamed: true,
  });
});

Deno.test("the name may stand at the app that has the same build", async () => {
  const { whole } = await published({ model: named("shop", "app") });
  assertEquals(whole, "docker.io/library/shop");
});

Deno.test("under CI, where images have the project's names, the file's name is published", async () => {
  const workflow = await readWorkflow(named("me/shop"), { isolated: true });
  const { name } = await published({ prepared: { workflow } });
  assertEquals(name, "me/shop");
});

async function refused(setup: Setup): Promise<Failure> {
  const { failure } = await assertRejects(
    () => published(setup),
    TodoflowError,
  );
  return failure;
}

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
  ["no receipt", { receipt: "" }, {
    kind: "no receipt",
    file: "reports/release/receipt.json",
  }],
  ["a receipt of another commit", { receipt: { commit: "def" } }, {
    kind: "other commit",
    accepted: "def",
    now: "abc",
  }],
  ["no commit any more", { prepared: { source: undefined } }, {
    kind: "other commit",
    accepted: "abc",
    now: undefined,
  }],
  ["a receipt of another version", { receipt: { version: "0.9" } }, {
    kind: "other version",
    accepted: "0.9",
    now: "1.0",
  }],
  ["a dirty checkout", { prepared: { source: { ...SOURCE, dirty: true } } }, {
    kind: "dirty tree",
  }],
  ["a dirty receipt", { receipt: { dirty: true } }, { kind: "dirty release" }],
  ["an image that is gone", { docker: "exit 1" }, {
    kind: "no image",
    image: IMAGE,
    at: RECEIPT.at,
  }],
];

for (const [what, setup, reason] of REFUSED) {
  Deno.test(`${what} is refused, with the flags of this call in what to type`, async () => {
    const argv = ["-p", "x", "--tag", "a"];
    const failure = await refused({ ...setup, argv });
    assertEquals(failure as object, {
      kind: "unpublishable",
      reason,
      again: {
        release: "todoflow release -p x",
        publish: "todoflow publish --tag a -p x",
        dirty: "todoflow publish --tag a --allow-dirty -p x",
      },
    });
  });
}

Deno.test("--allow-dirty allows a dirty checkout and a dirty receipt, and nothing else", async () => {
  const argv = ["--allow-dirty"];
  const source = { ...SOURCE, dirty: true };
  const prepared = { source };
  await published({ argv, prepared, receipt: { dirty: true } });
  for (const receipt of ["", { commit: "def" }, { version: "2" }]) {
    await refused({ argv, prepared, receipt });
  }
});

Deno.test("a dry run does without an engine", async () => {
  const { isNamed } = await published({ argv: ["-n"], docker: "exit 1" });
  assertEquals(isNamed, false);
});

/** A publisher of two tags, of which docker tells this. */
async function publisherOf(docker: string) {
  return await withFakeDocker(docker, async ({ $ }) => {
    const publication = {
      ...{ receipt: RECEIPT, name: "h/shop", whole: "h/shop", isNamed: true },
      ...{ tags: ["1.0", "latest"], before: new Map() },
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
      { ...publication, receipt: readReceipt(first)! },
      { $, again: "" },
    );
    return { failure, first: readReceipt(first), again };
  });
}

Deno.test("which tags point at the image is asked when a run has failed", async () => {
  const { failure } = await publisherOf(`case "$*" in
  *:1.0) printf '{"config":{"digest":"${IMAGE}"}}' ;;
  *) echo "ERROR: $*: not found" >&2; exit 1 ;;
esac`);
  if (failure.kind !== "not-published") throw new Error(failure.kind);
  assertEquals(failure.tags.map(({ is }) => is), [true, false]);
  assertEquals(failure.tags[1]?.detail, "is not there");
  const { failure: other } = await publisherOf(`case "$*" in
  *:1.0) printf '{"config":{"digest":"sha256:other"}}' ;;
  *) echo "ERROR: EOF" >&2; exit 1 ;;
esac`);
  if (other.kind !== "not-published") throw new Error(other.kind);
  assertEquals(other.tags.map(({ is }) => is), [false, undefined]);
  assertEquals(other.tags[1]?.detail, "cannot be asked: EOF");
});

Deno.test("the receipt tells name, digest and tags; publishing the same again does not change it", async () => {
  const { first, again } = await publisherOf("exit 1");
  const { at: _, ...told } = first!.published!;
  const published = {
    name: "h/shop",
    digest: "sha256:d",
    tags: ["1.0", "latest"],
  };
  assertEquals(told, published);
  again.see({
    kind: "published",
    step: "push 1.0",
    reference: "h/shop:1.0",
    digest: "sha256:d",
    unchanged: true,
  });
  assertEquals(again.receipt(), undefined);
});
