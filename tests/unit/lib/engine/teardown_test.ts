import { assert, assertEquals } from "@std/assert";
import type { EngineApi } from "../../../../lib/engine/api.ts";
import { EngineError } from "../../../../lib/engine/http.ts";
import type { ProjectObject } from "../../../../lib/engine/objects.ts";
import { removeAll } from "../../../../lib/engine/removal.ts";
import type { Made, Owns } from "../../../../lib/plan/plan.ts";
import {
  tearDown,
  type TearDownOptions,
} from "../../../../lib/engine/teardown.ts";
import { noPauses, owned, withFakeDocker } from "../../fakes.ts";

const RUN = "4711";
const DIRECTORY = "/src/shop";

/** When a dead run was last alive, and times around it. */
const DEATH = Date.parse("2026-11-29T12:00:00Z");
const BEFORE = "2026-11-29 11:59:58 +0000 UTC";
const LATER = "2026-11-29 12:01:00 +0000 UTC";

/**
 * Tears down on an engine that is written for the test; resolves to the outcome, the reasons and the calls of docker.
 */
function tornDown(
  docker: string,
  owns: Partial<Owns>,
  options: Partial<TearDownOptions> = {},
) {
  return withFakeDocker(docker, async ({ api, calls }) => {
    const reasons: string[] = [];
    const gone = await tearDown(api, owned(owns), {
      proof: { run: RUN, directory: DIRECTORY },
      grace: 2,
      keepsImages: false,
      thorough: false,
      signal: new AbortController().signal,
      output: (line) => reasons.push(line),
      ended: () => Promise.resolve(),
      sleep: noPauses,
      ...options,
    });
    const all = await calls();
    const isLook = (call: string) =>
      /^(ps|\w+ ls|(image|container) inspect) /.test(call);
    return {
      gone,
      reasons,
      calls: all,
      looks: all.filter(isLook),
      removals: all.filter((call) => !isLook(call)),
    };
  });
}

/** A row of `docker ps` as the tool asks for it. */
function container(
  name: string,
  {
    id = `id-${name}`,
    state = "running",
    created = BEFORE,
    directory = DIRECTORY,
    files = undefined as string | undefined,
  } = {},
): string {
  const row = [
    ...["shop", name, id, created, state, "app", directory],
    ...(files === undefined ? [] : [files]),
  ];
  return `echo '${JSON.stringify(row)}'`;
}

function network(name: string, { id = `id-${name}`, created = BEFORE } = {}) {
  return `echo '${JSON.stringify(["shop", name, id, created])}'`;
}

function volume(name: string, run = RUN) {
  return `echo '${JSON.stringify(["shop", name, run])}'`;
}

function image(
  id: string,
  tags: string[],
  tagged = "2026-11-29T11:59:58Z",
  project?: string,
) {
  const row = [
    id,
    tags,
    tagged,
    ...(project === undefined ? [] : [
      [],
      project === "" ? null : { "com.docker.compose.project": project },
    ]),
  ];
  return `echo '${JSON.stringify(row)}'`;
}

/** The names of the objects that the run makes. */
const NAMES: Partial<Owns> = {
  containers: ["shop-app-1"],
  networks: ["shop_default"],
  volumes: ["shop_data"],
  images: [{ name: "shop-app:latest" }],
};

/** A row of `docker ps` of a container without labels, which was made from an image. */
function madeFrom(id: string, image: string): string {
  const row = ["", id, id, "", "running", "", "", "", "", "", [], image];
  return `echo '${JSON.stringify(row)}'`;
}

/** An engine that has one of each until it is removed. */
const ONE_OF_EACH = `
case "$1 $2" in
  "ps --all") [ -e no-container ] || ${container("shop-app-1")} ;;
  "network ls") [ -e no-network ] || ${network("shop_default")} ;;
  "volume ls") [ -e no-volume ] || ${volume("shop_data")} ;;
  "image inspect") [ -e no-image ] || ${
  image("sha256:a", ["shop-app:latest"])
} ;;
  "rm "*) case "$*" in *id-shop-app-1*) touch no-container ;; esac ;;
  "network rm") touch no-network ;;
  "volume rm") touch no-volume ;;
  "rmi "*) touch no-image ;;
esac`;

