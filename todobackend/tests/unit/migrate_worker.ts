/**
 * Runs `migrate` in a thread of its own on the SQLite file that it is told, and answers with the exit code.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { main } from "../../src/main.ts";

self.onmessage = async ({ data: path }: MessageEvent<string>) => {
  const env: Record<string, string> = { DATABASE: "sqlite", SQLITE_PATH: path };
  const lines: string[] = [];
  const code = await main(["migrate"], {
    env: (name) => env[name],
    out: (line) => lines.push(line),
    err: (line) => lines.push(line),
    onStop: () => {},
  });
  self.postMessage({ code, lines });
};
self.postMessage("loaded");
