/**
 * The page of a run in a real browser: Debian's package `chromium`.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import type { Explanation } from "../../lib/errors/explanation.ts";
import type { RunPage } from "../../lib/page/page.ts";
import {
  at,
  eventsOf,
  FAILED,
  failure,
  RELEASE,
} from "../unit/lib/page/events.ts";
import { withPage } from "./run_page.ts";

const EXPLANATION: Explanation = {
  headline: 'release failed at step "run migrate" (exit code 3)',
  why: '"migrate" ended with exit code 3',
  evidence: [{
    title: "The last lines of migrate",
    lines: ["no such table"],
    logs: "reports/release/logs/migrate.log",
  }],
  tests: [{
    suite: "todo_test.ts",
    name: "adds a todo",
    message: "expected 1, got 2",
    file: "todo_test.ts",
    line: 12,
  }],
  changed: { title: "changed since the last green run", lines: ["Dockerfile"] },
  next: "todoflow release --keep",
};

const COMMIT = {
  hash: "abc1234".padEnd(40, "0"),
  url: "https://github.com/me/shop/commit/abc1234",
  dirty: true as const,
};

/** A run in which everything is that a page can show. */
const WHOLE: RunPage = {
  events: eventsOf(FAILED, {
    code: 1,
    others: [
      { kind: "output", step: "build", line: "#1 CACHED", ms: 500 },
      {
        ...{ kind: "output", step: "plan", line: "a remark", notice: true },
        ms: 0,
      },
      {
        kind: "image",
        step: "build",
        services: ["app", "migrate"],
        id: `sha256:${"0123456789abcdef".repeat(4)}`,
        unchanged: false,
        ms: 1500,
      },
      {
        kind: "tests",
        step: "run migrate",
        service: "migrate",
        totals: { tests: 3, passed: 1, failed: 1, skipped: 1 },
        failed: [{
          suite: "todo_test.ts",
          name: "adds a todo",
          result: "failed",
          message: "expected 1, got 2",
          detail: `at ${"/very/long/path".repeat(20)}.ts:3`,
          file: "todo_test.ts",
          line: 12,
        }],
        ms: 4200,
      },
      {
        kind: "usage",
        container: `shop-${"long-name-".repeat(5)}1`,
        service: "migrate",
        peakMemory: 2 ** 27 - 1,
        limit: 2 ** 27,
        cpuMs: 480,
        ms: 5000,
      },
      failure(EXPLANATION),
    ],
    planned: [{ name: "url", why: "it is", after: ["up"], kind: "url" }],
  }).map((event) =>
    event.kind === "run-start" ? { ...event, commit: COMMIT } : event
  ),
  logs: [
    { service: "db", text: `${at(500)} starting\n${at(3600)} READY to go\n` },
    {
      service: "migrate",
      text: `${at(4000)} not ready: ${"no such table ".repeat(30)}\n`,
    },
    { service: "app", text: "" },
  ],
  tests: [{
    service: "migrate",
    cases: [
      { suite: "todo_test.ts", name: "removes", result: "passed", ms: 3 },
      { suite: "todo_test.ts", name: "waits", result: "skipped" },
    ],
  }],
  files: { "junit.xml": "", "trace.json": "" },
};

const BARS = ".bar:not(.sample)";

Deno.test("the page works from a file without a network: bars are seen where their time is", async () => {
  await withPage(WHOLE, async (page) => {
    assertEquals(await page.title(), "✕ release of shop: failed");
    const boxes = await Promise.all(
      (await page.locator(BARS).all()).map((bar) => bar.boundingBox()),
    );
    const steps = FAILED.length;
    assertEquals(boxes.length, steps + 4);
    assert(boxes.every((box) => box && box.width > 1 && box.height > 5));
    // "ready db" starts with "build", ends when "run migrate" starts, and is below the one and above the other.
    const [build, db, , migrate] = boxes.map((box) => box!);
    assert(Math.abs(build!.x - db!.x) < 1);
    assert(Math.abs(db!.x + db!.width - migrate!.x) < 3);
    assert(build!.y < db!.y && db!.y < migrate!.y);
    assert(await page.getByText(EXPLANATION.headline).isVisible());
    assert(await page.locator("#log-2 pre").isVisible());
    assert(!await page.locator("#log-1 pre").isVisible());
  });
});

