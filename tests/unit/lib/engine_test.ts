import { assert, assertEquals } from "@std/assert";
import { execute } from "../../../lib/engine.ts";
import { withFakeDocker } from "../fakes.ts";

Deno.test("every line of both streams is told, the last one without a line end, too", () =>
  withFakeDocker(
    `printf 'a\\r\\nb\\n\\nlast'; printf 'é' >&2; exit 3`,
    async ({ $ }) => {
      const lines: string[] = [];
      const code = await execute($`docker x`, {
        output: (line) => lines.push(line),
        signal: new AbortController().signal,
      });
      assertEquals(code, 3);
      assertEquals(lines.toSorted(), ["", "a", "b", "last", "é"]);
    },
  ));

Deno.test("a stopped child that leaves its pipe to a grandchild does not hold up the end", () =>
  withFakeDocker(
    // The grandchild outlives docker and keeps its stdout open until the test removes its fifo.
    `mkfifo fifo; cat fifo & echo started; exec sleep 600`,
    async ({ $, directory }) => {
      const stop = new AbortController();
      const code = await execute($`docker x`, {
        output: () => stop.abort(),
        signal: stop.signal,
      });
      assert(code !== 0);
      // Ends the grandchild, so that the test leaves nothing behind.
      await Deno.writeTextFile(`${directory}/fifo`, "");
    },
  ));