const ALL_REMOVED = [
  "network rm --force id-shop_default",
  "rm --force --volumes id-shop-app-1",
  "rmi shop-app:latest",
  "stop -t 2 id-shop-app-1",
  "volume rm --force shop_data",
];

Deno.test("the objects that a run has made are removed, containers and networks by their IDs", async () => {
  const { gone, removals } = await tornDown(ONE_OF_EACH, NAMES);
  assert(gone);
  assertEquals(removals.toSorted(), ALL_REMOVED);
});

Deno.test("the container of a hook goes before the one that tells whose it is", async () => {
  const hook = JSON.stringify({
    Config: { Labels: { "com.docker.compose.hook": "pre_start" } },
    HostConfig: { VolumesFrom: ["id-shop-app-1"] },
  });
  const { gone, removals } = await tornDown(
    `case "$1 $*" in
      "ps "*) [ -e no-app ] || ${container("shop-app-1", { state: "exited" })}
        [ -e no-hook ] || ${
      container("merry_tu", { state: "exited", directory: "" })
    } ;;
      "container "*) echo '${hook}' ;;
      "rm "*merry_tu*) sleep 0.1; touch no-hook ;;
      "rm "*) touch no-app ;;
    esac`,
    NAMES,
  );
  assert(gone);
  assertEquals(removals, [
    "rm --force --volumes id-merry_tu",
    "rm --force --volumes id-shop-app-1",
  ]);
});

const MADE: Made[] = [
  { kind: "container", name: "shop-app-1", id: "id-shop-app-1" },
  { kind: "network", name: "shop_default", id: "id-shop_default" },
  { kind: "volume", name: "shop_data", id: RUN },
  { kind: "image", name: "shop-app:latest", id: "sha256:a" },
];

Deno.test("objects on a record are removed by any run that has the record", async () => {
  const { gone, removals } = await tornDown(ONE_OF_EACH, { made: MADE }, {
    proof: { run: "another", directory: "/elsewhere" },
  });
  assert(gone);
  assertEquals(removals.toSorted(), ALL_REMOVED);
});

Deno.test("objects of the same names with another identity are foreign", async () => {
  const made = MADE.map((one) => ({ ...one, id: `old-${one.id}` }));
  const { gone, removals } = await tornDown(ONE_OF_EACH, { made }, {
    proof: { run: "another", directory: DIRECTORY },
  });
  assertEquals([gone, removals], [true, []]);
});

Deno.test("the project's label alone is no proof", async () => {
  const { gone, removals } = await tornDown(ONE_OF_EACH, {
    containers: ["shop-db-1"],
    networks: ["shop_back"],
    images: [{ name: "shop-db:latest" }],
  }, { proof: { run: "another", directory: DIRECTORY } });
  assertEquals([gone, removals], [true, []]);
});

/** Objects with the names of the run's own that another program has made. */
const FOREIGN: readonly [string, string, Partial<TearDownOptions>][] = [
  [
    "a container of another folder",
    `[ "$1" = ps ] && ${container("shop-app-1", { directory: "/other" })}`,
    {},
  ],
  [
    "a container that Compose has not made",
    `[ "$1" = ps ] && ${container("shop-app-1", { directory: "" })}`,
    {},
  ],
  [
    "a container that was made when the run was long dead",
    `[ "$1" = ps ] && ${container("shop-app-1", { created: LATER })}`,
    { proof: { run: RUN, directory: DIRECTORY, until: DEATH } },
  ],
  [
    "a network that was made when the run was long dead",
    `[ "$1" = network ] && ${network("shop_default", { created: LATER })}`,
    { proof: { run: RUN, directory: DIRECTORY, until: DEATH } },
  ],
  [
    "a volume without the run's label",
    `[ "$1" = volume ] && ${volume("shop_data", "")}`,
    {},
  ],
  [
    "a volume of another run",
    `[ "$1" = volume ] && ${volume("shop_data", "another")}`,
    {},
  ],
  [
    "an image that got its name when the run was long dead",
    `[ "$1" = image ] && ${
      image("sha256:a", ["shop-app:latest"], "2026-11-29T12:01:00Z")
    }`,
    { proof: { run: RUN, directory: DIRECTORY, until: DEATH } },
  ],
];

