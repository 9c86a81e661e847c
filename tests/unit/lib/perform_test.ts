import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ownName } from "../../../lib/project.ts";
import {
  type Claim,
  claim,
  listRecords,
  type ProjectRecord,
  recordKey,
} from "../../../lib/state.ts";
import { unusedEndpoint, withEngineAt } from "../fake_engine.ts";
import {
  cli,
  HOST,
  type Outcome,
  owned,
  PID,
  withFakeDocker,
  withoutPauses,
} from "../fakes.ts";

const ENGINE = unusedEndpoint();

/**
 * An engine for a project with one service, `app`, which needs no build: its container is there between `create`, or `run`, and `rm`,
 * made from the folder in the file `owner`, else from this one. The file `fails` names a command that fails, with its
 * reason.
 */
const DOCKER = `
there() { [ -e there ]; }
words="$(cat fails 2>/dev/null)"
[ -n "$words" ] && [ "$1" = "\${words%% *}" ] && { echo "\${words#* }" >&2; exit 1; }
case "$*" in
  *"config --services") echo app ;;
  *config) printf 'name: %s\\nservices: { app: { image: a }, test: { image: a } }\\n' "\${COMPOSE_PROJECT_NAME:-shop}" ;;
  *--short) echo 2.26.1 ;;
  context*) echo ${ENGINE} ;;
  "ps --all --filter label=com.docker.compose.project --format"*)
    there && echo "shop shop-app-1 running app $(cat owner 2>/dev/null || pwd)" ;;
  ps*) there && echo "shop-app-1 running" ;;
  *" run "*) touch there ;;
  *create*) touch there; cat todoflow/*.json > record-while-it-runs ;;
  "rm "*) rm -f there ;;
  "container inspect"*) echo '{"State":{"Status":"running","ExitCode":0},"Config":{}}' ;;
  wait*) echo 0 ;;
esac
true`;

interface Context {
  directory: string;
  todoflow(...argv: string[]): Promise<Outcome>;
  /** What is recorded of the project. */
  record(): Promise<ProjectRecord | undefined>;
  /** Takes the project's lock. */
  take(project?: string): Promise<Claim>;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** What docker was asked for, but for looks. */
  changes(): Promise<string[]>;
  /** How often it was asked for the containers of all projects. */
  looks(): Promise<number>;
  /** The projects whose images it was asked for. */
  tagsAsked(): Promise<string[]>;
}

/** Gives the test a checkout with an engine of its own. */
function withCheckout(
  test: (context: Context) => Promise<void>,
  { docker = DOCKER, env = {} }: {
    docker?: string;
    env?: Record<string, string>;
  } = {},
) {
  return withFakeDocker(docker, ({ directory, surroundings, calls }) => {
    const folder = `${directory}/todoflow`;
    const silent = { "shop-app-1": { messages: [] } };
    const run = (context: Context) =>
      withEngineAt(ENGINE, silent, () => test(context));
    return withoutPauses(() =>
      run({
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
        take: async (project = "shop") => {
          const claimed = await claim(
            folder,
            await recordKey(project, ENGINE),
          );
          assert(!("holder" in claimed));
          return claimed;
        },
        write: (file, text) => Deno.writeTextFile(`${directory}/${file}`, text),
        read: (file) => Deno.readTextFile(`${directory}/${file}`),
        looks: async () =>
          (await calls()).filter((call) => call.startsWith(LOOK)).length,
        tagsAsked: async () =>
          (await calls()).flatMap((call) =>
            /^image ls .*project=(\S+)/.exec(call)?.[1] ?? []
          ),
        changes: async () =>
          (await calls()).filter((call) =>
            !/^(ps|context|wait|logs|container inspect|\w+ ls|image inspect|version) |config|--short$/
              .test(call)
          ),
      })
    );
  });
}

Deno.test("a release is on record when it has ended, with its version and start", () =>
  withCheckout(async ({ todoflow, record, directory }) => {
    const before = Date.now();
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const { left, ...rest } = (await record())!;
    assertEquals(rest, { project: "shop", directory, engine: ENGINE });
    const { since, ...what } = left!;
    assertEquals(what, { what: "released", version: "1.2" });
    const at = Date.parse(since);
    assert(before <= at && at <= Date.now());
    assertStringIncludes((await todoflow("ls")).stdout, directory);
  }));

Deno.test("a run is on record before it makes anything, with all that it owns and collects", () =>
  withCheckout(async ({ todoflow, read, directory }) => {
    assertEquals((await todoflow("release")).code, 0);
    const { run, ...rest } = JSON.parse(
      await read("record-while-it-runs"),
    ) as ProjectRecord;
    assertEquals(rest, { project: "shop", directory, engine: ENGINE });
    const { id, started, collected, ...known } = run!;
    assertEquals(known, {
      target: "release",
      version: "1.2",
      pid: PID,
      host: HOST,
      owns: owned({
        whole: true,
        containers: ["shop-app-1"],
      }),
      reports: `${directory}/reports/release`,
    });
    assert(id && started);
    assertEquals(
      collected.map(({ container, service }) => [container, service]),
      [["shop-app-1", "app"]],
    );
  }));

