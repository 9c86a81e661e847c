import { assertEquals, assertRejects } from "@std/assert";
import { engineApi } from "../../../../lib/engine/api.ts";
import { changesOf } from "../../../../lib/engine/changes.ts";
import { EngineError } from "../../../../lib/engine/http.ts";
import { chunk, type Wire, withSocket } from "../../fake_engine.ts";

const NOWHERE = { directory: "/", env: { PATH: "/nowhere" } };
const HEAD =
  "HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nTransfer-Encoding: chunked\r\n\r\n";

/** The changes that an engine sends in these pieces, as far as they are read. */
function changes(
  send: (wire: Wire) => Promise<void>,
  { most = 1_000, wanted = () => true }: {
    most?: number;
    wanted?: (path: string) => boolean;
  } = {},
) {
  return withSocket(
    async ({ path }, wire) => {
      if (path === "/_ping") return await wire.answer(200, "OK");
      assertEquals(path, "/v1.45/containers/c/changes");
      await send(wire);
    },
    async ({ endpoint }) => {
      const api = engineApi(endpoint, NOWHERE);
      const { signal } = new AbortController();
      try {
        return await changesOf(api, "c", { most, wanted, signal });
      } finally {
        await api.close();
      }
    },
  );
}

/** Sends a text in pieces of so many bytes. */
function inPieces(text: string, size: number) {
  return async (wire: Wire) => {
    const bytes = new TextEncoder().encode(text);
    await wire.write(HEAD);
    for (let at = 0; at < bytes.length; at += size) {
      await wire.write(chunk(bytes.subarray(at, at + size)));
    }
    await wire.write("0\r\n\r\n");
  };
}

Deno.test("changes are read in pieces of any size, whatever the paths are and in whatever order an engine writes", async () => {
  const odd = '/a"b\\c{d}[é😀\n,';
  const text = JSON.stringify([
    { Kind: 0, Path: "/app" },
    { Kind: 1, Path: odd },
    { Path: "/app/junit.xml", Kind: 1 },
    { Kind: 2, Path: "/gone.xml" },
    { Kind: 1 },
    { Kind: 1, Path: 5 },
  ]);
  for (const size of [1, 3, 7, 1_000]) {
    assertEquals(await changes(inPieces(text, size)), {
      paths: ["/app", odd, "/app/junit.xml"],
      hasMore: false,
    });
  }
});

Deno.test("a container that has changed nothing has no changes", async () => {
  for (const text of ["null", "[]", ""]) {
    assertEquals(await changes(inPieces(text, 9)), {
      paths: [],
      hasMore: false,
    });
  }
});

Deno.test("of very many changes the wanted ones are returned, up to a limit", async () => {
  const all = Array.from({ length: 100_000 }, (_, i) => ({
    Kind: 1,
    Path: `/app/node_modules/some/package/of/${i}/index.${
      i % 100 ? "js" : "xml"
    }`,
  }));
  const send = inPieces(JSON.stringify(all), 32 * 1024);
  const wanted = (path: string) => path.endsWith(".xml");
  const whole = await changes(send, { wanted });
  assertEquals([whole.paths.length, whole.hasMore], [1_000, false]);
  const part = await changes(send, { wanted, most: 10 });
  assertEquals([part.paths.length, part.hasMore], [10, true]);
});

Deno.test("an answer without end is not read to its end", async () => {
  const endless = (text: string) => async (wire: Wire) => {
    await wire.write(HEAD);
    const piece = chunk(text.repeat(64 * 1024 / text.length));
    // Ends when the other side closes.
    for (;;) await wire.write(piece);
  };
  for (const text of ["{", 'x"', '{"Kind":1,"Path":"/a"},']) {
    const { hasMore } = await changes(endless(text), { wanted: () => false });
    assertEquals(hasMore, true);
  }
});

Deno.test("an engine that refuses is an error", async () => {
  const refuse = (wire: Wire) =>
    wire.answer(500, JSON.stringify({ message: "no diff" }));
  await assertRejects(() => changes(refuse), EngineError, "no diff");
});
