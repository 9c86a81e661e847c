import { assert, assertEquals } from "@std/assert";
import { engineApi } from "../../../../lib/engine/api.ts";
import { pause } from "../../../../lib/pause.ts";
import {
  type ServiceLogs,
  serviceLogs,
} from "../../../../lib/artifacts/service_logs.ts";
import {
  type Asked,
  containersOf,
  FAKE_TIME as T,
  type FakeContainer,
  type FakeSocket,
  withSocket,
} from "../../fake_engine.ts";

const LATER = "2024-06-07T08:09:13.000000001Z";

interface Context {
  logs: ServiceLogs;
  socket: FakeSocket;
  /** Where `logs` is. */
  folder: string;
  read: (service: string) => Promise<string>;
  /** The output of the containers, and the lines about their logs. */
  lines: string[];
  notices: string[];
  options: {
    output: (line: string) => void;
    signal: AbortSignal;
  };
  stop: AbortController;
  /** The options for completing a log, which collect the lines about it. */
  completing: { output: (line: string) => void; signal: AbortSignal };
  /** More logs in the same folder. */
  again: () => ServiceLogs;
  /** The requests for logs. */
  asked: () => Asked[];
}

/** Gives the test the logs of an engine with these containers. */
function withLogs(
  containers: Readonly<Record<string, FakeContainer>>,
  test: (context: Context) => Promise<void>,
  sleep = pause,
): Promise<void> {
  return withSocket(containersOf(containers), async (socket, folder) => {
    const all: ServiceLogs[] = [];
    const surroundings = { directory: folder, env: { PATH: "/nowhere" } };
    const api = engineApi(socket.endpoint, surroundings);
    const again = () => {
      const logs = serviceLogs({ api, folder, sleep });
      all.push(logs);
      return logs;
    };
    const lines: string[] = [];
    const notices: string[] = [];
    const stop = new AbortController();
    const { signal } = stop;
    const notice = (line: string) => void notices.push(line);
    try {
      await test({
        logs: again(),
        socket,
        folder,
        read: (service) => Deno.readTextFile(`${folder}/logs/${service}.log`),
        lines,
        notices,
        options: { output: (line) => lines.push(line), signal },
        stop,
        completing: { output: notice, signal: new AbortController().signal },
        again,
        asked: () => socket.asked.filter(({ path }) => path.endsWith("/logs")),
      });
    } finally {
      await Promise.all(all.map((logs) => logs.close()));
      await api.close();
    }
  });
}

/** Waits until something holds, which it will. */
async function until(holds: () => boolean | Promise<boolean>) {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

Deno.test("a log is written with the engine's times and shown without them", () =>
  withLogs({
    c: {
      messages: [
        { text: "one\n" },
        { stream: 2, text: `${T} two\r\n` },
        { text: "\n" },
        { text: "last" },
      ],
    },
  }, async ({ logs, options, lines, read }) => {
    await logs.follow("c", "app", options);
    assertEquals(lines, ["one", `${T} two`, "", "last"]);
    assertEquals(
      await read("app"),
      `${T} one\n${T} ${T} two\r\n${T} \n${T} last`,
    );
    assertEquals((await logs.finish()).notices, []);
  }));

Deno.test("a log is shown as it grows, until the container ends", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async ({ logs, options, lines, read }) => {
    const follows = logs.follow("c", "app", options);
    await until(() => lines.length === 1);
    assertEquals(await read("app"), `${T} one\n`);
    c.messages.push({ text: "two\n" });
    await until(() => lines.length === 2);
    c.runs = false;
    await follows;
    assertEquals(await read("app"), `${T} one\n${T} two\n`);
  });
});

Deno.test("a log is shown until the run is stopped, and written until the container ends", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async (context) => {
    const { logs, options, lines, stop, read, completing, notices } = context;
    const follows = logs.follow("c", "app", options);
    await until(() => lines.length === 1);
    stop.abort();
    await follows;
    c.messages.push({ text: "flushed\n" });
    c.runs = false;
    await logs.complete("c", "app", completing);
    assertEquals(lines, ["one"]);
    assertEquals(await read("app"), `${T} one\n${T} flushed\n`);
    assertEquals(notices, []);
  });
});

