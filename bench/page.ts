/**
 * What a change costs the page of todobackend when its list is long: the time that Chromium's main thread is busy, with
 * scripts, layout and all that a browser does because of them.
 *
 * @module
 */

import type { CDPSession, Page } from "playwright-core";
import { launchBrowser } from "../tests/e2e/browser.ts";
import { startSqlite } from "./load_servers.ts";
import { note } from "./processes.ts";
import { median, table } from "./stats.ts";

const TODOS = 2500;

/** The most that adding a todo may take, in milliseconds. */
const MOST = 100;

/** What a person does, as a script in the page, and what the page says when it is done. */
interface Action {
  name: string;
  script: string;
  said: (round: number) => string;
}

const ACTIONS: readonly Action[] = [
  {
    name: "add",
    script: `document.getElementById("title").value = "new " + round;
      document.getElementById("add").requestSubmit();`,
    said: (round) => `“new ${round}” added`,
  },
  {
    name: "complete",
    script: `document.querySelectorAll("li [type=checkbox]")[round].click();`,
    said: (round) => `“Todo ${round + 1}” completed`,
  },
  {
    name: "delete",
    script: `document.querySelector("li:last-child .delete").click();`,
    said: (round) => `“new ${round}” deleted`,
  },
];

/** Measures `rounds` rounds after one that is not counted; resolves to Markdown. */
export async function measurePage(
  { rounds }: { rounds: number },
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-bench-page-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const { url } = stack.use(await startSqlite(folder));
  await fill(url);
  const browser = await launchBrowser();
  stack.defer(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator(`li:nth-child(${TODOS})`).waitFor();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const times = ACTIONS.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, action] of ACTIONS.entries()) {
      const ms = await busy({ page, devtools, action, round });
      note(`round ${round}: ${action.name} ${ms.toFixed(0)} ms`);
      if (round > 0) times[i]!.push(ms);
    }
  }
  const rows = ACTIONS.map(({ name }, i) => {
    const time = median(times[i]!);
    const verdict = name !== "add" ? "" : time < MOST ? "yes" : "no";
    return [name, `${time.toFixed(0)} ms`, verdict];
  });
  const head = [`${TODOS} todos`, `median of ${rounds}`, `below ${MOST} ms`];
  return table(head, rows);
}

async function fill(url: string): Promise<void> {
  for (let order = 1; order <= TODOS; order++) {
    const response = await fetch(`${url}/todos`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ title: `Todo ${order}`, order: order * 1024 }),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${response.status} from ${url}`);
  }
}

/** Milliseconds that the main thread is busy because of an action. */
async function busy(
  { page, devtools, action, round }: {
    page: Page;
    devtools: CDPSession;
    action: Action;
    round: number;
  },
): Promise<number> {
  const before = await taskSeconds(devtools);
  // The page's policy forbids a script to make scripts, as a wait of playwright does; selectors of roles read all rows.
  await page.evaluate(`(async (round) => {
    const said = document.getElementById("said");
    const done = new Promise((resolve) => {
      new MutationObserver((_, observer) => {
        if (said.textContent !== ${JSON.stringify(action.said(round))}) return;
        observer.disconnect();
        resolve();
      }).observe(said, { childList: true });
    });
    ${action.script}
    await done;
    // Chromium reads the forms of a page 100 ms after it has changed.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await new Promise((resolve) => requestIdleCallback(resolve));
  })(${round})`);
  return (await taskSeconds(devtools) - before) * 1000;
}

async function taskSeconds(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")!.value;
}
