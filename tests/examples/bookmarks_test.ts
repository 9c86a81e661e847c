/**
 * `examples/bookmarks`: an API on Node and PostgreSQL, without a line of configuration.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { leftovers, running } from "../e2e/harness.ts";
import { withExample } from "./example.ts";

Deno.test("bookmarks: test, release and clean from a fresh repository", () =>
  withExample("bookmarks", async ({ todoflow, project }) => {
    const examined = await todoflow("doctor");
    assertEquals(examined.code, 0, examined.stdout);
    assertStringIncludes(examined.stdout, "nothing found");

    const tested = await todoflow("test");
    assertEquals([tested.code, tested.stdout], [0, ""], tested.stderr);
    assertStringIncludes(tested.stderr, "test: 7 tests, 7 passed\n");
    assertEquals(await running(project), []);

    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    for (const told of ["app: api (the only one", "acceptance: e2e (by its"]) {
      assertStringIncludes(released.stderr, told);
    }
    assertStringIncludes(released.stderr, "e2e: 2 tests, 2 passed\n");
    const [, url = ""] = /^App running at (\S+)\n$/.exec(released.stdout) ?? [];
    assert(url, released.stdout);
    const bookmarks = await (await fetch(url)).json();
    assertEquals(bookmarks, [
      { id: 1, url: "https://accepted.example", tag: null },
    ]);

    assertEquals((await todoflow("clean")).code, 0);
    assertEquals(await leftovers(project), []);
  }));

Deno.test("bookmarks: a failing test of Node is exit code 1, and is named", () =>
  withExample("bookmarks", async ({ todoflow, project, edit }) => {
    await edit("src/api.js", "return [201, rows[0]]", "return [200, rows[0]]");
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "test: 7 tests, 6 passed, 1 failed\n");
    assertStringIncludes(stderr, "a bookmark is found by its tag");
    assertEquals(await running(project), []);
  }));