for (const [what, docker, options] of FOREIGN) {
  Deno.test(`${what} stays`, async () => {
    const found = await tornDown(`${docker}; true`, NAMES, {
      thorough: true,
      ...options,
    });
    assertEquals([found.gone, found.removals], [true, []]);
  });
}

Deno.test("in a project whose name is todoflow's own, label and folder are proof, as records may be lost; a volume has the run in its label", async () => {
  const own = { run: "another", directory: DIRECTORY, until: DEATH, own: true };
  const { removals } = await tornDown(
    `case $1 in
      ps) [ -e gone ] || { ${container("shop-app-1", { created: LATER })}
        ${container("shop-db-1", { directory: "/other" })}; } ;;
      volume) [ "$2" = ls ] && [ ! -e gone ] && {
        ${volume("shop_data", "another")}; ${volume("shop_mine", "")}
        ${volume("shop_old", RUN)}; } ;;
      rm) touch gone ;;
    esac; true`,
    { ...NAMES, volumes: ["shop_data", "shop_mine", "shop_old"] },
    { proof: own },
  );
  assertEquals(removals.toSorted(), [
    "rm --force --volumes id-shop-app-1",
    "stop -t 2 id-shop-app-1",
    "volume rm --force shop_data",
  ]);
});

Deno.test("the objects of an earlier run stay when a run of the same names is removed", async () => {
  const { gone, removals } = await tornDown(ONE_OF_EACH, {
    ...NAMES,
    kept: MADE,
    images: [{ name: "shop-app:latest", before: "sha256:a" }],
  });
  assertEquals([gone, removals], [true, []]);
});

Deno.test("a container belongs to the run whose file is in its label, even if all else is the same", async () => {
  const FILES: [string, boolean][] = [
    [`/src/shop/compose.yaml,/state/${RUN}.run.yaml`, true],
    [`/src/shop/app.run.yaml,/state/${RUN}.run.yaml`, true],
    [`/state/${RUN}.run.yaml,/src/shop/app.run.yaml`, false],
    [`/src/shop/compose.yaml,/state/${RUN}-other.run.yaml`, false],
    ["/src/shop/compose.yaml", false],
    ["", false],
  ];
  for (const [files, isOwn] of FILES) {
    const { removals } = await tornDown(
      `case "$1 $2" in "ps --all") [ -e gone ] || ${
        container("shop-app-1", { files })
      } ;; "rm "*) touch gone ;; esac`,
      { containers: ["shop-app-1"] },
      { proof: { run: RUN, directory: DIRECTORY, marks: true } },
    );
    assertEquals(removals.some((call) => call.startsWith("rm ")), isOwn, files);
  }
});

Deno.test("an image without a time at which it got its name is not a dead run's: it was loaded from a file", async () => {
  for (const until of [DEATH, undefined]) {
    const { removals } = await tornDown(
      `case "$1 $2" in "image inspect") ${
        image("sha256:a", ["shop-app:latest"], "0001-01-01T00:00:00Z")
      } ;; esac`,
      { images: [{ name: "shop-app:latest" }] },
      {
        proof: {
          ...{ run: RUN, directory: DIRECTORY },
          ...(until !== undefined && { until }),
        },
      },
    );
    assertEquals(removals, []);
  }
});

Deno.test("where a build has failed, an image of its name is the run's only if Compose has built it for the project", async () => {
  for (const project of ["shop", "other", ""]) {
    const { removals } = await tornDown(
      `case "$1 $2" in "image inspect") [ -e gone ] || ${
        image("sha256:a", ["shop-app:latest"], undefined, project)
      } ;; "rmi "*) touch gone ;; esac`,
      { images: [{ name: "shop-app:latest" }] },
      { proof: { run: RUN, directory: DIRECTORY, built: new Set() } },
    );
    const expected = project === "shop" ? ["rmi shop-app:latest"] : [];
    assertEquals(removals, expected, project);
  }
});

Deno.test("where nothing is found nothing is removed", async () => {
  const ended: unknown[] = [];
  const { gone, removals, looks } = await tornDown(":", NAMES, {
    thorough: false,
    ended: (containers) => Promise.resolve(void ended.push(containers)),
  });
  assertEquals([gone, removals, ended], [true, [], []]);
  assertEquals(looks.length, 5);
});

