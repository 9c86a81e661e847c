import { assertEquals } from "@std/assert";
import { failedPart } from "../../../../lib/plan/build_output.ts";

Deno.test("the failed part of a build has its name and its own output", () => {
  assertEquals(
    failedPart([
      "#4 [app 2/3] RUN make",
      "#5 [test 2/2] RUN lint",
      "#4 0.1 cc -c a.c",
      "#5 0.2 linting",
      "#4 0.3 a.c:3: error: no such type",
      "#5 CANCELED",
      '#4 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2',
      "------",
      " > [app 2/3] RUN make:",
    ]),
    {
      name: "[app 2/3] RUN make",
      lines: ["cc -c a.c", "a.c:3: error: no such type"],
    },
  );
});

Deno.test("a part that fails without a command says why", () => {
  assertEquals(
    failedPart([
      "#4 [app 2/3] COPY x /x",
      '#4 ERROR: failed to calculate checksum: "/x": not found',
    ]),
    {
      name: "[app 2/3] COPY x /x",
      lines: ['failed to calculate checksum: "/x": not found'],
    },
  );
});

Deno.test("a build that fails before its first part has no failed part", () => {
  assertEquals(failedPart(["failed to solve: no such Dockerfile"]), undefined);
  assertEquals(failedPart([]), undefined);
});
