import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { main } from "../../../../mod.ts";
import { ownName } from "../../../../lib/compose/project.ts";
import { FORMAT } from "../../../../lib/state/record_shape.ts";
import { listRecords } from "../../../../lib/state/list.ts";
import { type Claim, claim } from "../../../../lib/state/lock.ts";
import { recordKey } from "../../../../lib/state/paths.ts";
import type { ProjectRecord } from "../../../../lib/state/record.ts";
import { TARGETS } from "../../../../tasks/mod.ts";
import { type FakeContainer, unusedEndpoint } from "../../fake_engine.ts";
import { canMount, mounted } from "../../mounts.ts";
import {
  cli,
  fakeWorld,
  HOST,
  type Outcome,
  owned,
  PID,
  withFakeDocker,
} from "../../fakes.ts";

const ENGINE = unusedEndpoint();

/**
 * An engine for a project with one service, `app`, which needs no build: its container is there between `create`, or `run`, and `rm`,
 * made from the folder in the file `owner`, else from this one; what is there is in the file `there`, and has another ID each time. The file `fails` names a
 * command that fails, with its reason. With a file `plain`, a release is in the plain project; a file `block` has the
 * `x-todoflow` of the Compose file.
 */
const DOCKER = `
there() { [ -s there ]; }
make() { echo "$1 id-$1$(cat again 2>/dev/null) \${COMPOSE_FILE##*:}" >> there; }
words="$(cat fails 2>/dev/null)"
project="\${COMPOSE_PROJECT_NAME:-shop}"
[ -n "$words" ] && [ "$1" = "\${words%% *}" ] && { echo "\${words#* }" >&2; exit 1; }
case "$*" in
  *"config --services") echo app ;;
  *config) printf 'name: %s\\nservices: { app: { image: a }, test: { image: a } }\\n' "$project"
    [ -e plain ] && echo 'x-todoflow: { release: { project: plain } }'
    cat block 2>/dev/null ;;
  *--short) echo 2.26.1 ;;
  context*) echo ${ENGINE} ;;
  ps*) there && while read -r name id files; do
      echo '["'"\${name%-*-*}"'","'$name'","'$id'","2026-11-29 12:00:00 +0000 UTC","running","app","'$(cat owner 2>/dev/null || pwd)'","'$files'"]'
    done < there ;;
  *" run "*) make "$project-test-run"; cat todoflow/*.json > record-while-it-runs ;;
  *create*) make "$project-app-1"; cat todoflow/*.json > record-while-it-runs ;;
  "rm "*) printf + >> again
    for id in "$@"; do awk -v id="$id" '$2 != id' there > rest; mv rest there; done ;;
  "container inspect"*) echo '{"State":{"Status":"running","ExitCode":0},"Config":{}}' ;;
  wait*) echo 0 ;;
esac
true`;

/** The container of the service `app`. */
const APP = {
  kind: "container" as const,
  name: "shop--release-app-1",
  id: "id-shop--release-app-1",
};

interface Context {
  directory: string;
  todoflow(...argv: string[]): Promise<Outcome>;
  /** The record of the project. */
  record(): Promise<ProjectRecord | undefined>;
  /** Takes the project's lock. */
  take(project?: string): Promise<Claim>;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** The calls of docker, without those that only look. */
  changes(): Promise<string[]>;
  /** How often it was asked for the containers of all projects, before the first change. */
  looks(): Promise<number>;
}

/** Gives the test a checkout with an engine of its own. */
function withCheckout(
  test: (context: Context) => Promise<void>,
  { docker = DOCKER, env = {}, containers = {} }: {
    docker?: string;
    env?: Record<string, string>;
    containers?: Record<string, FakeContainer>;
  } = {},
) {
  return withFakeDocker(docker, ({ directory, surroundings, calls }) => {
    const folder = `${directory}/todoflow`;
    return test({
      directory,
      todoflow: (...argv) =>
        cli(argv, {
          directory,
          env: {
            ...surroundings.env,
            XDG_STATE_HOME: directory,
            APP_VERSION: "1.2",
            ...env,
          },
        }),
      record: async () => (await listRecords(folder))[0]?.record,
      take: async (project = "shop--release") => {
        const claimed = await claim(
          folder,
          await recordKey(project, ENGINE),
        );
        assert(!("holder" in claimed));
        return claimed;
      },
      write: (file, text) => Deno.writeTextFile(`${directory}/${file}`, text),
      read: (file) => Deno.readTextFile(`${directory}/${file}`),
      looks: async () => {
        const all = await calls();
        const first = all.findIndex((call) => /create|^(stop|rm) /.test(call));
        return all.slice(0, first < 0 ? all.length : first)
          .filter((call) => call.startsWith(LOOK)).length;
      },
      changes: async () =>
        (await calls()).filter((call) =>
          !/^(ps|context|info|wait|logs|container inspect|\w+ ls|image inspect|version) |config|--short$/
            .test(call)
        ),
    });
  }, {
    endpoint: ENGINE,
    containers: { "shop--release-app-1": { messages: [] }, ...containers },
  });
}

Deno.test("a release is on record when it has ended, with its version and start", () =>
  withCheckout(async ({ todoflow, record, directory }) => {
    const before = Date.now();
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const { left, made, ...rest } = (await record())!;
    const project = "shop--release";
    assertEquals(rest, { project, directory, engine: ENGINE });
    assertEquals(made, [APP]);
    const { since, ...what } = left!;
    assertEquals(what, { what: "released", version: "1.2" });
    const at = Date.parse(since);
    assert(before <= at && at <= Date.now());
    assertStringIncludes((await todoflow("ls")).stdout, directory);
  }));

