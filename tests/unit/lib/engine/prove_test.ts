import { assert, assertEquals, assertMatch } from "@std/assert";
import { prove, type ProveOptions } from "../../../../lib/engine/prove.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";

/** A server of TCP that does this with each connection. */
async function withTcp(
  serve: (connection: Deno.TcpConn) => Promise<void>,
  test: (port: number) => Promise<void>,
) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    const all: Promise<void>[] = [];
    try {
      for await (const connection of listener) {
        const done = serve(connection).catch(() => {});
        all.push(done.then(() => {
          try {
            connection.close();
          } catch {
            // It is closed.
          }
        }));
      }
    } catch {
      // The listener is closed.
    }
    await Promise.all(all);
  })();
  await test(listener.addr.port);
  listener.close();
  await served;
}

/** A server of HTTP, over TLS if `secure` is set. */
async function withHttp(
  status: number,
  { secure = false }: { secure?: boolean },
  test: (port: number) => Promise<void>,
) {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    ...(secure && { cert: CERTIFICATE, key: KEY }),
  }, () => new Response(null, { status }));
  await test(server.addr.port);
  await server.shutdown();
}

/** Tries some times; resolves to the URL's scheme and status, or to the last line. */
async function tried(
  port: number,
  options: Partial<ProveOptions> & { attempts?: number } = {},
): Promise<string> {
  const { attempts = 3, ...rest } = options;
  const stop = new AbortController();
  const lines: string[] = [];
  const { output = (line) => lines.push(line) } = rest;
  let number = 0;
  const proven = await prove({
    ...{ hostname: "127.0.0.1", port, shown: "localhost", path: "/" },
  }, {
    signal: stop.signal,
    isHealthy: () => Promise.resolve(false),
    problem: () => Promise.resolve(undefined),
    explain: () => Promise.resolve(undefined),
    sleep: () => {
      if (++number === attempts) stop.abort();
      return Promise.resolve();
    },
    ...rest,
    output,
  });
  return proven
    ? [proven.scheme, proven.status].join(" ").trim()
    : lines.at(-1) ?? "";
}

/** Reads until the peer has said something. */
async function hear(connection: Deno.TcpConn) {
  await connection.read(new Uint8Array(1024));
}

/** Waits until the peer has gone. */
async function silence(connection: Deno.TcpConn) {
  while (await connection.read(new Uint8Array(1024)) !== null);
}

const HEALTHY = { isHealthy: () => Promise.resolve(true) };

Deno.test("an answer of HTTP below 500 proves a URL of http", async () => {
  for (const status of [200, 302, 400, 401, 404]) {
    await withHttp(status, {}, async (port) => {
      assertEquals(await tried(port), `http ${status}`);
    });
  }
  await withHttp(502, {}, async (port) => {
    assertEquals(await tried(port), `port ${port} answers with status 502`);
  });
});

Deno.test("a port that speaks TLS has a URL of https, also with a certificate that no authority has signed", async () => {
  await withHttp(200, { secure: true }, async (port) => {
    assertEquals(await tried(port), "https 200");
    assertEquals(await tried(port, { proof: "https" }), "https 200");
    assertMatch(await tried(port, { proof: "http" }), /does not/);
  });
  await withHttp(503, { secure: true }, async (port) => {
    assertEquals(await tried(port), `port ${port} answers with status 503`);
  });
  await withHttp(200, {}, async (port) => {
    assertMatch(await tried(port, { proof: "https" }), /does not answer: /);
  });
});

Deno.test("a port without HTTP is proven by its connection only if the health check has passed", () =>
  withTcp(async (connection) => {
    await connection.write(new TextEncoder().encode("+OK ready\r\n"));
    await silence(connection);
  }, async (port) => {
    assertEquals(await tried(port, HEALTHY), "tcp");
    assertEquals(await tried(port, { proof: "tcp" }), "tcp");
    assertMatch(await tried(port), /does not speak HTTP; .*proof: tcp/);
    assertMatch(await tried(port, { ...HEALTHY, proof: "http" }), /HTTP/);
  }));

Deno.test("a server that ends each connection on which it hears HTTP speaks none", () =>
  withTcp(hear, async (port) => {
    assertEquals(await tried(port, HEALTHY), "tcp");
  }));

Deno.test("a connection that is accepted and ended proves nothing: Docker's proxy does so when no program listens", () =>
  withTcp(() => Promise.resolve(), async (port) => {
    assertMatch(await tried(port, HEALTHY), /does not answer: /);
    assertMatch(await tried(port, { proof: "tcp" }), /does not answer: /);
  }));

Deno.test("a program that begins to listen between two questions is asked again", async () => {
  let connections = 0;
  await withTcp(async (connection) => {
    // The first questions, of HTTP and TLS, come too early.
    if (++connections <= 2) return;
    await hear(connection);
    const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    await connection.write(new TextEncoder().encode(answer));
  }, async (port) => {
    assertEquals(await tried(port, HEALTHY), "http 200");
  });
});

Deno.test("a refused connection is no proof", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const proof of ["http", "https", "tcp"] as const) {
    assertMatch(await tried(port, { proof, ...HEALTHY }), /refused/i);
  }
  assertMatch(await tried(port, HEALTHY), /refused/i);
});

Deno.test("the reason that the container gives is told within 10 s, once, and is the last word", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const lines: string[] = [];
  let now = 0;
  let asked = 0;
  await tried(port, {
    attempts: 40,
    output: (line) => lines.push(line),
    now: () => now += 1_000,
    explain: () => {
      asked++;
      assertEquals(asked === 1 ? now <= 10_000 : true, true);
      return Promise.resolve('"app" listens on 127.0.0.1:80 only');
    },
  });
  assert(asked > 1);
  assertEquals(lines.length, 3);
  assertEquals([lines[0], lines[2]], Array(2).fill(lines.at(-1)));
});
