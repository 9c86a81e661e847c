/**
 * What the page does next to others that change the same todos, and how it shows rows to a mouse, a keyboard and a finger.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import {
  alerted,
  button,
  fill,
  focused,
  input,
  said,
  shown,
  type Site,
  titles,
  withPage,
} from "./visit.ts";

/** Opens another tab of the same browser. */
async function openTab(site: Site, page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(site.url);
  await shown(tab);
  return tab;
}

/** Waits until the row at this place has this title. */
const rowAt = (page: Page, place: number, title: string) =>
  page.locator(`li:nth-child(${place}) .title`).getByText(title, {
    exact: true,
  }).waitFor();

/** Waits until no row has this title. */
const rowGone = (page: Page, title: string) =>
  page.locator(".title").getByText(title, { exact: true }).waitFor({
    state: "detached",
  });

async function addIn(page: Page, title: string): Promise<void> {
  await input(page).fill(title);
  await input(page).press("Enter");
  await said(page, `“${title}” added`);
}

/** What another tab adds, edits, completes, moves and deletes appears. */
export async function learnsOfOtherTabs(site: Site): Promise<void> {
  await withPage(site, ["one", "two"], async (page) => {
    const tab = await openTab(site, page);
    await addIn(tab, "three");
    await rowAt(page, 3, "three");
    await button(tab, "Edit one").click();
    await tab.getByLabel("New title of one").fill("1");
    await tab.keyboard.press("Enter");
    await rowAt(page, 1, "1");
    await tab.getByText("two", { exact: true }).click();
    await page.getByRole("checkbox", { name: "two", checked: true }).waitFor();
    await button(tab, "Move up three").click();
    await rowAt(page, 2, "three");
    await button(page, "Delete three").focus();
    await button(tab, "Delete three").click();
    await rowGone(page, "three");
    assertEquals(await titles(page), ["1", "x two"]);
    // The row that takes its place gets the focus.
    assertEquals(
      await focused(page).getAttribute("aria-label"),
      "Delete two",
    );
    assertEquals(await tab.locator("#count").innerText(), "1 left");
    await page.locator("#count").getByText("1 left").waitFor();
  });
}

/** What another browser changes appears when the page gets the focus, and after a while without it. */
export async function learnsOfOtherBrowsers(site: Site): Promise<void> {
  await withPage(site, ["one"], async (page) => {
    await page.clock.install();
    await page.reload();
    await shown(page);
    await fill(site, ["two"]);
    // A browser without a window gives every page the focus, and never takes it away.
    await page.evaluate("dispatchEvent(new Event('focus'))");
    await rowAt(page, 1, "two");
    await fill(site, ["three"]);
    await page.clock.runFor(30_000);
    await rowAt(page, 1, "three");
    assertEquals(await titles(page), ["three"]);
  });
}

/** Hides the page or shows it, as the browser tells it: no tab of a browser without a window is ever hidden. */
const setHidden = (page: Page, isHidden: boolean) =>
  page.evaluate(
    `Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));`,
  );

/** A hidden tab sends no requests, and one list when it is shown again. */
export async function asksNothingWhileHidden(site: Site): Promise<void> {
  await withPage(site, ["one"], async (page) => {
    await page.clock.install();
    await page.reload();
    await shown(page);
    const tab = await openTab(site, page);
    await setHidden(page, true);
    const requests: string[] = [];
    page.on("request", (request) => {
      requests.push(new URL(request.url()).pathname);
    });
    await addIn(tab, "two");
    await addIn(tab, "three");
    await page.clock.runFor(120_000);
    await page.evaluate("fetch('/health/live').then(() => {})");
    assertEquals(requests, ["/health/live"]);
    await setHidden(page, false);
    await rowAt(page, 3, "three");
    assertEquals(requests, ["/health/live", "/todos"]);
  });
}

/** What another tab does to a todo changes nothing in the field where its title is edited. */
export async function keepsEdits(site: Site): Promise<void> {
  await withPage(site, ["one", "two"], async (page, complaints) => {
    const tab = await openTab(site, page);
    await button(page, "Edit one").click();
    const field = page.getByLabel("New title of one");
    await field.fill("mine");
    await page.keyboard.press("ArrowLeft");
    const isKept = async () => {
      assertEquals(await field.inputValue(), "mine");
      assert(await field.evaluate("document.activeElement.value === 'mine'"));
      assertEquals(
        await page.evaluate("document.activeElement.selectionStart"),
        3,
      );
    };
    await button(tab, "Edit one").click();
    await tab.getByLabel("New title of one").fill("theirs");
    await tab.keyboard.press("Enter");
    await said(tab, "“theirs” saved");
    await button(tab, "Move down theirs").click();
    await page.locator("li:nth-child(2).editing").waitFor();
    await isKept();
    await addIn(tab, "three");
    await rowAt(page, 3, "three");
    await isKept();

    await button(tab, "Delete theirs").click();
    await said(tab, "“theirs” deleted");
    await addIn(tab, "four");
    await page.getByText("four", { exact: true }).waitFor();
    await isKept();
    await page.keyboard.press("Enter");
    await alerted(page, "Cannot save “theirs”: It was deleted elsewhere.");
    await isKept();
    await page.keyboard.press("Escape");
    await rowGone(page, "theirs");
    assertEquals(await titles(page), ["two", "three", "four"]);
    assert(complaints.splice(0).some((text) => text.includes("404")));
  });
}