Deno.test({
  name:
    "a run that cannot be recorded leaves the reports of an earlier one as they are",
  ignore: !canMount,
  fn: () =>
    withCheckout(async ({ todoflow, write, read, directory }) => {
      await todoflow("test");
      await write("reports/test/unit.xml", "of the earlier run");
      const state = `${directory}/todoflow`;
      // A disk that can be filled without harm.
      const disk = ["-t", "tmpfs", "-o", "size=64k,mode=700", "none"];
      await mounted(disk, state, async () => {
        await write("todoflow/big", "x".repeat(65_536));
        const { code, stderr } = await todoflow("test");
        assertEquals(code, 4, stderr);
        assertStringIncludes(stderr, "No space left on device");
        assertEquals(
          await read("reports/test/unit.xml"),
          "of the earlier run",
        );
      });
      assertEquals((await todoflow("test")).code, 0);
    }),
});

Deno.test("a name that Compose does not take is replaced, and the call keeps its flags", () =>
  withCheckout(async ({ todoflow }) => {
    const { stderr } = await todoflow("test", "--reports", "out", "--", "x");
    assertStringIncludes(
      stderr,
      "Next: todoflow test -p myapp --reports out -- x\n",
    );
  }, {
    docker: `case "$*" in
      *config) echo 'invalid project name "MyApp": must consist' >&2; exit 15 ;;
      *--short) echo 2.26.1 ;;
    esac`,
  }));

Deno.test("a run whose build lacks its folder changes nothing, and a dry run says so", () =>
  withCheckout(async ({ todoflow, changes }) => {
    const why = 'Cannot build "app": there is no folder nope';
    const dry = await todoflow("release", "--dry-run");
    assertEquals(dry.code, 0, dry.stderr);
    assertStringIncludes(dry.stderr, `a run would be refused: ${why}`);
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 3, stderr);
    assertStringIncludes(stderr, why);
    assertEquals(await changes(), []);
  }, {
    docker: DOCKER.replace(
      "{ app: { image: a }",
      "{ app: { build: { context: '\"$PWD\"'/nope } }",
    ),
  }));

Deno.test("a run whose reports cannot be written changes nothing, and a dry run says so", () =>
  withCheckout(async ({ todoflow, write, record, changes, directory }) => {
    await Deno.mkdir(`${directory}/reports/test`, { recursive: true });
    await write("reports/test/mine", "mine");
    const why = "todoflow has not made it: a run would remove";
    const dry = await todoflow("test", "--dry-run");
    assertEquals(dry.code, 0, dry.stderr);
    assertStringIncludes(dry.stderr, "todoflow: a run would be refused: ");
    assertStringIncludes(dry.stderr, why);
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "todoflow has not made it");
    assertEquals([await changes(), await record()], [[], undefined]);
  }));

Deno.test({
  name:
    "a run whose reports are refused when it takes them is no longer on record",
  ignore: !canMount,
  fn: () =>
    withCheckout(async ({ todoflow, write, record, directory }) => {
      await todoflow("release");
      await write("reports/release/.todoflow", '{"format":1}');
      const at = `${directory}/reports/release/mounted`;
      await Deno.mkdir(at);
      await mounted(["-t", "tmpfs", "none"], at, async () => {
        const { code, stderr } = await todoflow("release");
        assertEquals(code, 4, stderr);
        assertStringIncludes(stderr, "what is mounted at");
        const { run, left, made } = (await record())!;
        assertEquals([run, left?.what, made], [undefined, "released", [APP]]);
      });
    }),
});

Deno.test("in the plain project Compose merges a file of the run's name last, which is gone when the run is", () =>
  withCheckout(async ({ todoflow, read, write, directory }) => {
    await write("plain", "");
    await write(
      "docker",
      (await read("docker")).replace(
        "\n",
        '\ncase "$*" in *create*) echo "$COMPOSE_FILE $COMPOSE_REMOVE_ORPHANS" > seen; cat todoflow/*.run.yaml >> seen ;; esac\n',
      ),
    );
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const [first = "", file = ""] = (await read("seen")).split("\n");
    const { id: run, marks } = JSON.parse(await read("record-while-it-runs"))
      .run;
    assertEquals(marks, true);
    assert(first.endsWith(`/todoflow/${run}.run.yaml false`), first);
    assertEquals(file, "services: {}");
    const names = [...Deno.readDirSync(`${directory}/todoflow`)]
      .map(({ name }) => name);
    assertEquals(names.filter((name) => name.includes(".run.")), []);
  }, { env: { COMPOSE_REMOVE_ORPHANS: "true" } }));

Deno.test("clean names the checkout's project of another name, and the command that removes it", () =>
  withCheckout(async ({ todoflow, record }) => {
    assertEquals((await todoflow("release")).code, 0);
    const { code, stderr } = await todoflow("clean", "-C", ".", "-p", "new");
    assertEquals(code, 0, stderr);
    const told = 'todoflow: "shop" of this checkout stays: ';
    assertStringIncludes(stderr, `${told}todoflow clean -C . -p shop\n`);
    assertEquals((await record())?.made, [APP]);
    const clean = await todoflow("clean");
    assertEquals(clean.code, 0, clean.stderr);
    assertEquals(clean.stderr.includes("stays"), false);
  }));

Deno.test("under sudo the record names the caller", () =>
  withCheckout(async ({ todoflow, read }) => {
    assertEquals((await todoflow("release")).code, 0);
    const recorded = JSON.parse(await read("record-while-it-runs"));
    assertEquals(recorded.run.caller, { uid: 1000, gid: 1000 });
  }, { env: { SUDO_UID: "1000", SUDO_GID: "1000" } }));

