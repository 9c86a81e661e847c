import { assert, assertEquals, assertRejects } from "@std/assert";
import { engineApi } from "../../../../lib/engine/api.ts";
import { EngineError } from "../../../../lib/engine/http.ts";
import {
  type Asked,
  chunk,
  type FakeSocket,
  type Wire,
  withSocket,
} from "../../fake_engine.ts";

const NOWHERE = { directory: "/", env: { PATH: "/nowhere" } };

/** Gives the test a client of a socket that answers like this; `/_ping` is answered for it. */
function withApi(
  answer: (asked: Asked, wire: Wire) => Promise<void> | void,
  test: (
    api: ReturnType<typeof engineApi>,
    socket: FakeSocket,
  ) => Promise<void>,
): Promise<void> {
  return withSocket(
    (asked, wire) =>
      asked.path === "/_ping" ? wire.answer(200, "OK") : answer(asked, wire),
    async (socket) => {
      const api = engineApi(socket.endpoint, NOWHERE);
      try {
        await test(api, socket);
      } finally {
        await api.close();
      }
    },
  );
}

function refusal(action: () => Promise<unknown>): Promise<EngineError> {
  return assertRejects(action, EngineError);
}

Deno.test("an answer is read as JSON, from a path with a version and an encoded query", () =>
  withApi(
    ({ path, query }, wire) =>
      wire.answer(200, JSON.stringify({ path, a: query.get("a") })),
    async (api) => {
      assertEquals(
        await api.json("/x", { query: { a: "b&c=ü", yes: true } }),
        { path: "/v1.45/x", a: "b&c=ü" },
      );
    },
  ));

for (
  const [newest, path] of [
    ["1.41", "/v1.41/x"],
    ["1.45", "/v1.45/x"],
    ["1.99", "/v1.45/x"],
    ["none", "/x"],
  ] as const
) {
  Deno.test(`an engine whose newest version is ${newest} is asked at ${path}`, () =>
    withSocket(
      ({ path }, wire) =>
        wire.write(
          `HTTP/1.1 200 OK\r\nApi-Version: ${newest}\r\nContent-Length: ${
            path.length + 2
          }\r\n\r\n"${path}"`,
        ),
      async ({ endpoint }) => {
        const api = engineApi(endpoint, NOWHERE);
        assertEquals(await api.json("/x"), path);
        await api.close();
      },
    ));
}

for (
  const [server, version] of [
    ["Docker/26.1.5+dfsg1 (linux)", "26.1.5+dfsg1"],
    ["Libpod/5.0", undefined],
    ["Docker/\x1b[2J", undefined],
    [undefined, undefined],
  ] as const
) {
  Deno.test(`an engine whose server is ${JSON.stringify(server)} has the version ${version}, which costs no question`, () =>
    withSocket(
      (_, wire) => wire.answer(200, "{}", server && `Server: ${server}\r\n`),
      async ({ endpoint, asked }) => {
        const api = engineApi(endpoint, NOWHERE);
        await api.json("/x");
        const before = asked.length;
        assertEquals(await api.version(), version);
        assertEquals(asked.length, before);
        await api.close();
      },
    ));
}

Deno.test("a request whose connection is lost is sent again, unless it may be sent only once", () =>
  withApi((_, wire) => wire.close(), async (api, socket) => {
    const sent = async (isOnce: boolean) => {
      const before = socket.asked.length;
      const options = { method: "DELETE", isOnce } as const;
      await refusal(() => api.done("/volumes/data", options));
      return socket.asked.slice(before)
        .filter(({ path }) => path.endsWith("/volumes/data")).length;
    };
    // On the connection of the ping, then on two new ones.
    assertEquals(await sent(false), 3);
    assertEquals(await sent(true), 1);
  }));

Deno.test("the version is asked once, and one connection serves requests that follow each other", () =>
  withApi((_, wire) => wire.answer(200, "1"), async (api, socket) => {
    await Promise.all([1, 2, 3].map(() => api.json("/x")));
    for (let i = 0; i < 10; i++) await api.json("/x");
    const pings = socket.asked.filter(({ path }) => path === "/_ping");
    assertEquals(pings.length, 1);
    assertEquals(socket.asked.length, 14);
    assert(socket.connections() <= 3, `${socket.connections()} connections`);
  }));

Deno.test("a connection that the engine has closed meanwhile is replaced", () =>
  withApi(async (_, wire) => {
    await wire.answer(200, "1");
    wire.close();
  }, async (api) => {
    for (let i = 0; i < 5; i++) assertEquals(await api.json("/x"), 1);
  }));

