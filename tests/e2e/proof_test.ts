import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ALL, leftovers, withCheckout } from "./harness.ts";
import { CERTIFICATE, KEY } from "../unit/lib/engine/certificate.ts";

/** A project whose app runs this program of Deno, with more lines of its service and of x-todoflow.release. */
function project(
  program: string,
  { service = "", release = "", checked = true } = {},
) {
  return {
    Dockerfile: "FROM denoland/deno:debian-2.9.6\nCOPY app.ts *.pem /\n",
    "app.ts": program,
    "cert.pem": CERTIFICATE,
    "key.pem": KEY,
    "compose.yaml": `
services:
  test: { build: ., command: ["true"] }
  app:
    build: .
    command: [deno, run, -A, /app.ts]
    ${checked ? 'healthcheck: { test: ["CMD", "true"], interval: 1s }' : ""}
    ${service || 'ports: ["127.0.0.1::8000"]'}
x-todoflow:
  release: { ${release} }
  deadlines: { ready: 8s }
`,
  };
}

const HTTP = 'Deno.serve({ port: 8000 }, () => new Response("hello"));';

Deno.test("a proxy of the environment is not asked for the URL, whatever it answers", async () => {
  let asked = 0;
  await using proxy = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen() {},
  }, () => {
    asked++;
    return new Response(null, { status: 403 });
  });
  const address = `http://127.0.0.1:${proxy.addr.port}`;
  const env = { HTTP_PROXY: address, "http_proxy": address, NO_PROXY: "" };
  await withCheckout(async ({ todoflow, project }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /http:\/\/localhost:\d+/);
    assertEquals((await todoflow("clean")).code, 0);
    assertEquals(await leftovers(project), []);
  }, { files: project(HTTP), env });
  const silent = HTTP.replace("8000", "8001");
  await withCheckout(async ({ todoflow, project }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals([code, stdout], [124, ""], stderr);
    assertStringIncludes(
      stderr,
      '"app" listens on port 8001, but the published port is 8000',
    );
    assertEquals(await leftovers(project), []);
  }, { files: project(silent, { checked: false }), env });
  assertEquals(asked, 0);
});

const TLS = `
const [cert, key] = ["/cert.pem", "/key.pem"].map(Deno.readTextFileSync);
Deno.serve({ port: 8000, cert, key }, () => new Response("hello"));
`;

Deno.test("an application that speaks TLS has a URL of https", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /https:\/\/localhost:\d+/);
    assertEquals((await todoflow("clean")).code, 0);
  }, { files: project(TLS) }));

const ECHO = `
for await (const one of Deno.listen({ port: 8000 })) {
  one.readable.pipeTo(one.writable).catch(() => {});
}
`;

Deno.test(
  "an application that speaks no HTTP is proven by its connection if its health check passes, and this is told",
  {
    ignore: !ALL,
  },
  async () => {
    await withCheckout(async ({ todoflow }) => {
      const { code, stdout, stderr } = await todoflow("release");
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /tcp:\/\/localhost:\d+/);
      assertMatch(stderr, /does not speak HTTP; the health check of "app"/);
      assertEquals((await todoflow("clean")).code, 0);
    }, { files: project(ECHO) });
    await withCheckout(async ({ todoflow, project }) => {
      const { code, stdout, stderr } = await todoflow("release");
      assertEquals([code, stdout], [124, ""], stderr);
      assertStringIncludes(stderr, "does not speak HTTP");
      assertStringIncludes(stderr, "x-todoflow.release.proof");
      assertEquals(await leftovers(project), []);
    }, { files: project(ECHO, { checked: false }) });
    await withCheckout(async ({ todoflow }) => {
      const { code, stdout, stderr } = await todoflow("release");
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /tcp:\/\/localhost:\d+/);
      assertEquals((await todoflow("clean")).code, 0);
    }, { files: project(ECHO, { checked: false, release: "proof: tcp" }) });
  },
);

Deno.test("an application that listens on the container's loopback only is told what to bind", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 124);
    const [, end = ""] = stderr.split(/^release failed/m);
    assertStringIncludes(
      end,
      '"app" listens on 127.0.0.1:8000 only: bind 0.0.0.0',
    );
    assertEquals(await leftovers(project), []);
  }, {
    files: project(
      HTTP.replace("port: 8000", 'port: 8000, hostname: "127.0.0.1"'),
    ),
  }));

Deno.test(
  "a port on IPv6 alone is proven there",
  { ignore: !ALL },
  () =>
    withCheckout(async ({ todoflow }) => {
      const { code, stdout, stderr } = await todoflow("release");
      assertEquals(code, 0, stderr);
      assertMatch(stdout, /http:\/\/localhost:\d+/);
      assertEquals((await todoflow("clean")).code, 0);
    }, { files: project(HTTP, { service: 'ports: ["[::1]::8000"]' }) }),
);

Deno.test("an application without a page at its path, or without a port, says so at the end", async () => {
  const missing = HTTP.replace('"hello"', "null, { status: 404 }");
  await withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "404");
    assertStringIncludes(stderr, "x-todoflow.release.path");
    assertEquals((await todoflow("clean")).code, 0);
  }, { files: project(missing) });
  await withCheckout(async ({ todoflow }) => {
    const { code, stdout, stderr } = await todoflow("release");
    assertEquals([code, stdout], [0, ""], stderr);
    assertStringIncludes(stderr, 'no URL: "app" publishes no TCP port');
    assertEquals((await todoflow("clean")).code, 0);
  }, { files: project(HTTP, { service: "restart: 'no'" }) });
});

Deno.test("a port that is not published is found before anything is built", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stderr } = await todoflow("release");
    assertEquals(code, 3);
    assertStringIncludes(
      stderr,
      '"app" does not publish port 9000, but 8000',
    );
    assertMatch(stderr, /compose\.yaml:\d+/);
    assertEquals(await leftovers(project), []);
  }, { files: project(HTTP, { release: "port: 9000" }) }));