Deno.test("a signal ends a dry run, and is no refusal", () =>
  withCheckout(async ({ directory, write }) => {
    await write(
      "git",
      '#!/bin/sh\ncase "$*" in *ls-files*) touch "${0%/*}/asked"; exec sleep 600 ;; esac\nexit 128\n',
    );
    await Deno.chmod(`${directory}/git`, 0o755);
    let tell = (_: string) => {};
    const ended = cli(["test", "--dry-run"], {
      directory,
      env: {
        PATH: `${directory}:/usr/bin:/bin`,
        XDG_STATE_HOME: directory,
        APP_VERSION: "1",
      },
      onSignal: (listener) => {
        tell = listener;
        return () => {};
      },
    });
    while (!await Deno.stat(`${directory}/asked`).catch(() => null)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    tell("SIGINT");
    const { code, stdout, stderr } = await ended;
    assertEquals([code, stdout], [130, ""], stderr);
    assertEquals(stderr.includes("would be refused"), false);
  }));

Deno.test("a target that only removes needs no version, like clean", () =>
  withCheckout(async ({ directory, changes }) => {
    const clean = TARGETS.find(({ name }) => name === "clean")!;
    const { world, written } = fakeWorld({
      directory,
      env: { PATH: `${directory}:/usr/bin:/bin`, XDG_STATE_HOME: directory },
    });
    const code = await main(["purge"], world, [{ ...clean, name: "purge" }]);
    assertEquals(code, 0, written.stderr);
    assertEquals(await changes(), []);
  }));

Deno.test("a run is on record before it makes anything, with all that it owns and collects", () =>
  withCheckout(async ({ todoflow, read, directory }) => {
    assertEquals((await todoflow("release")).code, 0);
    const { run, ...rest } = JSON.parse(
      await read("record-while-it-runs"),
    ) as ProjectRecord & { format: number };
    assertEquals(rest, {
      format: FORMAT,
      project: "shop--release",
      directory,
      engine: ENGINE,
    });
    const { id, started, collected, ...known } = run!;
    assertEquals(known, {
      target: "release",
      version: "1.2",
      pid: PID,
      host: HOST,
      owns: owned({
        ...{ project: "shop--release", base: "shop" },
        containers: ["shop--release-app-1"],
      }),
      reports: `${directory}/reports/release`,
    });
    assert(id && started);
    assertEquals(
      collected.map(({ container, service }) => [container, service]),
      [["shop--release-app-1", "app"]],
    );
  }));

Deno.test("a test whose reports no key names is on record with the key that would name them", () =>
  withCheckout(async ({ todoflow, read, write }) => {
    const collected = async () => {
      await todoflow("test");
      const { run } = JSON.parse(await read("record-while-it-runs"));
      return run.collected;
    };
    const common = { container: "shop--test-test-run", service: "test" };
    const finds = "x-todoflow.test.reports";
    assertEquals(await collected(), [{ ...common, reports: [], finds }]);
    for (const reports of [["/r"], []]) {
      const block = JSON.stringify({ test: { reports } });
      await write("block", `x-todoflow: ${block}\n`);
      assertEquals(await collected(), [{ ...common, reports }]);
    }
  }));

Deno.test("a test service whose log says that no test ran gets a warning, and the run its exit code", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    const [, ending = ""] = stderr.split("duration");
    assertStringIncludes(
      ending,
      '0 tests ran: "test" says "no tests ran in 0.01s"\n',
    );
  }, {
    containers: {
      "shop--test-test-run": {
        messages: [{ text: "no tests ran in 0.01s\n" }],
      },
    },
  }));

/** The look at all projects, at which a run finds out what is there. */
const LOOK = "ps --all --no-trunc --format";

Deno.test("a run without a parallel run looks at the engine once before it makes something", () =>
  withCheckout(async ({ todoflow, looks }) => {
    assertEquals((await todoflow("release")).code, 0);
    assertEquals(await looks(), 1);
  }));

Deno.test("objects that another run has made while Compose reads its files are seen", () =>
  withCheckout(async ({ todoflow, write, looks, changes }) => {
    const key = await recordKey("shop--release", ENGINE);
    const record = {
      project: "shop--release",
      directory: "/other",
      engine: ENGINE,
      left: { what: "released", since: "2026-01-01T00:00:00.000Z" },
    } satisfies ProjectRecord;
    const text = JSON.stringify({ format: FORMAT, ...record });
    await write("record.json", text);
    await write(
      "meanwhile",
      `mkdir -p todoflow; mv record.json todoflow/${key}.json; echo /other > owner; echo shop--release-app-1 other > there`,
    );
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "/other");
    assertEquals([await looks(), await changes()], [1, []]);
  }, {
    docker: `case "$*" in *config)
      . ./meanwhile ;;
    esac
    ${DOCKER}`,
  }));

Deno.test("every child of a run has the run's mark, and each run another, inside another run too", () =>
  withCheckout(async ({ todoflow, read }) => {
    for (let run = 0; run < 2; run++) {
      assertEquals((await todoflow("release")).code, 0);
    }
    // The engine's own are without a mark.
    const lines = (await read("marks")).split("\n").filter(Boolean);
    const marks = [...new Set(lines)];
    const { run } = JSON.parse(await read("record-while-it-runs"));
    assertEquals(marks.length, 2);
    assertEquals(marks[1], run.id);
  }, {
    docker: `echo "$TODOFLOW_RUN" >> marks; ${DOCKER}`,
    env: { TODOFLOW_RUN: "outer" },
  }));

