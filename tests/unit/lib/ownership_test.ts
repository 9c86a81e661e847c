import { assert, assertEquals, assertRejects } from "@std/assert";
import { RUN_MARK } from "../../../lib/engine.ts";
import { TodoflowError } from "../../../lib/errors.ts";
import { claimProject, currentRecords, sweep } from "../../../lib/ownership.ts";
import {
  type Claim,
  claim,
  listRecords,
  type ProjectRecord,
  recordKey,
  type RunRecord,
} from "../../../lib/state.ts";
import { FAKE_TIME, unusedEndpoint, withEngineAt } from "../fake_engine.ts";
import {
  HOST,
  owned,
  withFakeDocker,
  withFolder,
  withoutPauses,
} from "../fakes.ts";

const ENGINE = unusedEndpoint();

/** An engine that has one container, of the project "shop", until it is removed. */
const ONE = `case "$*" in
  context*) echo ${ENGINE} ;;
  "ps --all --filter label=com.docker.compose.project --format"*)
    [ -e gone ] || echo "shop shop-app-1 running app /w" ;;
  ps*) [ -e gone ] || echo "shop-app-1 running" ;;
  rm*) touch gone ;;
esac`;

interface Context {
  /** Of the records. */
  folder: string;
  directory: string;
  /** A dead run of the project, and what else is recorded of it. */
  died(
    record?: Partial<ProjectRecord>,
    run?: Partial<RunRecord>,
  ): Promise<void>;
  sweep(claims?: Claim[], signal?: AbortSignal): Promise<void>;
  list: () => ReturnType<typeof listRecords>;
  current: () => ReturnType<typeof currentRecords>;
  /** What was told. */
  lines: string[];
  /** What docker was asked to remove. */
  removals(): Promise<string[]>;
}

/** Gives the test records of its own, and an engine that is written for it. */
function withRecords(
  docker: string,
  test: (context: Context) => Promise<void>,
) {
  return withFakeDocker(
    docker,
    async ({ $, directory, surroundings, calls }) => {
      const env = { ...surroundings.env, XDG_STATE_HOME: directory };
      const folder = `${directory}/todoflow`;
      const lines: string[] = [];
      const all = { directory, env };
      const wrote = { "shop-app-1": { messages: [{ text: "last words\n" }] } };
      const run = (context: Context) =>
        withEngineAt(ENGINE, wrote, () => test(context));
      await withoutPauses(() =>
        run({
          folder,
          directory,
          lines,
          died: async (record, run) => {
            const dead: RunRecord = {
              id: "a-run",
              target: "release",
              pid: 17,
              host: HOST,
              started: "2024-06-07T08:09:10.000Z",
              owns: owned({ containers: ["shop-app-1"] }),
              reports: `${directory}/reports/release`,
              collected: [{
                container: "shop-app-1",
                service: "app",
                reports: [],
              }],
              ...run,
            };
            const claimed = await take(folder, record?.project);
            await claimed.write({
              project: "shop",
              directory,
              engine: ENGINE,
              run: dead,
              ...record,
            });
            await claimed.release();
          },
          sweep: (claims = [], signal = new AbortController().signal) =>
            sweep(claims, {
              $,
              surroundings: all,
              engine: ENGINE,
              host: HOST,
              output: (line) => lines.push(line),
              signal,
            }),
          list: () => listRecords(folder),
          current: () => currentRecords(all),
          removals: async () =>
            (await calls()).filter((call) => /^(rm|rmi|\w+ rm) /.test(call)),
        })
      );
    },
  );
}

async function take(folder: string, project = "shop") {
  const claimed = await claim(folder, await recordKey(project, ENGINE));
  assert(!("holder" in claimed));
  return claimed;
}

const LEFT = { what: "released" as const, since: "2024-06-07T08:09:10.000Z" };

Deno.test("what a dead run left is removed, its log is kept, and nothing of it stays on record", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    await context.sweep();
    assertEquals(await context.removals(), [
      "rm --force --volumes shop-app-1",
    ]);
    assertEquals(await context.list(), []);
    assertEquals(
      await Deno.readTextFile(
        `${context.directory}/reports/release/logs/app.log`,
      ),
      `${FAKE_TIME} last words\n`,
    );
    assertEquals(context.lines.length, 1);
    assert(
      context.lines[0]?.includes(`release of shop in ${context.directory}`),
    );
    assert(context.lines[0]?.includes("17"));
  }));

Deno.test("what a dead run left in a project that is claimed is removed, and the claim stays", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    const claimed = await take(context.folder);
    await context.sweep([claimed]);
    assertEquals((await context.removals()).length, 1);
    assertEquals(claimed.record?.run, undefined);
    const other = await claim(context.folder, await recordKey("shop", ENGINE));
    assert("holder" in other);
    await claimed.release();
    assertEquals(await context.list(), []);
  }));

