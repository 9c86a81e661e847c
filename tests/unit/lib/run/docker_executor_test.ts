import { assert, assertEquals } from "@std/assert";
import {
  type Artifacts,
  NO_ARTIFACTS,
} from "../../../../lib/artifacts/collect.ts";
import { RUN_MARK } from "../../../../lib/child.ts";
import { publishedAt } from "../../../../lib/engine/address.ts";
import {
  executor,
  type ExecutorOptions,
} from "../../../../lib/run/docker_executor.ts";
import type { EngineApi } from "../../../../lib/engine/api.ts";
import type { Shell } from "../../../../lib/plan/plan.ts";
import { pause, type Sleep } from "../../../../lib/pause.ts";
import { endlessPause, owned, withFakeDocker } from "../../fakes.ts";

const RUN = crypto.randomUUID();
const SOCKET = "unix:///var/run/docker.sock";

/** The executor with artifacts that only do the given things. */
function withArtifacts(
  { $, api }: { $: Shell; api: EngineApi },
  artifacts: Partial<Artifacts> = {},
  endpoint = SOCKET,
  onRemove: ExecutorOptions["onRemove"] = () => Promise.resolve(),
  marks = false,
  sleep: Sleep = pause,
) {
  return executor({
    $,
    api: { ...api, endpoint },
    surroundings: { directory: "/src/shop", env: {} },
    proof: { run: RUN, directory: "/src/shop", marks },
    onRemove,
    sleep,
    artifacts: {
      record: () => {},
      follow: () => Promise.resolve(),
      watch: () => {},
      lastLines: () => Promise.resolve([]),
      collect: () => Promise.resolve(),
      usageOf: () => undefined,
      finish: () => Promise.resolve({ logs: [], reports: [] }),
      close: () => Promise.resolve(),
      ...artifacts,
    },
  });
}

/** An executor that waits in the time of the test. */
function withTime(
  engine: { $: Shell; api: EngineApi },
  sleep: Sleep,
  artifacts?: Partial<Artifacts>,
) {
  return withArtifacts(engine, artifacts, SOCKET, undefined, false, sleep);
}

/** Options of what runs a child; collects the lines that it tells. */
function childOptions() {
  const stop = new AbortController();
  const lines: string[] = [];
  const output = (line: string) => void lines.push(line);
  return { lines, stop, options: { output, signal: stop.signal } };
}

/** A signal that is never aborted. */
function signal(): AbortSignal {
  return new AbortController().signal;
}

/** A server on a port of its own that answers with these statuses, the last one for ever. */
function serve(statuses: number[], onRequest: () => void = () => {}) {
  let requests = 0;
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const server = Deno.serve(options, () => {
    onRequest();
    const status = statuses[Math.min(requests++, statuses.length - 1)]!;
    return new Response(null, { status });
  });
  return { server, requests: () => requests };
}

const RUNNING =
  `echo '{"State":{"Status":"running","ExitCode":0},"Config":{}}'`;
const EXITED = `echo '{"State":{"Status":"exited","ExitCode":3},"Config":{}}'`;

const URL_OF_APP = {
  ...{ kind: "url" as const, service: "app", container: "shop-app-1" },
  ...{ port: 8000, path: "/" },
};

/** Proves a URL with an engine that says this of the container; stopped after so many requests. */
function prove(
  docker: string,
  statuses: number[],
  { path = "/", stopAfter = Infinity } = {},
) {
  return withFakeDocker(docker, async (engine) => {
    const lines: string[] = [];
    const stop = new AbortController();
    const { server, requests } = serve(statuses, () => {
      if (requests() + 1 >= stopAfter) queueMicrotask(() => stop.abort());
    });
    const { port } = server.addr;
    const notices: string[] = [];
    const url = await withArtifacts(engine)
      .prove([`0.0.0.0:${port}`], { ...URL_OF_APP, path }, {
        output: (line) => lines.push(line),
        notice: (line) => notices.push(line),
        signal: stop.signal,
      });
    await server.shutdown();
    return { url, lines, notices, requests: requests(), port };
  });
}

Deno.test("the URL is proven by a request, an answer below 500 proves it", async () => {
  const { url, requests, port, notices } = await prove(RUNNING, [503, 404], {
    path: "/x",
  });
  assertEquals(url, `http://localhost:${port}`);
  assertEquals(requests, 2);
  assertEquals(notices, [
    `http://localhost:${port}/x answers with status 404: name a page that is there by x-todoflow.release.path`,
  ]);
});

