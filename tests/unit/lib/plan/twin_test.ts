import { assertEquals, assertThrows } from "@std/assert";
import { TodoflowError } from "../../../../lib/errors/todoflow_error.ts";
import {
  baseOf,
  checkBase,
  isTwin,
  twinOf,
  twinsOf,
} from "../../../../lib/plan/twin.ts";

Deno.test("a twin has the name of its project and of its target", () => {
  assertEquals(twinOf("shop", "test"), "shop--test");
  assertEquals(twinOf("shop", "release"), "shop--release");
  assertEquals(twinsOf("shop").toSorted(), ["shop--release", "shop--test"]);
});

Deno.test("a twin's name has at most 200 characters", () => {
  assertEquals(twinOf("x".repeat(191), "release").length, 200);
  const error = assertThrows(
    () => twinOf("x".repeat(192), "release"),
    TodoflowError,
  );
  const name = `${"x".repeat(192)}--release`;
  assertEquals(error.failure, { kind: "long-project", name, most: 200 });
  // The limit is that of the twin, whose suffix may be shorter.
  assertEquals(twinOf("x".repeat(192), "test").length, 198);
});

for (
  const [name, is] of [
    ["shop--test", true],
    ["shop--release", true],
    ["shop-0a1b2c3d--release", true],
    ["shop--test--release", true],
    ["shop", false],
    ["shop-test", false],
    ["shop-release", false],
    ["shop--prod", false],
    ["shop--release-2", false],
    ["--test", false],
    ["test", false],
  ] as const
) {
  Deno.test(`"${name}" is ${is ? "the name of a twin" : "no twin's name"}`, () => {
    assertEquals(isTwin(name), is);
  });
}

Deno.test("a twin's project is known by its name, and each other project is its own", () => {
  for (const name of ["shop", "shop--prod", "--test", "shop--release"]) {
    for (const twin of twinsOf(name)) assertEquals(baseOf(twin), name);
  }
  for (const name of ["shop", "shop--prod", "--test"]) {
    assertEquals(baseOf(name), name);
  }
});

Deno.test("a project that is no twin must not have the suffix of one", () => {
  for (const name of ["shop", "shop--prod", "--test", ""]) checkBase(name);
  for (const name of ["shop--test", "shop--release"]) {
    const { failure } = assertThrows(() => checkBase(name), TodoflowError);
    assertEquals(failure, { kind: "reserved-project", name });
  }
});