Deno.test("the search shows the lines that match in all logs, marks them and counts them", async () => {
  await withPage(WHOLE, async (page) => {
    const query = page.getByLabel("Search all logs");
    const before = await page.locator("#logs").innerText();
    assert(!await page.locator("#output-1").isVisible());
    await query.fill("ready");
    assertEquals(await page.locator("mark").allInnerTexts(), [
      "READY",
      "ready",
    ]);
    assertEquals(await page.locator("output").innerText(), "2 lines in 2 logs");
    assertEquals(
      await page.locator("#log-1 pre").innerText(),
      "3.600 READY to go\n",
    );
    assertStringIncludes(
      await page.locator("#log-1 summary").innerText(),
      "1 match in 2 lines",
    );
    assert(!await page.locator("#log-3").isVisible());
    assert(!await page.getByText("Commands of steps").isVisible());

    await query.fill("#1 CACHED");
    assert(await page.locator("#output-1 mark").isVisible());
    assertEquals(await page.locator("mark").allInnerTexts(), ["#1 CACHED"]);
    for (const nothing of ["(", "[a-z]", ".*", "\\", "<b>", "3.600"]) {
      await query.fill(nothing);
      assertEquals(await page.locator("output").innerText(), "No line has it");
    }

    await query.fill("");
    assertEquals(await page.locator("mark").count(), 0);
    assertEquals(await page.locator("#logs").innerText(), before);
  });
});

/** A log of so many lines; every tenth has "slow". */
function lines(number: number): string {
  const line = (i: number) =>
    `${at(i)} request ${i} took its time${i % 10 === 0 ? ", slow" : ""}\n`;
  return Array.from({ length: number }, (_, i) => line(i)).join("");
}

Deno.test("a search in 20,000 lines lays out only as many as a person reads", async () => {
  const logs = ["a", "b", "c", "d"]
    .map((service) => ({ service, text: lines(5000) }));
  await withPage({ events: eventsOf(RELEASE), logs }, async (page) => {
    const query = page.getByLabel("Search all logs");
    await query.fill("slow");
    assertEquals(
      await page.locator("output").innerText(),
      "2000 lines in 4 logs",
    );
    await query.fill("request");
    assertEquals(
      await page.locator("output").innerText(),
      "20000 lines in 4 logs",
    );
    assertEquals(await page.locator("mark").count(), 4 * 500);
    assertStringIncludes(
      await page.locator("#log-4 pre").innerText(),
      "4500 more lines with it",
    );
    await query.fill("request 4990 ");
    assertEquals(await page.locator("mark").count(), 4);
    await query.fill("");
    const text = await page.locator("#log-4 pre").textContent();
    assertEquals(text?.split("\n").length, 5001);
  });
});

Deno.test("the output of programs does nothing in the browser", async () => {
  const evil =
    `"'><img src="file:///x" onerror="alert(1)"><script>alert(2)</script></pre></details><svg onload=alert(3)>`;
  const input: RunPage = {
    events: eventsOf([{ name: evil, why: evil, span: [0, 9] }], {
      code: 1,
      others: [
        { kind: "output", step: evil, line: evil, ms: 3 },
        { kind: "url", url: `javascript:alert(4)//${evil}`, ms: 4 },
        failure({ headline: evil, why: evil, next: evil }),
      ],
    }),
    logs: [{ service: evil, text: `${at(1)} ${evil}\n` }],
  };
  await withPage(input, async (page) => {
    assertEquals(await page.locator("img, pre script").count(), 0);
    await page.getByLabel("Search all logs").fill("<script>alert(2)</script>");
    assertEquals(
      await page.locator("mark").allInnerTexts(),
      Array(2).fill("<script>alert(2)</script>"),
    );
    assertEquals(await page.locator("img, pre script").count(), 0);
    assertStringIncludes(await page.locator("#log-1 pre").innerText(), evil);
  });
});

Deno.test("a run in which nothing was written has a page without complaints", async () => {
  await withPage({ events: eventsOf(RELEASE), logs: [] }, async (page) => {
    assert(await page.getByText("Nothing was written.").isVisible());
  });
});

Deno.test("what failed is on the first screen: test, message, place and the open log", async () => {
  await withPage(WHOLE, async (page) => {
    for (
      const part of ["adds a todo", "expected 1, got 2", "todo_test.ts:12"]
    ) {
      const shown = page.locator("#failures").getByText(part);
      assert((await shown.boundingBox())!.y < 720, part);
    }
    const log = page.locator("#log-2");
    await log.locator("summary").click();
    assert(!await log.locator("pre").isVisible());
    await page.locator("#failures a", { hasText: "logs/migrate.log" }).first()
      .click();
    assert(await log.locator("pre").isVisible());
  }, { viewport: { width: 1280, height: 720 } });
});