/** The look at all projects, at which a run finds out what is there. */
const LOOK = "ps --all --filter label=com.docker.compose.project --format";

Deno.test("a run that nobody is beside looks at the engine once, while Compose reads its files", () =>
  withCheckout(async ({ todoflow, looks }) => {
    assertEquals((await todoflow("release")).code, 0);
    assertEquals(await looks(), 1);
  }));

Deno.test("what another run has made since that look is seen", () =>
  withCheckout(async ({ todoflow, write, looks, changes }) => {
    const key = await recordKey("shop", ENGINE);
    const record = {
      project: "shop",
      directory: "/other",
      engine: ENGINE,
      left: { what: "released", since: "2026-01-01T00:00:00.000Z" },
    } satisfies ProjectRecord;
    await write("record.json", JSON.stringify(record));
    await write(
      "meanwhile",
      `mkdir -p todoflow; mv record.json todoflow/${key}.json; echo /other > owner; touch there`,
    );
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4, stderr);
    assertStringIncludes(stderr, "/other");
    assertEquals([await looks(), await changes()], [2, []]);
  }, {
    docker: `case "$*" in *config)
      until grep -q '^${LOOK}' calls; do :; done
      . ./meanwhile ;;
    esac
    ${DOCKER}`,
  }));

Deno.test("every child of a run has the run's mark, and each run another, inside another run too", () =>
  withCheckout(async ({ todoflow, read }) => {
    for (let run = 0; run < 2; run++) {
      assertEquals((await todoflow("release")).code, 0);
    }
    const marks = [...new Set((await read("marks")).trim().split("\n"))];
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
    assertEquals((await record())?.left?.what, "kept");
  }));

