import { assert, assertEquals } from "@std/assert";
import type { Owns } from "../../../lib/plan.ts";
import { tearDown, type TearDownOptions } from "../../../lib/teardown.ts";
import { owned, withFakeDocker, withoutPauses } from "../fakes.ts";

/** Tears down on an engine that is written for the test; tells the outcome, the reasons and what docker was asked for. */
function tornDown(
  docker: string,
  owns: Partial<Owns>,
  options: Partial<TearDownOptions> = {},
) {
  return withFakeDocker(docker, async ({ $, calls }) => {
    const reasons: string[] = [];
    const gone = await withoutPauses(() =>
      tearDown($, owned(owns), {
        grace: 2,
        keepsImages: false,
        thorough: false,
        signal: new AbortController().signal,
        output: (line) => reasons.push(line),
        ended: () => Promise.resolve(),
        ...options,
      })
    );
    const all = await calls();
    const isLook = (call: string) => /^(ps|\w+ ls) /.test(call);
    return {
      gone,
      reasons,
      calls: all,
      looks: all.filter(isLook),
      removals: all.filter((call) => !isLook(call)),
    };
  });
}

/** Everything that a project can own, by name. */
const NAMES = {
  containers: ["shop-app-1"],
  networks: ["shop_default"],
  volumes: ["shop_data"],
  images: ["shop-app"],
};

/** An engine that has one of each until it is removed, and shows all of it to who does not filter. */
const ONE_OF_EACH = `
case "$1 $2" in
  "ps --all") [ -e no-container ] || echo shop-app-1 running ;;
  "network ls") [ -e no-network ] || echo shop_default ;;
  "volume ls") [ -e no-volume ] || echo shop_data ;;
  "image ls") [ -e no-image ] || echo shop-app:latest ;;
  "rm "*) case "$*" in *shop-app-1*) touch no-container ;; esac ;;
  "network rm") touch no-network ;;
  "volume rm") touch no-volume ;;
  "rmi "*) touch no-image ;;
esac`;

Deno.test("where nothing is found nothing is removed", async () => {
  for (const owns of [NAMES, { whole: true }]) {
    const ended: unknown[] = [];
    const { gone, removals, looks } = await tornDown(":", owns, {
      thorough: true,
      ended: (containers) => Promise.resolve(void ended.push(containers)),
    });
    assertEquals([gone, removals, ended], [true, [], []]);
    assertEquals(looks.length, 4);
  }
});

Deno.test("what is owned by name is looked for by its whole name", async () => {
  const { gone, looks, removals } = await tornDown(ONE_OF_EACH, {
    containers: ["a.b", "c"],
    networks: ["n.1"],
    volumes: ["v"],
    images: ["shop-app", "me/app:1"],
  });
  assert(gone);
  assertEquals(looks.toSorted(), [
    "image ls --filter label=com.docker.compose.project=shop --filter reference=shop-app --filter reference=me/app:1 --format {{.Repository}}:{{.Tag}}",
    "network ls --filter label=com.docker.compose.project=shop --filter name=^n\\.1$ --format {{.Name}}",
    "ps --all --filter label=com.docker.compose.project=shop --filter name=^a\\.b$ --filter name=^c$ --format {{.Names}} {{.State}}",
    "volume ls --filter label=com.docker.compose.project=shop --filter name=^v$ --format {{.Name}}",
  ]);
  assertEquals(removals.toSorted(), [
    "network rm --force shop_default",
    "rm --force --volumes shop-app-1",
    "rmi --force shop-app:latest",
    "stop -t 2 shop-app-1",
    "volume rm --force shop_data",
  ]);
});

Deno.test("a whole project is looked for by its label, whatever names are known", async () => {
  const { gone, looks } = await tornDown(ONE_OF_EACH, {
    ...NAMES,
    whole: true,
  });
  assert(gone);
  assertEquals(looks.length, 4);
  for (const look of looks) {
    assertEquals(look.match(/--filter \S+/g), [
      "--filter label=com.docker.compose.project=shop",
    ]);
  }
});

for (const kind of ["containers", "networks", "volumes", "images"] as const) {
  Deno.test(`who owns only ${kind} looks for nothing else, and removes nothing else`, async () => {
    const { gone, looks, removals } = await tornDown(ONE_OF_EACH, {
      [kind]: NAMES[kind],
    });
    assert(gone);
    assertEquals(looks.length, 1);
    assert(looks[0]?.includes("--filter"));
    assertEquals(removals.length, kind === "containers" ? 2 : 1);
  });
}

Deno.test("who owns nothing looks for nothing", async () => {
  const { gone, calls } = await tornDown(ONE_OF_EACH, {});
  assertEquals([gone, calls], [true, []]);
});