Deno.test("a line of 16 KiB and more has one time, with a terminal and without", () => {
  const part = "x".repeat(16 * 1024);
  const messages = [{ text: part }, { text: part }, { text: "end\n" }];
  return withLogs({ c: { messages }, t: { tty: true, messages } }, async (
    { logs, options, lines, read },
  ) => {
    for (const container of ["c", "t"]) {
      await logs.follow(container, container, options);
      assertEquals(await read(container), `${T} ${part}${part}end\n`);
    }
    assertEquals(lines, [`${part}${part}end`, `${part}${part}end`]);
  });
});

Deno.test("a second container of a service adds to its log, and only the added lines are shown", () =>
  withLogs({
    first: { messages: [{ text: "first" }] },
    second: { messages: [{ text: "second\n" }] },
    third: { messages: [{ text: "third\n" }] },
  }, async ({ logs, options, completing, lines, read }) => {
    await logs.follow("first", "migrate", options);
    await logs.follow("second", "migrate", options);
    await logs.complete("third", "migrate", completing);
    assertEquals(lines, ["first", "second"]);
    assertEquals(
      await read("migrate"),
      `${T} first\n${T} second\n${T} third\n`,
    );
  }));

/** Messages of a container whose log is broken off in the middle. */
const MESSAGES = Array.from({ length: 50 }, (_, i) => ({
  stream: i % 3 === 0 ? 2 as const : 1 as const,
  time: i < 20 ? T : i < 40 ? T.replace("10.", "11.") : LATER,
  text: `line ${i}\n`,
}));

Deno.test("a log whose connection is lost, wherever, goes on without a line lost or repeated", () =>
  withLogs(
    { c: { messages: MESSAGES, breaks: [3, 100, 777, 0, 1_000] } },
    async (
      { logs, options, lines, read, asked },
    ) => {
      await logs.follow("c", "app", options);
      assertEquals(lines, MESSAGES.map(({ text }) => text.trimEnd()));
      const all = MESSAGES.map(({ time, text }) => `${time} ${text}`).join("");
      assertEquals(await read("app"), all);
      assertEquals((await logs.finish()).notices, []);
      assertEquals(asked().length, 6);
    },
  ));

Deno.test("a log goes on when the engine was restarted", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async ({ logs, socket, options, lines }) => {
    const follows = logs.follow("c", "app", options);
    await until(() => lines.length === 1);
    await socket.stop();
    c.messages.push({ time: LATER, text: "two\n" });
    c.runs = false;
    socket.start();
    await follows;
    assertEquals(lines, ["one", "two"]);
    assertEquals((await logs.finish()).notices, []);
  });
});

Deno.test("the log of a container that starts again goes on", () => {
  const c: FakeContainer = {
    restarting: true,
    runs: true,
    messages: [{ text: "one\n" }],
  };
  return withLogs({ c }, async ({ logs, options, lines, asked }) => {
    const follows = logs.follow("c", "app", options);
    await until(() => lines.length === 1);
    c.runs = false;
    // While it waits to be started again, its log is not asked for all the time.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assertEquals(asked().length, 1);
    c.startedAt = LATER;
    c.restarting = false;
    c.messages.push({ time: LATER, text: "two\n" });
    await follows;
    assertEquals(lines, ["one", "two"]);
  });
});

Deno.test("following a log ends when the engine does not come back, and the log says so", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async (context) => {
    const { logs, socket, options, lines, read } = context;
    const follows = logs.follow("c", "app", options);
    await until(() => lines.length === 1);
    await socket.stop();
    await follows;
    assertEquals(await read("app"), `${T} one\n`);
    const { notices } = await logs.finish();
    assertEquals(notices.length, 1);
    assert(notices[0]!.startsWith('log of "app" is incomplete: '), notices[0]);
  });
});

Deno.test("a run names a log that was lost and not completed, once, at the end", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async (context) => {
    const { logs, socket, completing, notices, folder } = context;
    logs.watch("c", "app");
    await until(() =>
      Deno.stat(`${folder}/logs/app.log`).then(() => true, () => false)
    );
    await socket.stop();
    await logs.complete("c", "app", completing);
    assertEquals(notices, []);
    const { notices: told } = await logs.finish();
    assertEquals(told.length, 1);
    assert(told[0]!.startsWith('log of "app" is incomplete: '), told[0]);
    // Nobody sees what was told long before.
    assertEquals((await logs.finish()).notices, told);
  });
});

