import { match } from "node:assert/strict";
import { page } from "./main.ts";

Deno.test("the page has a row for each zone", () => {
  const html = page([
    { zone: "UTC", time: "12:00" },
    { zone: "Asia/Tokyo", time: "21:00" },
  ]);
  match(
    html,
    /<th>UTC<\/th><td>12:00<\/td>.*<th>Asia\/Tokyo<\/th><td>21:00<\/td>/,
  );
});