Deno.test("what cannot be cleaned up stays on record as the run's, and the next run removes it", () =>
  withCheckout(async ({ todoflow, record, write, changes }) => {
    await write("fails", "rm device or resource busy");
    const failed = await todoflow("test");
    assertEquals(failed.code, 1);
    const run = (await record())?.run;
    assertEquals([run?.target, run?.owns.whole], ["test", true]);
    await write("fails", "");
    const before = (await changes()).length;
    const next = await todoflow("clean");
    assertEquals(next.code, 0, next.stderr);
    assertStringIncludes(next.stderr, "sweep: test of shop in ");
    assert((await changes())[before]?.startsWith("stop -t 1 shop-app-1"));
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

Deno.test("clean removes what was found when it began, images that lost their name too, each once", () =>
  withCheckout(async ({ todoflow, write, directory }) => {
    await write("there", "");
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    const calls = (await Deno.readTextFile(`${directory}/calls`)).split("\n");
    const count = (start: string) =>
      calls.filter((call) => call.startsWith(start)).length;
    assertEquals(count("stop -t 2 shop-app-1"), 1);
    assertEquals(count("rm --force --volumes shop-app-1"), 1);
    assertEquals(count("image prune"), 1);
  }, {
    docker: `[ "$1 $2" = "image ls" ] && echo "<none>:<none>"\n${DOCKER}`,
  }));

Deno.test("an image that was pushed and lost its tag keeps its repository's name, and is looked for, too", () =>
  withCheckout(async ({ todoflow, changes }) => {
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals(
      (await changes()).filter((call) => call.startsWith("image prune")).length,
      1,
    );
  }, {
    docker: `[ "$1 $2" = "image ls" ] && echo "h:5000/shop:<none>"\n${DOCKER}`,
  }));

Deno.test("the tags of the project that was there the last time are asked for while Compose reads its files", () =>
  withCheckout(async ({ todoflow, tagsAsked }) => {
    assertEquals((await todoflow("release")).code, 0);
    const before = (await tagsAsked()).length;
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals((await tagsAsked()).slice(before), ["shop"]);
  }, {
    docker: `case "$*" in *config)
      [ ! -e there ] || until grep -q '^image ls.*project=shop' calls; do :; done ;;
    esac
    ${DOCKER}`,
  }));

Deno.test("a project that has another name than the last time has the tags of its own", () =>
  withCheckout(async ({ todoflow, tagsAsked, write, changes }) => {
    await write("model", "name: old\nservices: { app: { image: a } }");
    assertEquals((await todoflow("release")).code, 0);
    await write("model", "name: shop\nservices: { app: { image: a } }");
    await write("tagged", "");
    const before = (await tagsAsked()).length;
    const { code, stderr } = await todoflow("clean");
    assertEquals(code, 0, stderr);
    assertEquals((await tagsAsked()).slice(before), ["old", "shop"]);
    const removed = (await changes()).filter((call) => call.startsWith("rmi"));
    assertEquals(removed, ["rmi --force shop-app:latest"]);
  }, {
    docker: `case "$*" in
      "image ls"*project=old*) echo old-app:latest; exit ;;
      "image ls"*) [ -e tagged ] && echo shop-app:latest; exit 0 ;;
      *"config --services") ;;
      *config) cat model; exit ;;
    esac
    ${DOCKER}`,
  }));

/** An engine that shows nothing to who removes: what goes is what should have been there. */
const BLIND = `case "$*" in
  "ps --all --filter label=com.docker.compose.project --format"*) ;;
  "image ls"*) [ -e tagged ] && echo shop-app:latest; exit 0 ;;
  *"config --services") ;;
  *config) [ -e model ] && { cat model; exit; } ;;
  ps*) exit ;;
esac
${DOCKER}`;

Deno.test("clean removes what it has seen, and test what it has made, before a look shows it", () =>
  withCheckout(async ({ todoflow, write, changes }) => {
    await write(
      "model",
      "name: shop\nservices: { db: { image: b }, test: { image: a, depends_on: { db: { condition: service_started } } } }",
    );
    const test = await todoflow("test");
    assertEquals(test.code, 0, test.stderr);
    const removals = async () =>
      (await changes()).filter((call) => /^(stop|rm|rmi) /.test(call));
    assertEquals(await removals(), [
      "stop -t 2 shop-db-1",
      "rm --force --volumes shop-db-1 shop-test-run",
    ]);
    await write("there", "");
    const clean = await todoflow("clean");
    assertEquals(clean.code, 0, clean.stderr);
    assertEquals((await removals()).slice(2), [
      "stop -t 2 shop-app-1",
      "rm --force --volumes shop-app-1",
    ]);
  }, { docker: BLIND }));

Deno.test("test removes no volume by its name alone: it may be another project's", () =>
  withCheckout(async ({ todoflow, write, changes }) => {
    await write(
      "model",
      "name: shop\nservices: { test: { image: a } }\nvolumes: { data: { name: shared } }",
    );
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 0, stderr);
    const calls = await changes();
    assert(calls.includes("rm --force --volumes shop-test-run"));
    assertEquals(calls.filter((call) => call.startsWith("volume rm")), []);
  }, { docker: BLIND }));

Deno.test("a release that removes an earlier one keeps its images for the build", () =>
  withCheckout(async ({ todoflow, write, changes }) => {
    await write("there", "");
    await write("tagged", "");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    const calls = await changes();
    assert(calls.includes("rm --force --volumes shop-app-1"));
    assertEquals(calls.filter((call) => call.startsWith("rmi")), []);
  }, { docker: BLIND }));

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
  Deno.test(`${target} changes nothing in a project that another run has: exit code 4`, () =>
    withCheckout(async ({ todoflow, take, changes }) => {
      const holder = await take();
      const { code, stdout, stderr } = await todoflow(target);
      assertEquals([code, stdout], [4, ""]);
      assertStringIncludes(stderr, "another run has the project");
      assertEquals(await changes(), []);
      await holder.release();
    }));

  Deno.test(`${target} changes nothing in a project whose containers are another checkout's: exit code 4`, () =>
    withCheckout(async ({ todoflow, write, record, changes }) => {
      await write("there", "");
      await write("owner", "/x/shop");
      const { code, stderr } = await todoflow(target);
      assertEquals(code, 4);
      assertStringIncludes(stderr, "/x/shop");
      assertEquals([await changes(), await record()], [[], undefined]);
      const named = await todoflow(target, "-p", "shop");
      assertEquals(named.code, 0, named.stderr);
    }));

  Deno.test(`a dry run of ${target} is recorded nowhere, and done whoever has the project`, () =>
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

Deno.test("records that cannot be written are told before anything is changed: exit code 4", () =>
  withCheckout(async ({ todoflow, write, changes, directory }) => {
    await write("todoflow", "");
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 4);
    assertStringIncludes(stderr, `Cannot write to ${directory}/todoflow`);
    assertEquals(await changes(), []);
  }));

Deno.test("reports that cannot be written are told before anything is changed, and nothing stays on record", () =>
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

Deno.test("the reports of a run are in its folder: its events, and a log for each service", () =>
  withCheckout(async ({ todoflow, read }) => {
    await todoflow("release");
    const events = (await read("reports/release/events.jsonl")).trim()
      .split("\n").map((line) => JSON.parse(line).kind);
    assert(events.includes("step-start") && events.includes("step-end"));
    assertEquals(await read("reports/release/logs/app.log"), "");
  }));

Deno.test("clean removes what the checkout has under its other name, and forgets it", async () => {
  // Whatever the other name is, something is there under it.
  const docker = `other=$(cat other 2>/dev/null)
    case "$*" in "ps --all --filter label=com.docker.compose.project --format"*)
      [ -n "$other" ] && echo "$other $other-app-1 running app $(pwd)" ;;
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
    assert((await changes()).some((call) => call.endsWith(`=${other}`)));
    assertEquals(await listRecords(`${directory}/todoflow`), []);
  }, { docker });
});

Deno.test("clean leaves alone what another run has under the checkout's other name: exit code 4", async () => {
  const docker = `other=$(cat other 2>/dev/null)
    case "$*" in "ps --all --filter label=com.docker.compose.project --format"*)
      [ -n "$other" ] && echo "$other $other-app-1 running app $(pwd)" ;;
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