Deno.test("a failed release leaves nothing on record, with --keep what was kept", () =>
  withCheckout(async ({ todoflow, record, write }) => {
    await write("fails", "start some reason");
    assertEquals((await todoflow("release")).code, 1);
    assertEquals(await record(), undefined);
    assertEquals((await todoflow("release", "--keep")).code, 1);
    const kept = await record();
    assertEquals(
      [kept?.left?.what, kept?.made?.map(({ name }) => name)],
      ["kept", ["shop--release-app-1"]],
    );
  }));

Deno.test("leftovers of clean-up stay on record as the run's, and the next run removes them", () =>
  withCheckout(async ({ todoflow, record, write, changes }) => {
    await write("fails", "rm device or resource busy");
    const failed = await todoflow("test");
    assertEquals(failed.code, 1);
    const run = (await record())?.run;
    assertEquals(
      [run?.target, run?.owns.containers],
      ["test", ["shop--test-test-run"]],
    );
    await write("fails", "");
    const before = (await changes()).length;
    const next = await todoflow("clean");
    assertEquals(next.code, 0, next.stderr);
    assertStringIncludes(next.stderr, "sweep: test of shop--test in ");
    assert(
      (await changes())[before]?.startsWith("stop -t 1 id-shop--test-test-run"),
    );
    assertEquals(await record(), undefined);
  }));

Deno.test("clean forgets a release", () =>
  withCheckout(async ({ todoflow, record }) => {
    await todoflow("release");
    assert(await record());
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals(await record(), undefined);
    assertEquals((await todoflow("ls")).stdout.split("\n").length, 2);
  }));

Deno.test("a clean that has failed has not forgotten the release", () =>
  withCheckout(async ({ todoflow, record, write }) => {
    await todoflow("release");
    const before = (await record())?.left;
    assertEquals(before?.what, "released");
    await write("fails", "rm device or resource busy");
    assertEquals((await todoflow("clean")).code, 1);
    assertEquals((await record())?.left, before);
  }));

Deno.test("in the plain project clean removes the objects that a release has recorded, by their identity, and leaves all others", () =>
  withCheckout(async ({ todoflow, write, changes, record }) => {
    await write("plain", "");
    assertEquals((await todoflow("release")).code, 0);
    const before = (await changes()).length;
    // Recreated by a developer: the name is the same.
    await write("there", "shop-db-1 another\n");
    const refused = await todoflow("clean");
    assertEquals(refused.code, 4, refused.stderr);
    assertStringIncludes(
      refused.stderr,
      "container shop-db-1 (running)",
    );
    assertEquals((await changes()).slice(before), []);
    await write("there", "shop-app-1 id-shop-app-1\n");
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals((await changes()).slice(before), [
      "stop -t 2 id-shop-app-1",
      "rm --force --volumes id-shop-app-1",
    ]);
    assertStringIncludes(stderr, "removed container shop-app-1");
    assertEquals(await record(), undefined);
  }));

Deno.test("in a twin clean removes the objects that are from this folder, and stops at others", () =>
  withCheckout(async ({ todoflow, write, changes, record }) => {
    assertEquals((await todoflow("release")).code, 0);
    const before = (await changes()).length;
    await write("owner", "/x/shop");
    await write("there", "shop--release-db-1 another\n");
    const refused = await todoflow("clean");
    assertEquals(refused.code, 4, refused.stderr);
    assertStringIncludes(
      refused.stderr,
      "container shop--release-db-1 (running), made by docker compose in /x/shop",
    );
    assertEquals((await changes()).slice(before), []);
    await Deno.remove(`${(await record())!.directory}/owner`);
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals((await changes()).slice(before), [
      "stop -t 2 another",
      "rm --force --volumes another",
    ]);
    assertStringIncludes(stderr, "removed container shop--release-db-1");
    assertEquals(await record(), undefined);
  }));

Deno.test("a release removes an earlier one when it has built, and the failure of a later step says that it is gone", () =>
  withCheckout(async ({ todoflow, write, changes, record }) => {
    await write("fails", "none none");
    assertEquals((await todoflow("release")).code, 0);
    await write("fails", "start some reason");
    const before = (await changes()).length;
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 1);
    const removals = (await changes()).slice(before)
      .filter((call) => /^(stop|rm) /.test(call));
    assertEquals(removals.slice(0, 2), [
      "stop -t 2 id-shop--release-app-1",
      "rm --force --volumes id-shop--release-app-1",
    ]);
    assertMatch(stderr, /^fresh +\| removes release 1\.2 of \d+ s ago/m);
    assertStringIncludes(stderr, "the earlier release 1.2 is gone");
    assertEquals(await record(), undefined);
  }));

Deno.test("an earlier release that is about to be removed is no longer a release on record", () =>
  withCheckout(async ({ todoflow, read }) => {
    assertEquals((await todoflow("release")).code, 0);
    assertEquals((await todoflow("release")).code, 0);
    const record = JSON.parse(await read("record-at-removal"));
    assertEquals([record.left, record.made], [undefined, [APP]]);
    assertEquals(record.run.target, "release");
  }, {
    docker:
      `[ "$1" = stop ] && cat todoflow/*.json > record-at-removal; ${DOCKER}`,
  }));

