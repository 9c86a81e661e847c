import { assertEquals } from "@std/assert";
import { changedGuesses } from "../../../../lib/publish/guesses.ts";

const by = (role: "app" | "acceptance", service: string) => ({
  guesses: [{ role, service, reason: "by its name" }],
});

Deno.test("a guess of another service than before is unconfirmed, and stays so in the releases after", () => {
  const first = { apps: ["api", "web"] };
  const moved = { role: "app" as const, service: "shop", before: "api, web" };
  assertEquals(changedGuesses(by("app", "shop"), first), [moved]);
  const second = { apps: ["shop"], unconfirmed: [moved] };
  assertEquals(changedGuesses(by("app", "shop"), second), [moved]);
  // What was there before is no change.
  assertEquals(changedGuesses(by("app", "web"), second), []);
  assertEquals(changedGuesses({ guesses: [] }, second), []);
  assertEquals(changedGuesses(by("app", "shop"), undefined), []);
});

Deno.test("the guess of one role leaves the other one as it is", () => {
  const moved = { role: "app" as const, service: "shop", before: "api" };
  const before = {
    apps: ["shop"],
    acceptance: { service: "e2e" },
    unconfirmed: [moved],
  };
  assertEquals(changedGuesses(by("acceptance", "e2e"), before), []);
  assertEquals(changedGuesses(by("acceptance", "smoke"), before), [
    { role: "acceptance", service: "smoke", before: "e2e" },
  ]);
});