Deno.test("objects of another project stay, whatever their names and labels", async () => {
  const { gone, removals } = await tornDown(ONE_OF_EACH, {
    ...NAMES,
    project: "blog",
  });
  assertEquals([gone, removals], [true, []]);
});

Deno.test("a run that owns nothing does not search the engine", async () => {
  const { gone, calls } = await tornDown(ONE_OF_EACH, {});
  assertEquals([gone, calls], [true, []]);
});

Deno.test("images that are to stay are neither looked for nor removed", async () => {
  const { gone, calls } = await tornDown(ONE_OF_EACH, NAMES, {
    keepsImages: true,
  });
  assert(gone);
  assertEquals(calls.filter((call) => /^(image|rmi|tag) /.test(call)), []);
});

Deno.test("a name goes back to the image that had it, and the new image goes if it has no other", async () => {
  for (
    const [tags, expected] of [
      [[], ["tag sha256:old shop-app:latest", "rmi sha256:new"]],
      [["me/mine:1"], ["tag sha256:old shop-app:latest"]],
    ] as const
  ) {
    const { removals } = await tornDown(
      `case $1 in
        image)
          ${image("sha256:old", [])}
          if [ -e back ]; then ${image("sha256:new", [...tags])}
          else ${image("sha256:new", ["shop-app:latest", ...tags])}; fi ;;
        tag) touch back ;;
      esac`,
      { images: [{ name: "shop-app:latest", before: "sha256:old" }] },
    );
    assertEquals(removals, [...expected]);
  }
});

Deno.test("names of recorded images are removed as long as they are theirs, and images without a name, too", async () => {
  const { removals } = await tornDown(
    `[ "$1" = image ] && {
      ${image("sha256:1", ["shop-app:latest", "me/mine:1"])}
      ${image("sha256:2", ["somebody/else:1"])}
      ${image("sha256:3", [])}
      ${image("sha256:9", ["shop-web:latest"])}
    }; true`,
    {
      made: [
        { kind: "image", name: "shop-app:latest", id: "sha256:1" },
        { kind: "image", name: "shop-db:latest", id: "sha256:2" },
        { kind: "image", name: "shop-api:latest", id: "sha256:3" },
        { kind: "image", name: "shop-web:latest", id: "sha256:4" },
      ],
    },
  );
  assertEquals(removals, ["rmi shop-app:latest", "rmi sha256:3"]);
});

Deno.test("an image that a foreign container uses stays, is named, and is no problem", async () => {
  const { gone, reasons, removals } = await tornDown(
    `case $1 in
      image) ${image("sha256:a", ["shop-app:latest"])} ;;
      rmi) echo 'Error response from daemon: conflict: unable to remove repository reference "shop-app:latest" (must force) - container 1a is using its referenced image a' >&2; exit 1 ;;
    esac`,
    NAMES,
    { thorough: true },
  );
  assertEquals([gone, removals], [true, ["rmi shop-app:latest"]]);
  assertEquals(reasons, ["image shop-app:latest stays: a container uses it"]);
});

Deno.test("the name of an image by which a foreign container was made stays, its other names are removed", async () => {
  const { gone, reasons, removals } = await tornDown(
    `case "$*" in
      "image inspect"*) ${
      image("sha256:a", ["shop-app:latest", "shop-test:latest", "mine:1"])
    } ;;
      ps*filter*) ;;
      ps*) ${madeFrom("other", "docker.io/library/shop-app")}; ${
      madeFrom("b", "mine:1")
    } ;;
    esac`,
    { images: [{ name: "shop-app:latest" }, { name: "shop-test:latest" }] },
  );
  assertEquals([gone, removals], [true, ["rmi shop-test:latest"]]);
  assertEquals(reasons, ["image shop-app:latest stays: a container uses it"]);
});

Deno.test("leftovers are reported as the commands that remove them, and nothing else", async () => {
  const remains: string[][] = [];
  const { gone } = await tornDown(
    `case "$1 $2" in
      "network ls") ${network("shop_default")} ;;
      "network rm") echo "has active endpoints" >&2; exit 1 ;;
    esac`,
    NAMES,
    { remains: (commands) => void remains.push(commands) },
  );
  assertEquals(gone, false);
  assertEquals(remains, [["docker network rm shop_default"]]);
});

