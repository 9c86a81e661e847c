import { match } from "node:assert/strict";

Deno.test("the page shows the time that the API gives", async () => {
  const response = await fetch(Deno.env.get("WEB_URL") ?? "");
  match(await response.text(), /<th>Asia\/Tokyo<\/th><td>\d\d:\d\d<\/td>/);
});
