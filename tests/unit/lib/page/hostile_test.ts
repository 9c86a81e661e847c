import {
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { TimedEvent } from "../../../../lib/plan/events.ts";
import { runPage } from "../../../../lib/page/page.ts";
import { SCRIPT } from "../../../../lib/page/script.ts";
import { STYLE } from "../../../../lib/page/style.ts";
import { visibleText } from "../../../../lib/text/untrusted.ts";
import { everyField, HOSTILE } from "./every_field.ts";
import {
  at,
  eventsOf,
  FAILED,
  pageOfLog,
  read,
  RELEASE,
  SEED,
} from "./events.ts";

Deno.test("a page loads nothing and runs nothing but its own script", () => {
  const page = runPage({
    events: eventsOf(FAILED),
    logs: [{ service: "db", text: "x" }],
  });
  assertNotMatch(
    page,
    /<(?:link|img|iframe|object|embed|base|form|audio|video)\b|\s(?:src|srcset|style|on\w+)=|@import|url\((?!#)|https?:/i,
  );
  const hash = (text: string) =>
    `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const [, policy = ""] =
    /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)!;
  assertEquals(policy.replaceAll("&#39;", "'").split("; "), [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  assertEquals(page.split("<script").length, 2);
  assertEquals(page.split(`<script>${SCRIPT}</script>`).length, 2);
  assertEquals(page.split(`<style>${STYLE}</style>`).length, 2);
  assertNotMatch(SCRIPT, /innerHTML|outerHTML|insertAdjacent|\.write|eval/);
});

/** The tags of a page with the names of their attributes. */
function skeleton(page: string): string[] {
  return [...page.matchAll(/<([^\s>]*)((?:[^">]|"[^"]*")*)>/g)].map(
    ([, name, rest = ""]) =>
      [name, ...rest.replace(/"[^"]*"/g, "").split(/[\s=]+/)].join(" "),
  );
}

Deno.test("no text of any field becomes a tag, an attribute or a script", () => {
  fc.assert(
    fc.property(fc.array(HOSTILE, { minLength: 1 }), (texts) => {
      const pages = [true, false].map((hostile) => {
        let i = 0;
        return runPage(everyField(() => {
          const text = texts[i % texts.length]!;
          const shown = hostile ? text : text.replace(/[<>&"'`=]/g, "x");
          return `text${i++}${shown}`;
        }));
      });
      const [hostile = "", harmless = ""] = pages;
      for (const own of [`<style>${STYLE}`, `<script>${SCRIPT}`]) {
        assertEquals(hostile.split(own).length, 2);
      }
      const rest = hostile.replace(STYLE, "").replace(SCRIPT, "");
      assertEquals(
        skeleton(rest),
        skeleton(harmless.replace(STYLE, "").replace(SCRIPT, "")),
      );
      // Outside of tags there is none of what could start or end one.
      assertNotMatch(rest.replace(/<(?:[^">]|"[^"]*")*>/g, ""), /[<>"']/);
      // deno-lint-ignore no-control-regex -- this is what it is for
      assertNotMatch(rest, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800]/);
      for (const [, href = ""] of rest.matchAll(/ href="([^"]*)"/g)) {
        assertMatch(
          href,
          /^(?:#|logs\/[^/]+$|\w+\.(?:jsonl?|log|xml)$|http:\/\/localhost)/,
        );
      }
    }),
    { seed: SEED },
  );
});

Deno.test("text is shown as it was written", () => {
  fc.assert(
    fc.property(HOSTILE, (text) => {
      const page = pageOfLog(`${at(1)} -${text}-\n`);
      assertStringIncludes(read(page), `-${visibleText(text)}-`);
    }),
    { seed: SEED },
  );
});

Deno.test("data that looks like the page's own markup objects stays data", () => {
  const why = { markup: "<img>", raw: ["<img>"], html: "<img>" };
  const events = eventsOf([{ name: "up", span: [0, 1] }]).map((event) =>
    event.kind === "step-start" ? { ...event, why } : event
  );
  const page = runPage({ events: events as unknown as TimedEvent[], logs: [] });
  assertNotMatch(page, /<img/);
});

Deno.test("what a receipt and a commit say of a green release stays text", () => {
  fc.assert(
    fc.property(HOSTILE, HOSTILE, (one, two) => {
      const events = eventsOf(RELEASE).map((event) =>
        event.kind === "run-start"
          ? { ...event, commit: { hash: one, url: `javascript:${two}` } }
          : event
      );
      const page = (service: string) => {
        const images = [{ service, id: two, built: true }];
        const acceptance = { service: `tests ${service}`, passed: true };
        const receipt = JSON.stringify({ acceptance, images });
        return runPage({
          events,
          logs: [],
          files: { "receipt.json": receipt },
        });
      };
      assertEquals(skeleton(page(one)), skeleton(page("x")));
      assertStringIncludes(read(page(one)), visibleText(`tests ${one}`));
    }),
    { seed: SEED },
  );
});

Deno.test("only a URL of the web becomes a link", () => {
  const page = (url: string) =>
    runPage({
      events: eventsOf(RELEASE, { others: [{ kind: "url", url, ms: 1 }] }),
      logs: [],
    });
  const pageOfCommit = (url: string) => {
    const events = eventsOf(RELEASE).map((event) =>
      event.kind === "run-start"
        ? { ...event, commit: { hash: "abc12345", url } }
        : event
    );
    return runPage({ events, logs: [] });
  };
  for (
    const url of [
      "javascript:alert(1)",
      "JAVASCRIPT:alert(1)",
      "javascript://a/%0aalert(1)",
      "file:///etc/passwd",
      " javascript:alert(1)//http://a",
      "data:text/html,x",
      "http://",
      "//example.com",
    ]
  ) {
    assertNotMatch(page(url), /<dd><a /);
    assertStringIncludes(read(page(url)), url.trim());
    assertNotMatch(pageOfCommit(url), /<dd><a /);
  }
  assertStringIncludes(
    pageOfCommit("https://h/a/b"),
    '<dd><a href="https://h/a/b">abc1234</a>',
  );
  assertStringIncludes(page("HTTPS://a.b/"), '<dd><a href="HTTPS://a.b/">');
});

Deno.test("the page has no terminal sequences, and a visible character for each other invisible one", () => {
  const cases: [string, string][] = [
    ["\x1b[1;32mgreen\x1b[0m", "green"],
    ["\x9b31mred", "red"],
    ["\x1b]0;title\x07text", "text"],
    ["\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"],
    ["\x1b(B\x1b=\x1bMtext", "text"],
    ["\x1b]0;never ended", "\u241b]0;never ended"],
    ["10 %\r20 %", "10 %\u240d20 %"],
    ["a\r\nb\tc", "a\nb\tc"],
    ["\0\x07\x7f\x85", "\u2400\u2407\u2421\uFFFD"],
    ["user\u202egnp.exe", "user\uFFFDgnp.exe"],
    ["\ud83d\ude00 \ud83d", "😀 \uFFFD"],
  ];
  for (const [text, expected] of cases) {
    assertEquals(visibleText(text), expected);
  }
});

Deno.test("the same input makes the same page, which changes nothing of it", () => {
  const input = everyField(() => "text");
  const copy = structuredClone(input);
  assertEquals(runPage(input), runPage(copy));
  assertEquals(input, copy);
});
