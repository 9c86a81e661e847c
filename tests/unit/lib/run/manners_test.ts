/**
 * Runs of targets with each combination of needs, which a program's own target chooses freely.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Made,
  main,
  type Need,
  type PlanInput,
  type Target,
} from "../../../../mod.ts";
import { ownName } from "../../../../lib/compose/project.ts";
import { isFolder } from "../../../../lib/artifacts/files.ts";
import { ownsNothing, type Step, step } from "../../../../lib/plan/plan.ts";
import { receiptText } from "../../../../lib/publish/receipt.ts";
import { listRecords } from "../../../../lib/state/list.ts";
import { claim } from "../../../../lib/state/lock.ts";
import { recordKey } from "../../../../lib/state/paths.ts";
import type { ProjectRecord } from "../../../../lib/state/record.ts";
import { madeBefore, removeStep } from "../../../../tasks/remove.ts";
import { unusedEndpoint } from "../../fake_engine.ts";
import { fakeWorld, HOST, withFakeDocker, writeFiles } from "../../fakes.ts";
import { IMAGE, receiptFor } from "../../receipts.ts";

const ENGINE = unusedEndpoint();

/**
 * An engine for a project whose database keeps its data in the folder `data`. The file `there` has the output of
 * `docker ps`. The file `broken` breaks the Compose file, the file `outside` makes it name a folder of reports outside of
 * the checkout. A release is in the plain project, so that all targets work in the same one. `docker compose create` leaves the names of the Compose files in the file `seen`.
 */
const DOCKER = `
case "$*" in
  *config) [ -e broken ] && { echo "yaml: line 3" >&2; exit 15; }
    echo 'name: '"\${COMPOSE_PROJECT_NAME:-shop}"'
x-todoflow: { release: { project: plain }'"$([ -e outside ] && echo ', reports: ../elsewhere')"' }
services:
  app: { build: { context: '"$PWD"' }, image: h/shop }
  db: { image: db, volumes: [{ type: bind, source: '"$PWD"'/data, target: /data }] }' ;;
  *--short) echo 2.26.1 ;;
  context*) echo ${ENGINE} ;;
  ps*) cat there 2>/dev/null ;;
  "image inspect"*${IMAGE}) printf '{"id":"${IMAGE}","names":["shop-app:latest"],"layers":1,"labels":{"com.docker.compose.project":"shop","org.opencontainers.image.version":"1.2","org.opencontainers.image.revision":"%s"}}\\n' "$(cat commit)" ;;
  "image inspect"*) exit 1 ;;
  "compose create") echo "$COMPOSE_FILE" > seen ;;
  "compose no") exit 1 ;;
  "rm "*) grep -v id-app there > rest; mv rest there ;;
esac
true`;

/** A container of a service, as the engine lists it; FOLDER is the checkout's. */
function container(service: string, project = "shop"): string {
  const { name, id } = made(service);
  const at = "2026-11-29 12:00:00 +0000 UTC";
  const row = [project, name, id, at, "running", service, "FOLDER", ""];
  return `${JSON.stringify(row)}\n`;
}

/** The same on record. */
function made(service: string): Made {
  return { kind: "container", name: `shop-${service}-1`, id: `id-${service}` };
}

/** A checkout, and what a target in it does. */
interface Setup {
  argv?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** FOLDER is the checkout's, UNDER_CI the name that its project has under CI. */
  files?: Readonly<Record<string, string>>;
  /** The records of projects; FOLDER is the checkout's. */
  records?: readonly Omit<ProjectRecord, "engine">[];
  steps?: (input: PlanInput) => readonly Step[];
}

/** The step of most plans. */
const create = ({ workflow, $ }: PlanInput) =>
  step(workflow.deadlines.step, {
    name: "create",
    why: "something must run",
    command: $`docker compose create`,
  });

/** A step that waits for the database. */
const gate = ({ workflow, $ }: PlanInput) =>
  step(workflow.deadlines.step, {
    name: "gate",
    why: "the data must be there",
    does: {
      kind: "gate",
      ...{ service: "db", container: "shop-db-1" },
      ...{ needs: "started", serves: false },
    },
    command: $`docker compose up --wait db`,
  });

