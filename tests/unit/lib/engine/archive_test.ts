import { assertEquals, assertRejects } from "@std/assert";
import { engineApi } from "../../../../lib/engine/api.ts";
import { pathStat } from "../../../../lib/engine/archive.ts";
import { EngineError } from "../../../../lib/engine/http.ts";
import { withSocket } from "../../fake_engine.ts";

const NOWHERE = { directory: "/", env: { PATH: "/nowhere" } };
const MTIME = "2026-01-02T03:04:05.678Z";

/** The modes of files as Go has them, and the path that has each. */
const MODES: Readonly<Record<string, number>> = {
  "/file": 0o644,
  "/suid": 2 ** 23 + 0o755,
  "/folder": 2 ** 31 + 0o755,
  "/sticky": 2 ** 31 + 2 ** 20 + 0o777,
  "/link": 2 ** 27 + 0o777,
  "/fifo": 2 ** 25 + 0o644,
  "/device": 2 ** 26 + 2 ** 21 + 0o644,
};

/** The head of an answer to HEAD: the length is that of the body that GET would have. */
function headOf(stat: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: 99\r\nX-Docker-Container-Path-Stat: ${stat}\r\n\r\n`;
}

Deno.test("paths are described over one connection, by what they are; one that is missing is undefined", () =>
  withSocket(async ({ path, query, method }, wire) => {
    if (path === "/_ping") return await wire.answer(200, "OK");
    assertEquals([method, path], ["HEAD", "/v1.45/containers/c/archive"]);
    const name = query.get("path") ?? "";
    if (name === "/odd") return await wire.write(headOf("?"));
    if (!(name in MODES)) {
      const head = "HTTP/1.1 404 X\r\nContent-Length: 50\r\n\r\n";
      return await wire.write(head);
    }
    const stat = { name, size: 7, mode: MODES[name], mtime: MTIME };
    await wire.write(headOf(btoa(JSON.stringify(stat))));
  }, async ({ endpoint, connections }) => {
    const api = engineApi(endpoint, NOWHERE);
    const { signal } = new AbortController();
    const kinds: Record<string, string | undefined> = {};
    try {
      for (const path of [...Object.keys(MODES), "/none"]) {
        const stat = await pathStat(api, "c", path, signal);
        kinds[path] = stat?.kind;
        if (stat) {
          assertEquals([stat.size, stat.mtime], [7, Date.parse(MTIME)]);
        }
      }
      assertEquals(kinds, {
        "/file": "file",
        "/suid": "file",
        "/folder": "folder",
        "/sticky": "folder",
        "/link": "other",
        "/fifo": "other",
        "/device": "other",
        "/none": undefined,
      });
      assertEquals(connections(), 1);
      await assertRejects(
        () => pathStat(api, "c", "/odd", signal),
        EngineError,
        "does not describe",
      );
    } finally {
      await api.close();
    }
  }));