Deno.test("what a run has released is not touched, nor forgotten when a later run dies beside it", () =>
  withRecords(ONE, async (context) => {
    await context.died({ left: LEFT }, {
      owns: owned({ containers: ["shop-test-run"] }),
    });
    await context.sweep();
    const [listed] = await context.list();
    assertEquals([listed?.record.left, listed?.record.run], [LEFT, undefined]);
  }));

Deno.test("a release that nobody runs is nothing to remove", () =>
  withRecords("exit 1", async (context) => {
    const claimed = await take(context.folder);
    await claimed.write({
      project: "shop",
      directory: context.directory,
      engine: ENGINE,
      left: LEFT,
    });
    await claimed.release();
    await context.sweep();
    assertEquals(context.lines, []);
    assertEquals((await context.list()).length, 1);
  }));

Deno.test("a run that lives is left alone, and one on another engine", () =>
  withRecords(ONE, async (context) => {
    await context.died({ project: "alive" });
    await context.died({ project: "elsewhere", engine: "tcp://ci:2375" });
    const alive = await take(context.folder, "alive");
    await context.sweep();
    assertEquals(await context.removals(), []);
    assertEquals(context.lines, []);
    assertEquals(
      (await context.list()).map(({ record }) => [
        record.project,
        record.run?.pid,
      ]),
      [["alive", 17], ["elsewhere", 17]],
    );
    await alive.release();
  }));

Deno.test("what cannot be removed stays on record, for the next run, and the reason is told", () =>
  withRecords(
    `case "$*" in
      ps*) echo "shop-app-1 exited" ;;
      rm*) [ -e fixed ] || { echo "device or resource busy" >&2; exit 1; } ;;
    esac`,
    async (context) => {
      await context.died();
      await context.sweep();
      assert(context.lines.includes("device or resource busy"));
      const [listed] = await context.list();
      assertEquals(listed?.record.run?.id, "a-run");
      const before = (await context.removals()).length;
      await context.sweep();
      assert((await context.removals()).length > before);
    },
  ));

Deno.test("a sweep that is stopped leaves the rest on record, for the next run", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    await context.sweep([], AbortSignal.abort());
    assertEquals(await context.removals(), []);
    const claimed = await take(context.folder);
    await context.sweep([claimed], AbortSignal.abort());
    await claimed.release();
    assertEquals(await context.removals(), []);
    assertEquals((await context.list())[0]?.record.run?.id, "a-run");
  }));

Deno.test("while what a dead run left is removed, others are told that it will not take long", () =>
  withRecords(
    `case "$*" in ps*) cat todoflow/*.json > seen ;; esac`,
    async (context) => {
      await context.died();
      await context.sweep();
      const seen = await Deno.readTextFile(`${context.directory}/seen`);
      assertEquals(JSON.parse(seen).sweeping, true);
    },
  ));

Deno.test("a project is not told as about to be free when its sweeper is gone, whatever that has left", async () => {
  for (
    const docker of [
      ONE,
      'case $1 in ps) echo "c exited" ;; rm) exit 1 ;; esac',
    ]
  ) {
    await withRecords(docker, async (context) => {
      await context.died({ left: LEFT, sweeping: true });
      await context.sweep();
      const [listed] = await context.list();
      assertEquals(listed?.record.left, LEFT);
      assertEquals(listed?.record.sweeping, undefined);
    });
  }
});

Deno.test("images of a dead run's project that lost their name go, and only the project's", () =>
  withRecords(`echo "$*" >> all; ${ONE}`, async (context) => {
    await context.died();
    await context.sweep();
    const all = await Deno.readTextFile(`${context.directory}/all`);
    const prunes = all.split("\n").filter((call) => call.includes("prune"));
    assertEquals(prunes, [
      "image prune --force --filter label=com.docker.compose.project=shop",
    ]);
  }));

Deno.test("a checkout that is gone gets no reports, but what it left on the engine goes", () =>
  withRecords(ONE, async (context) => {
    const gone = `${context.directory}/gone-checkout`;
    await context.died({ directory: gone }, {
      reports: `${gone}/reports/release`,
    });
    await context.sweep();
    assertEquals((await context.removals()).length, 1);
    assertEquals(await context.list(), []);
    const found = await Deno.stat(gone).catch(() => undefined);
    assertEquals(found, undefined);
  }));

Deno.test("a dead run whose reports cannot be written is removed all the same", () =>
  withRecords(ONE, async (context) => {
    await Deno.writeTextFile(`${context.directory}/reports`, "");
    await context.died();
    await context.sweep();
    assertEquals((await context.removals()).length, 1);
    assertEquals(await context.list(), []);
  }));

