/**
 * `examples/monorepo`: two applications with code in common, each with its tests, its image and its URL.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { leftovers, running } from "../e2e/harness.ts";
import { withExample } from "./example.ts";

Deno.test("monorepo: test, release and clean from a fresh repository", () =>
  withExample("monorepo", async ({ todoflow, project, directory }) => {
    const examined = await todoflow("doctor");
    assertEquals(examined.code, 0, examined.stdout);
    assertStringIncludes(examined.stdout, "nothing found");

    const tested = await todoflow("test");
    assertEquals([tested.code, tested.stdout], [0, ""], tested.stderr);
    assertStringIncludes(tested.stderr, "api-test: 3 tests, 3 passed\n");
    assertStringIncludes(tested.stderr, "web-test: 1 test, 1 passed\n");
    assertEquals(await running(project), []);

    const released = await todoflow("release");
    assertEquals(released.code, 0, released.stderr);
    assertStringIncludes(released.stderr, "e2e: 1 test, 1 passed\n");
    const [, api = "", web = ""] =
      /^api running at (\S+)\nweb running at (\S+)\n$/.exec(released.stdout) ??
        [];
    const answer = await (await fetch(`${api}/time?zone=Asia/Tokyo`)).json();
    assertEquals(answer.zone, "Asia/Tokyo");
    assertMatch(await (await fetch(web)).text(), /<th>Asia\/Tokyo<\/th>/);
    const receipt = JSON.parse(
      await Deno.readTextFile(`${directory}/reports/release/receipt.json`),
    );
    assertEquals(receipt.apps, ["api", "web"]);

    assertEquals((await todoflow("clean")).code, 0);
    assertEquals(await leftovers(project), []);
  }));

Deno.test("monorepo: a mistake in the shared code fails the tests of one application, and those of the other end", () =>
  withExample("monorepo", async ({ todoflow, project, edit }) => {
    await edit("shared/clock.ts", 'timeStyle: "short"', 'timeStyle: "long"');
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "api-test: 3 tests, 1 passed, 2 failed\n");
    assertStringIncludes(stderr, "web-test: 1 test, 1 passed\n");
    assertEquals(await running(project), []);
  }));