Deno.test("images that are to stay are neither looked for nor removed", async () => {
  for (const owns of [NAMES, { whole: true }]) {
    const { gone, calls } = await tornDown(ONE_OF_EACH, owns, {
      keepsImages: true,
    });
    assert(gone);
    assertEquals(calls.filter((call) => /^(image|rmi) /.test(call)), []);
  }
});

Deno.test("a person's tag of the project's image is not removed, a name that Compose or the file gave is", async () => {
  const { removals } = await tornDown(
    `[ "$1" = image ] && printf '%s\\n' shop-app:latest shop-web:latest me/app:1 me/app:2 hub/shop-app:latest '<none>:<none>'; true`,
    { whole: true, images: ["shop-app", "me/app:1"] },
  );
  assertEquals(removals, [
    "rmi --force shop-app:latest shop-web:latest me/app:1",
  ]);
});

for (const whole of [true, false]) {
  const what = whole ? "a whole project" : "what is owned by name";
  Deno.test(`of ${what} only the tag that Compose gave is removed, a person's of the same repository stays`, async () => {
    const { removals } = await tornDown(
      `[ "$1" = image ] && printf '%s\\n' shop-app:latest shop-app:mine shop-app:1.0; true`,
      { whole, images: ["shop-app"] },
    );
    assertEquals(removals, ["rmi --force shop-app:latest"]);
  });
}

Deno.test("containers that run end all at once, those that do not are not stopped", async () => {
  const states = "created running paused exited restarting dead removing";
  const { removals } = await tornDown(
    `[ "$1" = ps ] && for state in ${states}; do echo "c-$state $state"; done; true`,
    { whole: true },
    { grace: 7 },
  );
  const [stop, remove, ...rest] = removals;
  assertEquals(
    stop,
    "stop -t 7 c-running c-paused c-restarting c-removing",
  );
  const all = states.split(" ").map((state) => `c-${state}`);
  assertEquals(remove, `rm --force --volumes ${all.join(" ")}`);
  assertEquals(rest, []);
});

