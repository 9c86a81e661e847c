import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ALL, leftovers, withCheckout } from "./harness.ts";

/** An address of this machine on which no program listens. */
const BASE = "127.0.0.1:1/team/base:1";

const PROJECT = {
  Dockerfile: `FROM ${BASE}\n`,
  "compose.yaml": `
services:
  test: { build: ., command: ["true"] }
  app: { build: ., command: [sleep, "60"] }
`,
};

for (const target of ["test", "release"]) {
  const title =
    `a registry that does not answer for half a minute is the machine's fault in ${target}: exit code 4`;
  // diagnosis_test.ts has one.
  Deno.test(
    title,
    { ignore: !ALL },
    () =>
      withCheckout(async ({ todoflow, project }) => {
        const { code, stderr } = await todoflow(target);
        assertEquals(code, 4, stderr);
        assertStringIncludes(stderr, "trying again in 15 s: ");
        assertMatch(
          stderr,
          /failed at step "[^"]+": the registry cannot be reached\nWhy: .*refused/,
        );
        assertEquals(await leftovers(project), []);
      }, { files: PROJECT }),
  );
}