for (
  const [what, status, body, message] of [
    [
      "its own words",
      404,
      '{"message":"No such container: x"}',
      "No such container: x",
    ],
    ["its own words", 500, '{"message":"broken"}', "broken"],
    ["the status, where there are no words", 500, "", "status 500"],
    [
      "the status and the text of something else",
      502,
      "<html>",
      "status 502: <html>",
    ],
    [
      "the status, where the words are no text",
      409,
      '{"message":7}',
      'status 409: {"message":7}',
    ],
  ] as const
) {
  Deno.test(`a refusal with status ${status} and ${JSON.stringify(body)} is an error with ${what}`, () =>
    withApi((_, wire) => wire.answer(status, body), async (api) => {
      const error = await refusal(() => api.json("/x"));
      assertEquals([error.status, error.message], [status, message]);
    }));
}

Deno.test("an engine that is not there, or sends something else, is an error without a status", async () => {
  const api = engineApi("unix:///nowhere/engine.sock", NOWHERE);
  const gone = await refusal(() => api.json("/x"));
  assertEquals(gone.status, undefined);
  await api.close();
  await withSocket(
    (_, wire) => wire.write("SSH-2.0\r\n\r\n"),
    async (socket) => {
      const api = engineApi(socket.endpoint, NOWHERE);
      const { message } = await refusal(() => api.json("/x"));
      assertEquals(message, "its answer is not HTTP");
      await api.close();
    },
  );
});

Deno.test("an answer that is no JSON, or more than is read, is an error", () =>
  withApi(async ({ path }, wire) => {
    if (path.endsWith("/text")) return await wire.answer(200, "text");
    await wire.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const much = chunk(new Uint8Array(1024 * 1024));
    for (;;) await wire.write(much);
  }, async (api) => {
    const text = await refusal(() => api.json("/text"));
    assertEquals(text.message, "its answer to /text is no JSON");
    const endless = await refusal(() => api.json("/endless"));
    assertEquals(endless.message, "its answer is too long");
  }));

Deno.test("an answer that does not begin in time is an error, and its connection is closed", () => {
  const closed = Promise.withResolvers<void>();
  return withApi(
    (_, wire) => wire.closed.then(closed.resolve),
    async (api) => {
      const { message } = await refusal(() => api.json("/x", { within: 20 }));
      assertEquals(message, "the engine does not answer");
      await closed.promise;
    },
  );
});

Deno.test("an answer that does not end in time is an error", () =>
  withApi(async (_, wire) => {
    await wire.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1");
    await wire.closed;
  }, async (api) => {
    const { message } = await refusal(() => api.json("/x", { within: 50 }));
    assertEquals(message, "its answer does not end");
  }));

/** Aborts a request as soon as the engine has got this far with its answer, and says how that has ended. */
async function abortAfter(sent: string | undefined) {
  const stop = new AbortController();
  const closed = Promise.withResolvers<void>();
  let problem: EngineError | undefined;
  await withApi(async (_, wire) => {
    if (sent) await wire.write(sent);
    setTimeout(() => stop.abort(), 10);
    await wire.closed;
    closed.resolve();
  }, async (api) => {
    const { signal } = stop;
    problem = await refusal(async () => {
      const { body } = await api.request("/x", { signal });
      await new Response(body).text();
    });
    await closed.promise;
  });
  return problem?.message;
}

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

for (
  const sent of [
    "",
    "HTTP/1.1 20",
    HEAD,
    `${HEAD}5\r\nab`,
    `${HEAD}2\r\nab\r\n`,
    `${HEAD}2\r\nab\r\n0\r\n`,
  ]
) {
  Deno.test(`a request can be aborted when ${JSON.stringify(sent.slice(-12))} has come, which closes its connection`, async () => {
    assertEquals(await abortAfter(sent), "stopped");
  });
}

Deno.test("a request that is aborted before it begins is not sent, and holds up no other one", () =>
  withApi((_, wire) => wire.answer(200, "1"), async (api, { asked }) => {
    const signal = AbortSignal.abort();
    const { message } = await refusal(() => api.json("/x", { signal }));
    assertEquals(message, "stopped");
    assertEquals(await api.json("/y"), 1);
    assert(asked.every(({ path }) => !path.endsWith("/x")));
  }));

Deno.test("a signal that stops one request does not take the version from the others", () => {
  const go = Promise.withResolvers<void>();
  return withSocket(async ({ path }, wire) => {
    if (path === "/_ping") await go.promise;
    await wire.answer(200, "1");
  }, async ({ endpoint }) => {
    const api = engineApi(endpoint, NOWHERE);
    const stop = new AbortController();
    const first = refusal(() => api.json("/x", { signal: stop.signal }));
    const second = api.json("/y");
    stop.abort();
    await first;
    go.resolve();
    assertEquals(await second, 1);
    await api.close();
  });
});

Deno.test("the end of the client ends what is under way", () =>
  withApi(async (_, wire) => {
    await wire.write(HEAD);
    await wire.closed;
  }, async (api) => {
    const { body } = await api.request("/x");
    const reads = refusal(() => new Response(body).text());
    await api.close();
    await reads;
  }));
