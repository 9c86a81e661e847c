/**
 * The page of a large run in a real browser: it can be used, whatever its size.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { readLogs } from "../../lib/artifacts/log_folder.ts";
import { eventsOf, RELEASE } from "../unit/lib/page/events.ts";
import { largeRun, logOf } from "../unit/lib/page/large.ts";
import { withPage } from "./run_page.ts";

/** Runs in the page: how many elements are laid out, those of folded parts and of parts out of sight left out. */
const LAID_OUT = `[...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility({ contentVisibilityAuto: true })).length`;

async function laidOut(page: Page): Promise<number> {
  return Number(await page.evaluate(LAID_OUT));
}

Deno.test("the page of 300 steps shows, finds and opens everything", async () => {
  await withPage(largeRun(), async (page) => {
    assertEquals(
      await page.locator(".rows").first().locator("li").count(),
      201,
    );
    assertEquals(
      await page.evaluate("document.documentElement.scrollWidth"),
      1280,
    );
    await page.getByLabel("Search all logs").fill(
      "line 7 of ready service-42 ",
    );
    assertEquals(await page.locator("output").innerText(), "1 line in 1 log");
    await page.locator("nav a", { hasText: "Steps" }).click();
    const last = page.locator("#steps tbody tr").last();
    await last.scrollIntoViewIfNeeded();
    assert(await last.isVisible());
  }, { viewport: { width: 1280, height: 844 } });
});

Deno.test("a log of 200 MB opens at its end, and only a part of it is laid out", async () => {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-log-" });
  try {
    const path = `${folder}/app.log`;
    await Deno.writeTextFile(path, "");
    await Deno.truncate(path, 200_000_000);
    const end = `${logOf(2_500_000)}no such table\n`;
    await Deno.writeTextFile(path, end, { append: true });
    const logs = await readLogs(folder);
    await withPage({ events: eventsOf(RELEASE), logs }, async (page) => {
      const before = await laidOut(page);
      await page.locator("#log-1 summary").click();
      const pre = page.locator("#log-1 pre");
      await pre.evaluate((element) => element.scrollTo(0, 1e9));
      const more = await laidOut(page) - before;
      const lines = await page.locator("#log-1 i").count();
      assert(lines > 10_000, `${lines}`);
      assert(more < 2_000, `${more} of ${lines}`);
      await page.getByLabel("Search all logs").fill("no such table");
      assertEquals(await page.locator("mark").count(), 1);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