Deno.test("a failed build leaves the earlier release, and its record", () =>
  withCheckout(async ({ todoflow, write, changes, record }) => {
    assertEquals((await todoflow("release")).code, 0);
    const left = await record();
    await write("built", "");
    await write("fails", "compose no such base");
    const before = (await changes()).length;
    const { code } = await todoflow("release");
    assertEquals(code, 1);
    const removals = (await changes()).slice(before)
      .filter((call) => /^(stop|rm) /.test(call));
    assertEquals(removals, []);
    assertEquals(await record(), left);
  }, {
    docker: `case "$*" in
      *config|*--short|*create*|*" run "*) rm -f paused ;;
    esac
    [ -e built ] && case "$*" in
      *config) printf 'name: %s\\nservices: { app: { build: . } }\\n' "\${COMPOSE_PROJECT_NAME:-shop}"; exit ;;
      *--short) echo 2.26.1; exit ;;
    esac
    ${DOCKER}`,
  }));

Deno.test("a release that --keep would keep, and that fails before the earlier one goes, leaves that on record as it was", () =>
  withCheckout(async ({ todoflow, write, record }) => {
    assertEquals((await todoflow("release")).code, 0);
    const left = await record();
    await write("built", "");
    await write("fails", "compose no such base");
    assertEquals((await todoflow("release", "--keep")).code, 1);
    assertEquals(await record(), left);
  }, {
    docker: `[ -e built ] && case "$*" in
      *config) printf 'name: %s\\nservices: { app: { build: . } }\\n' "\${COMPOSE_PROJECT_NAME:-shop}"; exit ;;
      *--short) echo 2.26.1; exit ;;
    esac
    ${DOCKER}`,
  }));

Deno.test("a release stays on record if clean-up fails after acceptance", () =>
  withCheckout(async ({ todoflow, write, record }) => {
    await write("fails", "rm device or resource busy");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 1, stderr);
    const known = await record();
    assertEquals([known?.run, known?.left?.what], [undefined, "released"]);
    assertEquals(
      known?.made?.map(({ name }) => name),
      ["shop--release-app-1", "shop--release-acceptance-1"],
    );
  }, {
    docker: `case "$*" in
      *"config --services") ;;
      *config) printf 'name: %s\\nservices: { app: { image: a }, acceptance: { image: a } }\\n' "\${COMPOSE_PROJECT_NAME:-shop}"; exit ;;
    esac
    ${
      DOCKER.replace(
        'make "$project-app-1";',
        'make "$project-app-1"; make "$project-acceptance-1";',
      )
    }`,
  }));

Deno.test("a test leaves the record of the release's project as it is, whatever is on it", () =>
  withCheckout(async ({ todoflow, take, write, read, directory }) => {
    await write("there", `${APP.name} ${APP.id}\n`);
    const claimed = await take();
    const common = { project: "shop--release", directory, engine: ENGINE };
    await claimed.write({ ...common, made: [APP] });
    await claimed.release();
    const file = `todoflow/${await recordKey("shop--release", ENGINE)}.json`;
    const before = await read(file);
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertEquals([await read("in-test"), await read(file)], [before, before]);
    assertEquals(await read("there"), `${APP.name} ${APP.id}\n`);
  }, {
    docker:
      `case "$*" in *" run "*) cat todoflow/*release*.json > in-test ;; esac; ${DOCKER}`,
  }));

Deno.test("the objects that an earlier test has left are removed, and on record until then, in case the test dies", () =>
  withCheckout(async ({ todoflow, write, read, changes, record }) => {
    await write("there", "shop--test-db-1 old\n");
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      "fresh | removes what an earlier run has left",
    );
    assertEquals((await changes()).slice(0, 2), [
      "stop -t 2 old",
      "rm --force --volumes old",
    ]);
    const during = JSON.parse(await read("record-at-removal"));
    assertEquals(
      [during.project, during.run.target],
      ["shop--test", "test"],
    );
    assertEquals([await read("there"), await record()], ["", undefined]);
  }, {
    docker:
      `[ "$1" = stop ] && [ ! -e record-at-removal ] && cat todoflow/*.json > record-at-removal; ${DOCKER}`,
  }));

Deno.test("a volume that was there already is not taken for the run's: exit code 4", () =>
  withCheckout(async ({ todoflow, changes }) => {
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "volume shop--test_data was there already");
    const calls = await changes();
    assertEquals(calls.filter((call) => call.startsWith("volume rm")), []);
  }, {
    docker: `case "$*" in
      *"config --services") ;;
      *config) printf 'name: %s\\nservices: { test: { image: a, volumes: [{ type: volume, source: data }] } }\\nvolumes: { data: { name: shop--test_data } }\\n' "\${COMPOSE_PROJECT_NAME:-shop}"; exit ;;
      "volume ls"*) [ -e asked ] && echo '["shop","data",""]'; touch asked; exit 0 ;;
    esac
    ${DOCKER}`,
  }));

for (const target of ["test", "release", "clean"]) {
  Deno.test(`a dry run of ${target} does without an engine`, () =>
    withCheckout(async ({ todoflow }) => {
      const { code, stderr } = await todoflow(target, "-n");
      assertEquals(code, 0, stderr);
    }, {
      docker: `case $1 in compose|context) ;; *) exit 1 ;; esac\n${DOCKER}`,
    }));
}

Deno.test("a test beside a released application leaves that on record", () =>
  withCheckout(async ({ todoflow, record }) => {
    await todoflow("release");
    const before = await record();
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertEquals(await record(), before);
  }));

Deno.test("a second release is what is on record then", () =>
  withCheckout(async ({ todoflow, record }) => {
    await todoflow("release");
    const first = await record();
    await todoflow("release");
    const second = await record();
    assertEquals(second?.left?.what, "released");
    assert(first!.left!.since < second!.left!.since);
  }));

