import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ALL, running, withCheckout } from "./harness.ts";

const TINY = new URL("fixtures/tiny", import.meta.url).pathname;

Deno.test("test runs todobackend's unit tests in the image, and leaves nothing running", () =>
  withCheckout(async ({ todoflow, project }) => {
    const { code, stdout, stderr } = await todoflow("test");
    assertEquals([code, stdout], [0, ""], stderr);
    assertMatch(stderr, /^test +\| .*0 failed/m);
    assertMatch(stderr, /(\d+) tests, \1 passed, \d+ % covered/);
    assertEquals(await running(project), []);
  }));

// diagnosis_test.ts has one of a smaller project.
Deno.test(
  "a failing unit test: exit code 1, the test is named, nothing is left",
  { ignore: !ALL },
  () =>
    withCheckout(async ({ todoflow, directory, project }) => {
      await Deno.writeTextFile(
        `${directory}/todobackend/tests/unit/broken_test.ts`,
        'Deno.test("cannot pass", () => { throw new Error("on purpose"); });',
      );
      const { code, stderr } = await todoflow("test");
      assertEquals(code, 1);
      assertStringIncludes(stderr, "cannot pass ... ");
      assertStringIncludes(stderr, "1 failed");
      assertStringIncludes(
        stderr,
        'test failed at step "run test": "test" ended with exit code 1',
      );
      assertMatch(stderr, /\d+ tests, \d+ passed, 1 failed/);
      assertStringIncludes(stderr, "on purpose");
      assertStringIncludes(stderr, "todobackend/tests/unit/broken_test.ts:1");
      assertEquals(await running(project), []);
    }),
);

Deno.test("a failing build step: exit code 1, its output is shown", () =>
  withCheckout(async ({ todoflow, edit, project }) => {
    await edit(
      "Dockerfile",
      "LABEL application=tiny",
      "RUN echo ouch && exit 3",
    );
    const { code, stderr } = await todoflow("test");
    assertEquals(code, 1);
    assertStringIncludes(stderr, "ouch");
    assertEquals(await running(project), []);
  }, { from: TINY }));

Deno.test("arguments after -- reach the container as they are", () =>
  withCheckout(async ({ todoflow }) => {
    const { code, stderr } = await todoflow(
      "test",
      "--",
      "-k",
      "a b",
      "$(id)",
      "it's",
    );
    assertEquals(code, 0, stderr);
    for (const word of ["-k", "a b", "$(id)", "it's"]) {
      assertMatch(
        stderr,
        new RegExp(`^test +\\| <${RegExp.escape(word)}>`, "m"),
      );
    }
    assertEquals((await todoflow("test", "--", "fail")).code, 1);
  }, { from: TINY }));
