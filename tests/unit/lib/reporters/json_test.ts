import { assert, assertEquals } from "@std/assert";
import { AT, container, FAILURE, report, runEnd, start } from "./fakes.ts";

const JSON_LINES = { flags: { json: true }, env: { GITHUB_ACTIONS: "true" } };

Deno.test("each event is a line of JSON on stdout, with its time; stderr is silent", () => {
  const events = [start("build"), FAILURE, runEnd(1)];
  const { stdout, stderr } = report(events, JSON_LINES);
  const at = new Date(AT * 1000).toISOString();
  assertEquals(
    stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line)),
    events.map((event) => ({ ...event, at })),
  );
  assertEquals(stderr, "");
});

Deno.test("programs read what was written, terminals and CI systems see nothing that they obey", () => {
  const lines = [
    "\x1b[2J\x9b2J\x07\x7f",
    "##[add-mask]x ##vso[y]z",
    "\\##[add-mask]x",
    "section_start:1:x\r\x1b[0K",
    "::error::x",
    "\u2028\u202e\u2066",
    "\ud800",
  ];
  const { stdout } = report(container(["a", "b"], ...lines), JSON_LINES);
  assert(!/(?!\n)\p{Cc}|##|[\u2028-\u202e\u2066]/u.test(stdout));
  const printed = stdout.split("\n").slice(0, -1);
  assertEquals(printed.map((line) => JSON.parse(line).line), lines);
  assert(printed.every((line) => line.startsWith("{")));
});
