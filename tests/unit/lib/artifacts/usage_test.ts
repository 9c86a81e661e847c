import { assert, assertEquals } from "@std/assert";
import { NO_ARTIFACTS } from "../../../../lib/artifacts/collect.ts";
import { measured } from "../../../../lib/artifacts/measured.ts";
import {
  type UsageMeter,
  usageMeter,
} from "../../../../lib/artifacts/usage.ts";
import { engineApi } from "../../../../lib/engine/api.ts";
import { pause } from "../../../../lib/pause.ts";
import {
  type Asked,
  type FakeSocket,
  type Wire,
  withSocket,
} from "../../fake_engine.ts";

const MIB = 2 ** 20;

/** An answer of the engine about a running container. */
function stats(memory: number, cpuMs: number, more: object = {}): string {
  return JSON.stringify({
    "memory_stats": { usage: memory * MIB, limit: 512 * MIB, ...more },
    "cpu_stats": { "cpu_usage": { "total_usage": cpuMs * 1e6 } },
  });
}

/** An engine whose containers have a limit (MiB), and that answers the questions for stats with these texts, the last one again and again. */
function answering(texts: readonly string[], limit = 0) {
  const left = [...texts];
  return async ({ path }: Asked, wire: Wire) => {
    if (path === "/_ping") return await wire.answer(200, "OK");
    if (path.endsWith("/json")) {
      const HostConfig = { Memory: limit * MIB };
      return await wire.answer(200, JSON.stringify({ HostConfig }));
    }
    const text = left.length > 1 ? left.shift()! : left[0]!;
    await wire.answer(200, text);
  };
}

/** Gives the test a meter of such an engine, which measures without a pause. */
function withMeter(
  answer: (asked: Asked, wire: Wire) => Promise<void> | void,
  test: (
    meter: UsageMeter,
    engine: { questions: () => number; socket: FakeSocket },
  ) => Promise<void>,
): Promise<void> {
  return withSocket(answer, async (socket, directory) => {
    const surroundings = { directory, env: { PATH: "/nowhere" } };
    const api = engineApi(socket.endpoint, surroundings);
    const meter = usageMeter(api, {
      sleep: (_, signal) => pause(1, signal),
    });
    const questions = () =>
      socket.asked.filter(({ path }) => path.endsWith("/stats")).length;
    try {
      await test(meter, { questions, socket });
    } finally {
      meter.close();
      await api.close();
    }
  });
}

/** Waits until something holds, which it will. */
async function until(holds: () => boolean) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

Deno.test("of all measurements of a container, the most memory and the last processor time are kept", () =>
  withMeter(
    answering([stats(10, 100), stats(90, 300), stats(40, 500)], 128),
    async (meter, { questions }) => {
      meter.follow("shop-app-1", "app");
      await until(() => questions() > 4);
      assertEquals(meter.all(), [{
        ...{ container: "shop-app-1", service: "app" },
        ...{ peakMemory: 90 * MIB, limit: 128 * MIB, cpuMs: 500 },
      }]);
    },
  ));

Deno.test("the cache of files that the kernel takes back first is no use, as in docker stats", async () => {
  const caches: [object, number][] = [
    [{ "inactive_file": 30 * MIB }, 60],
    [{ "total_inactive_file": 20 * MIB, "inactive_file": 30 * MIB }, 70],
    [{ "inactive_file": 100 * MIB }, 90],
    [{ "inactive_file": "30" }, 90],
  ];
  for (const [parts, memory] of caches) {
    await withMeter(
      answering([stats(90, 1, { stats: parts })]),
      async (meter, { questions }) => {
        meter.follow("c", "app");
        await until(() => questions() > 1);
        assertEquals(meter.of("c")?.peakMemory, memory * MIB);
      },
    );
  }
});

Deno.test("a container without a limit of its own has none, and no limit is above the machine's memory", async () => {
  for (
    const [limit, told] of [[0, undefined], [1024, 512], [64, 64]] as const
  ) {
    await withMeter(
      answering([stats(10, 1)], limit),
      async (meter, { questions }) => {
        meter.follow("c", "app");
        await until(() => questions() > 1);
        assertEquals(meter.of("c")?.limit, told && told * MIB);
      },
    );
  }
});

Deno.test("the processor time of a container that has started again is that of all its starts", () =>
  withMeter(
    answering([stats(10, 100), stats(10, 300), stats(10, 50)]),
    async (meter, { questions }) => {
      meter.follow("c", "app");
      await until(() => questions() > 4);
      assertEquals(meter.of("c")?.cpuMs, 350);
    },
  ));

