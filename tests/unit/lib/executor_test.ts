import { assertEquals } from "@std/assert";
import { executor } from "../../../lib/executor.ts";
import { withFakeDocker } from "../fakes.ts";

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

/** Proves a URL with an engine that says this of the container; stopped after so many requests. */
function prove(
  docker: string,
  statuses: number[],
  { path = "/", stopAfter = Infinity } = {},
) {
  return withFakeDocker(docker, async ({ $ }) => {
    const lines: string[] = [];
    const stop = new AbortController();
    const { server, requests } = serve(statuses, () => {
      if (requests() + 1 >= stopAfter) queueMicrotask(() => stop.abort());
    });
    const { port } = server.addr;
    const url = await executor({ $, reports: "" })
      .prove(`0.0.0.0:${port}`, path, {
        output: (line) => lines.push(line),
        signal: stop.signal,
        container: "shop-app-1",
      });
    await server.shutdown();
    return { url, lines, requests: requests(), port };
  });
}

Deno.test("the URL is proven by a request, an answer below 500 proves it", async () => {
  const { url, requests, port } = await prove(RUNNING, [503, 404], {
    path: "/x",
  });
  assertEquals(url, `http://localhost:${port}`);
  assertEquals(requests, 2);
});

Deno.test("a URL that never answers is told with its last problem", async () => {
  const { url, lines } = await prove(RUNNING, [503], { stopAfter: 2 });
  assertEquals(url, "");
  assertEquals(lines.length, 1);
});

Deno.test("an application that ended is not asked until the deadline", async () => {
  const { url, lines } = await prove(EXITED, [503]);
  assertEquals(url, "");
  assertEquals(lines, ["shop-app-1 exited with code 3"]);
});

Deno.test("a one-shot's log is followed, and its exit code is the container's", () =>
  withFakeDocker(
    `case $1 in wait) echo 7;; logs) echo out; echo err >&2;; esac`,
    async ({ $ }) => {
      const lines: string[] = [];
      const code = await executor({ $, reports: "" }).follow("c", {
        output: (line) => lines.push(line),
        signal: new AbortController().signal,
      });
      assertEquals(code, 7);
      assertEquals(lines.toSorted(), ["err", "out"]);
    },
  ));

Deno.test("a report that cannot be copied is told, not fatal; one that can is in the folder", () =>
  withFakeDocker(
    `[ "$2" = c:/good ] && { echo x > "$3/good"; exit 0; }; echo "no such file" >&2; exit 1`,
    async ({ $, directory }) => {
      const { copyReport } = executor({
        $,
        reports: `${directory}/reports/test`,
      });
      assertEquals(await copyReport("c", "/good"), undefined);
      assertEquals(await copyReport("c", "/bad"), "no such file");
      assertEquals(
        await Deno.readTextFile(`${directory}/reports/test/good`),
        "x\n",
      );
    },
  ));
