import {
  assertEquals,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { runPage } from "../../../../lib/page/page.ts";
import type { Commit, Event, TimedEvent } from "../../../../lib/plan/events.ts";
import { at, eventsOf, FAILED, failure, read, RELEASE } from "./events.ts";

/** The facts of a page's header: names and values. */
function factsOf(page: string): Record<string, string> {
  const [, header = ""] = /<header[^]*?<dl[^>]*>([^]*?)<\/dl>/.exec(page)!;
  const rows = header.matchAll(/<dt>([^]*?)<\/dt><dd>([^]*?)<\/dd>/g);
  return Object.fromEntries(
    [...rows].map(([, name = "", value = ""]) => [read(name), read(value)]),
  );
}

/** The receipt of a release. */
function receipt(acceptance?: { service: string; passed: boolean }): string {
  const image = (service: string, digit: string, built = true) => ({
    service,
    name: `shop-${service}`,
    id: `sha256:${digit.repeat(64)}`,
    built,
  });
  return JSON.stringify({
    ...(acceptance && { acceptance }),
    images: [
      image("e2e", "e"),
      image("app", "a"),
      image("db", "d", false),
      image("migrate", "a"),
      image("worker", "b"),
    ],
  });
}

/** The results of a service's tests. */
function tests(service: string, failed = 0): Event & { ms: number } {
  const totals = { tests: 3, passed: 3 - failed, failed, skipped: 0 };
  return {
    ...{ kind: "tests", step: `run ${service}`, service, totals },
    ...{ failed: [], ms: 4900 },
  };
}

Deno.test("a green release says who has accepted it, and which images", () => {
  const page = (text: string, others = [tests("e2e")]) =>
    factsOf(runPage({
      events: eventsOf(RELEASE, { others }),
      logs: [],
      files: { "receipt.json": text },
    }));
  const accepted = receipt({ service: "e2e", passed: true });
  const shown = page(accepted);
  assertEquals(shown["Accepted by"], "e2e: 3 tests, 3 passed");
  assertEquals(
    shown["Images"],
    "app, migrate aaaaaaaaaaaaworker bbbbbbbbbbbb",
  );
  assertEquals(
    page(accepted, [])["Accepted by"],
    "e2e, which ended with exit code 0",
  );
  assertEquals(page(receipt())["Accepted by"], "no test");
  assertEquals(
    page(receipt({ service: "e2e", passed: false }))["Accepted by"],
    "no test",
  );
});

Deno.test("a release that could make no receipt shows its tests, and says nothing of images", () => {
  const none = JSON.stringify({ format: 2, none: "the commit is not known" });
  const shown = factsOf(runPage({
    events: eventsOf(RELEASE, { others: [tests("e2e")] }),
    logs: [],
    files: { "receipt.json": none },
  }));
  assertEquals(shown["Tests"], "3 tests, 3 passed");
  assertEquals([shown["Accepted by"], shown["Images"]], [undefined, undefined]);
});

Deno.test("nothing is accepted by a run that has failed", () => {
  const page = runPage({
    events: eventsOf(FAILED, {
      code: 1,
      others: [tests("e2e", 1), failure({ headline: "it failed" })],
    }),
    logs: [],
  });
  assertNotMatch(read(page), /Accepted|Tests3/);
});

Deno.test("the time of all steps together is shown only where it differs by a tenth", () => {
  const shown = (sumMs: number) => {
    const events = eventsOf(RELEASE).map((event): TimedEvent =>
      event.kind === "run-end" ? { ...event, sumMs } : event
    );
    return factsOf(runPage({ events, logs: [] }))["Duration"];
  };
  assertEquals(shown(5500), "5.0 s");
  assertEquals(shown(5501), "5.0 s (5.5 s sequentially)");
  assertEquals(shown(4500), "5.0 s");
  assertEquals(shown(4499), "5.0 s (4.5 s sequentially)");
});

Deno.test("the exit code is shown once", () => {
  const page = runPage({
    events: eventsOf(FAILED, {
      code: 4,
      others: [failure({ headline: "one" }), failure({ headline: "two" })],
    }),
    logs: [],
  });
  assertEquals(read(page).match(/Exit code/g)?.length, 1);
  assertEquals(factsOf(page)["Exit code"], "4");
});

Deno.test("the version leads to its commit; a version of its own has the commit beside it", () => {
  const page = (version: string, commit: Commit) => {
    const events = eventsOf(RELEASE).map((event): TimedEvent =>
      event.kind === "run-start" ? { ...event, version, commit } : event
    );
    return runPage({ events, logs: [] });
  };
  const hash = "abc1234".padEnd(40, "0");
  const url = `https://github.com/me/shop/commit/${hash}`;
  const own = page("abc1234", { hash, url });
  assertStringIncludes(own, `<dd><a href="${url}">abc1234</a></dd>`);
  assertEquals(factsOf(own)["Commit"], undefined);
  assertStringIncludes(
    page("1.2", { hash, url }),
    `<dd><a href="${url}">abc123400000</a></dd>`,
  );
  assertEquals(
    factsOf(page("abc1234", { hash, dirty: true }))["Version"],
    "abc1234 with uncommitted changes",
  );
});

Deno.test("remarks and guessed roles are notes, not output of a step", () => {
  const notice: TimedEvent = {
    kind: "output",
    step: "plan",
    line: "<no> tests",
    notice: true,
    at: at(1),
  };
  const role = {
    ...{ kind: "role" as const, role: "app" as const, service: "web" },
    ...{ reason: "it publishes a port", ms: 0 },
  };
  const text = read(runPage({
    events: eventsOf(RELEASE, { others: [notice, role] }),
    logs: [],
  }));
  assertStringIncludes(text, "app: web (it publishes a port)\n<no> tests\n");
  assertEquals(text.split("<no> tests").length, 2);
  assertNotMatch(
    read(runPage({ events: eventsOf(RELEASE), logs: [] })),
    /Notes/,
  );
});

Deno.test("only files that are there are linked", () => {
  const links = (files: Record<string, string>, build?: string) => {
    const others = build === undefined ? [] : [{
      ...{ kind: "output" as const, step: build, line: "x", ms: 500 },
    }];
    const steps = RELEASE.map((step) =>
      step.name === "build" ? { ...step, kind: "build" as const } : step
    );
    const page = runPage({
      events: eventsOf(steps, { others }),
      logs: [],
      files,
    });
    const [, list = ""] = /id="files"[^]*?<dl[^>]*>([^]*?)<\/dl>/.exec(page)!;
    return [...list.matchAll(/<a href="([^"]*)">/g)].map(([, href]) => href);
  };
  assertEquals(links({}), ["events.jsonl"]);
  assertEquals(links({}, "up"), ["events.jsonl"]);
  const all = ["junit.xml", "steps.xml", "trace.json", "other.txt"];
  const files = Object.fromEntries(all.map((name) => [name, ""]));
  assertEquals(
    links({ ...files, "receipt.json": receipt() }, "build"),
    [
      ...["junit.xml", "steps.xml", "receipt.json", "build.log"],
      ...["events.jsonl", "trace.json"],
    ],
  );
});