Deno.test("a container that does not run has no figures, not those of zero", () =>
  withMeter(
    answering(['{"memory_stats":{},"cpu_stats":{}}', "{}", "null"]),
    async (meter, { questions }) => {
      meter.follow("c", "app");
      await until(() => questions() > 4);
      assertEquals([meter.all(), meter.of("c"), meter.of("d")], [
        [],
        undefined,
        undefined,
      ]);
    },
  ));

Deno.test("a container is not measured after its end, and an unknown one can end, too", () =>
  withMeter(answering([stats(10, 1)]), async (meter, { questions }) => {
    meter.follow("c", "app");
    await until(() => questions() > 1);
    meter.end("c");
    meter.end("unknown");
    await pause(20);
    const before = questions();
    await pause(20);
    assertEquals(questions(), before);
    assertEquals(meter.all().length, 1);
  }));

Deno.test("the questions about all containers come sequentially", () => {
  let open = 0;
  let most = 0;
  const answer = answering([stats(10, 1)]);
  return withMeter(async (asked, wire) => {
    most = Math.max(most, ++open);
    await pause(2);
    open--;
    await answer(asked, wire);
  }, async (meter, { questions, socket }) => {
    for (let i = 0; i < 8; i++) meter.follow(`c${i}`, "app");
    await until(() => questions() > 20);
    assertEquals(most, 1);
    assert(socket.connections() <= 2, `${socket.connections()} connections`);
  });
});

const FAULTS: Record<string, (asked: Asked, wire: Wire) => unknown> = {
  "is cut": (_, wire) => wire.close(),
  "is garbled": async (_, wire) => {
    await wire.write("\u0007 engine?\r\n\r\n");
    wire.close();
  },
  "is no JSON": (_, wire) => wire.answer(200, "NOTICE"),
  "is refused": (_, wire) => wire.answer(500, '{"message":"no stats"}'),
  "is unknown to the engine": (_, wire) => wire.answer(404, "{}"),
  "has other types": (_, wire) =>
    wire.answer(200, '{"memory_stats":[7],"cpu_stats":"x"}'),
  "has illegal numbers": (_, wire) =>
    wire.answer(200, stats(-1, -1, { usage: "1", limit: null, stats: 3 })),
  "never comes": () => {},
};

for (const [name, answer] of Object.entries(FAULTS)) {
  Deno.test(`a question for stats that ${name} gives no figures, and ends with the run`, () =>
    withMeter(async (asked, wire) => {
      if (asked.path === "/_ping") return await wire.answer(200, "OK");
      await answer(asked, wire);
    }, async (meter, { questions }) => {
      const files = measured(NO_ARTIFACTS, meter);
      files.watch("c", "app");
      await until(() => questions() > 0);
      await pause(10);
      const begun = performance.now();
      const { usage } = await files.finish();
      await files.close();
      assertEquals([usage, files.usageOf("c")], [[], undefined]);
      assert(performance.now() - begun < 100);
    }));
}

Deno.test("an engine that fails three times in a row is not asked again about the container", () =>
  withMeter(async ({ path }, wire) => {
    if (path === "/_ping") await wire.answer(200, "OK");
    else await wire.answer(500, "{}");
  }, async (meter, { questions }) => {
    meter.follow("c", "app");
    await until(() => questions() === 3);
    await pause(30);
    assertEquals(questions(), 3);
  }));

Deno.test("a one-shot is measured until its log has ended, a service until it is collected", () =>
  withMeter(answering([stats(10, 1)]), async (meter) => {
    const told: string[] = [];
    const files = measured({
      ...NO_ARTIFACTS,
      watch: (container) => void told.push(`watch ${container}`),
      follow: async (container) => {
        told.push(`follow ${container}`);
        await until(() => meter.of(container) !== undefined);
      },
      collect: (containers) => {
        told.push(`collect ${containers}`);
        return Promise.resolve();
      },
    }, {
      ...meter,
      end: (container) => {
        told.push(`end ${container}`);
        meter.end(container);
      },
    });
    const child = { output: () => {}, signal: AbortSignal.abort() };
    files.watch("db", "db");
    await files.follow("migrate", "migrate", child);
    await files.collect(["db"], child);
    assertEquals(told, [
      ...["watch db", "follow migrate", "end migrate"],
      ...["end db", "collect db"],
    ]);
    assertEquals(files.usageOf("migrate")?.service, "migrate");
    assert((await files.finish()).usage?.length);
  }));