Deno.test("the steps are folded until a link leads to them", async () => {
  await withPage(WHOLE, async (page) => {
    const steps = page.locator("#steps table");
    assert(!await steps.isVisible());
    await page.locator("nav a", { hasText: "Steps" }).click();
    assert(await steps.isVisible());
  });
});

Deno.test("on a phone no line crosses the names of steps", async () => {
  const isShown = async (page: Page) =>
    await page.locator(".link").first().isVisible();
  await withPage(WHOLE, async (page) => {
    assert(await page.locator(".link").count() > 0);
    assert(!await isShown(page));
    await page.setViewportSize({ width: 1280, height: 844 });
    assert(await isShown(page));
  }, { viewport: { width: 390, height: 844 } });
});

Deno.test("without the script everything but the search is there", async () => {
  await withPage(WHOLE, async (page) => {
    assert(await page.locator(BARS).first().isVisible());
    assert(!await page.locator("#search").isVisible());
    await page.locator("#log-1 summary").click();
    assert(await page.locator("#log-1 pre").isVisible());
    assertStringIncludes(
      await page.locator("#log-1 pre").innerText(),
      "3.600 READY to go",
    );
  }, { javaScriptEnabled: false });
});

Deno.test("the keyboard reaches the content, the search and every log", async () => {
  await withPage(WHOLE, async (page) => {
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    assertEquals(await focused.innerText(), "To the content");
    assert((await focused.boundingBox())!.y >= 0);
    await page.getByLabel("Search all logs").focus();
    await page.keyboard.press("Tab");
    assertStringIncludes(await focused.innerText(), "db");
    await page.keyboard.press("Enter");
    assert(await page.locator("#log-1 pre").isVisible());
  });
});

async function openAll(page: Page): Promise<void> {
  const closed = page.locator("details:not([open]) > summary");
  while (await closed.count() > 0) await closed.first().click();
}

/** Runs in the page: texts and bars that differ too little from what is behind them, as WCAG 2.2 computes it. */
const POOR_CONTRAST = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ratio = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 0 ? behind(element.parentElement) : color;
  };
  const poor = [];
  let looked = 0;
  for (const element of document.querySelectorAll("body *")) {
    const isBar = element.matches(".bar");
    const hasText = [...element.childNodes].some((node) =>
      node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!isBar && !hasText || !element.checkVisibility()) continue;
    const { color, fill, stroke } = getComputedStyle(element);
    const isSvg = element instanceof SVGElement;
    const front = parse(isBar ? stroke : isSvg ? fill : color);
    const back = behind(isSvg ? element.ownerSVGElement.parentElement : element);
    looked++;
    if (ratio(front, back) < (isBar ? 3 : 4.5)) {
      poor.push([element.outerHTML.slice(0, 80), front, back].join(" "));
    }
  }
  return { looked, poor };
})()`;

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(`every text and bar has enough contrast to its background, ${colorScheme}`, async () => {
    await withPage(WHOLE, async (page) => {
      await openAll(page);
      const look = async () =>
        await page.evaluate(POOR_CONTRAST) as {
          looked: number;
          poor: string[];
        };
      const { looked, poor } = await look();
      assertEquals(poor, []);
      assert(looked > 100, `${looked}`);
      await page.getByLabel("Search all logs").fill("ready");
      assertEquals((await look()).poor, []);
    }, { colorScheme });
  });
}

Deno.test("the two color schemes differ, and paper is white", async () => {
  const background = "getComputedStyle(document.body).backgroundColor";
  await withPage(WHOLE, async (page) => {
    const dark = await page.evaluate(background);
    await page.emulateMedia({ colorScheme: "light" });
    assert(await page.evaluate(background) !== dark);
    await page.emulateMedia({ colorScheme: "dark", media: "print" });
    assertEquals(await page.evaluate(background), "rgb(255, 255, 255)");
    assert(!await page.locator("nav").isVisible());
    assert(await page.locator(BARS).first().isVisible());
  }, { colorScheme: "dark" });
});

for (const width of [320, 390, 1200]) {
  Deno.test(`nothing is wider than a screen of ${width} pixels`, async () => {
    await withPage(WHOLE, async (page) => {
      await openAll(page);
      assertEquals(
        await page.evaluate("document.documentElement.scrollWidth"),
        width,
      );
      const texts = await page.locator(".name, .time").all();
      for (const text of texts) {
        const box = (await text.boundingBox())!;
        assert(box.x >= 0 && box.x + box.width <= width);
      }
    }, { viewport: { width, height: 844 } });
  });
}
