/**
 * A real browser for tests of pages: Debian's package `chromium`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Browser, chromium } from "playwright-core";
import { exec } from "./harness.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser, which the caller closes. */
export async function launchBrowser(): Promise<Browser> {
  const { code, stdout } = await exec(["sh", "-c", "command -v chromium"]);
  // Not skipped: the page would be tested nowhere.
  assertEquals(code, 0, "Cannot find chromium: apt-get install chromium");
  const executablePath = stdout.trim();
  return await chromium.launch({ executablePath, args: FLAGS });
}
