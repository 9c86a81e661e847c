import { assert, assertEquals } from "@std/assert";
import { engineApi } from "../../../../lib/engine/api.ts";
import {
  type ContainerEvents,
  containerEvents,
  hooksOf,
} from "../../../../lib/engine/events.ts";
import { pause } from "../../../../lib/pause.ts";
import { type Asked, chunk, type Wire, withSocket } from "../../fake_engine.ts";

const NOWHERE = { directory: "/", env: { PATH: "/nowhere" } };

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** The line of an event, as the engine sends it. */
function event(action: string, name = "shop-db-1", type = "container") {
  const Attributes = { "com.docker.compose.project": "shop", name };
  const Actor = { ID: "4f2a", Attributes };
  return `${JSON.stringify({ Type: type, Action: action, Actor, time: 1 })}\n`;
}

/** An engine that answers the request for its events like this. */
async function withEvents(
  answer: (wire: Wire, asked: Asked) => Promise<void> | void,
  test: (events: ContainerEvents, asked: Asked[]) => Promise<void>,
): Promise<void> {
  await withSocket((asked, wire) => {
    if (asked.path === "/_ping") return wire.answer(200, "OK");
    return answer(wire, asked);
  }, async ({ endpoint, asked }) => {
    const api = engineApi(endpoint, NOWHERE);
    const events = containerEvents(api, "shop");
    try {
      await test(events, asked);
    } finally {
      events.close();
      await api.close();
    }
  });
}

/** Watches a container: `count` is how often it was called back, `next` waits for the next call. */
function watch(events: ContainerEvents, name = "shop-db-1") {
  let count = 0;
  let wake = () => {};
  const watched = events.watch(name, () => {
    count++;
    wake();
  });
  return {
    ...watched,
    count: () => count,
    next: () => new Promise<void>((resolve) => wake = resolve),
  };
}

/** An engine that leaves the stream to the test; `wire` resolves when it is asked for. */
function leftToTest() {
  const { promise: wire, resolve } = Promise.withResolvers<Wire>();
  return {
    wire,
    answer: async (asked: Wire) => {
      await asked.write(HEAD);
      resolve(asked);
    },
    send: async (data: string | Uint8Array) => (await wire).write(chunk(data)),
  };
}

Deno.test("one request follows all containers of the project, and repeats what has happened before it", () => {
  const { answer, send } = leftToTest();
  return withEvents(answer, async (events, asked) => {
    const [db, app] = [watch(events), watch(events, "shop-app-1")];
    await Promise.all([
      ...[db.next(), app.next()],
      send(event("start") + event("start", "shop-app-1")),
    ]);
    const requests = asked.filter(({ path }) => path.endsWith("/events"));
    assertEquals(requests.length, 1);
    const { path, query } = requests[0]!;
    assertEquals([path, query.get("since")], ["/v1.45/events", "1"]);
    assertEquals(JSON.parse(query.get("filters")!), {
      type: ["container"],
      event: ["start", "restart", "die", "oom", "destroy", "health_status"],
      label: ["com.docker.compose.project=shop"],
    });
  });
});

Deno.test("an event calls back those who watch its container, and shows that the next one can be expected", () => {
  const { answer, send } = leftToTest();
  return withEvents(answer, async (events) => {
    const [db, again] = [watch(events), watch(events)];
    const [app, ended] = [watch(events, "shop-app-1"), watch(events)];
    ended.end();
    assertEquals(db.isTold(), false);
    const [first, second] = [db.next(), again.next()];
    await send(event("health_status: healthy"));
    await Promise.all([first, second]);
    assertEquals([db.isTold(), app.isTold()], [true, false]);
    assertEquals([db, app, ended].map(({ count }) => count()), [1, 0, 0]);
    // A later wait for the same container need not be told again.
    assert(watch(events).isTold());
  });
});

Deno.test("the events of hooks are their service's, because the engine names their containers", () => {
  const { answer, send } = leftToTest();
  return withEvents(answer, async (events) => {
    const hooks = watch(events, hooksOf("db"));
    const db = watch(events);
    const line = (labels: Record<string, string>, name: string) => {
      const { Actor, ...rest } = JSON.parse(event("start", name));
      const Attributes = { ...Actor.Attributes, ...labels };
      return `${
        JSON.stringify({ ...rest, Actor: { ...Actor, Attributes } })
      }\n`;
    };
    const service = { "com.docker.compose.service": "db" };
    const folder = { "com.docker.compose.project.working_dir": "/src" };
    await Promise.all([hooks.next(), send(line(service, "merry_tu"))]);
    assertEquals([hooks.count(), db.count()], [1, 0]);
    const own = { ...service, ...folder };
    await Promise.all([db.next(), send(line(own, "shop-db-1"))]);
    assertEquals([hooks.count(), db.count()], [1, 1]);
  });
});