Deno.test("a URL that never answers fails with its last problem", async () => {
  const { url, lines } = await prove(RUNNING, [503], { stopAfter: 2 });
  assertEquals(url, "");
  assertEquals(lines.length, 1);
});

Deno.test("an application that ended is not asked until the deadline", async () => {
  const { url, lines } = await prove(EXITED, [503]);
  assertEquals(url, "");
  assertEquals(lines, ["shop-app-1 exited with code 3"]);
});

for (
  const [addresses, endpoint, at] of [
    ["0.0.0.0:80", SOCKET, "127.0.0.1 80 as localhost"],
    ["127.0.0.1:8000", SOCKET, "127.0.0.1 8000 as localhost"],
    ["127.0.0.2:8000", SOCKET, "127.0.0.2 8000 as localhost"],
    ["0.0.0.0:8000 [::]:8000", SOCKET, "127.0.0.1 8000 as localhost"],
    ["[::]:8000 0.0.0.0:8001", SOCKET, "127.0.0.1 8001 as localhost"],
    ["[::]:8000", SOCKET, "::1 8000 as localhost"],
    ["[::1]:8000", "tcp://127.0.0.1:2375", "::1 8000 as localhost"],
    ["[fd00::5]:80", SOCKET, "fd00::5 80 as [fd00::5]"],
    ["0.0.0.0:8000", "npipe:////./pipe/x", "127.0.0.1 8000 as localhost"],
    ["0.0.0.0:80", "tcp://127.0.0.2:2375", "127.0.0.2 80 as 127.0.0.2"],
    ["0.0.0.0:80", "tcp://[fd00::5]:2376", "fd00::5 80 as [fd00::5]"],
    ["0.0.0.0:80", "tcp://ci.example:2376", "ci.example 80 as ci.example"],
    ["[::]:8000", "ssh://me@ci.example", "ci.example 8000 as ci.example"],
    ["192.0.2.1:80", "tcp://ci.example:2376", "192.0.2.1 80 as 192.0.2.1"],
    // No process here reaches the loopback of another machine.
    ["127.0.0.1:8000", "tcp://ci.example:2376", undefined],
  ] as const
) {
  Deno.test(`a port that the engine at ${endpoint} publishes on ${addresses} is reached at ${at ?? "no address"}`, () => {
    const found = publishedAt(addresses.split(" "), endpoint);
    assertEquals(
      found && `${found.hostname} ${found.port} as ${found.shown}`,
      at,
    );
  });
}

Deno.test("a port on the loopback of another machine is reported as such, and not requested", () =>
  withFakeDocker("exit 1", async ({ calls, ...engine }) => {
    const { lines, options } = childOptions();
    const { prove } = withArtifacts(engine, {}, "tcp://ci.example:2376");
    const notice = () => {};
    const url = await prove(["127.0.0.1:8000"], URL_OF_APP, {
      ...options,
      notice,
    });
    assertEquals(url, "");
    assertEquals(lines.length, 1);
    assert(lines[0]?.startsWith("127.0.0.1:8000 "));
    assertEquals(await calls(), []);
  }));

Deno.test("a one-shot's log is kept as its service's and shown, and its exit code is the container's", () =>
  withFakeDocker(
    `[ "$1" = wait ] && echo 3 || ${EXITED}`,
    async ({ calls, ...engine }) => {
      const { lines, options } = childOptions();
      const seen: string[] = [];
      const { follow } = withArtifacts(engine, {
        follow: (container, service, { output }) => {
          seen.push(container, service);
          output("out");
          return Promise.resolve();
        },
      });
      assertEquals(await follow("c", { ...options, service: "migrate" }), 3);
      assertEquals(seen, ["c", "migrate"]);
      assertEquals(lines, ["out"]);
      assertEquals(await calls(), ["wait c", "container inspect c"]);
    },
  ));

for (const [policy, code] of [["on-failure", 0], ["always", 1]] as const) {
  Deno.test(`the first end with a failure under restart: ${policy} is followed by ${code === 0 ? "another start" : "none that counts"}`, () =>
    withFakeDocker(
      `case "$1" in
wait) echo x >> waits; [ $(wc -l < waits) -lt 3 ] && echo 1 || echo 0 ;;
*) echo '{"State":{"Status":"restarting","ExitCode":1},"Config":{},"HostConfig":{"RestartPolicy":{"Name":"${policy}"}}}' ;;
esac`,
      async (engine) => {
        const { options } = childOptions();
        const { follow } = withArtifacts(engine, {
          follow: () => Promise.resolve(),
        });
        assertEquals(await follow("c", { ...options, service: "seed" }), code);
      },
    ));
}