for (const target of ["test", "release", "clean"]) {
  const own = target === "test" ? "shop--test" : "shop--release";
  const app = `${own}-app-1`;

  Deno.test(`${target} changes nothing in a project that another run has: exit code 4`, () =>
    withCheckout(async ({ todoflow, take, changes }) => {
      // A run that builds for the plain project would change the images' names.
      for (const project of [own, "shop"]) {
        const holder = await take(project);
        const { code, stdout, stderr } = await todoflow(target);
        assertEquals([code, stdout], [4, ""]);
        assertStringIncludes(
          stderr,
          `another run has the project "${project}"`,
        );
        assertEquals(await changes(), []);
        await holder.release();
      }
    }));

  Deno.test(`${target} changes nothing in a project that has what no run has made: exit code 4`, () =>
    withCheckout(async ({ todoflow, write, record, changes }) => {
      await write("there", `${app} id-app\n`);
      for (const owner of ["/x/shop", ""]) {
        await write("owner", owner);
        for (const name of [[], ["-p", "shop"]]) {
          const { code, stderr } = await todoflow(target, ...name);
          assertEquals(code, 4);
          assertStringIncludes(
            stderr,
            `container ${app} (running)`,
          );
          assertStringIncludes(stderr, owner);
          assertStringIncludes(stderr, `docker rm --force ${app}`);
          assertEquals([await changes(), await record()], [[], undefined]);
        }
        const dry = await todoflow(target, "-n");
        assertEquals(dry.code, 0);
        assertStringIncludes(dry.stderr, "a run would be refused");
      }
    }));

  Deno.test(`a dry run of ${target} writes no record, and works even if another run has the project`, () =>
    withCheckout(async ({ todoflow, take, record, changes, directory }) => {
      const { code, stderr } = await todoflow(target, "-n");
      assertEquals(code, 0, stderr);
      const found = await Deno.stat(`${directory}/todoflow`)
        .catch(() => undefined);
      assertEquals(found, undefined);
      const holder = await take();
      assertEquals((await todoflow(target, "-n")).code, 0);
      await holder.release();
      assertEquals([await record(), await changes()], [undefined, []]);
    }));
}

for (const target of ["test", "release", "publish", "clean"]) {
  Deno.test(`${target} is refused while another user runs a target in the folder, before anything is changed: exit code 4`, () =>
    withCheckout(async ({ todoflow, record, changes, directory }) => {
      const other = await claim(`${directory}/theirs`, "x");
      assert(!("holder" in other) && await other.lockFolder(directory));
      const { code, stderr } = await todoflow(target);
      assertEquals(code, 4, stderr);
      assertStringIncludes(stderr, `another user of this machine`);
      assertStringIncludes(stderr, directory);
      assertEquals([await record(), await changes()], [undefined, []]);
      const dry = await todoflow(target, "--dry-run");
      assert(!dry.stderr.includes("another user"), dry.stderr);
      await other.release();
    }));
}

Deno.test("a run of a project with an unreadable record is refused with the path of the record: exit code 4", () =>
  withCheckout(async ({ todoflow, write, read, changes }) => {
    const name = `todoflow/${await recordKey("shop", ENGINE)}.json`;
    await todoflow("release");
    await write(name, '{"format":2}');
    const before = await changes();
    for (const target of ["test", "release", "clean"]) {
      const { code, stderr } = await todoflow(target);
      assertEquals(code, 4, stderr);
      assertStringIncludes(stderr, name);
      assertStringIncludes(stderr, "another version (format 2)");
    }
    assertEquals(await changes(), before);
    assertEquals(await read(name), '{"format":2}');
    const ls = await todoflow("ls");
    assertEquals(ls.code, 0, ls.stderr);
    assertStringIncludes(ls.stdout, name);
  }));

Deno.test("an unreadable record of another project is reported once, and its text commands nothing", () =>
  withCheckout(async ({ todoflow, directory }) => {
    await todoflow("release");
    const name = "\x1b[2J\n::set-output name=a::b.json";
    await Deno.writeTextFile(`${directory}/todoflow/${name}`, "[]");
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    const told = stderr.split("\n").filter((line) =>
      line.includes("left alone")
    );
    assertEquals(told.length, 1, stderr);
    assert(told[0]!.startsWith("sweep: cannot read "), stderr);
    assertEquals(/(?!\n)\p{Cc}|^::/mu.test(stderr), false, stderr);
  }));

Deno.test("a folder of records that others can write to is refused before anything is changed: exit code 4", () =>
  withCheckout(async ({ todoflow, changes, directory }) => {
    await Deno.mkdir(`${directory}/todoflow`);
    await Deno.chmod(`${directory}/todoflow`, 0o777);
    for (const target of ["test", "release", "clean", "ls"]) {
      const { code, stderr } = await todoflow(target);
      assertEquals(code, 4, stderr);
      assertStringIncludes(stderr, `Cannot use ${directory}/todoflow`);
      assertStringIncludes(stderr, `chmod go-w ${directory}/todoflow`);
    }
    assertEquals(await changes(), []);
    assertEquals([...Deno.readDirSync(`${directory}/todoflow`)], []);
  }));

Deno.test("a run that cannot write records is refused before anything is changed: exit code 4", () =>
  withCheckout(async ({ todoflow, write, changes, directory }) => {
    await write("todoflow", "");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4);
    assertStringIncludes(stderr, `Cannot use ${directory}/todoflow`);
    assertEquals(await changes(), []);
  }));

Deno.test("a record that cannot be written at the end is reported, and not taken for another failure", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "release ok");
    assertStringIncludes(stderr, "where runs are recorded");
    assertEquals(stderr.includes("Uncaught"), false);
  }, {
    // While the containers are made, the folder of the records goes, and a file has its name.
    docker: DOCKER.replace(
      '*create*) make "$project-app-1";',
      '*create*) make "$project-app-1"; rm -r todoflow; touch todoflow; true ||',
    ),
  }));

