import { assertEquals } from "@std/assert";
import { runPage } from "../../../../lib/page/page.ts";
import { eventsOf, type Ran, read } from "./events.ts";

/** The rows of steps in the picture, as text. */
function rowsOf(steps: readonly Ran[]): string[] {
  const page = runPage({ events: eventsOf(steps), logs: [] });
  const [, rows = ""] = /<ol class="rows">([^]*?)<\/ol>/.exec(page)!;
  return rows.trim().split("\n").map(read);
}

const UP: Ran = { name: "up", span: [0, 600] };

Deno.test("short steps that have succeeded are one row, unless they run code of the application", () => {
  assertEquals(
    rowsOf([
      UP,
      { name: "tag app", span: [600, 610] },
      { name: "images", span: [600, 700], kind: "images" },
      { name: "build", span: [700, 710], kind: "build" },
      { name: "run a", span: [710, 720], kind: "oneshot", service: "a" },
      { name: "steady b", span: [720, 1219], kind: "gate", service: "b" },
      { name: "long", span: [720, 1220] },
      { name: "bad", span: [720, 721], result: "failed" },
      { name: "cut", span: [720, 721], result: "stopped" },
    ]),
    [
      "up0.6 s",
      "build10 ms",
      "run a10 ms",
      "long0.5 s",
      "◆Critical: bad failed1 ms",
      "cut stopped1 ms",
      "bookkeeping 3 steps0.6 s",
    ],
  );
});

Deno.test("a single short step has a row of its own", () => {
  assertEquals(
    rowsOf([UP, { name: "tag app", span: [600, 610], after: ["up"] }]),
    ["◆Critical: up0.6 s", "◆Critical: tag app10 ms"],
  );
});

Deno.test("lines lead from each critical row to the next one, whatever is folded between them", () => {
  const page = runPage({
    events: eventsOf([
      UP,
      { name: "tag", span: [600, 610], after: ["up"] },
      { name: "create", span: [610, 620], after: ["tag"] },
      { name: "other", span: [0, 900] },
      { name: "long", span: [620, 1620], after: ["create"] },
    ]),
    logs: [],
  });
  const parts = page.split('<li class="row').map((row) =>
    [...row.matchAll(/class="link (\w+)" x="(\d+)/g)]
      .map(([, part, x]) => `${part} ${x}`).join()
  );
  assertEquals(parts, ["", "from 38", "through 38", "to 38", ""]);
});
