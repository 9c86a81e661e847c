import { deepEqual, equal } from "node:assert/strict";
import { answer } from "./main.ts";

const NOON = new Date("2030-01-01T12:00:00Z");
const ask = (path: string) => answer(new Request(`http://api${path}`), NOON);

Deno.test("the time of a zone", async () => {
  const response = ask("/time?zone=Asia/Tokyo");
  deepEqual(await response.json(), { zone: "Asia/Tokyo", time: "21:00" });
});

Deno.test("without a zone it is the time of UTC", async () => {
  deepEqual(await ask("/time").json(), { zone: "UTC", time: "12:00" });
});

Deno.test("a zone that is none is refused", () => {
  equal(ask("/time?zone=Atlantis").status, 400);
});