Deno.test("a logging driver that keeps nothing is named once, and its service has no log", () =>
  withLogs({ c: { driver: "none", messages: [] } }, async (
    { logs, options, lines, notices, completing, folder },
  ) => {
    await logs.follow("c", "test", options);
    await logs.complete("c", "test", completing);
    assertEquals(await logs.lastLines("c", 5), []);
    assertEquals(lines, []);
    assertEquals(notices, [
      'no log of "test": its logging driver "none" keeps nothing',
    ]);
    assertEquals(
      await Deno.stat(`${folder}/logs`).then(() => true, () => false),
      false,
    );
  }));

Deno.test("a missing container has no log, and the run says so", () =>
  withLogs({}, async ({ logs, options, lines }) => {
    await logs.follow("c", "test", options);
    assertEquals(lines, []);
    assertEquals((await logs.finish()).notices, [
      'no log of "test": No such container: c',
    ]);
  }));

Deno.test("the engine's own read error is reported, and is no line of the container's log", () =>
  withLogs({
    c: { messages: [{ text: "one\n" }, { stream: 3, text: "Error: EOF\n" }] },
  }, async ({ logs, options, lines, read }) => {
    await logs.follow("c", "test", options);
    assertEquals(lines, ["one"]);
    assertEquals(await read("test"), `${T} one\n`);
    assertEquals((await logs.finish()).notices, [
      'log of "test" is incomplete: Error: EOF',
    ]);
  }));

Deno.test("the log of a container that was not followed is fetched when it has ended", () =>
  withLogs({ c: { messages: MESSAGES } }, async (
    { logs, completing, read, asked },
  ) => {
    await logs.complete("c", "app", completing);
    await logs.complete("c", "app", completing);
    assertEquals((await read("app")).split("\n").length, 51);
    assertEquals(asked().map(({ query }) => query.get("follow")), ["false"]);
  }));

Deno.test("the log of a container that was followed is not fetched again", () =>
  withLogs({ c: { messages: MESSAGES } }, async (
    { logs, options, completing, asked },
  ) => {
    await logs.follow("c", "app", options);
    await logs.complete("c", "app", completing);
    assertEquals(asked().length, 1);
  }));

Deno.test("the lines that a dead run has written to a log are not in it twice, and stay if the engine has fewer", () =>
  withLogs({
    c: { messages: [{ text: "one\n" }, { text: "two\n" }] },
  }, async ({ completing, read, again, folder }) => {
    await Deno.mkdir(`${folder}/logs`);
    const file = `${folder}/logs/app.log`;
    await Deno.writeTextFile(file, `${T} one\n`);
    // What a process has left that has died while it read the log anew.
    await Deno.writeTextFile(`${file}.new`, `${T} one\n${T} t`);
    await again().complete("c", "app", completing);
    assertEquals(await read("app"), `${T} one\n${T} two\n`);
    const more = `${T} zero\n${T} one\n${T} two\n`;
    await Deno.writeTextFile(file, more);
    await again().complete("c", "app", completing);
    assertEquals(await read("app"), more);
    const files = [...Deno.readDirSync(`${folder}/logs`)];
    assertEquals(files.map(({ name }) => name), ["app.log"]);
  }));

Deno.test("logs that another program removes are reported and fetched anew", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async (context) => {
    const { logs, folder, options, lines, completing, notices, read } = context;
    const follows = logs.follow("c", "app", options);
    await until(() => lines.length === 1);
    await Deno.remove(`${folder}/logs`, { recursive: true });
    c.messages.push({ text: "two\n" });
    c.runs = false;
    await follows;
    assertEquals(lines, ["one", "two"]);
    await logs.complete("c", "app", completing);
    assertEquals(await read("app"), `${T} one\n${T} two\n`);
    assertEquals(notices, ['log of "app" was removed while it was written']);
    assertEquals((await logs.finish()).notices, notices);
  });
});

Deno.test("a log whose container still runs is reported as incomplete after it was read once", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async ({ logs, completing }) => {
    await logs.complete("c", "app", completing);
    assertEquals((await logs.finish()).notices, [
      'log of "app" is incomplete: its container still runs',
    ]);
  });
});