/** The engine fails to list containers `times` times while there is one. */
const busy = (times: number) =>
  DOCKER.replace(
    "  ps*) there &&",
    `  ps*) [ -s there ] && [ "$(wc -l < busy)" -lt ${times} ] && { echo >> busy; echo "is busy" >&2; exit 1; }
    there &&`,
  );

Deno.test("an engine that is busy when a run ends is asked again what the run leaves", () =>
  withCheckout(async ({ todoflow, record, write }) => {
    await write("busy", "");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertEquals((await record())?.made, [APP]);
  }, { docker: busy(3) }));

Deno.test("a release is not ok if the engine does not tell what it leaves, which is told", () =>
  withCheckout(async ({ todoflow, read, write }) => {
    await write("busy", "");
    const { code, stderr } = await todoflow("release");
    assert(code !== 0, stderr);
    assertStringIncludes(stderr, "cannot record the leftovers of this run");
    assertEquals((await read("busy")).length, 10);
  }, { docker: busy(100) }));

/** Runs a target whose nth record cannot be written; after one that hangs, two signals come. */
async function withoutRecord(
  { directory }: Pick<Context, "directory">,
  { target, at, hangs }: { target: string; at: number; hangs: boolean },
): Promise<{ code: number; stderr: string; wasReached: boolean }> {
  let signal = (_: string) => {};
  const { world, written } = fakeWorld({
    directory,
    env: {
      PATH: `${directory}:/usr/bin:/bin`,
      XDG_STATE_HOME: directory,
      APP_VERSION: "1.2",
    },
    onSignal: (handler) => {
      signal = handler as typeof signal;
      return () => {};
    },
  });
  const { rename } = Deno;
  let writes = 0;
  let wasReached = false;
  Deno.rename = async (from, to) => {
    if (!/todoflow.*\.json$/.test(`${to}`) || writes++ !== at) {
      return await rename(from, to);
    }
    wasReached = true;
    if (!hangs) throw new Error("the disk is full");
    signal("SIGTERM");
    // One that comes within a second is the same one.
    setTimeout(() => signal("SIGTERM"), 1_100);
    await new Promise(() => {});
  };
  try {
    const code = await main([target], world);
    return { code, stderr: written.stderr, wasReached };
  } finally {
    Deno.rename = rename;
  }
}

for (const target of ["test", "release"]) {
  for (const hangs of [false, true]) {
    const what = hangs ? "hangs" : "fails";
    Deno.test(`any record of a ${target} ${what}: the run ends, says so, and leaves nothing but an accepted release`, async () => {
      let reached = 0;
      for (let at = 0; at < 6; at++) {
        await withCheckout(async (context) => {
          const failing = { target, at, hangs };
          const { code, stderr, wasReached } = await withoutRecord(
            context,
            failing,
          );
          if (!wasReached) return;
          reached++;
          assert(code !== 0, `${at}: ${stderr}`);
          assertStringIncludes(stderr, "where runs are recorded");
          const there = await context.read("there").catch(() => "");
          const isReleased = stderr.includes("release ok");
          assertEquals(there === "", !isReleased, `${at}: ${stderr}`);
        });
      }
      assert(reached >= 2, `${reached}`);
    });
  }
}

Deno.test("reports that go while a run writes them do not keep it from cleaning up", () =>
  withCheckout(async ({ todoflow, changes, record }) => {
    const { stderr } = await todoflow("test");
    assertEquals(stderr.includes("Uncaught"), false, stderr);
    assert((await changes()).some((call) => call.startsWith("rm ")), stderr);
    assertEquals((await record())?.run, undefined);
  }, {
    docker: DOCKER.replace(
      '*" run "*) make "$project-test-run"',
      '*" run "*) make "$project-test-run"; rm -r reports',
    ),
  }));

for (const most of [0, 1]) {
  Deno.test(`a terminal that throws after ${most} writes does not keep a run from its clean-up`, () =>
    withCheckout(async ({ directory, changes, record }) => {
      const { world } = fakeWorld({
        directory,
        env: {
          PATH: `${directory}:/usr/bin:/bin`,
          XDG_STATE_HOME: directory,
          APP_VERSION: "1.2",
        },
      });
      let writes = 0;
      const code = await main(["test"], {
        ...world,
        stderr: {
          isTerminal: false,
          write: () => {
            if (++writes > most) throw new Error("the terminal is broken");
          },
        },
      });
      assertEquals(code, 1);
      assert((await changes()).some((call) => call.startsWith("rm ")));
      assertEquals((await record())?.run, undefined);
    }));
}

Deno.test("a run that cannot write reports is refused before anything is changed, and nothing stays on record", () =>
  withCheckout(async ({ todoflow, write, record, changes, directory }) => {
    await write("reports", "");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4);
    assertStringIncludes(
      stderr,
      `Cannot write reports to ${directory}/reports/release`,
    );
    assertEquals([await record(), await changes()], [undefined, []]);
  }));

Deno.test("a folder that todoflow has not made is refused before anything is changed, and another may be named", () =>
  withCheckout(async (checkout) => {
    const { todoflow, write, read, record, changes, directory } = checkout;
    await Deno.mkdir(`${directory}/reports/release`, { recursive: true });
    await write("reports/release/models.py", "mine");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4);
    assertStringIncludes(stderr, "todoflow has not made it");
    assertStringIncludes(stderr, "reports/release/models.py");
    assertEquals([await record(), await changes()], [undefined, []]);
    await todoflow("release", "--reports", "out/here");
    assertStringIncludes(
      await read("out/here/release/events.jsonl"),
      "run-start",
    );
    assertEquals(await read("reports/release/models.py"), "mine");
  }));