Deno.test("a one-shot whose wait was stopped has not succeeded", () =>
  withFakeDocker("exec sleep 600", async (engine) => {
    const { options, stop } = childOptions();
    const { follow } = withArtifacts(engine, {
      follow: () => {
        stop.abort();
        return Promise.resolve();
      },
    });
    assertEquals(await follow("c", { ...options, service: "migrate" }), 1);
  }));

Deno.test("a container that is waited for has its log kept from the beginning", () =>
  withFakeDocker(RUNNING, async ({ calls, ...engine }) => {
    const { options } = childOptions();
    const watched: unknown[] = [];
    const { awaitReady } = withArtifacts(engine, {
      watch: (...what) => void watched.push(...what, watched.length),
    });
    const verdict = await awaitReady("c", {
      ...options,
      needs: "started",
      serves: true,
      service: "db",
    });
    assertEquals(verdict, { ready: true });
    assertEquals(watched, ["c", "db", 0]);
    assertEquals((await calls()).length, 1);
  }));

Deno.test("a gate follows the events of its container until it has its verdict", () =>
  withFakeDocker(RUNNING, async ({ $, api }) => {
    const seen: string[] = [];
    const { awaitReady } = executor({
      ...{ $, api, artifacts: NO_ARTIFACTS },
      surroundings: { directory: "/src/shop", env: {} },
      proof: { run: RUN, directory: "/src/shop" },
      events: {
        watch: (container) => {
          seen.push(`watch ${container}`);
          return { isTold: () => true, end: () => void seen.push("end") };
        },
        close: () => void seen.push("close"),
      },
    });
    await awaitReady("c", {
      ...childOptions().options,
      needs: "started",
      serves: true,
      service: "db",
    });
    assertEquals(seen, ["watch c", "end"]);
  }));

/** The engine's answer about a container whose image exposes a port on which nothing listens. */
const exposing = (Status: string) =>
  JSON.stringify({
    State: { Status, ExitCode: 0, Health: { Status: "starting" } },
    Config: {
      Healthcheck: { Test: ["CMD", "true"] },
      ExposedPorts: { "1/tcp": {} },
    },
  });

Deno.test("a service that shares the app's image is ready when its check succeeds, without a port of its own", () =>
  withFakeDocker(
    `case $1 in
  container) if [ -e seen ]; then echo '${exposing("exited")}'
    else echo '${exposing("running")}'; touch seen; fi;;
  exec) shift 2; exec "$@";;
esac`,
    async (engine) => {
      const { options } = childOptions();
      const { awaitReady } = withTime(engine, (ms) =>
        // The look at the engine's verdict never comes round.
        ms === 100 ? pause(0) : endlessPause(ms));
      const verdict = await awaitReady("c", {
        ...options,
        needs: "healthy",
        serves: false,
        service: "worker",
      });
      assertEquals(verdict, { ready: true });
    },
  ));

Deno.test("a container that the run has not made is neither awaited nor removed, and its success is none", async () => {
  const labeled = (files: string) =>
    JSON.stringify({
      State: { Status: "running", ExitCode: 0 },
      Config: { Labels: { "com.docker.compose.project.config_files": files } },
    });
  const cases: [string, boolean][] = [
    ["/w/compose.yaml,/s/RUN.run.yaml", true],
    ["/w/compose.yaml,/s/other.run.yaml", false],
    ["/w/compose.yaml", false],
  ];
  for (const [files, isOwn] of cases) {
    const told = labeled(files.replace("RUN", RUN));
    const script = `case $1 in wait) echo 0 ;; *) echo '${told}' ;; esac`;
    await withFakeDocker(script, async ({ calls, ...engine }) => {
      const { options } = childOptions();
      const { awaitReady, follow, remove } = withArtifacts(
        engine,
        {},
        SOCKET,
        undefined,
        true,
      );
      const verdict = await awaitReady("c", {
        ...options,
        ...{ needs: "started", serves: false, service: "db" },
      });
      const code = await follow("c", { ...options, service: "db" });
      assertEquals(code, isOwn ? 0 : 1);
      await remove("c", signal());
      const removed = (await calls()).filter((call) => call.startsWith("rm "));
      assertEquals(removed.length, isOwn ? 1 : 0);
      const reason = "was not made by this run, and is left alone";
      assertEquals(verdict, isOwn ? { ready: true } : { ready: false, reason });
    });
  }
});