Deno.test("an image whose name another one's begins with is not taken for the one that is in use", async () => {
  const { reasons } = await tornDown(
    `case $1 in
      image) ${image("sha256:a", ["shop:latest"])}; ${
      image("sha256:b", ["shop-app:latest"])
    } ;;
      rmi) [ $2 = shop:latest ] || { echo 'conflict: unable to remove repository reference "shop-app:latest" (must force)' >&2; exit 1; } ;;
    esac`,
    { images: [{ name: "shop:latest" }, { name: "shop-app:latest" }] },
  );
  assertEquals(reasons, ["image shop-app:latest stays: a container uses it"]);
});

Deno.test("leftovers are not reported as removed, and a silent engine is not reported as empty", async () => {
  const stuck = await tornDown(
    `case "$1 $2" in
      "volume ls") ${volume("shop_data")} ;;
      "volume rm") echo "volume is in use" >&2; exit 1 ;;
    esac`,
    { volumes: ["shop_data"] },
    { tells: [] },
  );
  assertEquals([stuck.gone, stuck.reasons], [false, ["volume is in use"]]);
  const silent = await tornDown("echo no engine >&2; exit 1", NAMES, {
    tells: [],
  });
  assertEquals([silent.gone, silent.reasons], [false, ["no engine"]]);
});

Deno.test("an image that a user has built during the run keeps its name", async () => {
  const built = new Set(["sha256:mine"]);
  const { gone, removals } = await tornDown(
    `[ "$1" = image ] && { ${image("sha256:old", [])}; ${
      image("sha256:theirs", ["shop-app:latest"])
    }; }; true`,
    { images: [{ name: "shop-app:latest", before: "sha256:old" }] },
    { proof: { run: RUN, directory: DIRECTORY, built } },
  );
  assertEquals([gone, removals], [true, []]);
});

Deno.test("a removal lists the names of the removed objects, or says that there was nothing", async () => {
  const told = await tornDown(ONE_OF_EACH, NAMES, { tells: [] });
  assertEquals(told.reasons, [
    "removed container shop-app-1",
    "removed network shop_default",
    "removed volume shop_data",
    "removed image shop-app:latest",
  ]);
  const nothing = await tornDown(
    `case "$1 $2" in
      "image ls") printf '%s\\n' shop-app:latest '<none>:<none>' ;;
      "image inspect") ${image("sha256:b", ["shop-app:latest"])}
        ${image("sha256:a", ["shop-web:latest", "x:1"])} ;;
    esac`,
    // A build by hand has taken the name from a run's image since.
    { made: [{ kind: "image", name: "shop-app:latest", id: "sha256:mine" }] },
    { tells: ["shop-web:latest", "shop-app:latest"] },
  );
  assertEquals(nothing.reasons, [
    "nothing to remove",
    "left alone: image shop-web:latest, which todoflow has not built",
    "left alone: image shop-app:latest, which todoflow has not built",
  ]);
});

Deno.test("containers that run end all at once, those that do not are not stopped", async () => {
  const states = "created running paused exited restarting dead removing"
    .split(" ");
  const { removals } = await tornDown(
    `[ "$1" = ps ] && { ${
      states.map((state) => container(`c-${state}`, { id: state, state }))
        .join("; ")
    }; }; true`,
    { containers: states.map((state) => `c-${state}`) },
    { grace: 7 },
  );
  const stops = ["running", "paused", "restarting", "removing"]
    .map((id) => `stop -t 7 ${id}`);
  assertEquals(removals.slice(0, 4).toSorted(), stops.toSorted());
  assertEquals(
    removals.slice(4).toSorted(),
    states.map((id) => `rm --force --volumes ${id}`).toSorted(),
  );
});