for (const flags of [[], ["--keep"]]) {
  Deno.test(`an engine that has gone is exit code 4, and what the run owned stays on record${flags.map((flag) => `, with ${flag}`)}`, () =>
    withCheckout(async ({ todoflow, record }) => {
      const { code, stderr } = await todoflow("release", ...flags);
      assertEquals(code, 4);
      assertStringIncludes(stderr, "release lost the Docker Engine");
      assertStringIncludes(stderr, "Why:  Cannot connect");
      assertEquals((await record())?.run?.target, "release");
    }, {
      docker: `[ -e lost ] && { echo "Cannot connect" >&2; exit 1; }
        [ "$1" = start ] && { touch lost; exit 1; }
        ${DOCKER}`,
    }));
}

Deno.test("the file with the twin's names is merged last, and kept in the reports; a dry run prints it and writes none", () =>
  withCheckout(async ({ todoflow, read, write, directory }) => {
    await write("compose.yaml", "name: shop\n");
    const text = 'services:\n  "test":\n    container_name: !reset null\n';
    const file = "reports/test/compose.override.yaml";
    const dry = await todoflow("test", "-n");
    assertEquals(dry.code, 0, dry.stderr);
    const own = `${directory}/compose.yaml`;
    assertMatch(
      dry.stdout,
      new RegExp(`^export COMPOSE_FILE='?${own}\\S${file}'?$`, "m"),
    );
    for (const line of text.trimEnd().split("\n")) {
      assert(dry.stdout.split("\n").includes(line), dry.stdout);
    }
    assertEquals(await read(file).catch(() => ""), "");
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    assertEquals(await read(file), text);
    const [seen = "", merged] = (await read("seen")).split("\n---\n");
    assert(seen.startsWith(own), seen);
    assertEquals(merged, text);
  }, {
    docker: `case "$*" in
      *config) printf 'name: %s\\nservices: { test: { image: a, container_name: x } }\\n' "$COMPOSE_PROJECT_NAME"; exit ;;
      *" run "*) { echo "$COMPOSE_FILE"; echo ---; cat "\${COMPOSE_FILE#*compose.yaml?}"; } > seen ;;
    esac
    ${DOCKER}`,
  }));

Deno.test("the reports of a run are in its folder: its events, and a log for each service", () =>
  withCheckout(async ({ todoflow, read }) => {
    await todoflow("release");
    const events = (await read("reports/release/events.jsonl")).trim()
      .split("\n").map((line) => JSON.parse(line).kind);
    assert(events.includes("step-start") && events.includes("step-end"));
    assertEquals(await read("reports/release/logs/app.log"), "");
  }));

Deno.test("clean removes the checkout's project of the other name, and forgets it", async () => {
  // Whichever other name is asked for, the engine has something under it.
  const docker = `other=$(cat other 2>/dev/null)
    case "$*" in ps*)
      [ -n "$other" ] && [ ! -e gone ] && echo '["'$other'","'$other'-app-1","id-1","","running","app","'$(pwd)'"]' ;;
      "rm "*) touch gone ;;
    esac
    ${DOCKER}`;
  await withCheckout(async ({ todoflow, directory, take, write, changes }) => {
    const other = await ownName("shop", { directory, host: HOST });
    await write("other", other);
    const claimed = await take(other);
    const left = { what: "released" as const, since: "" };
    await claimed.write({ project: other, directory, engine: ENGINE, left });
    await claimed.release();
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, `down ${other}: ok`);
    assert((await changes()).includes("rm --force --volumes id-1"));
    assertEquals(await listRecords(`${directory}/todoflow`), []);
  }, { docker });
});

Deno.test("clean leaves the record of another checkout that has the project's other name", async () => {
  const docker = `other=$(cat other 2>/dev/null)
    case "$*" in ps*)
      [ -n "$other" ] && echo '["'$other'","'$other'-app-1","id-1","","running","app","/elsewhere"]' ;;
    esac
    ${DOCKER}`;
  await withCheckout(async ({ todoflow, directory, take, write }) => {
    const other = await ownName("shop", { directory, host: HOST });
    await write("other", other);
    const claimed = await take(other);
    const record: ProjectRecord = {
      ...{ project: other, directory: "/elsewhere", engine: ENGINE },
      left: { what: "released", since: "" },
      made: [{ kind: "container", name: `${other}-app-1`, id: "id-1" }],
    };
    await claimed.write(record);
    await claimed.release();
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    const [listed] = await listRecords(`${directory}/todoflow`);
    assertEquals(listed?.record.left, record.left);
  }, { docker });
});

Deno.test("clean leaves a project of the checkout's other name alone if another run has it: exit code 4", async () => {
  const docker = `other=$(cat other 2>/dev/null)
    case "$*" in ps*)
      [ -n "$other" ] && [ ! -e gone ] && echo '["'$other'","'$other'-app-1","id-1","","running","app","'$(pwd)'"]' ;;
      "rm "*) touch gone ;;
    esac
    ${DOCKER}`;
  await withCheckout(async ({ todoflow, directory, take, write, changes }) => {
    const other = await ownName("shop", { directory, host: HOST });
    await write("other", other);
    const holder = await take(other);
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 4);
    assertStringIncludes(stderr, `the project "${other}"`);
    assertEquals(await changes(), []);
    await holder.release();
  }, { docker });
});