/** Arabic is laid out from right to left wherever it is shown or typed, other titles are not. */
export async function followsDirections(site: Site): Promise<void> {
  const arabic = "اشترِ الحليب (2 لتر)!";
  await withPage(site, [arabic, "milk (2 l)!", "\u202E!lm"], async (page) => {
    const directions = (selector: string) =>
      page.evaluate(
        `[...document.querySelectorAll(${
          JSON.stringify(selector)
        })].map((e) => getComputedStyle(e).direction)`,
      );
    assertEquals(await directions(".title"), ["rtl", "ltr", "ltr"]);
    await input(page).fill(arabic);
    assertEquals(await directions("#title"), ["rtl"]);
    for (const title of [arabic, "milk (2 l)!"]) {
      await page.locator("li", { hasText: title }).hover();
      await button(page, `Edit ${title}`).click();
    }
    assertEquals(await directions(".editor input"), ["rtl", "ltr"]);
  });
}

/** The buttons of a row appear when a mouse points at it or a key brings the focus; other rows are calm. */
export async function showsButtonsWhenWanted(site: Site): Promise<void> {
  await withPage(site, ["one", "two"], async (page) => {
    const opacities = () =>
      page.evaluate(
        "[...document.querySelectorAll('.actions')].map((e) => getComputedStyle(e).opacity).join()",
      );
    assertEquals(await opacities(), "0,0");
    await page.getByText("two", { exact: true }).hover();
    assertEquals(await opacities(), "0,1");
    await input(page).hover();
    await page.getByLabel("one", { exact: true }).focus();
    await page.keyboard.press("Tab");
    assertEquals(await opacities(), "1,0");
    assertEquals(
      await focused(page).getAttribute("aria-label"),
      "Move up one",
    );
    // A form in each row costs a browser that fills in forms more than a second with 2,500 rows.
    assertEquals(await page.locator("form").count(), 1);
  }, { reducedMotion: "reduce" });
}

/** The names of all that a finger can meet on less than 44 pixels. */
const SMALL =
  `[...document.querySelectorAll("button, a, .todo, input:not([type])")]
  .filter((e) => e.checkVisibility() && !e.closest("li:not(.open) > .actions"))
  .filter((e) => {
    const { width, height } = e.getBoundingClientRect();
    return Math.min(width, height) < 44;
  }).map((e) => e.outerHTML)`;

/** On a phone, each row has one menu, and all that can be touched is large enough. */
export async function livesByTouch(site: Site): Promise<void> {
  await withPage(site, ["one", "two", "three"], async (page) => {
    const actionsOf = (title: string) => button(page, `Actions for ${title}`);
    const open = () => page.locator(".open .title").allTextContents();
    await actionsOf("one").tap();
    assertEquals(await open(), ["one"]);
    assertEquals(await actionsOf("one").getAttribute("aria-expanded"), "true");
    await actionsOf("two").tap();
    assertEquals(await open(), ["two"]);
    assertEquals(await page.evaluate(SMALL), []);
    await button(page, "Move down two").tap();
    await said(page, "“two” is number 3 of 3");
    await button(page, "Edit two").tap();
    assertEquals(await page.evaluate(SMALL), []);
    await page.getByLabel("New title of two").fill("2");
    await button(page, "Save").tap();
    await said(page, "“2” saved");
    assertEquals(await open(), []);
    await actionsOf("one").tap();
    await page.keyboard.press("Escape");
    assertEquals(await open(), []);
    await actionsOf("three").tap();
    await button(page, "Delete three").tap();
    await said(page, "“three” deleted");
    await actionsOf("one").tap();
    await page.getByRole("heading").tap();
    assertEquals(await open(), []);
    assertEquals(await titles(page), ["one", "2"]);
  }, {
    hasTouch: true,
    isMobile: true,
    viewport: { width: 375, height: 700 },
    reducedMotion: "reduce",
  });
}
