/**
 * The page of the released application in a real browser, at the URL that `release` prints.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { get } from "node:http";
import type { Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { ALL, exec, output } from "./harness.ts";
import * as steps from "./page_steps.ts";
import { withReleased } from "./released.ts";
import {
  alerted,
  assertKept,
  button,
  fill,
  filtered,
  focused,
  input,
  said,
  seriousProblems,
  shown,
  type Site,
  titles,
  withPage,
} from "./visit.ts";

async function loadsWithoutComplaint(site: Site) {
  await withPage(site, [], async (page) => {
    await page.waitForLoadState("networkidle");
    assertEquals(await page.title(), "Todo");
    const loaded = await page.evaluate(
      "performance.getEntriesByType('resource').map((e) => [e.name, e.responseStatus])",
    ) as [string, number][];
    assertEquals(loaded.filter(([, status]) => status !== 200), []);
    const paths = loaded.map(([url]) => url.replace(site.url, ""));
    assertMatch(paths.toSorted().join(" "), /^(\/static\/\S+ ){6,}\/todos$/);
  });
}

/** An answer as it came, which fetch would decompress. */
function rawAnswer(url: string, headers: Record<string, string> = {}) {
  return new Promise<
    { status: number; headers: Record<string, unknown>; length: number }
  >(
    (resolve, reject) => {
      get(url, { headers, agent: false }, (response) => {
        let length = 0;
        response.on("data", (chunk) => length += chunk.length);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            length,
          }));
      }).on("error", reject);
    },
  );
}

async function answersWithHeaders({ url }: Site) {
  const html = await (await fetch(url)).text();
  const files = [...html.matchAll(/"(\/static\/[^"]+)"/g)].map(([, path]) =>
    `${url}${path}`
  );
  assert(files.length >= 3);
  for (const file of [`${url}/`, ...files]) {
    const isPage = file === `${url}/`;
    const plain = await rawAnswer(file);
    assertEquals([plain.status, plain.headers["content-encoding"]], [
      200,
      undefined,
    ]);
    assertEquals(
      plain.headers["cache-control"],
      isPage ? "no-cache" : "public, max-age=31536000, immutable",
    );
    for (const encoding of ["br", "gzip"]) {
      const accept = { "accept-encoding": encoding };
      const packed = await rawAnswer(file, accept);
      assertEquals(packed.headers["content-encoding"], encoding);
      assert(packed.length < plain.length);
      assertMatch(String(packed.headers.vary), /^Accept-Encoding\b/);
      const etag = String(packed.headers.etag);
      const again = await rawAnswer(file, { ...accept, "if-none-match": etag });
      assertEquals([again.status, again.length], [304, 0]);
    }
    if (!isPage) assertMatch(file, /\/static\/\w+\.[0-9a-f]{12}\.\w+$/);
  }
  const { headers } = await rawAnswer(url);
  const policy = String(headers["content-security-policy"]);
  assertStringIncludes(policy, "default-src 'none'");
}

async function livesByMouse(site: Site) {
  await withPage(site, [], async (page) => {
    assert(await page.getByText("Nothing to do.").isVisible());
    for (const title of ["one", "two", "three"]) {
      await input(page).fill(title);
      await button(page, "Add").click();
      await said(page, `“${title}” added`);
      assertEquals(await input(page).inputValue(), "");
    }
    await assertKept(page, ["one", "two", "three"]);
    assertEquals(await page.locator("#count").innerText(), "3 left");

    await page.getByText("two", { exact: true }).click();
    await said(page, "“two” completed");
    assertEquals(await page.locator("#count").innerText(), "2 left");

    await button(page, "Edit one").click();
    await page.getByLabel("New title of one").fill("<b>1</b>");
    await button(page, "Save").click();
    await said(page, "“<b>1</b>” saved");

    await button(page, "Move up three").click();
    await said(page, "“three” is number 2 of 3");
    await assertKept(page, ["<b>1</b>", "three", "x two"]);
    await page.locator("li", { hasText: "two" }).dragTo(
      page.locator("li", { hasText: "<b>1</b>" }),
    );
    await said(page, "“two” is number 1 of 3");
    await assertKept(page, ["x two", "<b>1</b>", "three"]);

    await page.getByRole("link", { name: "Active" }).click();
    await filtered(page, "Active");
    assertEquals(await titles(page), ["<b>1</b>", "three"]);
    await button(page, "Move down <b>1</b>").click();
    await said(page, "“<b>1</b>” is number 2 of 2");
    await page.getByRole("link", { name: "Completed" }).click();
    await filtered(page, "Completed");
    await assertKept(page, ["x two"]);
    await page.getByText("two", { exact: true }).click();
    await said(page, "“two” saved");
    assert(await page.getByText("Nothing is completed yet.").isVisible());
    await page.getByRole("link", { name: "All" }).click();
    await filtered(page, "All");
    assertEquals(await titles(page), ["two", "three", "<b>1</b>"]);

    await button(page, "Delete three").dblclick();
    await said(page, "“three” deleted");
    // The second click of two may meet the next row.
    await button(page, "Delete <b>1</b>").dispatchEvent("click", { detail: 2 });
    await assertKept(page, ["two", "<b>1</b>"]);
  });
}

