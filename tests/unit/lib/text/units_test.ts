import { assertEquals } from "@std/assert";
import { age, mebibytes, parseDuration } from "../../../../lib/text/units.ts";

Deno.test("durations are written as in a Compose file", () => {
  assertEquals(
    ["90s", "1m30s", "500ms", "1.5h"].map(parseDuration),
    [90_000, 90_000, 500, 5_400_000],
  );
});

Deno.test("an age has the largest unit that fits, short in a table and long in a sentence", () => {
  const ages = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, -60]
    .map((seconds) => seconds * 1000);
  assertEquals(
    ages.map((ms) => age(ms)),
    ["0s", "59s", "1m", "59m", "1h", "23h", "1d", "0s"],
  );
  assertEquals(
    ages.map((ms) => age(ms, { long: true })),
    ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "0 s"],
  );
  assertEquals(age(NaN), "-");
});

Deno.test("memory has a decimal only where it is small", () => {
  assertEquals(
    [0, 1, 4.2, 9.94, 9.96, 118.4, 1024].map((mib) => mebibytes(mib * 2 ** 20)),
    ["0.0", "1.0", "4.2", "9.9", "10", "118", "1024"],
  );
});
