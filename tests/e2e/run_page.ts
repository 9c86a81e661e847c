/**
 * The page of a run in a real browser.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { BrowserContextOptions, Page } from "playwright-core";
import { type RunPage, runPage } from "../../lib/page/page.ts";
import { launchBrowser } from "./browser.ts";

/** Opens the page from a file, without a network, and asserts that it asks for nothing else and complains of nothing. */
export async function withPage(
  input: RunPage,
  test: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const browser = await launchBrowser();
  const folder = await Deno.makeTempDir({ prefix: "todoflow-page-" });
  const url = `file://${folder}/run.html`;
  await Deno.writeTextFile(`${folder}/run.html`, runPage(input));
  try {
    const context = await browser.newContext({ offline: true, ...options });
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      complaints.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(url);
    await test(page);
    assertEquals(complaints, []);
    assertEquals(requests, [url]);
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
}