Deno.test("lines that are no events of a container's state are ignored, and events may come in pieces", () => {
  const { answer, send } = leftToTest();
  return withEvents(answer, async (events) => {
    const db = watch(events);
    const next = db.next();
    for (
      const line of [
        "NOTICE: a new version is out\n",
        "\u0000\ufffd{\n\n{}\n[]\nnull\n7\n",
        '{"Type":"container","Action":7,"Actor":{"Attributes":{"name":"shop-db-1"}}}\n',
        '{"Type":"container","Action":"die","Actor":{"Attributes":{"name":7}}}\n',
        '{"Type":"container","Action":"die","Actor":null}\n',
        event("exec_start: sh -c true"),
        event("starting"),
        event("start", "shop-db-1", "network"),
        event("start", "other-shop-db-1"),
        event("start", "shop-db-10"),
      ]
    ) await send(line);
    const die = event("die");
    for (let i = 0; i < die.length; i += 7) await send(die.slice(i, i + 7));
    await next;
    assertEquals(db.count(), 1);
  });
});

Deno.test("a line that is too long is ignored, and the next event counts", () => {
  const { answer, send } = leftToTest();
  return withEvents(answer, async (events) => {
    const db = watch(events);
    const next = db.next();
    const piece = "x".repeat(500_000);
    for (let i = 0; i < 5; i++) await send(piece);
    await send(`\n${event("die")}`);
    await next;
    assertEquals(db.count(), 1);
  });
});

for (const how of ["ends", "breaks off", "is garbled"] as const) {
  Deno.test(`a stream that ${how} is a reason to look, and no event is expected any longer`, () => {
    const { answer, send, wire } = leftToTest();
    return withEvents(answer, async (events, asked) => {
      const [db, app] = [watch(events), watch(events, "shop-app-1")];
      const told = db.next();
      await send(event("start"));
      await told;
      const lost = db.next();
      const server = await wire;
      if (how === "ends") await server.write("0\r\n\r\n");
      if (how === "breaks off") server.close();
      if (how === "is garbled") await server.write("zzz\r\n");
      await lost;
      assertEquals(db.isTold(), false);
      // Nothing was expected of this one: it looks as often as before.
      assertEquals(app.count(), 0);
      assertEquals(watch(events).isTold(), false);
      const requests = asked.filter(({ path }) => path.endsWith("/events"));
      assertEquals(requests.length, 1);
    });
  });
}

for (
  const [what, answer] of [
    ["refuses", (wire: Wire) => wire.answer(403, '{"message":"forbidden"}')],
    ["does not answer HTTP", (wire: Wire) => wire.write("engine?\r\n\r\n")],
    ["closes the connection", (wire: Wire) => wire.close()],
  ] as const
) {
  Deno.test(`an engine that ${what} tells of no event, which is no failure`, () =>
    withEvents(answer, async (events, asked) => {
      const db = watch(events);
      while (!asked.some(({ path }) => path.endsWith("/events"))) {
        await pause(5);
      }
      await pause(20);
      assertEquals([db.isTold(), db.count()], [false, 0]);
    }));
}

for (const [what, head] of [["never answers", ""], ["stalls", HEAD]] as const) {
  Deno.test(`an engine that ${what} is not relied on, and its connection ends with the run`, () => {
    const { promise: wire, resolve } = Promise.withResolvers<Wire>();
    return withEvents(async (asked) => {
      await asked.write(head);
      resolve(asked);
    }, async (events) => {
      const db = watch(events);
      await wire;
      assertEquals([db.isTold(), db.count()], [false, 0]);
      events.close();
      await (await wire).closed;
      assertEquals([db.isTold(), db.count()], [false, 0]);
    });
  });
}

Deno.test("without a watcher, the engine is not asked", () =>
  withEvents((wire) => wire.answer(500, ""), (events, asked) => {
    events.close();
    assertEquals(asked, []);
    return Promise.resolve();
  }));