Deno.test("a container is removed with its anonymous volumes, by force", () =>
  withFakeDocker(
    `[ $1 = container ] && echo '{"Id":"id-c","State":{"Status":"running","ExitCode":0},"Config":{}}'; true`,
    async ({ calls, ...engine }) => {
      assertEquals(await withArtifacts(engine).remove("c", signal()), true);
      assertEquals((await calls()).at(-1), "rm --force --volumes id-c");
    },
  ));

/** An engine on which one container runs until it is removed. */
const ONE = `case $1 in
  ps) [ -e gone ] || echo '["shop","c","id-c","","running","app","/src/shop"]';;
  rm) touch gone;;
esac`;

Deno.test("what one collection loses is not told: a later one may find it, and the end of the run tells the rest", () =>
  withFakeDocker("exit 1", async (engine) => {
    const { lines, options } = childOptions();
    const { collect } = withArtifacts(engine, {
      collect: (_, { output, notice = output }) => {
        output("found /junit.xml");
        notice("no report /reports: stopped");
        return Promise.resolve();
      },
    });
    await collect("c", options);
    assertEquals(lines, ["found /junit.xml"]);
  }));

Deno.test("logs and reports are collected after containers have ended and before they are removed", () =>
  withFakeDocker(ONE, async ({ calls, ...engine }) => {
    const { options } = childOptions();
    const { signal: stop } = childOptions().options;
    const seen: string[][] = [];
    const { tearDown } = withArtifacts(engine, {
      collect: async (containers, options) => {
        // So that nothing slow is asked once the run is to end.
        assert(options.stop === stop);
        seen.push([...containers], await calls());
      },
    });
    const owns = owned({ containers: ["c"] });
    const gone = await tearDown({
      kind: "remove",
      owns,
      grace: 7,
      keepsImages: true,
    }, {
      ...options,
      thorough: false,
      made: true,
      stop,
    });
    assert(gone);
    const [containers, before] = seen;
    assertEquals(containers, ["c"]);
    assertEquals(before?.at(-1), "stop -t 7 id-c");
    assertEquals(before?.some((call) => call.startsWith("rm ")), false);
  }));

for (const thorough of [false, true]) {
  Deno.test(
    `a container ${
      thorough ? "has no" : "has the"
    } time of its own service after ${thorough ? "a failure" : "success"}`,
    () =>
      withFakeDocker(ONE, async ({ calls, ...engine }) => {
        const { options } = childOptions();
        const { tearDown } = withArtifacts(engine);
        await tearDown({
          kind: "remove",
          owns: owned({ containers: ["c"] }),
          grace: 7,
          graces: { c: 30 },
          keepsImages: true,
        }, { ...options, thorough, made: true, stop: options.signal });
        const stop = `stop -t ${thorough ? 7 : 30} id-c`;
        assert((await calls()).includes(stop));
      }),
  );
}