Deno.test("containers that have ended are told before they are removed", () =>
  withFakeDocker(ONE_OF_EACH, async ({ $, calls }) => {
    const seen: [readonly string[], string[]][] = [];
    const gone = await tearDown($, owned({ whole: true }), {
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
    assert(before.includes("stop -t 2 shop-app-1"));
    assertEquals(before.some((call) => call.startsWith("rm ")), false);
  }));

const BELIEVED = {
  containers: [{ name: "c", runs: true }, { name: "shop-app-1", runs: true }],
  networks: [],
  volumes: [],
  images: [],
};

Deno.test("what should be there is removed at once, and so is what a look shows besides, each once", async () => {
  const { gone, removals } = await tornDown(ONE_OF_EACH, { whole: true }, {
    believed: BELIEVED,
  });
  assert(gone);
  assertEquals(removals.toSorted(), [
    "network rm --force shop_default",
    "rm --force --volumes c shop-app-1",
    "rmi --force shop-app:latest",
    "stop -t 2 c shop-app-1",
    "volume rm --force shop_data",
  ]);
});

Deno.test("what was seen a moment ago is not looked for again, unless it cannot be removed", async () => {
  const believed = { ...BELIEVED, seen: true };
  const { gone, looks } = await tornDown(":", { whole: true }, { believed });
  assertEquals([gone, looks], [true, []]);
  const again = await tornDown(
    `[ "$1" = rm ] && [ ! -e tried ] && { touch tried; exit 1; }
    [ "$1" = ps ] && [ ! -e gone ] && { echo new running; touch gone; }
    true`,
    { whole: true },
    { believed },
  );
  assert(again.gone);
  assert(again.removals.includes("rm --force --volumes new"));
});

Deno.test("a look that nothing waits for leaves the engine alone until the containers have ended", async () => {
  const { calls } = await tornDown(ONE_OF_EACH, { whole: true }, {
    believed: BELIEVED,
  });
  assertEquals(calls[0], "stop -t 2 c shop-app-1");
});

Deno.test("an image whose name leaves out the tag is removed once", async () => {
  const { removals } = await tornDown(ONE_OF_EACH, { whole: true }, {
    believed: { ...BELIEVED, images: ["shop-app"] },
  });
  const images = removals.filter((call) => call.startsWith("rmi "));
  assertEquals(images, ["rmi --force shop-app"]);
});

Deno.test("what should be there and cannot be removed is looked for again", async () => {
  const { gone, removals, reasons } = await tornDown(
    `[ "$1" = rm ] && [ ! -e tried ] && { touch tried; echo busy >&2; exit 1; }
    [ "$1" = ps ] && [ -e tried ] && [ ! -e gone ] && { echo c exited; touch gone; }
    true`,
    { whole: true },
    { believed: { ...BELIEVED, containers: [{ name: "c", runs: false }] } },
  );
  assertEquals([gone, reasons], [true, []]);
  assertEquals(removals[0], "rm --force --volumes c");
});

Deno.test("containers that should be there are told before they are removed, others when they were found", async () => {
  const told: (readonly string[])[] = [];
  await tornDown(ONE_OF_EACH, { whole: true }, {
    believed: { ...BELIEVED, containers: [{ name: "c", runs: true }] },
    ended: (containers) => Promise.resolve(void told.push(containers)),
  });
  assertEquals(told, [["c"], ["shop-app-1"]]);
});

Deno.test("volumes and images go after the containers that use them", async () => {
  const { removals } = await tornDown(ONE_OF_EACH, { whole: true });
  const at = (start: string) =>
    removals.findIndex((call) => call.startsWith(start));
  assert(at("rm ") < at("volume rm") && at("rm ") < at("rmi "));
});

Deno.test("a container that has gone meanwhile is no problem", async () => {
  const { gone, reasons } = await tornDown(
    `[ "$1" = ps ] && echo "c running"
    [ "$1" = stop ] && { echo "No such container: c" >&2; exit 1; }; true`,
    { containers: ["c"] },
  );
  assertEquals([gone, reasons], [true, []]);
});

const ENDPOINTS =
  "Error response from daemon: error while removing network: network shop_default id 1 has active endpoints";

Deno.test("what cannot be removed at once is tried again, and then nothing is told", async () => {
  const { gone, reasons, removals } = await tornDown(
    `case "$1 $2" in
      "network ls") [ -e gone ] || echo shop_default ;;
      "network rm") [ -e tried ] && touch gone && exit; touch tried
        echo "${ENDPOINTS}" >&2; exit 1 ;;
    esac`,
    { networks: ["shop_default"] },
  );
  assertEquals([gone, reasons], [true, []]);
  assertEquals(removals.length, 2);
});

Deno.test("what can never be removed is left, and docker's reasons are told once", async () => {
  const { gone, reasons, removals } = await tornDown(
    `case "$1 $2" in
      "network ls") echo shop_default ;;
      "network rm") echo "${ENDPOINTS}" >&2; echo "exit status 1" >&2; exit 1 ;;
    esac`,
    { networks: ["shop_default"] },
  );
  assertEquals(gone, false);
  assertEquals(reasons, [ENDPOINTS, "exit status 1"]);
  assertEquals(removals.length, 3);
});

for (const [what, answers] of [["any", ""], ["every", "ps"]]) {
  Deno.test(`an engine that does not answer ${what} question leaves all as it is, with its reason`, async () => {
    const { gone, reasons, removals } = await tornDown(
      `[ "$1" = "${answers}" ] && { echo "c running"; exit; }
      echo "Cannot connect to the Docker daemon" >&2; exit 1`,
      { whole: true },
    );
    assertEquals(gone, false);
    assertEquals(reasons, ["Cannot connect to the Docker daemon"]);
    assertEquals(removals, []);
  });
}

Deno.test("a thorough removal looks again until nothing is found", async () => {
  // A second container appears when the first one goes.
  const late = `case $1 in
    ps) [ -e removed ] || echo "a running"; [ -e late ] && echo "b created"; true ;;
    rm) [ -e removed ] && rm late; [ -e removed ] || touch removed late ;;
  esac`;
  const thorough = await tornDown(late, { whole: true }, { thorough: true });
  assert(thorough.gone);
  assertEquals(thorough.removals, [
    "stop -t 2 a",
    "rm --force --volumes a",
    "rm --force --volumes b",
  ]);
  assertEquals(
    thorough.looks.filter((look) => look.startsWith("ps")).length,
    3,
  );
  const quick = await tornDown(late, { whole: true });
  assert(quick.gone);
  assertEquals(quick.looks.filter((look) => look.startsWith("ps")).length, 1);
});

Deno.test("a thorough removal that always finds something more has not removed everything", async () => {
  const { gone } = await tornDown(
    `[ "$1" = ps ] && echo "c created"; true`,
    { whole: true },
    { thorough: true },
  );
  assertEquals(gone, false);
});

Deno.test("a removal that is given up has not removed everything, and does not look again", async () => {
  const stop = new AbortController();
  const { gone, calls } = await tornDown(ONE_OF_EACH, { whole: true }, {
    signal: stop.signal,
    ended: () => Promise.resolve(stop.abort()),
  });
  assertEquals(gone, false);
  assertEquals(calls.filter((call) => call.startsWith("ps")).length, 1);
  const { calls: none } = await tornDown(ONE_OF_EACH, { whole: true }, {
    signal: AbortSignal.abort(),
  });
  assertEquals(none, []);
});

Deno.test("a removal that is given up does not wait for an engine that hangs", async () => {
  const started = performance.now();
  const { gone, removals } = await tornDown("exec sleep 20", { whole: true }, {
    signal: AbortSignal.timeout(50),
  });
  assertEquals([gone, removals], [false, []]);
  assert(performance.now() - started < 10_000);
});