Deno.test("what a dead run has written stays, beside what is collected of it", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    const reports = `${context.directory}/reports/release`;
    await Deno.mkdir(reports, { recursive: true });
    await Deno.writeTextFile(`${reports}/unit.xml`, "unit");
    await context.sweep();
    assertEquals(await Deno.readTextFile(`${reports}/unit.xml`), "unit");
  }));

/** A child of a run, which has outlived it. */
function child(run: string) {
  return new Deno.Command("sleep", {
    args: ["20"],
    env: { [RUN_MARK]: run },
    stdin: "null",
  }).spawn();
}

Deno.test("children of a dead run are ended, those of others are not", () =>
  withRecords(ONE, async (context) => {
    const run = crypto.randomUUID();
    await context.died({}, { id: run });
    const own = child(run);
    const other = child(crypto.randomUUID());
    try {
      await context.sweep();
      assertEquals((await own.status).signal, "SIGTERM");
    } finally {
      other.kill("SIGKILL");
      assertEquals((await other.status).signal, "SIGKILL");
    }
  }));

Deno.test("on another machine no child of a run can be: none is ended", () =>
  withRecords(ONE, async (context) => {
    const run = crypto.randomUUID();
    await context.died({}, { id: run, host: "another" });
    const stranger = child(run);
    try {
      await context.sweep();
      assertEquals(await context.list(), []);
    } finally {
      stranger.kill("SIGKILL");
      assertEquals((await stranger.status).signal, "SIGKILL");
    }
  }));

Deno.test("a project that another run has is the failure lock-held, with that run", () =>
  withFolder(async (folder) => {
    const options = {
      target: "clean",
      project: "shop",
      engine: ENGINE,
      env: { XDG_STATE_HOME: folder },
    };
    const first = await claimProject(options);
    const refused = async () =>
      (await assertRejects(() => claimProject(options), TodoflowError)).failure;
    assertEquals(await refused(), {
      kind: "lock-held",
      target: "clean",
      project: "shop",
    });
    const run = {
      id: "a-run",
      target: "release",
      pid: 17,
      host: HOST,
      started: LEFT.since,
      owns: owned(),
      reports: "/w/reports",
      collected: [],
    };
    const record = { project: "shop", directory: "/w", engine: ENGINE };
    await first.write({ ...record, run });
    const failure = await refused();
    assert(failure.kind === "lock-held" && failure.holder);
    const { target, pid, host, started, directory } = failure.holder;
    assertEquals([target, pid, host, started, directory], [
      "release",
      17,
      HOST,
      LEFT.since,
      "/w",
    ]);
    // On another engine it is another project.
    const elsewhere = { ...options, engine: "tcp://ci:2375" };
    await (await claimProject(elsewhere)).release();
    await first.write(record);
    await first.release();
  }));

Deno.test("records that cannot be written are the failure no-state, with the folder", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const { failure } = await assertRejects(
      () =>
        claimProject({
          target: "test",
          project: "shop",
          engine: ENGINE,
          env: { XDG_STATE_HOME: `${folder}/file` },
        }),
      TodoflowError,
    );
    assert(failure.kind === "no-state" && failure.detail);
    assertEquals(failure.folder, `${folder}/file/todoflow`);
  }));

const RELEASED = { left: LEFT };

/** Records a release and tells what is still known of it. */
async function known(
  docker: string,
  record: Partial<ProjectRecord>,
): Promise<[told: number, recorded: number]> {
  let counts: [number, number] = [0, 0];
  await withRecords(docker, async (context) => {
    const claimed = await take(context.folder);
    const { directory } = context;
    const common = { project: "shop", directory, engine: ENGINE };
    await claimed.write({ ...common, ...RELEASED, ...record });
    await claimed.release();
    counts = [(await context.current()).length, (await context.list()).length];
  });
  return counts;
}

Deno.test("a release that is on the engine is told, whatever of it there is", async () => {
  assertEquals(await known(ONE, {}), [1, 1]);
  const network =
    `case "$*" in context*) echo ${ENGINE} ;; network*) echo "shop shop_default" ;; esac`;
  assertEquals(await known(network, {}), [1, 1]);
});

Deno.test("a release that is gone from the engine is neither told nor remembered", async () => {
  assertEquals(await known(ONE, { project: "blog" }), [0, 0]);
});

Deno.test("a release on another engine is told, nobody knows better", async () => {
  const elsewhere = { project: "blog", engine: "tcp://ci:2375" };
  assertEquals(await known(ONE, elsewhere), [1, 1]);
});

Deno.test("without an engine, and without docker, every release is told", async () => {
  assertEquals(await known("exit 1", { project: "blog" }), [1, 1]);
});

Deno.test("a dead run is told until what it left is removed", () =>
  withRecords(ONE, async (context) => {
    await context.died({ project: "blog" });
    const [listed] = await context.current();
    assertEquals([listed?.record.project, listed?.held], ["blog", false]);
  }));