Deno.test("a container has the time that its own service gives it, until a signal", async () => {
  const running = ["slow", "quick"].map((name) =>
    container(name, { id: name, state: "running" })
  ).join("; ");
  const stopsUntil = async (until: AbortSignal) => {
    const { removals } = await tornDown(
      `[ "$1" = ps ] && { ${running}; }; true`,
      { containers: ["slow", "quick"] },
      { unhurried: { graces: { slow: 30 }, until } },
    );
    return removals.filter((call) => call.startsWith("stop ")).toSorted();
  };
  assertEquals(await stopsUntil(new AbortController().signal), [
    "stop -t 2 quick",
    "stop -t 30 slow",
  ]);
  assertEquals(await stopsUntil(AbortSignal.abort()), [
    "stop -t 2 quick",
    "stop -t 2 slow",
  ]);
});

Deno.test("a signal while a container has its own time leaves it the short one", async () => {
  const hurry = new AbortController();
  const stops: unknown[] = [];
  const api = {
    until: () => api,
    done: (path: string, { query }: { query?: { t?: number } }) => {
      if (path.endsWith("/stop")) stops.push(query?.t);
      if (query?.t !== 30) return Promise.resolve();
      hurry.abort();
      return Promise.reject(new EngineError("canceled", undefined, true));
    },
    json: () => Promise.resolve([]),
  } as unknown as EngineApi;
  const slow = { kind: "container", id: "1", name: "slow", project: "shop" };
  const found = { networks: [], volumes: [], images: [] };
  await removeAll(api, {
    ...{ ...found, containers: [slow as ProjectObject] },
  }, {
    grace: 2,
    unhurried: { graces: { slow: 30 }, until: hurry.signal },
    signal: new AbortController().signal,
    ended: () => Promise.resolve(),
    stay: new Set(),
  });
  assertEquals(stops, [30, 2]);
});

Deno.test("containers that have ended are reported before they are removed", () =>
  withFakeDocker(ONE_OF_EACH, async ({ api, calls }) => {
    const seen: [readonly string[], string[]][] = [];
    const gone = await tearDown(api, owned(NAMES), {
      proof: { run: RUN, directory: DIRECTORY },
      grace: 2,
      keepsImages: false,
      thorough: false,
      signal: new AbortController().signal,
      output: () => {},
      ended: async (containers) => void seen.push([containers, await calls()]),
    });
    assert(gone);
    const [[containers, before] = [[], []]] = seen;
    assertEquals(seen.length, 1);
    assertEquals(containers, ["shop-app-1"]);
    assert(before.includes("stop -t 2 id-shop-app-1"));
    assertEquals(before.some((call) => call.startsWith("rm ")), false);
  }));

Deno.test("volumes and images go after the containers that use them", async () => {
  const { removals } = await tornDown(ONE_OF_EACH, NAMES);
  const at = (start: string) =>
    removals.findIndex((call) => call.startsWith(start));
  assert(at("rm ") < at("volume rm") && at("rm ") < at("rmi "));
});

Deno.test("a container that has gone meanwhile is no problem", async () => {
  const { gone, reasons } = await tornDown(
    `[ "$1" = ps ] && ${container("shop-app-1")}
    [ "$1" = stop ] && { echo "No such container: c" >&2; exit 1; }; true`,
    NAMES,
  );
  assertEquals([gone, reasons], [true, []]);
});

const ENDPOINTS =
  "Error response from daemon: error while removing network: network shop_default id 1 has active endpoints";

Deno.test("a removal that succeeds at a later attempt reports no problem", async () => {
  const { gone, reasons, removals } = await tornDown(
    `case "$1 $2" in
      "network ls") [ -e gone ] || ${network("shop_default")} ;;
      "network rm") [ -e tried ] && touch gone && exit; touch tried
        echo "${ENDPOINTS}" >&2; exit 1 ;;
    esac`,
    NAMES,
  );
  assertEquals([gone, reasons], [true, []]);
  assertEquals(removals.length, 2);
});

Deno.test("an object that cannot be removed is left, and docker's reasons are reported once", async () => {
  const { gone, reasons, removals } = await tornDown(
    `case "$1 $2" in
      "network ls") ${network("shop_default")} ;;
      "network rm") echo "${ENDPOINTS}" >&2; exit 1 ;;
    esac`,
    NAMES,
  );
  assertEquals(gone, false);
  assertEquals(reasons, [ENDPOINTS]);
  assertEquals(removals.length, 3);
});