/** Runs a target with these needs in a checkout with a commit and the receipt of its release. */
function performed(
  needs: readonly Need[],
  {
    argv = [],
    env = {},
    files = {},
    records = [],
    steps = (input) => [create(input)],
  }: Setup = {},
) {
  return withFakeDocker(DOCKER, async ({ directory, surroundings }) => {
    const commit = await committed(directory, surroundings.env);
    const underCi = await ownName("shop", { directory, host: HOST });
    const here = (text: string) =>
      text.replaceAll("FOLDER", directory).replaceAll("UNDER_CI", underCi);
    await writeFiles(directory, {
      "compose.yaml": "name: shop\n",
      Dockerfile: "FROM base:1\n",
      commit,
      "reports/release/receipt.json": receiptText(
        receiptFor("docker.io/h/shop", { commit, version: "1.2" }),
      ),
      "reports/release/.todoflow": '{"format":1}',
      ...Object.fromEntries(
        Object.entries(files).map(([name, text]) => [name, here(text)]),
      ),
    });
    const state = `${directory}/todoflow`;
    for (const record of records) {
      const key = await recordKey(record.project, ENGINE);
      const claimed = await claim(state, key);
      assert(!("holder" in claimed));
      await claimed.write({
        ...record,
        engine: ENGINE,
        directory: here(record.directory),
      });
      await claimed.release();
    }
    let input: PlanInput | undefined;
    const target: Target = {
      kind: "plan",
      ...{ name: "own", summary: "Own", details: "Own.", needs },
      flags: [{ name: "allow-dirty", summary: "Publish changes" }],
      plan: (given) => {
        input = given;
        const { project } = given.workflow;
        const owns = { ...ownsNothing(project), made: given.facts.made };
        return { owns, steps: steps(given) };
      },
    };
    const { world, written } = fakeWorld({
      directory,
      env: {
        ...surroundings.env,
        ...{ XDG_STATE_HOME: directory, APP_VERSION: "1.2" },
        ...env,
      },
    });
    const words = ["own", "--allow-dirty", ...argv];
    const code = await main(words, world, [target]);
    return {
      ...{ code, directory, input, ...written },
      hasReports: await isFolder(`${directory}/reports/own`),
      seen: await Deno.readTextFile(`${directory}/seen`).catch(() => ""),
      records: new Map(
        (await listRecords(state)).flatMap(({ record }) =>
          record ? [[record.project, record]] : []
        ),
      ),
    };
  }, { endpoint: ENGINE });
}

