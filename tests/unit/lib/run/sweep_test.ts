import { assert, assertEquals, assertRejects } from "@std/assert";
import { RUN_MARK } from "../../../../lib/child.ts";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import { claimProject } from "../../../../lib/run/claim.ts";
import { pause, type Sleep } from "../../../../lib/pause.ts";
import { explain } from "../../../../lib/errors/wording.ts";
import { sweep, type SweepOptions } from "../../../../lib/run/sweep.ts";
import { currentRecords } from "../../../../lib/state/current.ts";
import { FORMAT } from "../../../../lib/state/record_shape.ts";
import { listRecords } from "../../../../lib/state/list.ts";
import { type Claim, claim } from "../../../../lib/state/lock.ts";
import { recordKey } from "../../../../lib/state/paths.ts";
import type { ProjectRecord, RunRecord } from "../../../../lib/state/record.ts";
import { FAKE_TIME, unusedEndpoint } from "../../fake_engine.ts";
import {
  HOST,
  noPauses,
  owned,
  withFakeDocker,
  withFolder,
} from "../../fakes.ts";

const ENGINE = unusedEndpoint();

/** When a dead run's lock was last touched is not known here: the container is from before. */
const CREATED = "2024-06-07 08:09:12 +0000 UTC";

/** Docker's answer about one container of the project "shop", which was made from this folder. */
const APP =
  `echo '["shop","shop-app-1","id-1","${CREATED}","running","app","'$(pwd)'"]'`;

/** An engine that has one container, of the project "shop", until it is removed. */
const ONE = `case "$*" in
  context*) echo ${ENGINE} ;;
  ps*) [ -e gone ] || ${APP} ;;
  rm*) touch gone ;;
esac`;

/** The same container as a record has it. */
const MADE = { kind: "container" as const, name: "shop-app-1", id: "id-1" };

/** What of a sweep a test decides. */
type SweepChoice = Partial<Pick<SweepOptions, "signal" | "now" | "sleep">>;

interface Context {
  /** Of the records. */
  folder: string;
  directory: string;
  /** A dead run of the project, and what else is recorded of it. */
  died(
    record?: Partial<ProjectRecord>,
    run?: Partial<RunRecord>,
  ): Promise<void>;
  sweep(claims?: Claim[], options?: SweepChoice): Promise<void>;
  list: () => ReturnType<typeof listRecords>;
  current: () => ReturnType<typeof currentRecords>;
  /** What was told. */
  lines: string[];
  /** The objects that docker was asked to remove. */
  removals(): Promise<string[]>;
}

/** Gives the test records of its own, and an engine that is written for it. */
function withRecords(
  docker: string,
  test: (context: Context) => Promise<void>,
  variables: Record<string, string> = {},
) {
  return withFakeDocker(
    docker,
    async ({ api, directory, surroundings, calls }) => {
      const env = {
        ...surroundings.env,
        XDG_STATE_HOME: directory,
        ...variables,
      };
      const folder = `${directory}/todoflow`;
      const lines: string[] = [];
      const all = { directory, env };
      await test({
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
        sweep: (claims = [], options = {}) =>
          sweep(claims, {
            api: { ...api, endpoint: ENGINE },
            surroundings: all,
            host: HOST,
            output: (line) => lines.push(line),
            signal: new AbortController().signal,
            sleep: noPauses,
            ...options,
          }),
        list: () => listRecords(folder),
        current: () => currentRecords(all),
        removals: async () =>
          (await calls()).filter((call) => /^(rm|rmi|\w+ rm) /.test(call)),
      });
    },
    {
      endpoint: ENGINE,
      containers: {
        "shop-app-1": { messages: [{ text: "last words\n" }] },
      },
    },
  );
}

/** No pauses, and one limit (ms) that is over sooner. */
function shorter(limit: number, soon: number): Sleep {
  return (ms, signal) =>
    ms === limit ? pause(soon, signal) : noPauses(ms, signal);
}

async function take(folder: string, project = "shop") {
  const claimed = await claim(folder, await recordKey(project, ENGINE));
  assert(!("holder" in claimed));
  return claimed;
}

const LEFT = { what: "released" as const, since: "2024-06-07T08:09:10.000Z" };

