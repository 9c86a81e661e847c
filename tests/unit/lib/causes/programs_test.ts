import { assertEquals } from "@std/assert";
import { pathIn, whyUncheckable } from "../../../../lib/causes/programs.ts";

const OCI =
  "OCI runtime exec failed: exec failed: unable to start container process: ";

/** The ends of health checks, and why they cannot run. */
const CHECKS: [exitCode: number, output: string, why: string | undefined][] = [
  [0, "sh: 1: curl: not found", undefined],
  [1, "curl: (7) Failed to connect", undefined],
  [2, "", undefined],
  [
    -1,
    `${OCI}exec: "curl": executable file not found in $PATH: unknown`,
    '"curl" is not in the image, or not in its PATH',
  ],
  [
    126,
    `${OCI}exec: "/x/check.sh": stat /x/check.sh: no such file or directory: unknown`,
    "/x/check.sh is not in the image",
  ],
  [
    126,
    `${OCI}exec: "/etc/passwd": permission denied: unknown`,
    "/etc/passwd is not executable (126): COPY --chmod=755 makes it so; or call it by sh",
  ],
  [
    126,
    "sh: 5: exec: /etc/passwd: Permission denied",
    "/etc/passwd is not executable (126): COPY --chmod=755 makes it so; or call it by sh",
  ],
  [
    127,
    "sh: 5: exec: curl: not found\n",
    '"curl" is not in the image, or not in its PATH',
  ],
  // With "|| exit 1", the code says nothing.
  [
    1,
    "/bin/sh: 1: curl: not found\n",
    '"curl" is not in the image, or not in its PATH',
  ],
  // "curl … || wget …": the second program is there.
  [1, "/bin/sh: 1: curl: not found\nwget: can't connect\n", undefined],
  [1, "GET /items: not found", undefined],
  [127, "", "a program that it calls is not in the image (127)"],
];

for (const [exitCode, output, why] of CHECKS) {
  Deno.test(`a health check that ends with ${exitCode} and "${output.slice(-40).trim()}" ${why ? "cannot run" : "runs"}`, () => {
    assertEquals(whyUncheckable({ exitCode, output }), why);
  });
}

Deno.test("the path of a program that could not be executed is in the last words that name one", () => {
  assertEquals(
    pathIn(["exec /a.sh: no such file or directory", "sh: 1: /b: not found"]),
    "/b",
  );
  assertEquals(pathIn(["exec ./a.sh: exec format error"]), "./a.sh");
  assertEquals(pathIn(["sh: 1: gunicorn: not found", "done"]), undefined);
});
