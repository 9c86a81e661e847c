/**
 * Runs of `publish` in a fake world: what becomes of the receipt.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readReceipt, receiptText } from "../../../../lib/publish/receipt.ts";
import { MARKER, markerText } from "../../../../lib/reports/marker.ts";
import { cli, withFakeDocker, writeFiles } from "../../fakes.ts";
import { IMAGE, receiptFor } from "../../receipts.ts";

const DIGEST = `{"config":{"digest":"${IMAGE}"},"layers":[{}]}`;

/** An engine and a registry; `fails` names a command that fails. */
const DOCKER = `
[ "$1" = "$(cat fails 2>/dev/null)" ] && { echo "out of luck" >&2; exit 1; }
case "$*" in
  *config) echo 'name: shop
services: { app: { build: /src, image: h/shop } }' ;;
  *--short) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
  *imagetools*) [ -e pushed ] || { echo "ERROR: $5: not found" >&2; exit 1; }
    printf '%s' '${DIGEST}' ;;
  *" ROW "*) echo '["${IMAGE}",["shop-app:latest","h/shop:1.2"]]' ;;
  "image inspect"*${IMAGE}) printf '{"id":"${IMAGE}","names":["shop-app:latest"],"layers":1,"labels":{"com.docker.compose.project":"shop","org.opencontainers.image.version":"1.2","org.opencontainers.image.revision":"%s"}}\\n' "$(cat commit)" ;;
  "image inspect"*h/shop*) exit 1 ;;
  push*) touch pushed ;;
esac
true`;

/** Publishes once in a checkout with a receipt. */
function published(
  { fails = "", argv = [] as string[], times = 1, reports = "reports" } = {},
) {
  return withFakeDocker(
    DOCKER,
    async ({ directory, surroundings, calls }) => {
      const git = async (...args: string[]) => {
        const { stdout } = await new Deno.Command("git", {
          args: ["-C", directory, ...args],
          env: { ...surroundings.env, ...WHO },
          clearEnv: true,
        }).output();
        return new TextDecoder().decode(stdout).trim();
      };
      await git("init", "--quiet");
      await git("commit", "--quiet", "--allow-empty", "--message", "x");
      const receipt = `${reports}/release/receipt.json`;
      const commit = await git("rev-parse", "HEAD");
      await writeFiles(directory, {
        fails,
        "compose.yaml": "name: shop\n",
        commit,
        [`${reports}/release/${MARKER}`]: markerText({}),
        [receipt]: receiptText(
          receiptFor("docker.io/h/shop", { commit, version: "1.2" }),
        ),
      });
      const env = { ...surroundings.env, APP_VERSION: "1.2" };
      const outcomes = [];
      for (let time = 0; time < times; time++) {
        outcomes.push(
          await cli(["publish", "--allow-dirty", ...argv], { directory, env }),
        );
      }
      const text = await Deno.readTextFile(`${directory}/${receipt}`);
      const read = readReceipt(text);
      assert(read.kind === "receipt");
      return { outcomes, receipt: read.receipt, calls: await calls() };
    },
  );
}

const WHO = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "c",
  GIT_COMMITTER_EMAIL: "c@example.com",
};

Deno.test("the receipt has the publication, and the names that were given are taken away", async () => {
  const { outcomes: [first, again], receipt, calls } = await published({
    times: 2,
  });
  assertEquals([first?.code, again?.code], [0, 0], first?.stderr);
  assertEquals(receipt.published?.[0]?.tags, ["1.2"]);
  assertStringIncludes(first!.stdout, `Published h/shop@sha256:`);
  assertStringIncludes(again!.stdout, "Already published: h/shop@sha256:");
  const changes = calls.filter((call) => /^(tag|push|rmi)/.test(call));
  const untag = "rmi h/shop:1.2";
  assertEquals(changes, [
    ...[`tag ${IMAGE} h/shop:1.2`, "push h/shop:1.2", untag],
    ...[`tag ${IMAGE} h/shop:1.2`, untag],
  ]);
});

Deno.test("the receipt is found in the folder that is named, and written there", async () => {
  const argv = ["--reports", "out"];
  const { outcomes: [outcome], receipt } = await published({
    ...{ argv, reports: "out" },
  });
  assertEquals(outcome?.code, 0, outcome?.stderr);
  assertEquals(receipt.published?.[0]?.tags, ["1.2"]);
  const { outcomes: [other] } = await published({ argv });
  assertEquals(other?.code, 4);
  assertStringIncludes(other!.stderr, "out/release/receipt.json is missing");
  assertStringIncludes(other!.stderr, "Next: todoflow release --reports out");
});

Deno.test("the receipt has a publication even if only its clean-up has failed", async () => {
  const { outcomes: [outcome], receipt } = await published({ fails: "rmi" });
  assertEquals(outcome?.code, 1);
  assertStringIncludes(outcome!.stderr, "Cannot clean up");
  assertEquals(/Not published|All tags/.test(outcome!.stderr), false);
  assertEquals(receipt.published?.[0]?.tags, ["1.2"]);
});

Deno.test("unpublished tags are named, with the same flags to be typed again, and are not in the receipt", async () => {
  const { outcomes: [outcome], receipt } = await published({
    fails: "push",
    argv: ["--tag", "latest"],
  });
  assertEquals([outcome?.code, outcome?.stdout], [1, ""]);
  for (
    const line of [
      "Not published: h/shop:1.2, h/shop:latest",
      "h/shop:latest is not in the registry",
      "Next: todoflow publish --tag latest --allow-dirty",
    ]
  ) assertStringIncludes(outcome!.stderr, line);
  assertEquals(receipt.published, undefined);
});

Deno.test("a dry run of publish shows the image by its ID, and changes nothing", async () => {
  const { outcomes: [outcome], receipt, calls } = await published({
    argv: ["--dry-run"],
  });
  assertEquals(outcome?.code, 0, outcome?.stderr);
  assertStringIncludes(outcome!.stdout, `docker tag ${IMAGE} h/shop:1.2\n`);
  assertStringIncludes(outcome!.stdout, "docker push h/shop:1.2\n");
  assertEquals(receipt.published, undefined);
  assertEquals(calls.filter((call) => /^(tag|push|rmi)/.test(call)), []);
});