Deno.test("a log whose connection is lost for long is read on when its container has ended", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async ({ logs, options, lines, socket, read }) => {
    const ended = Promise.withResolvers<void>();
    const follows = logs.follow("c", "app", {
      ...options,
      ended: ended.promise,
    });
    await until(() => lines.length === 1);
    await socket.stop();
    // Longer than a lost engine has to come back.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    socket.start();
    c.messages.push({ text: "two\n" });
    c.runs = false;
    ended.resolve();
    await follows;
    assertEquals(await read("app"), `${T} one\n${T} two\n`);
  });
});

Deno.test("removed logs of a container that stays are reported at the end", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async ({ logs, folder }) => {
    logs.watch("c", "app");
    await until(() =>
      Deno.stat(`${folder}/logs/app.log`).then(() => true, () => false)
    );
    await Deno.remove(`${folder}/logs`, { recursive: true });
    assertEquals(await logs.finish(), {
      logs: [],
      notices: ['log of "app" was removed while it was written'],
    });
  });
});

Deno.test("the end of a run stops following containers, and reads the rest of their logs", () => {
  const c: FakeContainer = { runs: true, messages: [{ text: "one\n" }] };
  return withLogs({ c }, async ({ logs, read, folder }) => {
    logs.watch("c", "app");
    await until(() =>
      Deno.stat(`${folder}/logs/app.log`).then(() => true, () => false)
    );
    await until(async () => await read("app") !== "");
    assertEquals(await logs.finish(), {
      logs: [{ service: "app", text: `${T} one\n`, cut: 0 }],
      notices: [],
    });
  });
});

Deno.test("an engine that hangs holds up neither the completion nor the end of a log", () => {
  const never = Promise.withResolvers<void>();
  const c: FakeContainer = { hangs: never.promise, messages: MESSAGES };
  return withLogs({ c }, async ({ logs, completing }) => {
    logs.watch("c", "app");
    await logs.complete("c", "app", completing);
    assertEquals((await logs.finish()).notices, [
      'log of "app" is incomplete: the engine has not sent the rest in time',
    ]);
    never.resolve();
  }, (ms, signal) => pause(Math.min(ms, 500), signal));
});

Deno.test("a log request that hangs is sent again when the container has ended", () => {
  const go = Promise.withResolvers<void>();
  const c: FakeContainer = { hangs: go.promise, messages: MESSAGES };
  return withLogs({ c }, async ({ logs, completing, read, asked }) => {
    logs.watch("c", "app");
    await until(() => asked().length === 1);
    // The first answer goes on hanging.
    c.hangs = Promise.resolve();
    await logs.complete("c", "app", completing);
    assertEquals((await read("app")).split("\n").length, 51);
    go.resolve();
  });
});

Deno.test("a log request that hangs does not hold up a container that has ended", () => {
  const go = Promise.withResolvers<void>();
  const c: FakeContainer = { hangs: go.promise, messages: MESSAGES };
  return withLogs({ c }, async ({ logs, options, lines, asked }) => {
    const ended = Promise.withResolvers<void>();
    const { promise } = ended;
    const follows = logs.follow("c", "app", { ...options, ended: promise });
    await until(() => asked().length === 1);
    c.hangs = Promise.resolve();
    ended.resolve();
    // Without that it hangs for ever.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hung = new Promise((resolve) => {
      timer = setTimeout(resolve, 20_000);
    });
    await Promise.race([follows, hung]);
    clearTimeout(timer);
    assertEquals(lines.length, 50);
    go.resolve();
    await follows;
  });
});

Deno.test("a signal ends the completion of a log at once", () => {
  const c: FakeContainer = { runs: true, messages: [] };
  return withLogs({ c }, async ({ logs, stop }) => {
    logs.watch("c", "app");
    stop.abort();
    await logs.complete("c", "app", { output: () => {}, signal: stop.signal });
  });
});

Deno.test("the last lines of a log are those that the engine has now", () =>
  withLogs({ c: { runs: true, messages: MESSAGES } }, async ({ logs }) => {
    assertEquals(await logs.lastLines("c", 3), [
      "line 47",
      "line 48",
      "line 49",
    ]);
    assertEquals(await logs.lastLines("none", 3), []);
  }));
