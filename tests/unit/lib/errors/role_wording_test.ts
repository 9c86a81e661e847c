import { assertEquals } from "@std/assert";
import type { NoRole } from "../../../../lib/errors/failure.ts";
import { explain } from "../../../../lib/errors/wording.ts";

const wordsOf = (failure: Partial<NoRole>) => {
  const { headline, next } = explain({
    ...{ kind: "no-role", role: "app", target: "release", candidates: [] },
    ...{ known: ["api", "db", "web"], block: undefined, file: "compose.yaml" },
    ...failure,
  });
  return [headline, next];
};

Deno.test("equal candidates are named, with the line for one and for all", () => {
  assertEquals(wordsOf({ candidates: ["api", "web"] }), [
    'Cannot release: the app may be "api", "web"',
    "x-todoflow: {release: {app: api}}   # in compose.yaml; or web, or all: [api, web]",
  ]);
});

Deno.test("of many candidates the first are named", () => {
  const candidates = Array.from({ length: 17 }, (_, i) => `s${i}`);
  assertEquals(wordsOf({ candidates }), [
    'Cannot release: the app may be "s0", "s1", "s2", "s3", "s4" or one of 12 more',
    "x-todoflow: {release: {app: s0}}   # in compose.yaml",
  ]);
});

Deno.test("the line fits into the block that is there", () => {
  const next = (block: string[]) =>
    wordsOf({ candidates: ["api", "web"], block })[1]?.split(";")[0];
  assertEquals(
    next(["test"]),
    "release: {app: api}   # in x-todoflow of compose.yaml",
  );
  assertEquals(
    next(["release"]),
    "app: api   # in x-todoflow.release of compose.yaml",
  );
});

Deno.test("a command of tests is proposed only if a file tells it", () => {
  const of = (failure: Partial<NoRole>) =>
    wordsOf({ role: "test", target: "test", ...failure })[1];
  assertEquals(
    of({ app: "web", command: ["npm", "test"] }),
    "x-todoflow: {test: {run: [npm, test]}}   # in compose.yaml",
  );
  assertEquals(
    of({ app: "web" }),
    'todoflow release   # needs no tests; x-todoflow.test.run is a command that tests "web"',
  );
  assertEquals(of({}), "todoflow doctor   # says what the Compose file lacks");
});