Deno.test("the leftovers of a dead run are removed, its log is kept, and nothing of it stays on record", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    await context.sweep();
    assertEquals(await context.removals(), [
      "rm --force --volumes id-1",
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

Deno.test("the leftovers of a dead run in a claimed project are removed, and the claim stays", () =>
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

Deno.test("a release is neither touched nor forgotten when a later run next to it dies", () =>
  withRecords(ONE, async (context) => {
    for (const container of ["shop-test-run", "shop-app-1"]) {
      await context.died({ left: LEFT, made: [MADE] }, {
        owns: owned({ containers: [container], kept: [MADE] }),
      });
      await context.sweep();
      const [listed] = await context.list();
      assertEquals(
        [listed?.record.left, listed?.record.run, listed?.record.made],
        [LEFT, undefined, [MADE]],
      );
      assertEquals(await context.removals(), []);
    }
  }));

Deno.test("a run that died while it removed an earlier release is finished: all of that goes", () =>
  withRecords(ONE, async (context) => {
    await context.died({ made: [MADE] }, { owns: owned({ kept: [MADE] }) });
    await context.sweep();
    assertEquals(await context.removals(), ["rm --force --volumes id-1"]);
    assertEquals(await context.list(), []);
  }));

Deno.test("an object that a developer has made under the same name since a run died stays", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    const claimed = await take(context.folder);
    const seen = Date.parse("2024-06-07T08:08:00Z");
    await context.sweep([{ ...claimed, seen }]);
    await claimed.release();
    assertEquals(await context.removals(), []);
  }));

Deno.test("a release without a run on record is not swept", () =>
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

Deno.test("leftovers that cannot be removed stay on record, for the next run, and the reason is reported", () =>
  withRecords(
    `case "$*" in
      ps*) ${APP} ;;
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
    await context.sweep([], { signal: AbortSignal.abort() });
    assertEquals(await context.removals(), []);
    const claimed = await take(context.folder);
    await context.sweep([claimed], { signal: AbortSignal.abort() });
    await claimed.release();
    assertEquals(await context.removals(), []);
    assertEquals((await context.list())[0]?.record.run?.id, "a-run");
  }));

Deno.test("other runs learn during a sweep that the project is free soon", () =>
  withRecords(
    `case "$*" in ps*) [ -e seen ] || cat todoflow/*.json > seen ;; esac`,
    async (context) => {
      await context.died();
      await context.sweep();
      const seen = await Deno.readTextFile(`${context.directory}/seen`);
      assertEquals(JSON.parse(seen).sweeping, true);
    },
  ));

Deno.test("a project whose sweeper is gone is not reported as free soon", async () => {
  for (const docker of [ONE, `case $1 in ps) ${APP} ;; rm) exit 1 ;; esac`]) {
    await withRecords(docker, async (context) => {
      await context.died({ left: LEFT, sweeping: true });
      await context.sweep();
      const [listed] = await context.list();
      assertEquals(listed?.record.left, LEFT);
      assertEquals(listed?.record.sweeping, undefined);
    });
  }
});

Deno.test("a name that a dead run's build gave goes back to the image that had it", () =>
  withRecords(
    `case "$1 $2" in
      "image inspect") echo '["sha256:old",[],"2024-06-07T08:09:00Z"]'
        [ -e back ] || echo '["sha256:new",["shop-app:latest"],"2024-06-07T08:09:12Z"]' ;;
      "tag "*) touch back; echo "$*" >> tagged ;;
    esac`,
    async (context) => {
      const images = [{ name: "shop-app:latest", before: "sha256:old" }];
      await context.died({}, { owns: owned({ images }) });
      await context.sweep();
      assertEquals(
        await Deno.readTextFile(`${context.directory}/tagged`),
        "tag sha256:old shop-app:latest\n",
      );
      assertEquals(await context.list(), []);
    },
  ));

Deno.test("a checkout that is gone gets no reports, but its leftovers on the engine are removed", () =>
  withRecords(ONE, async (context) => {
    const gone = `${context.directory}/gone-checkout`;
    await context.died({ directory: gone, made: [MADE] }, {
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
    assert(context.lines.some((line) => line.includes("reports of shop are")));
    assertEquals((await context.removals()).length, 1);
    assertEquals(await context.list(), []);
  }));

Deno.test("a dead run of which nothing is collected, such as a clean, gets no folder of reports", () =>
  withRecords(ONE, async (context) => {
    const { directory } = context;
    const reports = `${directory}/reports/clean`;
    await context.died({}, { target: "clean", collected: [], reports });
    await context.sweep();
    assertEquals((await context.removals()).length, 1);
    assertEquals(await context.list(), []);
    const found = await Deno.stat(`${directory}/reports`).catch(() => "none");
    assertEquals(found, "none");
  }));

Deno.test({
  name:
    "reports of a dead run belong to its caller, not to the user whose run sweeps with sudo",
  // Only root may give files away.
  ignore: Deno.uid() !== 0,
  fn: async () => {
    for (const uid of [12345, undefined]) {
      const caller = uid === undefined ? {} : { caller: { uid, gid: uid } };
      await withRecords(ONE, async ({ directory, died, sweep }) => {
        await died({}, caller);
        await sweep();
        const log = `${directory}/reports/release/logs/app.log`;
        assertEquals((await Deno.stat(log)).uid, uid ?? 0);
      }, { SUDO_UID: "777", SUDO_GID: "777" });
    }
  },
});

Deno.test("the files that a dead run has written stay, next to its collected ones", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    const reports = `${context.directory}/reports/release`;
    await Deno.mkdir(reports, { recursive: true });
    await Deno.writeTextFile(`${reports}/unit.xml`, "unit");
    await context.sweep();
    assertEquals(await Deno.readTextFile(`${reports}/unit.xml`), "unit");
  }));

/** The containers of dead runs, one of each project; docker does what the script says before it answers. */
const MANY = (script: string) =>
  `${script}
  case "$*" in
    context*) echo ${ENGINE} ;;
    "ps --all --no-trunc --format "*) for project in a b c z; do
        [ -e "gone-$project" ] ||
          echo '["'$project'","'$project'-app-1","'$project'-app-1","${CREATED}","exited","app","'$(pwd)'"]'
      done ;;
    "rm "*) name="\${*##* }"; touch "gone-\${name%-app-1}" ;;
  esac`;

/** Dead runs of these projects, each with a container. */
async function diedAll({ died }: Context, ...projects: string[]) {
  for (const project of projects) {
    const owns = owned({ project, containers: [`${project}-app-1`] });
    const run = { id: `run-${project}`, owns, collected: [] };
    await died({ project }, run);
  }
}

Deno.test("unreadable records are reported once with their path, left alone, and hold up no other", () =>
  withRecords(MANY(""), async (context) => {
    await diedAll(context, "a", "z");
    const { folder, lines } = context;
    const hostile = {
      "k.json": "[]",
      "l.json": '{"format": 2}',
      "m.json": '{"format": 1, "run": {"id": "q"}}',
    };
    for (const [name, text] of Object.entries(hostile)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await new Deno.Command("mkfifo", { args: [`${folder}/n.json`] }).output();
    await context.sweep();
    assertEquals(await context.list(), []);
    assertEquals((await context.removals()).length, 2);
    for (const name of [...Object.keys(hostile), "n.json"]) {
      const told = lines.filter((line) => line.includes(`${folder}/${name}`));
      assertEquals(told.length, 1, name);
      assert(told[0]!.endsWith("left alone"), told[0]);
    }
    assert(
      lines.includes(
        `cannot read ${folder}/l.json: written by another version (format 2): left alone`,
      ),
      lines.join("\n"),
    );
    for (const [name, text] of Object.entries(hostile)) {
      assertEquals(await Deno.readTextFile(`${folder}/${name}`), text);
    }
  }));

Deno.test("a record that stands where another project's would is left alone: its lock is not that project's", () =>
  withRecords(MANY(""), async (context) => {
    await diedAll(context, "a");
    const key = await recordKey("a", ENGINE);
    await Deno.copyFile(
      `${context.folder}/${key}.json`,
      `${context.folder}/b.json`,
    );
    const alive = await take(context.folder, "a");
    await context.sweep();
    assertEquals(await context.removals(), []);
    assert(context.lines[0]?.includes("b.json"), context.lines[0]);
    await alive.release();
    await Deno.remove(`${context.folder}/${key}.json`);
    await Deno.rename(
      `${context.folder}/b.json`,
      `${context.folder}/${await recordKey("b", ENGINE)}.json`,
    );
    const { failure } = await assertRejects(
      () =>
        claimProject({
          target: "test",
          project: "b",
          engine: ENGINE,
          env: { XDG_STATE_HOME: context.directory },
        }),
      TodoflowError,
    );
    assertEquals(failure.kind, "unknown-record");
    // Also where there is nothing in it that would have to be kept.
    const file = `${context.folder}/${await recordKey("c", ENGINE)}.json`;
    const nothing = { project: "x", directory: "/w", engine: ENGINE };
    const text = JSON.stringify({ format: FORMAT, ...nothing });
    await Deno.writeTextFile(file, text);
    await assertRejects(
      () =>
        claimProject({
          target: "test",
          project: "c",
          engine: ENGINE,
          env: { XDG_STATE_HOME: context.directory },
        }),
      TodoflowError,
    );
    assertEquals(await Deno.readTextFile(file), text);
  }));

/** Runs the test with something in the way of one function of Deno. */
async function withBroken<K extends keyof typeof Deno>(
  name: K,
  broken: (real: typeof Deno[K]) => typeof Deno[K],
  test: () => Promise<void>,
) {
  const real = Deno[name];
  (Deno as Record<string, unknown>)[name] = broken(real);
  try {
    await test();
  } finally {
    (Deno as Record<string, unknown>)[name] = real;
  }
}

Deno.test("a record whose sweep throws is reported, stays, and holds up no other", () =>
  withRecords(MANY(""), async (context) => {
    await diedAll(context, "a", "b", "c");
    const key = await recordKey("b", ENGINE);
    await withBroken("rename", (rename) => async (from, to) => {
      if (`${to}`.includes(key)) throw new Error("the disk is full");
      await rename(from, to);
    }, () => context.sweep());
    const left = (await context.list()).map(({ record }) => record);
    assertEquals(left.map(({ project, run }) => [project, run?.id]), [
      ["b", "run-b"],
    ]);
    const told = context.lines.filter((line) => line.includes("disk is full"));
    assertEquals(told.length, 1);
    assert(told[0]?.includes("of b in"), told[0]);
    await context.sweep();
    assertEquals(await context.list(), []);
  }));

Deno.test("a sweep whose records cannot be listed says so and does not reject", () =>
  withRecords(MANY(""), async (context) => {
    await diedAll(context, "a");
    await Deno.chmod(context.folder, 0o777);
    await context.sweep();
    assert(context.lines[0]?.includes("cannot look for dead runs"));
    assertEquals(await context.removals(), []);
    await Deno.chmod(context.folder, 0o700);
  }));

Deno.test("a sweep removes the leftovers of a dead run even if its reports and logs cannot be collected", () =>
  withRecords(MANY(""), async (context) => {
    await diedAll(context, "z");
    const container = "a-app-1";
    await context.died({ project: "a" }, {
      owns: owned({ project: "a", containers: [container] }),
      collected: [{ container, service: "app", reports: ["/r"] }],
    });
    const broken = () => () => Promise.reject(new Error("no such thing"));
    await withBroken(
      "makeTempDir",
      broken,
      () =>
        withBroken(
          "stat",
          (stat) => (path) =>
            `${path}`.includes("reports") ? broken()() : stat(path),
          () => context.sweep(),
        ),
    );
    assertEquals(await context.list(), []);
    assertEquals((await context.removals()).length, 2);
  }));

Deno.test("a sweep reports a folder of reports that does not answer, and removes the leftovers all the same", () =>
  withRecords(ONE, async (context) => {
    await context.died();
    await Deno.mkdir(`${context.directory}/reports`);
    await withBroken(
      "realPath",
      (realPath) => (path) =>
        `${path}`.endsWith("/reports") ? new Promise(() => {}) : realPath(path),
      () => context.sweep([], { sleep: shorter(5_000, 50) }),
    );
    assertEquals((await context.removals()).length, 1);
    assert(context.lines.some((line) => line.includes("does not answer")));
    assertEquals(await context.list(), []);
  }));

Deno.test("logs of a dead run that had secrets stay as they are, and the sweep says so once", () =>
  withRecords(ONE, async (context) => {
    await context.died({}, { hides: true });
    const reports = `${context.directory}/reports/release`;
    await context.sweep();
    const logs = await Array.fromAsync(Deno.readDir(`${reports}/logs`));
    assertEquals(logs, []);
    const told = context.lines.filter((line) => line.includes("stay as"));
    assertEquals(told, [
      "logs of shop stay as they are: this run does not know the secrets that they must not show",
    ]);
    assertEquals((await context.removals()).length, 1);
  }));

Deno.test("a docker that hangs holds up neither the next record nor the caller: what it was asked stays on record", () =>
  withRecords(
    MANY('case "$*" in "rm "*b-app-1) exec sleep 60 ;; esac'),
    async (context) => {
      await diedAll(context, "a", "b", "c");
      await context.sweep([], { sleep: shorter(30_000, 100) });
      const left = (await context.list()).map(({ record }) => record);
      // On a busy machine the others may not have been done in that time either.
      const b = left.find(({ project }) => project === "b");
      assertEquals([b?.run?.id, b?.sweeping], ["run-b", undefined]);
      const told = context.lines.filter((line) => line.includes("of b in"));
      assert(told.at(-1)?.includes("left for later: 30 s are over"), told[1]);
      assert(context.lines.some((line) => line.includes("of c in")));
    },
  ));

Deno.test("the sweep of all other projects has a time limit: runs that it leaves for later are named", () =>
  withRecords(MANY(""), async (context) => {
    await diedAll(context, "a", "b");
    let time = 0;
    await context.sweep([], { now: () => time += 61_000 });
    const left = await context.list();
    assertEquals(left.map(({ record }) => record.project), ["a", "b"]);
    assertEquals(
      context.lines.filter((line) => line.includes("60 s are over")).length,
      2,
    );
    assertEquals(await context.removals(), []);
  }));

Deno.test("the record still says until when a dead run was alive if removing its leftovers fails", () =>
  withRecords("exit 1", async (context) => {
    await context.died();
    const lock = `${context.folder}/${await recordKey("shop", ENGINE)}.lock`;
    Deno.utimeSync(lock, new Date(5_000), new Date(5_000));
    for (const _ of ["once", "twice"]) await context.sweep();
    const claimed = await take(context.folder);
    assertEquals([claimed.seen, claimed.record?.run?.id], [5_000, "a-run"]);
    await claimed.release();
  }));

Deno.test("the leftovers of a dead run are not removed while another user runs a target in its folder", () =>
  withRecords(MANY(""), async (context) => {
    await diedAll(context, "a");
    const other = await claim(`${context.directory}/theirs`, "x");
    assert(!("holder" in other));
    await other.lockFolder(context.directory);
    await context.sweep();
    assertEquals(await context.removals(), []);
    assert(context.lines.some((line) => line.includes("another user")));
    assertEquals((await context.list()).length, 1);
    await other.release();
    await context.sweep();
    assertEquals(await context.list(), []);
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

Deno.test("a folder in which another user runs a target is the failure lock-held, with the folder", () =>
  withFolder(async (folder) => {
    const options = (user: string, project: string) => ({
      target: "test",
      project,
      engine: ENGINE,
      env: { XDG_STATE_HOME: `${folder}/${user}` },
      directory: folder,
    });
    const first = await claimProject(options("a", "shop"));
    const { failure } = await assertRejects(
      () => claimProject(options("b", "other")),
      TodoflowError,
    );
    assertEquals(failure, {
      kind: "lock-held",
      target: "test",
      project: "other",
      directory: folder,
    });
    const { why } = explain(failure);
    assert(why?.includes(`another user of this machine`), why);
    assert(why?.includes(folder), why);
    // Nothing of who was refused is left.
    assertEquals([...Deno.readDirSync(`${folder}/b/todoflow`)], []);
    const beside = await claimProject(options("a", "other"));
    await beside.release();
    await first.release();
    await (await claimProject(options("b", "other"))).release();
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

const RELEASED = {
  left: LEFT,
  made: [MADE, { kind: "network" as const, name: "shop_default", id: "n" }],
};

/** Records a release and resolves to the facts that are still known of it. */
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

Deno.test("a release is listed if any of its objects is on the engine", async () => {
  assertEquals(await known(ONE, {}), [1, 1]);
  const network =
    `case "$*" in context*) echo ${ENGINE} ;; network*) echo '["shop","shop_default","n",""]' ;; esac`;
  assertEquals(await known(network, {}), [1, 1]);
});

Deno.test("a release of which only a name is left, made again by a user, is neither listed nor remembered", async () => {
  const made = [{ ...MADE, id: "another" }];
  assertEquals(await known(ONE, { made }), [0, 0]);
});

Deno.test("a release that is gone from the engine is neither listed nor remembered", async () => {
  assertEquals(await known(ONE, { project: "blog" }), [0, 0]);
});

Deno.test("a release on another engine is listed: only the record knows it", async () => {
  const elsewhere = { project: "blog", engine: "tcp://ci:2375" };
  assertEquals(await known(ONE, elsewhere), [1, 1]);
});

Deno.test("without an engine, and without docker, every release is listed", async () => {
  assertEquals(await known("exit 1", { project: "blog" }), [1, 1]);
});

Deno.test("a dead run is listed until its leftovers are removed", () =>
  withRecords(ONE, async (context) => {
    await context.died({ project: "blog" });
    const [listed] = await context.current();
    assertEquals([listed?.record.project, listed?.held], ["blog", false]);
  }));
