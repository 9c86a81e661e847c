/**
 * The page of the released application as a person uses it: by what it shows and says.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Released } from "./released.ts";

/** A released application, and a browser to look at it. */
export interface Site extends Released {
  browser: Browser;
}

/** Empties the list and fills it with todos of these titles; those that begin with "x " are completed. */
export async function fill(
  { url }: Site,
  titles: readonly string[],
): Promise<void> {
  const send = async (method: string, body: string | null) => {
    const headers = { "content-type": "application/json" };
    const init = { method, headers, body };
    const response = await fetch(`${url}/todos`, init);
    await response.body?.cancel();
    assert(response.ok);
  };
  await send("DELETE", null);
  for (const [i, title] of titles.entries()) {
    const completed = title.startsWith("x ");
    await send("POST", JSON.stringify({ title, completed, order: i + 1 }));
  }
}

/** The complaints of the browser: failed requests, and all lines of its console. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // Chromium fetches the icon when it has time, and gives it up when the page is left.
    const isGivenUp = request.failure()?.errorText === "net::ERR_ABORTED" &&
      /\/icon\.[^/]*$/.test(request.url());
    if (!isGivenUp) complaints.push(request.url());
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(response.url());
  });
  return complaints;
}

/** An action on a page, which also gets the complaints of the browser until then. */
export type Visit = (page: Page, complaints: string[]) => Promise<void>;

/** Fills the list and opens the page in a fresh profile; at the end the browser must have nothing to complain of. */
export async function withPage(
  site: Site,
  titles: readonly string[],
  visit: Visit,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await site.browser.newContext(options);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  let isDisturbed = false;
  page.on("requestfailed", (request) => {
    isDisturbed ||= request.failure()?.errorText === "net::ERR_NETWORK_CHANGED";
  });
  try {
    await fill(site, titles);
    await page.goto(site.url);
    await shown(page);
    await visit(page, complaints);
    assertEquals(complaints, []);
    return;
  } catch (error) {
    if (!isDisturbed) {
      const seen = await page.locator("body").innerText();
      throw new Error(`${complaints.join("\n")}\nThe page shows: ${seen}`, {
        cause: error,
      });
    }
  } finally {
    await context.close();
  }
  // A foreign container came or went, and with it an interface of this machine: the browser gives up what it loads.
  await withPage(site, titles, visit, options);
}

/** Waits until the page shows todos, or that there are none. */
export async function shown(page: Page): Promise<void> {
  await page.locator("li, #empty:not([hidden])").first().waitFor();
}

/** The todos that the page shows: the titles in their order, those that are completed with an "x ". */
export async function titles(page: Page): Promise<string[]> {
  const rows = await page.locator("li").all();
  return await Promise.all(rows.map(async (row) => {
    const title = await row.locator(".title").innerText();
    return await row.getByRole("checkbox").isChecked() ? `x ${title}` : title;
  }));
}

/** Waits until the page has told those who do not see it what has changed. */
export async function said(page: Page, text: string): Promise<void> {
  await page.getByRole("status").getByText(text, { exact: true }).waitFor();
}

/** Where a new todo is typed. */
export const input = (page: Page) => page.getByLabel("What needs to be done?");
/** The button that is called this. */
export const button = (page: Page, name: string) =>
  page.getByRole("button", { name, exact: true });
/** Waits until the page has followed the link of a filter. */
export const filtered = (page: Page, name: string) =>
  page.locator("#filters [aria-current]", { hasText: name }).waitFor();
/** The element that has the focus. */
export const focused = (page: Page) => page.locator(":focus");

/** A person sees the same after a reload. */
export async function assertKept(page: Page, expected: readonly string[]) {
  assertEquals(await titles(page), expected);
  await page.reload();
  await shown(page);
  assertEquals(await titles(page), expected);
}

/** Waits for a problem that the page shows. */
export async function alerted(page: Page, text: string): Promise<void> {
  await page.getByRole("alert").getByText(text, { exact: true }).waitFor();
}

/** The serious faults that axe-core finds in the page as it is shown. */
export async function seriousProblems(page: Page): Promise<string> {
  if (await page.evaluate("!window.axe")) await page.evaluate(axe.source);
  const { violations } = await page.evaluate("axe.run()") as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
    .join("\n");
}