for (const [what, answers] of [["any", ""], ["every", "ps"]]) {
  Deno.test(`an engine that does not answer ${what} question leaves all as it is, with its reason`, async () => {
    const { gone, reasons, removals } = await tornDown(
      `[ "$1" = "${answers}" ] && { ${container("shop-app-1")}; exit; }
      echo "Cannot connect to the Docker daemon" >&2; exit 1`,
      NAMES,
    );
    assertEquals(gone, false);
    assertEquals(reasons, ["Cannot connect to the Docker daemon"]);
    assertEquals(removals, []);
  });
}

Deno.test("a thorough removal looks again until nothing is found", async () => {
  // A second container appears when the first one goes.
  const late = `case $1 in
    ps) [ -e removed ] || ${container("a")}
      [ -e late ] && ${container("b", { state: "created" })}; true ;;
    rm) [ -e removed ] && rm late; [ -e removed ] || touch removed late ;;
  esac`;
  const owns = { containers: ["a", "b"] };
  const thorough = await tornDown(late, owns, { thorough: true });
  assert(thorough.gone);
  assertEquals(thorough.removals, [
    "stop -t 2 id-a",
    "rm --force --volumes id-a",
    "rm --force --volumes id-b",
  ]);
  assertEquals(
    thorough.looks.filter((look) => look.startsWith("ps")).length,
    3,
  );
  const quick = await tornDown(late, owns);
  assert(quick.gone);
  assertEquals(quick.looks.filter((look) => look.startsWith("ps")).length, 1);
});

Deno.test("a thorough removal does not believe at once that a stopped build has left no image", async () => {
  // The engine names it after the first look.
  const late = `case "$1 $2" in
    "image inspect")
      if [ -e looked ]; then [ -e removed ] || ${
    image("sha256:a", ["shop-app:latest"])
  }; else touch looked; exit 1; fi ;;
    "rmi "*) touch removed ;;
  esac`;
  const owns = { images: [{ name: "shop-app:latest" }] };
  const thorough = await tornDown(late, owns, { thorough: true });
  assert(thorough.gone);
  assertEquals(thorough.removals, ["rmi shop-app:latest"]);
  const quick = await tornDown(late, owns);
  assert(quick.gone);
  assertEquals(quick.removals, []);
});

Deno.test("a second signal in the meantime ends that wait, and nothing has been left", async () => {
  const stop = new AbortController();
  const docker = `case $1 in image) touch looked; exit 1 ;; esac`;
  const { gone, reasons } = await withFakeDocker(
    docker,
    async ({ api, directory }) => {
      const reasons: string[] = [];
      const removal = tearDown(
        api,
        owned({ images: [{ name: "shop-app:latest" }] }),
        {
          proof: { run: RUN, directory: DIRECTORY },
          grace: 2,
          keepsImages: false,
          thorough: true,
          signal: stop.signal,
          output: (line) => reasons.push(line),
          ended: () => Promise.resolve(),
        },
      );
      while (!await Deno.stat(`${directory}/looked`).catch(() => undefined)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      // Within the wait, which is a second.
      setTimeout(() => stop.abort(), 400);
      return { gone: await removal, reasons };
    },
  );
  assertEquals([gone, reasons], [true, []]);
});

Deno.test("a thorough removal that always finds something more has not removed everything", async () => {
  const { gone } = await tornDown(
    `[ "$1" = ps ] && ${container("c", { state: "created" })}; true`,
    { containers: ["c"] },
    { thorough: true },
  );
  assertEquals(gone, false);
});

Deno.test("a removal that is given up has not removed everything, and does not look again", async () => {
  const stop = new AbortController();
  const { gone, calls } = await tornDown(ONE_OF_EACH, NAMES, {
    signal: stop.signal,
    ended: () => Promise.resolve(stop.abort()),
  });
  assertEquals(gone, false);
  assertEquals(calls.filter((call) => call.startsWith("ps")).length, 2);
  const { calls: none } = await tornDown(ONE_OF_EACH, NAMES, {
    signal: AbortSignal.abort(),
  });
  assertEquals(none, []);
});

Deno.test("a removal that is given up does not wait for an engine that hangs", async () => {
  const { gone, removals } = await tornDown("exec sleep 20", NAMES, {
    signal: AbortSignal.timeout(50),
  });
  assertEquals([gone, removals], [false, []]);
});