/** Makes the folder a checkout with one commit; resolves to its hash. */
async function committed(
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const git = async (...args: string[]) => {
    const { stdout } = await new Deno.Command("git", {
      args: ["-C", directory, ...args],
      env: {
        ...env,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@example.com",
        GIT_COMMITTER_NAME: "c",
        GIT_COMMITTER_EMAIL: "c@example.com",
      },
      clearEnv: true,
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  await git("init", "--quiet");
  await git("commit", "--quiet", "--allow-empty", "--message", "x");
  return await git("rev-parse", "HEAD");
}

const NEEDS = ["workflow", "images", "receipt"] as const;

/** All combinations of needs. */
const ALL = [...Array(2 ** NEEDS.length).keys()]
  .map((bits) => NEEDS.filter((_, i) => bits & 1 << i));

/** Without the workflow, the commit is not known, so that no receipt fits. */
const isUnpublishable = (needs: readonly Need[]) =>
  needs.includes("receipt") && !needs.includes("workflow");

/** Asserts that something is true of the targets that this condition selects, and of no others. */
async function assertOnly(
  selects: (needs: readonly Need[]) => boolean,
  isTrue: (outcome: Awaited<ReturnType<typeof performed>>) => boolean,
  setup: Setup = {},
) {
  for (const needs of ALL) {
    if (isUnpublishable(needs)) continue;
    const outcome = await performed(needs, setup);
    const { code, stdout, stderr } = outcome;
    const told = `needs: ${needs}; code ${code}\n${stdout}\n${stderr}`;
    assertEquals(isTrue(outcome), selects(needs), told);
  }
}

const needsWorkflow = (needs: readonly Need[]) => needs.includes("workflow");
const needsImages = (needs: readonly Need[]) => needs.includes("images");
const needsReceipt = (needs: readonly Need[]) => needs.includes("receipt");
const needsNoWorkflow = (needs: readonly Need[]) => !needsWorkflow(needs);
const needsNoReceipt = (needs: readonly Need[]) => !needsReceipt(needs);

Deno.test("a target that needs the receipt without the workflow is refused: no commit is known to which a receipt fits", async () => {
  for (const needs of ALL.filter(isUnpublishable)) {
    for (const argv of [[], ["--dry-run"]]) {
      const { code, stderr, input } = await performed(needs, { argv });
      assertEquals([code, input], [4, undefined], stderr);
      assertStringIncludes(stderr, "Cannot publish: another commit");
    }
  }
});

Deno.test("each other target runs, and its plan gets the facts that it needs and no others", async () => {
  for (const needs of ALL) {
    if (isUnpublishable(needs)) continue;
    for (const argv of [[], ["--dry-run"]]) {
      const { code, stderr, input } = await performed(needs, { argv });
      assertEquals(code, 0, stderr);
      const { bases, publication } = input!.facts;
      assertEquals(
        [[...bases.values()].flat(), publication?.tags],
        [
          needsImages(needs) ? ["base:1"] : [],
          needsReceipt(needs) ? ["1.2"] : undefined,
        ],
        `${needs}`,
      );
    }
  }
});

Deno.test("only a target that needs the workflow writes reports", () =>
  assertOnly(needsWorkflow, ({ hasReports }) => hasReports));

Deno.test("only a target that needs the workflow marks the containers that Compose makes", () =>
  assertOnly(needsWorkflow, ({ seen }) => seen.endsWith(".run.yaml\n")));

Deno.test("only a target that needs the workflow labels the images that it builds", () =>
  assertOnly(
    needsWorkflow,
    ({ input }) => input?.facts.buildEnv !== undefined,
  ));

Deno.test("a broken Compose file stops only a target that needs the workflow", () =>
  assertOnly(needsWorkflow, ({ code }) => code === 3, {
    files: { broken: "" },
  }));

Deno.test("COMPOSE_COMPATIBILITY stops only a target that needs the workflow", () =>
  assertOnly(needsWorkflow, ({ code }) => code === 3, {
    env: { COMPOSE_COMPATIBILITY: "1" },
  }));

Deno.test("a checkout without a version stops only a target that needs the workflow", () =>
  assertOnly(needsWorkflow, ({ code }) => code !== 0, {
    env: { APP_VERSION: "", GIT_DIR: "/nowhere" },
  }));

Deno.test("a folder of reports outside of the checkout stops only a target that needs the workflow", () =>
  assertOnly(needsWorkflow, ({ code }) => code === 3, {
    files: { outside: "" },
  }));

for (const argv of [[], ["--dry-run"]]) {
  Deno.test(`a foreign container stops each target that does not need the receipt: ${argv}`, () =>
    assertOnly(
      needsNoReceipt,
      ({ stderr }) => stderr.includes("objects that todoflow has not made"),
      { argv, files: { there: container("app") } },
    ));
}

Deno.test("foreign data in the folder of a database stops only a target that needs images", () =>
  assertOnly(
    needsImages,
    ({ stderr }) => stderr.includes("data that todoflow has not made"),
    {
      argv: ["--dry-run"],
      files: { "data/PG_VERSION": "15" },
      steps: (input) => [gate(input)],
    },
  ));

Deno.test("only a target that does not need the workflow knows what the checkout has made in its project under CI", () =>
  assertOnly(needsNoWorkflow, ({ input }) => {
    const [other] = input!.facts.others;
    if (other) assertEquals(other.made, [made("app")]);
    return other !== undefined;
  }, { files: { there: container("app", "UNDER_CI") } }));

Deno.test("only a target that does not need the workflow names the checkout's earlier projects, which stay", () =>
  assertOnly(
    needsNoWorkflow,
    ({ stderr }) => stderr.includes("todoflow clean -p old\n"),
    {
      records: [{ project: "old", directory: "FOLDER", made: [made("app")] }],
    },
  ));

Deno.test("only a target that needs the receipt leaves another checkout's record of the project as it is", () =>
  assertOnly(
    needsReceipt,
    ({ records }) => records.get("shop")?.directory === "/other",
    {
      records: [{ project: "shop", directory: "/other", made: [made("app")] }],
    },
  ));

/** A release of which the plan removes one container, and then fails. */
const HALF: Setup = {
  files: { there: container("app") + container("db") },
  records: [{
    project: "shop",
    directory: "FOLDER",
    made: [made("app"), made("db")],
    left: { what: "released", version: "1.1", since: "2026-11-29T12:00:00Z" },
  }],
  steps: (input) => [
    removeStep({
      name: "down",
      why: "half of it is removed",
      owns: madeBefore({ project: "shop", made: [made("app")] }, "shop"),
    }, input),
    { ...create(input), after: ["down"], command: input.$`docker compose no` },
  ],
};

Deno.test("after a failure only a target that does not need the workflow leaves half a release on record as a release", () =>
  assertOnly(needsNoWorkflow, ({ records }) => {
    const { made: rest, left } = records.get("shop")!;
    assertEquals(rest, [made("db")]);
    return left?.what === "released";
  }, HALF));

Deno.test("only the failure of a target that needs the workflow says that the earlier release is gone", () =>
  assertOnly(
    needsWorkflow,
    ({ stderr }) => stderr.includes("the earlier release 1.1 is gone"),
    HALF,
  ));