async function livesByKeyboard(site: Site) {
  await withPage(site, [], async (page) => {
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const focusedName = () => focused(page).getAttribute("aria-label");
    await press("Tab");
    for (const title of ["one", "two", "three"]) {
      await page.keyboard.type(title);
      await press("Enter");
      await said(page, `“${title}” added`);
    }
    // Add, three filters, then the first row.
    await press("Tab", "Tab", "Tab", "Tab", "Tab", "Space");
    await said(page, "“one” completed");
    await press("Tab", "Tab");
    assertEquals(await focusedName(), "Move down one");
    await press("Enter");
    await said(page, "“one” is number 2 of 3");
    assertEquals(await focusedName(), "Move down one");
    await press("Alt+ArrowDown");
    await said(page, "“one” is number 3 of 3");
    assertEquals(await focusedName(), "Move down one");
    await press("Alt+ArrowUp");
    await said(page, "“one” is number 2 of 3");
    assertEquals(await focusedName(), "Move down one");
    await press("Alt+ArrowDown");
    await said(page, "“one” is number 3 of 3");
    await assertKept(page, ["two", "three", "x one"]);

    await button(page, "Edit two").focus();
    await press("ArrowDown");
    assertEquals(await focusedName(), "Edit three");
    await press("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp");
    assertEquals(await focusedName(), "Edit two");
    await press("Enter");
    assertEquals(await focusedName(), "New title of two");
    await page.keyboard.type("never");
    await press("Escape");
    assertEquals(await focusedName(), "Edit two");
    await press("Enter");
    await page.keyboard.type("2");
    await press("Enter");
    await said(page, "“2” saved");
    assertEquals(await focusedName(), "Edit 2");

    await press("Tab");
    await page.keyboard.down("Enter");
    await said(page, "“2” deleted");
    assertEquals(await focusedName(), "Delete three");
    // A key that is held comes again and again.
    await page.keyboard.down("Enter");
    await page.keyboard.up("Enter");
    await page.getByRole("link", { name: "Completed" }).focus();
    await press("Enter");
    await filtered(page, "Completed");
    await press("Tab", "Space");
    await said(page, "“one” saved");
    assertEquals(await focused(page).getAttribute("id"), "title");
    await page.getByRole("link", { name: "All" }).focus();
    await press("Enter");
    await filtered(page, "All");
    await assertKept(page, ["three", "one"]);
  });
}

async function saysWhatIsRefused(site: Site) {
  await withPage(site, ["one"], async (page, complaints) => {
    await input(page).fill(" ");
    await input(page).press("Enter");
    await alerted(page, "Type what needs to be done.");
    const long = "x".repeat(300);
    const why = "Must have at most 256 characters.";
    await input(page).fill(long);
    await input(page).press("Enter");
    await alerted(page, `Cannot add it: ${why}`);
    assertEquals(await input(page).inputValue(), long);
    await button(page, "Edit one").click();
    const editor = page.getByLabel("New title of one");
    await editor.fill(long);
    await editor.press("Enter");
    await alerted(page, `Cannot save “one”: ${why}`);
    assertEquals(await editor.inputValue(), long);
    assert(complaints.splice(0).some((text) => text.includes("400")));

    await editor.fill("two");
    await editor.press("Enter");
    await said(page, "“two” saved");
    assertEquals(await page.getByRole("alert").innerText(), "");
    await fill(site, []);
    await page.getByText("two", { exact: true }).click();
    await alerted(page, "Cannot save “two”: It was deleted elsewhere.");
    await page.getByText("Nothing to do.").waitFor();
    await fill(site, ["three"]);
    await page.reload();
    await shown(page);
    await fill(site, []);
    await button(page, "Delete three").click();
    await said(page, "“three” deleted");
    complaints.splice(0);
  });
}