/** A process of a run, whose command line is that of docker's Compose plugin; resolves when it has begun. */
async function startPlugin(directory: string, run: string) {
  await Deno.writeTextFile(
    `${directory}/compose`,
    // What it waits for ends by itself, so that a failed test leaves nothing for long.
    "echo ready; n=0; until [ $n -ge 200 ]; do sleep 0.1; n=$((n + 1)); done",
  );
  const child = new Deno.Command("bash", {
    args: ["-c", "exec -a docker-compose sh compose build"],
    cwd: directory,
    env: { [RUN_MARK]: run },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return child;
}

Deno.test("after a failure, a build that has outlived its step is ended before anything is removed, and no other run's", () =>
  withFakeDocker(ONE, async ({ directory, ...engine }) => {
    const own = await startPlugin(directory, RUN);
    const other = await startPlugin(directory, crypto.randomUUID());
    const { options } = childOptions();
    const remove = (thorough: boolean) =>
      withArtifacts(engine).tearDown(
        { kind: "remove", owns: owned({}), grace: 1, keepsImages: true },
        { ...options, thorough, made: true, stop: options.signal },
      );
    await remove(false);
    assertEquals(await isAlive(own.pid), true);
    await remove(true);
    assertEquals((await own.status).signal, "SIGTERM");
    assertEquals(await isAlive(other.pid), true);
    other.kill("SIGKILL");
    await other.status;
  }));

async function isAlive(pid: number): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}

/** Whether the collection is over by itself, in a removal that is stopped before it begins, meanwhile or never. */
function isHurried(when?: "before" | "meanwhile"): Promise<boolean> {
  return withFakeDocker(ONE, async (engine) => {
    const stop = new AbortController();
    if (when === "before") stop.abort();
    let hurried = false;
    // The time that a signal leaves is over at once.
    const sleep: Sleep = (ms, signal) => pause(ms < 60_000 ? 0 : ms, signal);
    await withTime(engine, sleep, {
      collect: async (_, { signal }) => {
        if (when === "meanwhile") stop.abort();
        await pause(0);
        hurried = signal.aborted;
      },
    }).tearDown({
      kind: "remove",
      owns: owned({ containers: ["c"] }),
      grace: 1,
      keepsImages: true,
    }, {
      ...childOptions().options,
      thorough: true,
      made: true,
      stop: stop.signal,
    });
    return hurried;
  });
}

Deno.test("logs and reports are not waited for long when a signal has stopped the run, or stops it meanwhile", async () => {
  assertEquals(await isHurried("before"), true);
  assertEquals(await isHurried("meanwhile"), true);
});

Deno.test("logs and reports are waited for where no signal has stopped the run", async () => {
  assertEquals(await isHurried(), false);
});

Deno.test("nothing is removed before it was recorded, so that a later run finishes the removal of a run that dies", () =>
  withFakeDocker(":", async ({ calls, ...engine }) => {
    const asked: string[][] = [];
    const { tearDown } = withArtifacts(
      engine,
      {},
      SOCKET,
      async ({ project }) => {
        asked.push([project, ...await calls()]);
      },
    );
    await tearDown({
      kind: "remove",
      owns: owned({ containers: ["shop-app-1"] }),
      grace: 2,
      keepsImages: true,
    }, {
      ...childOptions().options,
      thorough: false,
      stop: new AbortController().signal,
      made: false,
    });
    assertEquals(asked, [["shop"]]);
  }));

Deno.test("a volume is the run's if its label names the run", async () => {
  for (const [label, is] of [[RUN, true], ["another", false], ["", false]]) {
    await withFakeDocker(`echo '${label}'`, async (engine) => {
      const { madeVolume } = withArtifacts(engine);
      const { signal } = new AbortController();
      assertEquals(await madeVolume("data", signal), is);
    });
  }
  await withFakeDocker("echo no engine >&2; exit 1", async (engine) => {
    const { madeVolume } = withArtifacts(engine);
    const { signal } = new AbortController();
    assertEquals(await madeVolume("data", signal), undefined);
  });
});

Deno.test("a fault in docker's output is the cause, and the engine is not asked", () =>
  withFakeDocker("exit 1", async ({ calls, ...engine }) => {
    const lines = ["write /x: no space left on device", "failed"];
    assertEquals(await withArtifacts(engine).diagnose(lines, signal()), {
      kind: "disk-full",
      detail: lines[0]!,
    });
    assertEquals(await calls(), []);
  }));

Deno.test("an engine that no longer answers is the cause, in docker's last words", () =>
  withFakeDocker(
    `echo warning >&2; echo "Cannot connect to the Docker daemon" >&2; exit 1`,
    async (engine) => {
      assertEquals(
        await withArtifacts(engine).diagnose(["exit status 1"], signal()),
        {
          kind: "engine-lost",
          detail: "Cannot connect to the Docker daemon",
        },
      );
    },
  ));

Deno.test("an engine that answers is no cause", () =>
  withFakeDocker("echo 26.1.5", async (engine) => {
    assertEquals(
      await withArtifacts(engine).diagnose(["exit status 1"], signal()),
      undefined,
    );
  }));

Deno.test("an engine that hangs is not waited for: it is the cause", async () => {
  await withFakeDocker("exec sleep 20", async (engine) => {
    const asked: number[] = [];
    const { diagnose } = withTime(engine, (ms, signal) => {
      asked.push(ms);
      return pause(50, signal);
    });
    assertEquals(await diagnose(["exit status 1"], signal()), {
      kind: "engine-lost",
      detail: "it does not answer",
    });
    assertEquals(asked, [30_000]);
  });
});