/** Does everything that needs the server, which is of no use; nothing may be lost. */
async function keepsWhatIsTyped(page: Page, why: string) {
  await button(page, "Edit one").click();
  const editor = page.getByLabel("New title of one");
  await editor.fill("edited");
  await editor.press("Enter");
  await alerted(page, `Cannot save “one”: ${why}`);
  assertEquals(await editor.inputValue(), "edited");
  assertEquals(
    await focused(page).getAttribute("aria-label"),
    "New title of one",
  );
  await page.getByText("x two", { exact: true }).click();
  await alerted(page, `Cannot save “x two”: ${why}`);
  assert(await page.getByLabel("x two", { exact: true }).isChecked());
  await button(page, "Move down x two").click();
  await alerted(page, `Cannot move “x two”: ${why}`);
  await button(page, "Delete three").click();
  await alerted(page, `Cannot delete “three”: ${why}`);
  assertEquals(await page.locator(".title").allTextContents(), [
    "one",
    "x two",
    "three",
  ]);
  await input(page).fill("new");
  await input(page).press("Enter");
  await alerted(page, `Cannot add it: ${why}`);
  assertEquals(await input(page).inputValue(), "new");
}

async function losesNothingWithoutDatabase(site: Site) {
  const { container } = site;
  const start = async () => {
    await output(["docker", "start", container("db")]);
    await answers(`${site.url}/health/ready`, 200);
  };
  await withPage(site, ["one", "x two", "three"], async (page, complaints) => {
    await output(["docker", "stop", container("db")]);
    try {
      await keepsWhatIsTyped(page, "The server has a problem (503).");
      assertEquals(await seriousProblems(page), "");
    } finally {
      await start();
    }
    complaints.splice(0);
    await input(page).press("Enter");
    await said(page, "“new” added");
    await page.getByLabel("New title of one").press("Enter");
    await said(page, "“edited” saved");
    await assertKept(page, ["edited", "x x two", "three", "new"]);
  });
}

async function offersAgain(site: Site) {
  await withPage(site, ["one"], async (page, complaints) => {
    // The next one is typed before the answer: it stays, and the first one, if it got lost, is offered again.
    await page.route("**/todos", async (route) => {
      await input(page).fill("next");
      await route.continue();
    }, { times: 1 });
    await input(page).fill("two");
    await input(page).press("Enter");
    await said(page, "“two” added");
    assertEquals(await input(page).inputValue(), "next");

    await page.route("**/todos", async (route) => {
      await input(page).fill("later");
      await route.abort();
    }, { times: 1 });
    await input(page).fill("sooner");
    await input(page).press("Enter");
    await alerted(page, "Cannot add “sooner”: The server cannot be reached.");
    complaints.splice(0);
    await input(page).press("Enter");
    await said(page, "“later” added");
    await button(page, "Try again").click();
    await said(page, "“sooner” added");
    assertEquals(await page.getByRole("alert").innerText(), "");

    await page.route("**/todos", (route) => route.abort(), { times: 1 });
    await page.reload();
    await alerted(
      page,
      "Cannot read the todos: The server cannot be reached.",
    );
    complaints.splice(0);
    await button(page, "Try again").click();
    await shown(page);
    assertEquals(await titles(page), ["one", "two", "later", "sooner"]);
  });
}

async function saysThatScriptIsMissing(site: Site) {
  await withPage(site, [], async (page, complaints) => {
    assertEquals(await page.locator("#unloaded").count(), 0);
    await page.route("**/order.*.js", (route) => route.abort());
    await page.reload();
    const link = page.getByRole("link", { name: "Load it again" });
    await input(page).fill("one");
    await input(page).press("Enter");
    await link.waitFor();
    assertEquals(await input(page).inputValue(), "one");
    await page.unroute("**/order.*.js");
    await link.click();
    await shown(page);
    complaints.splice(0);
  });
}

async function saysThatServerIsGone(site: Site) {
  await withPage(site, ["one", "x two", "three"], async (page, complaints) => {
    await output(["docker", "stop", site.container("app")]);
    await keepsWhatIsTyped(page, "The server cannot be reached.");
    complaints.splice(0);
  });
}

/** Asks until the answer has this status: there is no event to wait for in another program's pool. */
async function answers(url: string, status: number): Promise<void> {
  for (;;) {
    const response = await fetch(url);
    await response.body?.cancel();
    if (response.status === status) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const MANY = [
  "short",
  `x ${"longer than a line of a phone ".repeat(5)}`,
  "Donaudampfschifffahrtsgesellschaftskapitän".repeat(3),
  ...Array.from({ length: 9 }, (_, i) => `${i % 3 ? "" : "x "}Todo ${i}`),
];

/** Every state of the page: what a person does to come there from the one before it. */
const STATES: Record<string, (page: Page) => Promise<void>> = {
  many: async () => {},
  edited: async (page) => {
    const menu = button(page, "Actions for short");
    if (await menu.isVisible()) await menu.click();
    await button(page, "Edit short").click();
  },
  refused: async (page) => {
    await page.getByLabel("New title of short").press("Control+A");
    await page.keyboard.press("Delete");
    await page.keyboard.press("Enter");
    await alerted(page, "Type what needs to be done.");
  },
  offered: async (page) => {
    await page.route("**/todos", async (route) => {
      await input(page).fill("other");
      await route.abort();
    }, { times: 1 });
    await input(page).fill("too long for a phone".repeat(9));
    await input(page).press("Enter");
    await button(page, "Try again").waitFor();
  },
  completed: async (page) => {
    await page.getByRole("link", { name: "Completed" }).click();
    await filtered(page, "Completed");
  },
  focused: (page) => page.locator("li:nth-child(2) .delete").focus(),
};

/** Looks at every state with this width and color scheme. */
async function looksWell(
  site: Site,
  options: { width: number; colorScheme: "light" | "dark" },
) {
  const { width, colorScheme } = options;
  const viewport = { width, height: 700 };
  const look = async (page: Page, state: string) => {
    const where = `${state}, ${colorScheme}, ${width}`;
    assertEquals([where, await seriousProblems(page)], [where, ""]);
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    assert(wide as number <= width, `${where}: ${wide} pixels wide`);
  };
  const quiet = { viewport, colorScheme, reducedMotion: "reduce" } as const;
  await withPage(site, [], (page) => look(page, "empty"), quiet);
  await withPage(site, MANY, async (page, complaints) => {
    for (const [state, come] of Object.entries(STATES)) {
      await come(page);
      await look(page, state);
    }
    complaints.splice(0);
  }, quiet);
}

async function hasTwoSchemesAndKeepsStill(site: Site) {
  const background = "getComputedStyle(document.body).backgroundColor";
  const moving = `(document.querySelector("li .down").click(),
    document.getAnimations().filter((a) => !(a instanceof CSSTransition)).length)`;
  await withPage(site, ["one", "two"], async (page) => {
    const dark = await page.evaluate(background);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    assert(await page.evaluate(background) !== dark);
    assertEquals(await page.evaluate(moving), 0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    assertEquals(await page.evaluate(moving), 2);
    await said(page, "“two” is number 2 of 2");
  }, { colorScheme: "dark" });
}

async function endsWithoutCollection({ project }: Site) {
  // The volume of such a container is its own, and empty.
  const { code, stdout, stderr } = await exec([
    "docker",
    "run",
    "--rm",
    "--network=none",
    `${project}-release`,
    "serve",
  ]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^todobackend: Cannot serve static files from "\/public\/static": .*run "collectstatic" \(STATIC_ROOT\)\n$/,
  );
}

Deno.test("the page at the URL that release prints", (t) =>
  withReleased(async (released) => {
    const browser = await launchBrowser();
    const site = { ...released, browser };
    const step = async (name: string, test: (site: Site) => Promise<void>) => {
      assert(await t.step(name, () => test(site)), name);
    };
    try {
      await step("loads without complaint", loadsWithoutComplaint);
      await step("is cached, and compressed", answersWithHeaders);
      await step("a todo's life by mouse", livesByMouse);
      await step("a todo's life by keyboard", livesByKeyboard);
      await step("a todo's life by touch", steps.livesByTouch);
      await step("buttons appear when wanted", steps.showsButtonsWhenWanted);
      await step("titles have a direction", steps.followsDirections);
      await step("learns of other tabs", steps.learnsOfOtherTabs);
      await step("learns of other browsers", steps.learnsOfOtherBrowsers);
      await step("asks nothing while hidden", steps.asksNothingWhileHidden);
      await step("an edit outlives other tabs", steps.keepsEdits);
      await step("says what is refused", saysWhatIsRefused);
      for (const colorScheme of ["light", "dark"] as const) {
        for (const width of [320, 1280]) {
          // Each scheme and each width is seen once.
          if ((colorScheme === "light") !== (width === 320) && !ALL) continue;
          await step(
            `${colorScheme}, ${width} pixels: axe-core finds nothing serious, nothing is too wide`,
            (site) => looksWell(site, { width, colorScheme }),
          );
        }
      }
      await step(
        "two color schemes, and no motion for those who want none",
        hasTwoSchemesAndKeepsStill,
      );
      await step("says that a script is missing", saysThatScriptIsMissing);
      await step("offers again what got lost on its way", offersAgain);
      await step(
        "without a database nothing that was typed is lost",
        losesNothingWithoutDatabase,
      );
      await step("says that the server is gone", saysThatServerIsGone);
      await step("a missing collection ends serve", endsWithoutCollection);
    } finally {
      await browser.close();
    }
  }));
